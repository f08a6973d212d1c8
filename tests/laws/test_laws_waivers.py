"""Laws of waivers, whatever was found and whoever signed what."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.errors import WaiverError
from policykit.report.decision import decide
from policykit.stories.gate import Asked, Judged, judged
from policykit.terms.plan import Match, Plan, Taken
from policykit.terms.report import Decision, Report
from policykit.terms.verdict import Cause, Status, Verdict
from policykit.terms.waiver import Excuse, SignedWaiver
from tests import build
from tests.clock import NOW
from tests.waivers import signed

RANK = {Decision.BLOCKED: 0, Decision.HELD: 1, Decision.ALLOWED: 2}
POLICY = cast("Any", SimpleNamespace(ref="p@1"))
MATCHED = [Match(POLICY, matched=True, why="it applies to everything")]
EXCUSE = Excuse("W-1", "p/x", "fail", ("",), "2027-03-31", (0,))


def _verdict(place: int, status: Status, advisory: bool) -> Verdict:
    cause = Cause.MISSING if status is Status.UNDECIDED else None
    return Verdict("p@1", f"R-{place}", status, cause, "", advisory=advisory)


found = st.lists(st.tuples(st.sampled_from(Status), st.booleans(), st.booleans()), max_size=8)


def decided(parts: list[tuple[Status, bool, bool]], *, excusing: bool = True) -> Decision:
    verdicts = [_verdict(place, status, advisory) for place, (status, advisory, _) in enumerate(parts)]
    excuses = {("p@1", f"R-{place}"): (EXCUSE,) for place, part in enumerate(parts) if part[2] and excusing}
    return decide(verdicts, MATCHED, [], partial=False, excuses=excuses)[0]


@given(found)
def test_excuses_never_allow_without_a_rule_that_passed(parts: list[tuple[Status, bool, bool]]) -> None:
    if decided(parts) is Decision.ALLOWED:
        assert any(status is Status.PASS and not advisory for status, advisory, _ in parts)
        assert all(
            advisory or excused or status in (Status.PASS, Status.NOT_APPLICABLE) for status, advisory, excused in parts
        )


@given(found)
def test_without_excuses_a_decision_is_never_better(parts: list[tuple[Status, bool, bool]]) -> None:
    assert RANK[decided(parts, excusing=False)] <= RANK[decided(parts)]


@given(found)
def test_an_excuse_of_what_passed_or_only_advises_changes_nothing(parts: list[tuple[Status, bool, bool]]) -> None:
    idle = [(status, advisory, excused and (advisory or status is Status.PASS)) for status, advisory, excused in parts]
    assert decided(idle) is decided(idle, excusing=False)


RULES = (
    build.EQUAL,
    build.ENOUGH,
    {"check": "performance.accuracy", "for_each": ["sex"], "at_least": "97 %"},
    {"check": "data.completeness", "with": {"columns": ["sex", "none"]}, "at_least": "99 %"},
    {"any_of": [{"check": "data.row_count", "at_least": 9000}, {"check": "performance.accuracy", "at_least": "99 %"}]},
    {**build.EQUAL, "enforcement": "absolute"},
    {**build.EQUAL, "enforcement": "advisory"},
)
GAPS = (500, 560, 610, 700)


@cache
def measured(men: int) -> tuple[Plan, Taken]:
    data = build.people(men=(men, 1000), women=(500, 1000))
    data["yhat"] = [1 - out if place % 25 == 0 else out for place, out in enumerate(data["yhat"])]
    with TemporaryDirectory() as folder:
        made = build.judged(Path(folder), *RULES, data=data)
    return made.plan, made.taken


ALLOWS: dict[str, Any] = {
    "a": {"at_most": "30 pp"},
    "b": {"at_most": "12 pp"},
    "c": {"undecided": "straddles", "surely_at_most": "18 pp"},
    "d": {"at_least": "50 %"},
    "e": {"at_least": "95.5 %", "surely_at_least": "94 %"},
    "f": {"undecided": "missing"},
    "g": {"undecided": "straddles", "surely_at_least": "90 %"},
    "h": {"at_least": "100"},
    "i": {"fail": "any"},
}
FITTING = {1: "aabccd", 2: "hi", 3: "deg", 4: "ff", 5: "hhde", 6: "a", 7: "ab", 8: "ac"}
waivers = st.builds(
    lambda fits, only, refused, days: (*fits, only, refused, days),
    st.sampled_from([(rule, allows) for rule in (1, 1, 1, 3, 3, 4, 4, 5, 5, 2, 6, 7, 8) for allows in FITTING[rule]]),
    st.sampled_from([None, None, "sex", "female"]),
    st.sampled_from(["", "", "", "", "", "it is too long"]),
    st.sampled_from([("2026-11-01", "2027-03-31")] * 3 + [("2026-01-01", "2026-11-21"), ("2026-12-01", "2027-01-01")]),
)


def made(parts: list[Any]) -> list[SignedWaiver]:
    return [
        signed(
            id=f"W-{place}",
            rule=f"house/R-{rule}",
            allows=ALLOWS[allows],
            only_for={"attribute": only} if only else None,
            refused=refused,
            valid_from=days[0],
            expires=days[1],
        )
        for place, (rule, allows, only, refused, days) in enumerate(parts)
    ]


def run(men: int, signed_ones: list[SignedWaiver]) -> Judged | None:
    """Return the run; None where a waiver does not fit its rule."""
    plan, taken = measured(men)
    try:
        return judged(plan, taken, Asked(stage=None, now=NOW, waivers=tuple(signed_ones)))
    except WaiverError:
        return None


def bad(report: Report) -> bool:
    return any(line.state == "refused" for line in report.waivers)


DAYS = ("2026-11-01", "2027-03-31")
OPENING = [(3, "g", None, "", DAYS), (4, "f", None, "", DAYS), (5, "h", None, "", DAYS)]
"""These together open the gate where the gap is small."""
some_waivers = st.builds(
    lambda opening, more: [*opening, *more], st.sampled_from([OPENING, OPENING, []]), st.lists(waivers, max_size=3)
)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(GAPS), some_waivers)
def test_a_waiver_never_changes_a_verdict_and_never_allows_alone(men: int, parts: list[Any]) -> None:
    bare, waived = run(men, []), run(men, made(parts))
    if bare is None or waived is None:
        return
    report = waived.report
    assert [line.verdict for line in report.rules] == [line.verdict for line in bare.report.rules]
    if report.decision is Decision.ALLOWED:
        assert any(line.verdict.status is Status.PASS and not line.verdict.advisory for line in report.rules)
    for line in report.rules:
        if line.excused:
            assert line.rule.enforcement == "waivable"
            assert line.verdict.status in (Status.FAIL, Status.UNDECIDED)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(GAPS), some_waivers, st.randoms())
def test_the_order_of_waivers_never_matters(men: int, parts: list[Any], random: Any) -> None:
    one = made(parts)
    other = [*one]
    random.shuffle(other)
    first, second = run(men, one), run(men, other)
    assert (first is None) is (second is None)
    if first is not None and second is not None:
        assert first.predicate() == second.predicate()


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(GAPS), some_waivers.filter(bool), st.data())
def test_taking_a_waiver_away_never_improves(men: int, parts: list[Any], data: st.DataObject) -> None:
    """But for one that blocks by being there: over-broad, or of a rule that nobody may waive."""
    all_ = made(parts)
    left = [*all_]
    left.pop(data.draw(st.integers(0, len(all_) - 1)))
    more, less = run(men, all_), run(men, left)
    if more is not None and less is not None and not bad(more.report):
        assert RANK[less.report.decision] <= RANK[more.report.decision]


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(GAPS), some_waivers)
def test_a_waiver_that_is_not_used_is_as_if_it_were_not_there(men: int, parts: list[Any]) -> None:
    all_ = made(parts)
    whole = run(men, all_)
    if whole is None or bad(whole.report):
        return
    used = {line.signed.waiver.id for line in whole.report.waivers if line.state == "used"}
    rest = run(men, [one for one in all_ if one.waiver.id in used])
    assert rest is not None
    assert rest.report.decision is whole.report.decision
    assert rest.report.reason == whole.report.reason
    assert [replace(line, excuses=()) for line in rest.report.rules] == [
        replace(line, excuses=()) for line in whole.report.rules
    ]
    assert [line.excused for line in rest.report.rules] == [line.excused for line in whole.report.rules]


def test_waivers_of_this_pool_can_open_this_gate() -> None:
    found = run(560, made(OPENING))
    assert found is not None
    assert found.report.decision is Decision.ALLOWED
    assert [line.state for line in found.report.waivers] == ["used", "used", "used"]
