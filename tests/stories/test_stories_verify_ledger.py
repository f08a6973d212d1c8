"""A stage that asks for its ledger believes only what that ledger holds, in one history, and hears what was taken back in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.claims_file import read_claims
from policykit.attest.envelope import seal
from policykit.attest.ledger.folder import create
from policykit.attest.statement import REVOCATION, statement
from policykit.attest.verify import Asked
from policykit.canon import digest
from policykit.cli.start import run
from policykit.errors import VerificationError
from policykit.stories.ledger import log_files, prove_file
from policykit.stories.verify import Under, authentic
from tests.build import ACCURATE, write_bundle
from tests.trust_world import NAMES, PRODUCTION, World, make_world, rfc3339, trust_document

ORIGIN = "ledger.bank.example"
STAGE = ["--stage", "production"]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world whose production asks for the ledger `main`, which the key of `stranger` signs, and whose report it holds."""
    world = make_world(tmp_path / "world", report=False)
    keys = {**trust_document(world.now)["keys"], "log": {"pem": world.public("stranger").read_text()}}
    stages = {"production": {**PRODUCTION, "ledger": "main"}}
    world.write_trust(version=2, keys=keys, stages=stages, ledgers={"main": {"origin": ORIGIN, "key": "log"}})
    world.gate()
    create(tmp_path / "ledger", ORIGIN, world.signer("stranger"))
    logged(world, tmp_path / "ledger", world.report.read_bytes())
    return world


def logged(world: World, ledger: Path, data: bytes) -> None:
    """Log a signed file."""
    log_files(ledger, [data], world.signer("stranger"), keys=[world.signer(name).public for name in NAMES])


def proven(world: World, ledger: Path) -> None:
    """Put the proof of the ledger into the report."""
    world.report.write_bytes(prove_file(ledger, world.report.read_bytes()))


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert run(words) == 4
    return capsys.readouterr().err


