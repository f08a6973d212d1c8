"""Time stamps (RFC 3161) beside a signature, verified by openssl, cosign and sigstore-js under a root that knows the authority."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from policykit.attest.envelope import unseal, with_proofs
from policykit.attest.statement import GATE_REPORT
from tests.foreign.conftest import Cosign, Verify
from tests.foreign.foreign_files import make_authority, root_with_authority, stamped
from tests.trust_world import World

pytestmark = pytest.mark.slow

STAMPS = "stamps_root.json"


def test_openssl_verifies_the_stamp_over_the_signature_and_refuses_it_over_other_bytes(
    stamped_report: Path, authority: Path, tmp_path: Path
) -> None:
    envelope = unseal(stamped_report.read_bytes())
    (tmp_path / "stamp.tsr").write_bytes(envelope.timestamps[0])
    (tmp_path / "signature").write_bytes(envelope.signature)
    words = ["openssl", "ts", "-verify", "-in", "stamp.tsr", "-CAfile", authority / "ca.crt", "-data", "signature"]
    assert subprocess.run(words, cwd=tmp_path, capture_output=True).returncode == 0
    (tmp_path / "signature").write_bytes(envelope.signature[::-1])
    assert subprocess.run(words, cwd=tmp_path, capture_output=True).returncode == 1


def test_cosign_verifies_the_stamp_under_a_root_that_knows_the_authority(cosign: Cosign, stamped_report: Path) -> None:
    done = cosign(stamped_report, GATE_REPORT, "--use-signed-timestamps", by="gate", root=STAMPS)
    assert done.returncode == 0, done.stderr


def test_cosign_refuses_a_stamp_of_an_authority_that_the_root_does_not_know(
    cosign: Cosign, stamped_report: Path, world: World, tmp_path: Path
) -> None:
    other = make_authority(tmp_path / "other")
    (tmp_path / "root.json").write_text(json.dumps(root_with_authority(other)))
    done = cosign(stamped_report, GATE_REPORT, "--use-signed-timestamps", by="gate", root=str(tmp_path / "root.json"))
    assert done.returncode == 1


def test_cosign_that_asks_for_a_stamp_refuses_a_report_without_one(cosign: Cosign, stamped_report: Path) -> None:
    done = cosign("report.sigstore.json", GATE_REPORT, "--use-signed-timestamps", by="gate", root=STAMPS)
    assert done.returncode == 1


def test_a_stamp_in_the_file_does_not_disturb_who_does_not_ask_for_one(
    cosign: Cosign, sigstore_js: Verify, stamped_report: Path, suite: str
) -> None:
    assert sigstore_js(stamped_report, by="gate", root=STAMPS).returncode == 0
    assert cosign(stamped_report, GATE_REPORT, by="gate", root=STAMPS).returncode == 0


def test_sigstore_js_counts_the_stamp_and_refuses_one_over_another_signature(
    sigstore_js: Verify, stamped_report: Path, authority: Path, world: World
) -> None:
    done = sigstore_js(stamped_report, by="gate", root=STAMPS, stamps=1)
    assert done.returncode == 0, done.stderr
    assert sigstore_js("report.sigstore.json", by="gate", root=STAMPS, stamps=1).returncode == 1
    wrong = with_proofs(world.report.read_bytes(), timestamps=[stamped(authority, b"another signature")])
    (world.folder / "wrong_stamp.json").write_bytes(wrong)
    assert sigstore_js("wrong_stamp.json", by="gate", root=STAMPS, stamps=1).returncode == 1
