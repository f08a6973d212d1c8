"""Our files, verified by the programs of the Sigstore project: cosign of two major versions, and its JavaScript."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.envelope import seal
from policykit.attest.keys import load_public_key, load_signer
from policykit.attest.statement import GATE_REPORT, statement
from policykit.attest.verify import open_report
from policykit.canon import canonical
from policykit.errors import VerificationError

pytestmark = pytest.mark.slow

HERE = Path(__file__).parents[1]
TOOLS = HERE.parent / ".tools"
MODEL = b"the bytes of a model\n"
KINDS = ["ed25519", "ecdsa-p256"]
NOBODY = {"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}  # keys only: no authority is needed

Keys = dict[str, tuple[Path, Path]]
Verifier = Callable[[Path, Path], subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="session", params=["sid", "trixie"])
def cosign(request: pytest.FixtureRequest) -> str:
    """The path of a real cosign: 3.x and 2.5."""
    script = HERE / "tools" / "get_cosign.sh"
    done = subprocess.run(["sh", script, TOOLS, request.param], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="session")
def sigstore_js() -> Verifier:
    """The Sigstore project's JavaScript verifier."""
    source, installed = HERE / "tools" / "sigstore", TOOLS / "sigstore"
    lock = (source / "package-lock.json").read_bytes()
    if not (installed / "node_modules").is_dir() or (installed / "package-lock.json").read_bytes() != lock:
        installed.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, installed / name)
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=installed, check=True, capture_output=True
        )
    return lambda report, key: subprocess.run(
        ["node", source / "verify.mjs", report, key],
        env=os.environ | {"SIGSTORE_TOOLS": str(installed)},
        capture_output=True,
    )


@pytest.fixture(params=KINDS)
def signed(request: pytest.FixtureRequest, tmp_path: Path, keys: Keys, predicate: dict[str, Any]) -> Path:
    """A folder with a signed report, the key that checks it, and a model that the report is about."""
    private, public = keys[request.param]
    (tmp_path / "model.skops").write_bytes(MODEL)
    subjects = [("bundle.manifest.json", "ab" * 32), ("model.skops", hashlib.sha256(MODEL).hexdigest())]
    (tmp_path / "report.json").write_bytes(seal(statement(subjects, predicate), load_signer(str(private), None)))
    (tmp_path / "key.pub.pem").write_bytes(public.read_bytes())
    (tmp_path / "nobody.json").write_text(json.dumps(NOBODY))
    return tmp_path


def cosign_says(cosign: str, folder: Path, *, kind: str = GATE_REPORT, file: str = "model.skops") -> tuple[int, str]:
    command = [cosign, "verify-blob-attestation", "--key", "key.pub.pem", "--bundle", "report.json"]
    offline = ["--new-bundle-format", "--trusted-root", "nobody.json", "--insecure-ignore-tlog=true"]
    done = subprocess.run([*command, *offline, "--type", kind, file], cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stderr


def rewritten(report: Path, change: Callable[[dict[str, Any]], object]) -> None:
    bundle = json.loads(report.read_bytes())
    change(bundle)
    report.write_bytes(canonical(bundle))


def test_cosign_verifies_a_report_we_signed(cosign: str, signed: Path) -> None:
    code, said = cosign_says(cosign, signed)
    assert code == 0, said
    assert "Verified OK" in said


def test_only_the_newer_cosign_looks_at_the_type_so_the_manual_asks_for_that_one(cosign: str, signed: Path) -> None:
    code, said = cosign_says(cosign, signed, kind=GATE_REPORT.replace("v1", "v2"))
    assert code == (0 if cosign.endswith("trixie") else 1), said


def test_cosign_refuses_another_file_and_a_changed_report(cosign: str, signed: Path) -> None:
    (signed / "other").write_bytes(MODEL + b"x")
    assert cosign_says(cosign, signed, file="other")[0] == 1
    rewritten(
        signed / "report.json",
        lambda bundle: bundle["dsseEnvelope"].update(
            payload=base64.b64encode(
                base64.b64decode(bundle["dsseEnvelope"]["payload"]).replace(b"ALLOWED", b"BLOCKED")
            ).decode()
        ),
    )
    assert cosign_says(cosign, signed)[0] == 1


def test_cosign_does_not_look_at_the_decision_so_a_report_is_no_permit(
    cosign: str, signed: Path, keys: Keys, predicate: dict[str, Any]
) -> None:
    for private, public in (keys[kind] for kind in KINDS):
        subjects = [("model.skops", hashlib.sha256(MODEL).hexdigest())]
        blocked = statement(subjects, predicate | {"decision": "BLOCKED"})
        (signed / "report.json").write_bytes(seal(blocked, load_signer(str(private), None)))
        (signed / "key.pub.pem").write_bytes(public.read_bytes())
        assert cosign_says(cosign, signed)[0] == 0


def test_sigstore_js_verifies_exactly_the_bytes_that_we_verify(sigstore_js: Verifier, signed: Path) -> None:
    done = sigstore_js(signed / "report.json", signed / "key.pub.pem")
    assert done.returncode == 0, done.stderr
    ours = open_report((signed / "report.json").read_bytes(), load_public_key(signed / "key.pub.pem"))
    assert done.stdout == ours.payload


def flip_payload(bundle: dict[str, Any]) -> None:
    payload = bytearray(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    payload[40] ^= 1
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(bytes(payload)).decode()


REFUSED_BY_BOTH: dict[str, Callable[[dict[str, Any]], object]] = {
    "bad_signature": flip_payload,
    "signature_count": lambda b: b["dsseEnvelope"].update(signatures=b["dsseEnvelope"]["signatures"] * 2),
    "envelope": lambda b: b["verificationMaterial"].pop("publicKey"),
}


@pytest.mark.parametrize("reason", REFUSED_BY_BOTH)
def test_what_sigstore_js_refuses_we_refuse(sigstore_js: Verifier, signed: Path, reason: str) -> None:
    rewritten(signed / "report.json", REFUSED_BY_BOTH[reason])
    assert sigstore_js(signed / "report.json", signed / "key.pub.pem").returncode == 1
    with pytest.raises(VerificationError) as caught:
        open_report((signed / "report.json").read_bytes(), load_public_key(signed / "key.pub.pem"))
    assert caught.value.reason == reason
