"""A policy that is being rolled out: it stops nobody but its canaries, loosens nothing for them, and earns nobody a permit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.attest.claims import check_mode
from policykit.canon import canonical
from policykit.decide.exit_code import of_report
from policykit.errors import VerificationError
from policykit.report.restated import restated
from policykit.stories.gate import Asked, Judged, gate
from policykit.stories.open import Table, open_all
from policykit.stories.rejudge import rejudge
from policykit.terms.report import Decision
from tests.build import ENOUGH, EQUAL, people, write_bundle, write_policy
from tests.clock import NOW

TODAY = NOW.date()
UNFAIR = people(women=(300, 1000))
NEVER = {"check": "data.row_count", "at_least": 10**9}
UNSHOWN = {"check": "performance.roc_auc", "at_least": 0.5}
RULES: Mapping[str, Mapping[str, Any]] = {
    "passes": ENOUGH,
    "fails": NEVER,
    "unshown": UNSHOWN,
    "advises": {**NEVER, "enforcement": "advisory"},
    "later": {**NEVER, "block_from": "2027-06-01"},
    "absolute": {**NEVER, "enforcement": "absolute"},
}
_NUMBER = count()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("rollout") / "bundle", UNFAIR, labels={"use_case": "credit-scoring"})


def day(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def run(bundle: Path, *policies: tuple[str, Mapping[str, Any], tuple[str, ...]], **asked: Any) -> Judged:
    """Judge the bundle, called `loans`, by policies given as (id, head, names of RULES)."""
    folder = bundle.parent / f"p{next(_NUMBER)}"
    paths = [
        write_policy(folder / f"{name}.yaml", *(RULES[rule] for rule in rules), id=name, **head)
        for name, head, rules in policies
    ]
    opened = open_all(bundle, paths, None, Table())
    return gate(opened.bundle, opened.policies, Asked(**{"stage": None, "now": NOW, **asked}))


def said(judged: Judged) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(canonical(judged.predicate()))
    return found


def expect_honest(judged: Judged) -> None:
    """Judged again from its own report it is the same, and what it states follows from it."""
    predicate = said(judged)
    assert restated(predicate) is judged.report.decision
    assert said(rejudge(predicate, now=NOW))["verdictDigest"] == predicate["verdictDigest"]


LIST = st.lists(st.sampled_from(sorted(RULES)), min_size=1, max_size=4, unique=True).map(tuple)


@settings(max_examples=30, deadline=None)
@given(rules=LIST, other=st.booleans(), days=st.integers(0, 200))
def test_for_a_canary_a_roll_out_changes_nothing(bundle: Path, rules: tuple[str, ...], other: bool, days: int) -> None:
    beside: list[tuple[str, Mapping[str, Any], tuple[str, ...]]] = [("other", {}, ("passes",))] if other else []
    plain = run(bundle, ("house", {}, rules), *beside).report
    head = {"audit_until": day(days), "canary": ["churn", "loans"]}
    canary = run(bundle, ("house", head, rules), *beside).report
    assert (canary.decision, canary.reason, canary.mode) == (plain.decision, plain.reason, plain.mode)
    assert [line.verdict for line in canary.rules] == [line.verdict for line in plain.rules]
    assert canary.notices == plain.notices


@settings(max_examples=30, deadline=None)
@given(rules=LIST, own=LIST, days=st.integers(0, 200))
def test_the_other_policies_decide_as_ever(
    bundle: Path, rules: tuple[str, ...], own: tuple[str, ...], days: int
) -> None:
    alone = run(bundle, ("own", {}, own)).report
    beside = run(bundle, ("own", {}, own), ("central", {"audit_until": day(days)}, rules))
    assert (beside.report.decision, beside.report.reason) == (alone.decision, alone.reason)
    assert beside.report.mode == "enforce"
    assert of_report(beside.report) == of_report(alone)
    expect_honest(beside)


@settings(max_examples=20, deadline=None)
@given(rules=LIST, days=st.integers(-3, 3))
def test_a_run_that_nothing_can_stop_is_an_audit_and_is_never_allowed(
    bundle: Path, rules: tuple[str, ...], days: int
) -> None:
    found = run(bundle, ("central", {"audit_until": day(days), "canary": ["churn"]}, rules))
    report = found.report
    if days < 0:
        plain = run(bundle, ("central", {}, rules)).report
        assert (report.mode, report.decision, report.reason) == ("enforce", plain.decision, plain.reason)
        return
    assert (report.mode, report.decision, int(of_report(report))) == ("audit", Decision.HELD, 0)
    assert report.reason == "nothing blocks yet: every policy that applies is being rolled out"
    with pytest.raises(VerificationError) as caught:
        check_mode({"predicate": said(found)})
    assert caught.value.reason == "mode"
    expect_honest(found)


def test_the_last_day_still_advises_and_the_next_one_blocks(bundle: Path) -> None:
    head = {"audit_until": "2026-11-30"}
    last = run(bundle, ("central", head, ("fails",)), now=datetime(2026, 11, 30, 12, tzinfo=UTC)).report
    after = run(bundle, ("central", head, ("fails",)), now=datetime(2026, 12, 1, 12, tzinfo=UTC)).report
    assert (last.mode, int(of_report(last))) == ("audit", 0)
    assert (after.mode, int(of_report(after))) == ("enforce", 1)
    assert not any(notice.code in ("rolling_out", "nothing_blocks") for notice in after.notices)


def test_a_label_that_is_asked_for_and_absent_stops_nobody_while_a_policy_is_rolled_out(bundle: Path) -> None:
    wrong = {"applies_to": {"usecase": ["credit-scoring"]}}
    assert int(of_report(run(bundle, ("own", {}, ("passes",)), ("central", wrong, ("passes",))).report)) == 3
    rolled = {**wrong, "audit_until": day(30)}
    mixed = run(bundle, ("own", {}, ("passes",)), ("central", rolled, ("passes",)))
    assert mixed.report.decision is Decision.ALLOWED
    assert mixed.report.policies[1].why == (
        "it asks about the label `usecase`, which this bundle lacks; it is being rolled out: it only advises until "
        f"{day(30)}, and blocks from {day(31)}"
    )
    expect_honest(mixed)
    alone = run(bundle, ("central", rolled, ("passes",)))
    assert (alone.report.mode, int(of_report(alone.report))) == ("audit", 0)
    expect_honest(alone)
    canary = run(bundle, ("own", {}, ("passes",)), ("central", {**rolled, "canary": ["loans"]}, ("passes",)))
    assert int(of_report(canary.report)) == 3


def test_a_policy_for_another_stage_does_not_make_a_run_an_audit(bundle: Path) -> None:
    other = {"applies_to": {"stage": ["staging"]}, "audit_until": day(30)}
    found = run(bundle, ("central", other, ("passes",)), stage="production").report
    assert (found.mode, found.decision, int(of_report(found))) == ("enforce", Decision.HELD, 3)
    assert found.reason == "no policy applied"


def test_what_must_be_covered_is_covered_by_what_blocks_today(bundle: Path, tmp_path: Path) -> None:
    cover = write_policy(tmp_path / "own.yaml", ENOUGH, id="own", must_cover={"protected_attributes": ["sex"]})
    fair = {**EQUAL, "for_each": ["sex"], "at_most": "90 pp"}
    rolled = write_policy(tmp_path / "central.yaml", fair, id="central", audit_until=day(30))
    opened = open_all(bundle, [cover, rolled], None, Table())
    found = gate(opened.bundle, opened.policies, Asked(stage=None, now=NOW)).report
    assert found.decision is Decision.HELD
    assert found.reason == "`own@1` must cover `sex`, and no fairness rule that blocks today does"


def test_what_a_policy_must_cover_holds_nobody_while_it_is_rolled_out(bundle: Path, tmp_path: Path) -> None:
    own = write_policy(tmp_path / "own.yaml", ENOUGH, id="own")
    fair = {**EQUAL, "for_each": ["sex"]}
    cover = {"protected_attributes": ["sex"]}
    rolled = write_policy(tmp_path / "central.yaml", fair, id="central", audit_until=day(30), must_cover=cover)
    opened = open_all(bundle, [own, rolled], None, Table())
    found = gate(opened.bundle, opened.policies, Asked(stage=None, now=NOW))
    assert found.report.decision is Decision.ALLOWED
    expect_honest(found)


def test_a_rule_says_until_when_it_only_advises_and_why(bundle: Path) -> None:
    from policykit.report.layout import layout

    found = run(
        bundle, ("own", {}, ("passes",)), ("central", {"audit_until": "2027-02-01"}, ("fails", "advises", "later"))
    )
    lines = {line.rule.title: line for line in found.report.rules if line.policy == "central@1"}
    assert [line.rule.block_from for line in lines.values()] == ["2027-02-02", None, "2027-06-01"]
    assert lines["Rule 1"].sentence.endswith("it blocks from 2027-02-02, once its policy is rolled out.")
    told = {view.advisory for view in layout(found.report).rules}
    assert told == {
        "",
        "advisory until 2027-02-01, blocks from 2027-02-02: the policy is being rolled out",
        "advisory",
        "advisory before 2027-06-01; blocks from then",
    }
    assert [(n.level, n.text) for n in found.report.notices if n.code == "rolling_out"] == [
        (
            "warning",
            "`central@1` only advises until 2027-02-01, and blocks from 2027-02-02: it is being rolled out, "
            "and 1 rule that would block today does not",
        )
    ]


def test_the_digest_of_a_policy_is_that_of_its_text_rolled_out_or_not(bundle: Path) -> None:
    head = {"audit_until": day(3)}
    before = run(bundle, ("central", head, ("passes",))).report.policies[0]
    after = run(bundle, ("central", head, ("passes",)), as_of=day(9)).report.policies[0]
    assert before.digest == after.digest


def test_a_partial_run_is_held_even_while_everything_is_rolled_out(bundle: Path) -> None:
    found = run(bundle, ("central", {"audit_until": day(30)}, ("passes",)), only=("R-1",)).report
    assert (found.scope, found.mode, int(of_report(found))) == ("partial", "audit", 3)


def test_a_roll_out_to_the_last_day_there_is_breaks_nothing(bundle: Path) -> None:
    found = run(bundle, ("central", {"audit_until": "9999-12-31"}, ("fails",)))
    assert found.report.mode == "audit"
    expect_honest(found)


def test_a_report_that_says_enforce_while_everything_is_rolled_out_does_not_follow(bundle: Path) -> None:
    from policykit.report.digests import verdict_digest_of

    predicate = said(run(bundle, ("central", {"audit_until": day(30)}, ("passes",))))
    predicate["gate"]["mode"] = "enforce"
    predicate["verdictDigest"] = verdict_digest_of(predicate)
    with pytest.raises(VerificationError, match=r"`gate\.mode` is not what the report says"):
        rejudge(predicate, now=NOW)


APPLIES: Mapping[str, Mapping[str, Any]] = {
    "everything": {},
    "this": {"applies_to": {"use_case": ["credit-scoring"]}},
    "another": {"applies_to": {"use_case": ["marketing"]}},
    "unlabelled": {"applies_to": {"risk": ["high"]}},
}


@settings(max_examples=40, deadline=None)
@given(rules=LIST, own=LIST, where=st.sampled_from(sorted(APPLIES)), also=st.sampled_from(sorted(APPLIES)))
def test_adding_a_policy_that_is_being_rolled_out_never_lowers_the_exit_code(
    bundle: Path, rules: tuple[str, ...], own: tuple[str, ...], where: str, also: str
) -> None:
    """Beside a policy in force, which need not apply."""
    house, central = ("house", APPLIES[where], own), ("central", {**APPLIES[also], "audit_until": day(30)}, rules)
    alone, beside = run(bundle, house), run(bundle, house, central)
    assert of_report(beside.report) == of_report(alone.report)
    assert (beside.report.mode, beside.report.decision) == ("enforce", alone.report.decision)
    expect_honest(beside)


def test_a_strict_policy_that_does_not_apply_is_not_made_an_audit_by_one_that_only_advises(bundle: Path) -> None:
    strict, central = ("strict", APPLIES["another"], ("passes",)), ("central", {"audit_until": day(30)}, ("fails",))
    assert int(of_report(run(bundle, strict).report)) == 3
    found = run(bundle, strict, central).report
    assert (found.mode, found.decision, int(of_report(found))) == ("enforce", Decision.HELD, 3)
    assert not any(notice.code == "nothing_blocks" for notice in found.notices)


def test_what_is_wrong_without_any_rule_is_not_rolled_out(tmp_path: Path) -> None:
    import shutil

    world = write_bundle(
        tmp_path / "bundle",
        people(),
        datasets={"evaluation": {"path": "rows.parquet"}, "train": {"path": "train.parquet"}},
    )
    shutil.copy(world / "rows.parquet", world / "train.parquet")
    policy = write_policy(tmp_path / "p.yaml", ENOUGH, id="central", audit_until=day(30))
    opened = open_all(world, [policy], None, Table())
    found = gate(opened.bundle, opened.policies, Asked(stage=None, now=NOW))
    assert [notice.level for notice in found.report.notices].count("error") == 1
    assert (found.report.mode, found.report.decision, int(of_report(found.report))) == ("enforce", Decision.BLOCKED, 1)
    expect_honest(found)
