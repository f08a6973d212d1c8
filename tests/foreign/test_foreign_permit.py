"""A permit, an approval and a report, as other people's verifiers tell them apart: by their type, not by what they say."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from policykit.attest.envelope import unseal
from policykit.attest.statement import APPROVAL, GATE_REPORT, permit_type
from policykit.canon import canonical
from tests.foreign.conftest import Cosign, Verify
from tests.trust_world import World

pytestmark = pytest.mark.slow

PERMIT = permit_type("production")


def test_cosign_accepts_the_permit_for_the_stage_it_names(cosign: Cosign) -> None:
    done = cosign("permit.json", PERMIT, by="office")
    assert (done.returncode, "Verified OK" in done.stderr) == (0, True), done.stderr


def test_cosign_3_refuses_in_place_of_a_permit_a_report_a_permit_of_another_stage_and_an_approval(
    cosign: Cosign, suite: str
) -> None:
    answers = [
        cosign(file, PERMIT, by=by).returncode
        for file, by in (("report.sigstore.json", "gate"), ("staging.json", "office"), ("approval.json", "keller"))
    ]
    assert answers == (
        [1, 1, 1] if suite == "sid" else [0, 0, 0]
    )  # cosign 2.5 does not compare types: see docs/verify.md


def test_every_cosign_refuses_a_permit_that_somebody_else_signed(cosign: Cosign) -> None:
    assert cosign("permit.json", PERMIT, by="stranger").returncode == 1
    assert cosign("permit.json", PERMIT, by="gate").returncode == 1


def test_every_cosign_refuses_the_permit_for_another_model(cosign: Cosign, world: World) -> None:
    (world.folder / "other.skops").write_bytes(b"other bytes")
    assert cosign("permit.json", PERMIT, by="office", about=["other.skops"]).returncode == 1


def test_every_cosign_accepts_the_permit_for_the_bundle_s_manifest_written_out_and_refuses_another_s(
    cosign: Cosign, world: World
) -> None:
    files = json.loads(world.payload())["predicate"]["bundle"]["files"]
    (world.folder / "manifest.json").write_bytes(canonical({"files": files}))
    (world.folder / "another.json").write_bytes(canonical({"files": files[1:]}))
    assert cosign("permit.json", PERMIT, by="office", about=["manifest.json"]).returncode == 0
    assert cosign("permit.json", PERMIT, by="office", about=["another.json"]).returncode == 1


def test_cosign_3_can_be_asked_by_the_digest_alone_and_cosign_2_cannot(
    cosign: Cosign, suite: str, world: World
) -> None:
    manifest = json.loads(world.payload())["subject"][0]["digest"]["sha256"]
    for digest, expected in ((manifest, 0), ("ab" * 32, 1)):
        asked = ["--digest", digest, "--digestAlg", "sha256"]
        done = cosign("permit.json", PERMIT, *asked, by="office", about=())
        assert done.returncode == (expected if suite == "sid" else 1), done.stderr
        assert ("unknown flag: --digest" in done.stderr) is (suite == "trixie")


@pytest.mark.parametrize(
    ("file", "kind", "by"), [("approval.json", APPROVAL, "keller"), ("report.sigstore.json", GATE_REPORT, "gate")]
)
def test_cosign_accepts_approvals_and_reports_by_their_own_type(cosign: Cosign, file: str, kind: str, by: str) -> None:
    assert cosign(file, kind, by=by).returncode == 0
    assert cosign(file, kind, by="stranger").returncode == 1


@pytest.mark.parametrize(
    ("file", "by"), [("permit.json", "office"), ("approval.json", "keller"), ("report.sigstore.json", "gate")]
)
def test_sigstore_js_reads_the_very_bytes_that_were_signed(
    sigstore_js: Verify, world: World, file: str, by: str
) -> None:
    done = sigstore_js(file, by=by)
    assert done.returncode == 0, done.stderr
    assert done.stdout == unseal((world.folder / file).read_bytes()).payload
    assert sigstore_js(file, by="stranger").returncode == 1


@pytest.mark.parametrize("file", ["permit.json", "approval.json"])
def test_sigstore_js_refuses_a_file_that_was_changed(sigstore_js: Verify, world: World, file: str) -> None:
    bundle = json.loads((world.folder / file).read_bytes())
    body = bundle["dsseEnvelope"]["payload"]
    bundle["dsseEnvelope"]["payload"] = body[:100] + ("A" if body[100] != "A" else "B") + body[101:]
    (world.folder / "changed.json").write_text(json.dumps(bundle))
    assert sigstore_js("changed.json", by="office" if file == "permit.json" else "keller").returncode == 1


def test_signed_exports_pass_the_same_verifiers(cosign: Cosign, sigstore_js: Verify, world: World) -> None:
    from policykit.cli.start import run

    words = ["export", str(world.report), "--key", str(world.public("gate")), "--sign", str(world.key("office"))]
    for form, kind in (
        ("vsa", "https://slsa.dev/verification_summary/v1"),
        ("svr", "https://in-toto.io/attestation/svr/v0.2"),
        ("cyclonedx", "https://cyclonedx.org/bom"),
    ):
        file = world.folder / f"{form}.json"
        assert run([*words, "--as", form, "--output", str(file)]) == 0
        assert cosign(file, kind, by="office").returncode == 0
        assert sigstore_js(file, by="office").returncode == 0


def test_openssl_and_securesystemslib_verify_the_permit(world: World, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import SSlibKey

    envelope = json.loads((world.folder / "permit.json").read_bytes())["dsseEnvelope"]
    signed = unseal((world.folder / "permit.json").read_bytes())
    (tmp_path / "signature").write_bytes(signed.signature)
    (tmp_path / "signed").write_bytes(
        b"DSSEv1 28 application/vnd.in-toto+json %d " % len(signed.payload) + signed.payload
    )
    check = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", world.public("office"), "-in", "signed"]
    assert subprocess.run([*check, "-sigfile", "signature"], cwd=tmp_path, capture_output=True).returncode == 0
    envelope["signatures"][0]["keyid"] = "office"
    public = SSlibKey.from_crypto(load_pem_public_key(world.public("office").read_bytes()), keyid="office")
    assert Envelope.from_dict(envelope).verify([public], 1)
