"""A file with its proof, a time stamp and a witness, checked by cosign 3 and sigstore-js 4 with keys alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from policykit.attest.envelope import unseal, with_proofs
from policykit.attest.ledger.folder import open_ledger
from policykit.attest.ledger.inclusion import tlog_entry
from policykit.attest.ledger.witness import witness
from policykit.attest.statement import GATE_REPORT
from tests.attest.timestamp_authority import make_authority
from tests.ledger.ledger_builder import Pair, log, make_ledger, signed_file, write_trusted_root

pytestmark = pytest.mark.slow

HERE = Path(__file__).parents[1]
TOOLS = HERE.parent / ".tools"


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory: pytest.TempPathFactory, ledger_key: Pair, gate_key: Pair, witness_key: Pair, other_key: Pair
) -> Path:
    """Proven files with everything beside their signature, one with a P-256 and one with an ed25519 key, and the trusted root."""
    folder = tmp_path_factory.mktemp("foreign-ledger")
    make_ledger(folder / "led", ledger_key, gate_key, 300)
    authority = make_authority(folder / "tsa")
    (folder / "model").write_bytes(b"bundle 77")
    for name, by in (("p256", gate_key), ("ed25519", other_key)):
        data = signed_file(by.signer, 77)
        data = with_proofs(data, timestamps=[authority.stamp(unseal(data).signature)])
        place = log(folder / "led", ledger_key, by, data).places[0]
        witness(folder / "led", "w1", witness_key.signer, key=ledger_key.public, since=None, seconds=1_795_000_000)
        ledger = open_ledger(folder / "led", key=ledger_key.public)
        (folder / f"{name}.json").write_bytes(with_proofs(data, tlog=[tlog_entry(ledger, place)]))
        shutil.copy(by.public_path, folder / f"{name}.pub.pem")
    write_trusted_root(folder / "root.json", ledger_key, authority=authority.certificates)
    return folder


def cosign(folder: Path, name: str, *more: str) -> tuple[int, str]:
    script = HERE / "tools" / "get_cosign.sh"
    program = subprocess.run(["sh", script, TOOLS, "sid"], check=True, capture_output=True, text=True).stdout.strip()
    words = [
        program,
        "verify-blob-attestation",
        "--key",
        f"{name}.pub.pem",
        "--bundle",
        f"{name}.json",
        "--type",
        GATE_REPORT,
    ]
    asked = ["--trusted-root", "root.json", "--use-signed-timestamps", *more, "model"]
    done = subprocess.run([*words, *asked], cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stderr


def sigstore_js(folder: Path, name: str) -> tuple[int, str]:
    source, installed = HERE / "tools" / "sigstore-4", TOOLS / "sigstore-4"
    if not (installed / "node_modules").is_dir():
        installed.mkdir(parents=True, exist_ok=True)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(source / file, installed / file)
        words = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(words, cwd=installed, check=True, capture_output=True)
    script = HERE / "tools" / "sigstore" / "verify.mjs"
    words = ["node", str(script), f"{name}.json", f"{name}.pub.pem", "root.json", "1", "1"]
    done = subprocess.run(
        words, cwd=folder, env=os.environ | {"SIGSTORE_TOOLS": str(installed)}, capture_output=True, text=True
    )
    return done.returncode, done.stderr


def test_a_witnessed_and_stamped_proof_passes_both_where_the_key_is_p_256(folder: Path) -> None:
    code, said = cosign(folder, "p256")
    assert (code, "Verified OK" in said) == (0, True), said
    assert sigstore_js(folder, "p256") == (0, "")


def test_a_proof_of_an_ed25519_signature_passes_sigstore_js_and_cosign_expects_another_hash(folder: Path) -> None:
    assert sigstore_js(folder, "ed25519") == (0, "")
    code, said = cosign(folder, "ed25519")
    assert (code, "does not match expected root" in said) == (1, True), said
    assert cosign(folder, "ed25519", "--insecure-ignore-tlog=true")[0] == 0
