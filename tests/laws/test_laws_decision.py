"""Laws of the decision, whatever the verdicts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from policykit.report.decision import decide
from policykit.terms.plan import Match
from policykit.terms.report import Decision, Notice
from policykit.terms.verdict import Cause, Status, Verdict

RANK = {Decision.BLOCKED: 0, Decision.HELD: 1, Decision.ALLOWED: 2}
POLICY = cast("Any", SimpleNamespace(ref="p@1"))
MATCHED = [Match(POLICY, matched=True, why="it applies to everything")]


def _verdict(name: str, status: Status, advisory: bool) -> Verdict:
    cause = Cause.MISSING if status is Status.UNDECIDED else None
    return Verdict("p@1", name, status, cause, "", advisory=advisory)


verdicts = st.lists(st.builds(_verdict, st.sampled_from("abcdef"), st.sampled_from(Status), st.booleans()), max_size=8)
levels = st.lists(
    st.builds(Notice, st.sampled_from(["error", "warning", "note"]), st.just("x"), st.just("")), max_size=3
)


def decided(
    found: list[Verdict], matches: list[Match] = MATCHED, notices: list[Notice] | None = None, partial: bool = False
) -> Decision:
    return decide(found, matches, notices or [], partial=partial)[0]


@given(verdicts, st.randoms())
def test_order_never_matters(found: list[Verdict], random: Any) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)
    assert decided(found) is decided(shuffled)


@given(verdicts, levels, st.booleans())
def test_allowed_needs_a_blocking_pass_and_nothing_open(
    found: list[Verdict], notices: list[Notice], partial: bool
) -> None:
    if decided(found, notices=notices, partial=partial) is Decision.ALLOWED:
        blocking = [verdict.status for verdict in found if not verdict.advisory]
        assert Status.PASS in blocking
        assert set(blocking) <= {Status.PASS, Status.NOT_APPLICABLE}
        assert not partial
        assert all(notice.level != "error" for notice in notices)


@given(verdicts, st.builds(_verdict, st.just("z"), st.sampled_from(Status), st.booleans()))
def test_adding_a_rule_never_improves_a_decision_that_rests_on_a_pass(found: list[Verdict], more: Verdict) -> None:
    if any(verdict.status is Status.PASS and not verdict.advisory for verdict in found):
        assert RANK[decided([*found, more])] <= RANK[decided(found)]


@given(verdicts, st.data())
def test_taking_evidence_away_never_opens_the_gate(found: list[Verdict], data: st.DataObject) -> None:
    before = decided(found)
    poorer = [_verdict(v.rule, Status.UNDECIDED, v.advisory) if data.draw(st.booleans()) else v for v in found]
    if before is not Decision.ALLOWED:
        assert decided(poorer) is not Decision.ALLOWED


@given(verdicts)
def test_a_blocking_fail_is_final(found: list[Verdict]) -> None:
    assert decided([*found, _verdict("z", Status.FAIL, advisory=False)]) is Decision.BLOCKED


@given(verdicts)
def test_an_advisory_rule_changes_nothing(found: list[Verdict]) -> None:
    for status in Status:
        assert decided([*found, _verdict("z", status, advisory=True)]) is decided(found)


@given(verdicts)
def test_an_error_finding_blocks_and_a_warning_does_not(found: list[Verdict]) -> None:
    assert decided(found, notices=[Notice("error", "x", "")]) is Decision.BLOCKED
    assert decided(found, notices=[Notice("warning", "x", ""), Notice("note", "x", "")]) is decided(found)


def test_nothing_asked_is_held() -> None:
    assert decided([]) is Decision.HELD
    assert decided([], matches=[]) is Decision.HELD


def test_only_not_applicable_is_held() -> None:
    assert decided([_verdict("a", Status.NOT_APPLICABLE, advisory=False)]) is Decision.HELD


def test_a_label_asked_for_and_absent_holds_whatever_else_passed() -> None:
    held = Match(POLICY, matched=False, why="it asks about the label `risk`, which this bundle lacks", held="`risk`")
    assert decided([_verdict("a", Status.PASS, advisory=False)], [*MATCHED, held]) is Decision.HELD
