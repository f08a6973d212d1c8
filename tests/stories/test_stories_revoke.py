"""Taking back: by those who may sign such a thing, with a reason, and heard wherever the claims are read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policykit.attest.envelope import seal, unseal
from policykit.attest.statement import REVOCATION, TRUST, statement
from policykit.canon import digest
from policykit.errors import UsageError, VerificationError
from policykit.stories.claimed import revocations
from policykit.stories.revoke import revoke
from tests.trust_world import World, document_claim, make_world, rfc3339


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "world")


def test_a_report_is_taken_back_by_the_digest_of_what_was_signed(world: World) -> None:
    made = revoke(world.report, "  the sample\nwas wrong ", world.signer("gate-b"), world.authority())
    said = json.loads(unseal(made.data).payload)
    assert (made.kind, made.digest, made.by.name) == ("report", digest(world.payload()), "gate-b")
    assert said["predicateType"] == REVOCATION
    assert said["subject"] == [{"name": "report.sigstore.json", "digest": {"sha256": made.digest}}]
    assert said["predicate"] == {
        "revokes": f"sha256:{made.digest}",
        "kind": "report",
        "reason": "the sample was wrong",
        "time": rfc3339(world.now),
    }
    assert revocations([made.data], world.authority())["report", made.digest].reason == "the sample was wrong"


def test_a_waiver_is_taken_back_by_the_digest_of_the_document_or_by_its_approval(world: World) -> None:
    path = world.waiver()
    by_document = revoke(path, "withdrawn", world.signer("okafor"), world.authority())
    approval = world.folder / "approval.json"
    approval.write_bytes((world.waivers / "claims.jsonl").read_bytes())
    by_approval = revoke(approval, "withdrawn", world.signer("okafor"), world.authority())
    assert by_document.digest == by_approval.digest == digest(path.read_bytes())
    assert by_document.kind == by_approval.kind == "waiver"


@pytest.mark.parametrize(
    ("by", "may"), [("gate", True), ("root-a", True), ("office", False), ("keller", False), ("stranger", False)]
)
def test_a_report_is_taken_back_by_evaluators_and_the_trust_authority_alone(world: World, by: str, may: bool) -> None:
    if may:
        assert revoke(world.report, "wrong", world.signer(by), world.authority()).by.name == by
        return
    with pytest.raises(VerificationError) as caught:
        revoke(world.report, "wrong", world.signer(by), world.authority())
    assert caught.value.reason == "signer"
    assert str(caught.value) == "this key may not sign it: it does not have the role `trust-authority` or `evaluator`"


def test_nothing_is_taken_back_without_a_reason(world: World) -> None:
    with pytest.raises(UsageError, match="the reason is empty"):
        revoke(world.report, " ", world.signer("gate"), world.authority())


def test_a_trust_file_is_replaced_and_not_taken_back(world: World) -> None:
    claim = world.folder / "claim.json"
    claim.write_bytes(document_claim(world.trust, "trust", "t", TRUST, "root-a", "trust-authority", world.now))
    with pytest.raises(UsageError, match="which is not taken back so") as caught:
        revoke(claim, "wrong", world.signer("root-a"), world.authority())
    assert "a trust file is replaced by its next version" in caught.value.hint
    with pytest.raises(UsageError, match="this is no signed file, and no waiver"):
        revoke(world.trust, "wrong", world.signer("root-a"), world.authority())


def test_a_word_that_names_another_thing_than_its_subject_is_not_heard(world: World) -> None:
    thing = digest(world.payload())
    predicate = {"revokes": f"sha256:{thing}", "kind": "report", "reason": "", "time": rfc3339(world.now)}
    payload = statement([("report", "ab" * 32)], predicate, predicate_type=REVOCATION)
    assert revocations([seal(payload, world.signer("gate"))], world.authority()) == {}
    assert revocations([b"{}", b"no JSON", world.report.read_bytes()], world.authority()) == {}