def test_a_report_is_believed_once_it_carries_the_ledgers_proof(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = world.folder.parent / "ledger"
    assert "[ledger_absent]" in refused(world.verify_words(*STAGE), capsys)
    proven(world, ledger)
    assert run(world.verify_words(*STAGE, "--ledger", str(ledger))) == 0
    assert "  ledger   entry 0 of 1, root " in capsys.readouterr().out


def test_a_proof_of_another_report_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    import json

    from policykit.canon import canonical

    proven(world, world.folder.parent / "ledger")
    entries = json.loads(world.report.read_bytes())["verificationMaterial"]["tlogEntries"]
    other = json.loads(world.gate("other.json", nonce="n-2").read_bytes())
    other["verificationMaterial"]["tlogEntries"] = entries
    world.report.write_bytes(canonical(other))
    assert "[ledger_entry]" in refused(world.verify_words(*STAGE), capsys)


def test_two_histories_of_one_ledger_are_told_apart(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = world.folder.parent / "ledger"
    honest = world.report.read_bytes()
    proven(world, ledger)
    assert run(world.verify_words(*STAGE)) == 0
    fork = world.folder.parent / "fork"
    create(fork, ORIGIN, world.signer("stranger"))
    world.report.write_bytes(world.gate("other.json", nonce="n-2").read_bytes())
    logged(world, fork, world.report.read_bytes())
    proven(world, fork)
    assert "[ledger_fork]" in refused(world.verify_words(*STAGE), capsys)
    words = [*world.verify_words(*STAGE), "--state", str(world.folder / "fresh"), "--ledger", str(ledger)]
    assert "[ledger_fork]" in refused(words, capsys)
    world.report.write_bytes(honest)


def test_what_was_taken_back_in_the_ledger_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = world.folder.parent / "ledger"
    proven(world, ledger)
    thing = digest(world.payload())
    said = {"revokes": f"sha256:{thing}", "kind": "report", "reason": "wrong sample", "time": rfc3339(world.now)}
    payload = statement([("report", thing)], said, predicate_type=REVOCATION)
    logged(world, ledger, seal(payload, world.signer("gate")))
    assert run(world.verify_words(*STAGE)) == 0
    assert "`wrong sample` [revoked]" in refused(world.verify_words(*STAGE, "--ledger", str(ledger)), capsys)


def test_a_folder_that_is_no_ledger_of_the_trust_file_is_refused(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    proven(world, world.folder.parent / "ledger")
    other = world.folder.parent / "other"
    create(other, "other.bank.example", world.signer("stranger"))
    assert "[ledger_origin]" in refused(world.verify_words(*STAGE, "--ledger", str(other)), capsys)
    assert "[ledger_missing]" in refused(world.verify_words(*STAGE, "--ledger", str(world.bundle)), capsys)


def test_a_permit_needs_no_proof_of_its_own_and_one_it_carries_has_to_hold(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = world.folder.parent / "ledger"
    proven(world, ledger)
    for name in ("keller", "silva"):
        world.approve(by=name)
    permit = world.folder / "permit.json"
    words = ["permit", str(world.report), *world.trust_words, *STAGE, "--bundle", str(world.bundle)]
    assert run([*words, "--ledger", str(ledger), "--sign", str(world.key("office")), "--output", str(permit)]) == 0
    verify = ["verify", str(permit), *world.trust_words, *STAGE, "--as", "permit", "--ledger", str(ledger)]
    assert run(verify) == 0
    assert "ledger" not in capsys.readouterr().out
    (world.folder / "plain.json").write_bytes(permit.read_bytes())
    logged(world, ledger, permit.read_bytes())
    permit.write_bytes(prove_file(ledger, permit.read_bytes()))
    assert run(verify) == 0
    assert "  ledger   entry 1 of 2" in capsys.readouterr().out
    fork = world.folder.parent / "fork"
    create(fork, ORIGIN, world.signer("stranger"))
    for data in (permit.read_bytes(), world.report.read_bytes()):
        logged(world, fork, data)
    permit.write_bytes(prove_file(fork, world.folder.joinpath("plain.json").read_bytes()))
    assert "[ledger_fork]" in refused(verify, capsys)


def test_the_first_step_that_does_not_hold_is_the_one_that_is_named(tmp_path: Path) -> None:
    """A report with which everything is wrong is mended step by step: the reasons come in the verifier's order."""
    certificates = b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
    owner = {"check": "governance.owner", "with": {"of": "model"}, "is": "present"}
    world = make_world(tmp_path / "world", rules=(ACCURATE, owner), report=False)
    (world.folder / "tsa.pem").write_bytes(certificates)
    keys = {**trust_document(world.now)["keys"], "log": {"pem": world.public("stranger").read_text()}}
    later = world.now + timedelta(days=8)
    terms: dict[str, Any] = {
        **PRODUCTION,
        "report": {"signed_by": "evaluator", "max_age": "7 days", "engine_at_least": "99.0"},
        "policies": [{"id": "house", "at_least": "2"}],
        "ledger": "main",
        "timestamp": "own",
        "attempts": {"at_most": 1},
    }
    run_as: dict[str, Any] = {
        "by": "stranger",
        "stage": "staging",
        "nonce": "n-1",
        "mode": "audit",
        "only": ("R-1", "R-2"),
    }
    run_as["trust"] = ("bank.models", 9, "ab" * 32)
    given: dict[str, Any] = {"asked": Asked(nonce="n-2"), "bundle": write_bundle(world.folder / "other", version="9")}

    def reason() -> str:
        world.write_trust(
            version=2,
            keys=keys,
            stages={"production": terms},
            ledgers={"main": {"origin": ORIGIN, "key": "log"}},
            timestamp_authorities={"own": {"path": "tsa.pem", "sha256": digest(certificates)}},
        )
        data = world.gate(**run_as).read_bytes()
        under = Under(world.authority(later), "production", read_claims(world.claims), approved=True)
        try:
            authentic(data, None, given["asked"], now=later, bundle=given["bundle"], under=under)
        except VerificationError as error:
            return error.reason
        return ""

    steps: list[tuple[str, Callable[[], object]]] = [
        ("role", lambda: run_as.update(by="gate")),
        ("subject", lambda: given.update(bundle=world.bundle)),
        ("stage", lambda: run_as.update(stage="production")),
        ("nonce", lambda: run_as.update(nonce="n-2")),
        ("policy_digest", lambda: terms.pop("policies")),
        ("engine", lambda: terms.update(report={"signed_by": "evaluator", "max_age": "7 days"})),
        ("mode", lambda: run_as.update(mode="enforce")),
        ("scope", lambda: run_as.update(only=())),
        ("trust_older", lambda: run_as.update(trust=None)),
        ("evidence", lambda: terms.update(evidence="declared")),
        ("approvals", lambda: terms.pop("approvals")),
        ("age", lambda: terms.update(report={"signed_by": "evaluator"})),
        ("ledger_absent", lambda: terms.pop("ledger")),
        ("timestamp_missing", lambda: terms.pop("timestamp")),
        ("attempts", lambda: terms.pop("attempts")),
    ]
    found = []
    for _, mend in steps:
        found.append(reason())
        mend()
    assert found == [name for name, _ in steps]
    assert reason() == ""
