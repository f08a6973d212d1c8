"""Proofs of inclusion that `policykit ledger prove` writes into a file, checked without the ledger by other people's programs.

What each of them can check depends on the key the file is signed with; docs/verify.md says the same in its table.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.envelope import seal, unseal
from policykit.attest.keys import load_signer, new_key
from policykit.attest.publickey import Algorithm
from policykit.attest.statement import APPROVAL, GATE_REPORT, permit_type
from policykit.cli.start import run
from tests.foreign.conftest import Cosign, Verify
from tests.trust_world import World

pytestmark = pytest.mark.slow

LOGGED = {"report.sigstore.json": GATE_REPORT, "permit.json": permit_type("production"), "approval.json": APPROVAL}
KINDS: tuple[Algorithm, ...] = ("ed25519", "ecdsa-p256")


@dataclass(frozen=True)
class Proven:
    """Files signed with one key and proven by one ledger, the root that knows the ledger, and the key."""

    folder: Path
    root: str
    by: Path

    def file(self, name: str) -> Path:
        return self.folder / name


def proven(world: World, algorithm: Algorithm) -> Proven:
    """Sign a report, a permit and an approval with one key, log them, and write their proofs into them."""
    folder = world.folder / f"logged-{algorithm}"
    folder.mkdir()
    ledger, state = folder / "ledger", str(folder / "state")
    private, _ = new_key("ledger", folder, None)
    key, public = new_key("signer", folder, None, algorithm=algorithm)
    assert run(["ledger", "init", str(ledger), "--origin", "ledger.bank.example", "--sign", str(private)]) == 0
    for name in LOGGED:
        (folder / name).write_bytes(seal(world.payload(world.folder / name), load_signer(str(key), None)))
    files = [str(folder / name) for name in LOGGED]
    words = ["ledger", "append", str(ledger), *files, "--sign", str(private), "--key", str(public)]
    assert run([*words, "--state", state]) == 0
    for file in files:
        assert run(["ledger", "prove", str(ledger), file, "--key", str(public)]) == 0
    assert run(["ledger", "export-root", str(ledger), "--output", str(folder / "root.json")]) == 0
    return Proven(folder, str(folder / "root.json"), public)


@pytest.fixture(scope="session")
def logged(world: World) -> dict[Algorithm, Proven]:
    return {algorithm: proven(world, algorithm) for algorithm in KINDS}


@pytest.mark.parametrize("name", LOGGED)
@pytest.mark.parametrize("algorithm", KINDS)
def test_cosign_3_verifies_that_the_ledger_holds_what_a_p_256_key_signed_and_cosign_2_cannot(
    cosign: Cosign, suite: str, logged: dict[Algorithm, Proven], name: str, algorithm: Algorithm
) -> None:
    found = logged[algorithm]
    done = cosign(found.file(name), LOGGED[name], by=found.by, root=found.root, log=True)
    if suite == "trixie":
        assert (done.returncode, "nil value in transaction log entry" in done.stderr) == (1, True)  # it knows Rekor v1
    elif algorithm == "ed25519":
        assert (done.returncode, "verifying inclusion: calculated root" in done.stderr) == (
            1,
            True,
        )  # expects ed25519ph
    else:
        assert (done.returncode, "Verified OK" in done.stderr) == (0, True), done.stderr


@pytest.mark.parametrize("name", LOGGED)
@pytest.mark.parametrize("algorithm", KINDS)
def test_sigstore_js_4_verifies_that_the_ledger_holds_the_file_and_3_cannot(
    sigstore_js: Verify, version: str, logged: dict[Algorithm, Proven], name: str, algorithm: Algorithm
) -> None:
    found = logged[algorithm]
    done = sigstore_js(found.file(name), by=found.by, root=found.root, logs=1)
    expected = (0, b"") if version == "sigstore-4" else (1, b"TLOG_BODY_ERROR: digest mismatch\n")
    assert (done.returncode, done.stderr) == expected


def test_a_file_without_its_proof_is_refused_where_the_ledger_is_asked_for(
    cosign: Cosign, sigstore_js: Verify, logged: dict[Algorithm, Proven]
) -> None:
    root = logged["ecdsa-p256"].root
    assert cosign("report.sigstore.json", GATE_REPORT, by="gate", root=root, log=True).returncode == 1
    assert sigstore_js("report.sigstore.json", by="gate", root=root, logs=1).returncode == 1


def spoilt(proven: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    bundle = json.loads(proven.read_bytes())
    change(bundle["verificationMaterial"]["tlogEntries"][0])
    path = proven.with_name("spoilt.json")
    path.write_text(json.dumps(bundle))
    return path


SPOILT: dict[str, Callable[[dict[str, Any]], object]] = {
    "another place": lambda entry: (entry.update(logIndex="1"), entry["inclusionProof"].update(logIndex="1")),
    "a hash of another tree": lambda entry: entry["inclusionProof"].update(
        hashes=[*entry["inclusionProof"]["hashes"][:-1], "A" * 43 + "="]
    ),
    "a checkpoint that nobody signed": lambda entry: entry["inclusionProof"]["checkpoint"].update(
        envelope=entry["inclusionProof"]["checkpoint"]["envelope"].replace("\n3\n", "\n4\n")
    ),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_proof_is_refused_by_everyone(
    cosign: Cosign, sigstore_js: Verify, logged: dict[Algorithm, Proven], how: str
) -> None:
    found = logged["ecdsa-p256"]
    file = spoilt(found.file("report.sigstore.json"), SPOILT[how])
    assert cosign(file, GATE_REPORT, by=found.by, root=found.root, log=True).returncode == 1
    assert sigstore_js(file, by=found.by, root=found.root, logs=1).returncode == 1


def test_the_proof_of_one_file_does_not_vouch_for_another(
    cosign: Cosign, sigstore_js: Verify, logged: dict[Algorithm, Proven]
) -> None:
    found = logged["ecdsa-p256"]
    theirs = json.loads(found.file("permit.json").read_bytes())["verificationMaterial"]["tlogEntries"]
    bundle = json.loads(found.file("report.sigstore.json").read_bytes())
    bundle["verificationMaterial"]["tlogEntries"] = theirs
    found.file("borrowed.json").write_text(json.dumps(bundle))
    assert cosign(found.file("borrowed.json"), GATE_REPORT, by=found.by, root=found.root, log=True).returncode == 1
    assert sigstore_js(found.file("borrowed.json"), by=found.by, root=found.root, logs=1).returncode == 1


def test_a_proof_in_the_file_troubles_those_who_do_not_know_the_ledger_until_it_is_taken_out(
    cosign: Cosign, suite: str, sigstore_js: Verify, logged: dict[Algorithm, Proven]
) -> None:
    found = logged["ed25519"]
    file = found.file("report.sigstore.json")
    assert unseal(file.read_bytes()).tlog
    assert sigstore_js(file, by=found.by).returncode == 1
    assert cosign(file, GATE_REPORT, by=found.by).returncode == (0 if suite == "sid" else 1)
    bundle = json.loads(file.read_bytes())
    bundle["verificationMaterial"]["tlogEntries"] = []
    found.file("bare.json").write_text(json.dumps(bundle))
    assert sigstore_js(found.file("bare.json"), by=found.by).returncode == 0
    assert cosign(found.file("bare.json"), GATE_REPORT, by=found.by).returncode == 0
