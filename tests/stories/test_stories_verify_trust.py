"""Verifying by a trust file: each step refuses for its own reason, and in the verifier's order."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.envelope import with_proofs
from policykit.attest.reasons import REASONS
from policykit.attest.verify import Asked
from policykit.errors import VerificationError
from policykit.terms.report import Decision
from policykit.terms.waiver import SignedWaiver
from tests.build import ACCURATE, EQUAL
from tests.stories.verifying import UNFAIR, copied, reason, redigested, verified
from tests.trust_world import AUTHOR, World, make_world


def test_an_honest_report_verifies_and_names_who_signed(world: World) -> None:
    found = verified(world, bundle=world.bundle, again=True)
    assert found.by is not None
    assert (found.decision, found.by.name, found.by.role) == (Decision.ALLOWED, "gate", "evaluator")


def test_a_blocked_report_verifies_too_and_says_blocked(unfair: World) -> None:
    assert verified(unfair).decision is Decision.BLOCKED


@pytest.mark.parametrize(("by", "why"), [("stranger", "unknown_signer"), ("keller", "role"), ("office", "role")])
def test_a_report_signed_by_somebody_who_may_not_judge_is_refused(world: World, by: str, why: str) -> None:
    assert reason(world, world.gate("other.json", by=by)) == why


def test_a_report_of_another_stage_is_refused(world: World) -> None:
    assert reason(world, world.gate("other.json", stage="staging")) == "stage"
    assert reason(world, world.gate("none.json", stage=None)) == "stage"


def test_a_stage_that_the_trust_file_does_not_know_is_refused(world: World) -> None:
    assert reason(world, stage="moon") == "trust_stage"


def test_a_report_that_answers_another_request_is_refused(world: World) -> None:
    report = world.gate("other.json", nonce="n-1")
    assert reason(world, report, asked=Asked(nonce="n-2")) == "nonce"
    assert verified(world, report, asked=Asked(nonce="n-1")).decision is Decision.ALLOWED


@pytest.mark.parametrize(
    "pin",
    [
        {"id": "house", "at_least": "2"},
        {"id": "other", "at_least": "1"},
        {"id": "house", "digest": "sha256:" + "ab" * 32},
    ],
)
def test_a_report_made_without_a_pinned_policy_is_refused(tmp_path: Path, pin: Mapping[str, str]) -> None:
    world = make_world(tmp_path / "world", terms={"policies": [pin]})
    assert reason(world) == "policy_digest"


def test_the_digest_of_a_pinned_policy_is_that_in_the_report(tmp_path: Path) -> None:
    first = make_world(tmp_path / "first")
    digest = verified(first).said["policies"][0]["digest"]
    world = make_world(tmp_path / "world", terms={"policies": [{"id": "house", "digest": f"sha256:{digest}"}]})
    assert verified(world).decision is Decision.ALLOWED


def test_a_pinned_policy_that_did_not_apply_is_as_good_as_none(tmp_path: Path) -> None:
    from tests.build import write_policy

    world = make_world(tmp_path / "world")
    elsewhere = write_policy(tmp_path / "own.yaml", ACCURATE, id="own")
    write_policy(world.policy, ACCURATE, applies_to={"stage": ["staging"]})
    assert reason(world, world.gate(policies=[world.policy, elsewhere])) == "policy_digest"


def test_a_report_by_an_older_engine_is_refused(tmp_path: Path) -> None:
    report = {"signed_by": "evaluator", "engine_at_least": "99.0"}
    assert reason(make_world(tmp_path / "world", terms={"report": report})) == "engine"


def test_audit_mode_and_a_part_of_the_rules_are_refused(world: World) -> None:
    assert reason(world, world.gate("audit.json", mode="audit")) == "mode"
    assert reason(world, world.gate("part.json", only=("R-1",))) == "scope"


def test_a_report_older_than_the_stage_accepts_is_refused(world: World) -> None:
    assert verified(world, days=6).decision is Decision.ALLOWED
    assert reason(world, days=8) == "age"


def test_the_stricter_of_two_ages_counts(world: World) -> None:
    assert reason(world, days=3, asked=Asked(oldest=timedelta(days=2))) == "age"
    assert reason(world, days=8, asked=Asked(oldest=timedelta(days=300))) == "age"


def test_a_report_about_other_bytes_is_refused(world: World) -> None:
    (world.bundle / "note.txt").write_text("added later")
    assert reason(world, bundle=world.bundle) == "subject"


def test_declared_evidence_satisfies_no_blocking_rule_where_recomputed_is_asked_for(tmp_path: Path) -> None:
    owner = {"check": "governance.owner", "with": {"of": "model"}, "is": "present"}
    world = make_world(tmp_path / "world", rules=(ACCURATE, owner))
    assert reason(world) == "evidence"
    declared = make_world(tmp_path / "declared", rules=(ACCURATE, owner), terms={"evidence": "declared"})
    assert verified(declared).decision is Decision.ALLOWED


def test_weak_evidence_for_an_alternative_that_is_not_needed_does_not_matter(tmp_path: Path) -> None:
    owner = {"check": "governance.owner", "with": {"of": "model"}, "is": "present"}
    either = make_world(tmp_path / "either", rules=({"any_of": [owner, ACCURATE]},))
    assert verified(either).decision is Decision.ALLOWED
    both = make_world(tmp_path / "both", rules=({"all_of": [owner, ACCURATE]},))
    assert reason(both) == "evidence"


def test_a_rule_that_begins_to_block_after_the_report_was_made_refuses_it(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    later = {**EQUAL, "block_from": "2026-11-25"}
    world = make_world(tmp_path / "world", women=UNFAIR, rules=(ACCURATE, later), now=now)
    assert verified(world, days=2).decision is Decision.ALLOWED
    assert reason(world, days=3) == "block_from"
    fair = make_world(tmp_path / "fair", rules=(ACCURATE, later), now=now)
    assert verified(fair, days=3).decision is Decision.ALLOWED


def _under(version: int, digest: str | None = None) -> Callable[[dict[str, Any]], None]:
    def change(said: dict[str, Any]) -> None:
        said["trust"] = {"id": "bank.models", "version": version, "digest": digest or "ab" * 32}

    return redigested(change)


def test_a_report_made_under_a_newer_trust_file_is_refused(world: World) -> None:
    assert reason(world, world.resigned(_under(2))) == "trust_older"
    assert reason(world, world.resigned(_under(1))) == "trust_older"
    assert verified(world, world.resigned(_under(0))).decision is Decision.ALLOWED
    own = world.authority().trust.digest
    assert verified(world, world.resigned(_under(1, own))).decision is Decision.ALLOWED


@pytest.mark.parametrize("version", [True, "2", None, 2.5])
def test_a_version_that_is_no_whole_number_is_refused(world: World, version: Any) -> None:
    assert reason(world, world.resigned(_under(version))) in ("incomplete", "trust_older")


def _history(looks: int, unread: int = 0) -> dict[str, Any]:
    attempt = {"at": "2026-11-01T00:00:00Z", "bundle": "loans 1.3.0", "decision": "BLOCKED", "payload": "ab" * 32}
    return {
        "origin": "ledger.bank.example",
        "size": 9,
        "root": "cd" * 32,
        "looks": looks,
        "attempts": [attempt] * (looks - 1),
        "spent": [],
        "breakGlass": [],
        "unread": unread,
    }


@pytest.mark.parametrize(
    ("history", "why"),
    [({}, "attempts"), (_history(3), "attempts"), (_history(1, unread=1), "attempts"), (_history(2), "")],
)
def test_too_many_attempts_and_attempts_that_nobody_counted_are_refused(
    tmp_path: Path, history: dict[str, Any], why: str
) -> None:
    world = make_world(tmp_path / "world", terms={"attempts": {"at_most": 2}})
    report = world.resigned(redigested(lambda said: said.update(history=history)))
    if why:
        assert reason(world, report) == why
    else:
        assert verified(world, report).decision is Decision.ALLOWED


def test_approvals_are_asked_for_only_when_wanted(world: World) -> None:
    assert verified(world).approvals == ()
    assert reason(world, approved=True, bundle=world.bundle) == "approvals"
    world.approve(by="keller")
    world.approve(by="silva")
    found = verified(world, approved=True, bundle=world.bundle)
    assert {approval.by.name for approval in found.approvals} == {"keller", "silva"}


def test_a_report_without_the_time_stamp_a_stage_asks_for_is_refused(tmp_path: Path) -> None:
    from policykit.canon import digest

    world = make_world(tmp_path / "world", report=False)
    certificates = b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
    (world.folder / "tsa.pem").write_bytes(certificates)
    from tests.trust_world import PRODUCTION

    world.write_trust(
        version=2,
        stages={"production": {**PRODUCTION, "timestamp": "own"}},
        timestamp_authorities={"own": {"path": "tsa.pem", "sha256": digest(certificates)}},
    )
    world.gate()
    assert reason(world) == "timestamp_missing"
    world.report.write_bytes(with_proofs(world.report.read_bytes(), timestamps=[b"no token"], tlog=[]))
    assert reason(world) == "timestamp_missing"


def test_a_report_that_the_ledger_of_the_stage_does_not_hold_is_refused(tmp_path: Path) -> None:
    from tests.trust_world import PRODUCTION, trust_document

    world = make_world(tmp_path / "world", report=False)
    keys = {**trust_document(world.now)["keys"], "log": {"pem": world.public("stranger").read_text()}}
    world.write_trust(
        version=2,
        keys=keys,
        stages={"production": {**PRODUCTION, "ledger": "main"}},
        ledgers={"main": {"origin": "ledger.bank.example", "key": "log"}},
    )
    world.gate()
    assert reason(world) == "ledger_absent"


def test_who_wrote_the_waiver_does_not_matter_only_who_signed(waived: World) -> None:
    found: SignedWaiver = verified(waived).waivers[0]
    assert found.waiver.requested_by == AUTHOR and found.waiver.approved_by == ()


@pytest.mark.parametrize(("minutes", "holds"), [(0, True), (59, True), (-59, True), (61, False), (-61, False)])
def test_a_time_stamp_is_from_about_the_time_the_report_says(made: World, minutes: int, holds: bool) -> None:
    from policykit.attest.stage import check_stamp

    statement = json.loads(made.payload())
    stamped = made.now + timedelta(minutes=minutes)
    if holds:
        check_stamp(statement, stamped)
    else:
        with pytest.raises(VerificationError, match="was stamped at") as caught:
            check_stamp(statement, stamped)
        assert caught.value.reason == "time"


@pytest.mark.parametrize("value", [[{"id": "x"}], "none", [1]])
def test_measurements_that_are_none_do_not_say_who_the_author_is(world: World, value: Any) -> None:
    report = world.resigned(redigested(lambda said: said.update(measurements=value)))
    assert reason(world, report, approved=True) == "incomplete"


@pytest.mark.parametrize("value", ["soon", 7, ["2026-01-01"], "2026-11-22\x1b[2J"])
def test_a_day_to_block_from_that_is_none_is_refused(unfair: World, tmp_path: Path, value: Any) -> None:
    def change(said: dict[str, Any]) -> None:
        said["rules"][1].update(advisory=True, blockFrom=value)
        said["decision"], said["reason"] = "ALLOWED", "the blocking rule passed"

    world = copied(unfair, tmp_path)
    assert reason(world, world.resigned(redigested(change))) == "incomplete"


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value inside a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, below in inside:
        yield (*path, name)
        yield from _places(below, (*path, name))


@pytest.mark.parametrize("seed", range(8))
def test_whatever_an_evaluator_signs_is_a_report_or_refused_with_a_reason(waived: World, seed: int) -> None:
    for name in ("keller", "silva"):
        waived.approve(by=name)
    rng = random.Random(seed)
    said = json.loads(waived.payload())["predicate"]
    places = list(_places(said))
    others = [None, True, -1, 0, 2**53 - 1, 0.5, "", "x", "2026-01-01", [], {}, [[]], [{}], {"a": 1}]
    found: list[str] = []
    for _ in range(40):
        place, value = rng.choice(places), rng.choice(others)

        def change(told: dict[str, Any], place: tuple[Any, ...] = place, value: Any = value) -> None:
            inside: Any = told
            for name in place[:-1]:
                inside = inside[name]
            inside[place[-1]] = value

        changed = redigested(change) if rng.random() < 0.5 else change
        try:
            report = waived.resigned(changed)
        except (KeyError, TypeError, AttributeError, ValueError):
            continue  # nothing to take a digest of: a forger cannot either
        for again in (False, True):
            try:
                verified(waived, report, approved=True, again=again)
            except VerificationError as error:
                found.append(error.reason)
    assert found and set(found) <= set(REASONS)
