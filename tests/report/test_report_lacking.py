"""What is lacking: rows that count are not labelled rows, samples are not people, and every page says the same number."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.render.comment import comment
from policykit.render.console import text
from policykit.render.html import html
from policykit.render.message import message
from policykit.report.lacking import _COUNTED, about, brief, lacking
from policykit.report.layout import layout
from policykit.report.shared_causes import short
from policykit.terms.policy import Constraint
from policykit.terms.quantity import Unit, parse
from policykit.terms.report import Decision, Material, Report
from policykit.terms.verdict import Cause, Finding, Status, StillNeeded
from tests.render.render_reports import AGES, gap, report, rule_line

EQUAL = "fairness.equal_opportunity_difference"
TOO_FEW = "120 samples; a 95 % bound on p99 needs 299"


def held(check: str, few: int, many: int, *, n: int, rows: int | None) -> Report:
    """Return a report in which `n` rows that count, of `rows`, do not settle one gap."""
    seen = gap("sex", 0.012, 0.0, 0.079, Status.UNDECIDED, groups=AGES, rows=n)
    finding = replace(seen, needed=StillNeeded(few, many, "f"), check=check)
    line = rule_line(
        "FAIR-01", "Equal", check, Constraint(at_most=parse("4 pp", Unit.DIFFERENCE)), [finding], unit=Unit.DIFFERENCE
    )
    made = report(Decision.HELD, [line], "nothing failed, 1 thing is not shown yet")
    return replace(
        made, materials=(Material("evaluation", "ab", rows, "cd", None, ()),), task={"kind": "binary-classification"}
    )


def slow() -> Report:
    finding = Finding((), Status.UNDECIDED, Cause.TOO_FEW, TOO_FEW, check="latency.p99", limit="at most 200 ms")
    line = rule_line(
        "LAT-01",
        "Fast",
        "latency.p99",
        Constraint(at_most=parse("200 ms", Unit.DURATION)),
        [finding],
        unit=Unit.DURATION,
    )
    return report(Decision.HELD, [line], "nothing failed, 1 thing is not shown yet")


def test_rows_that_count_are_told_apart_from_labelled_rows() -> None:
    shown = held(EQUAL, 1664, 3802, n=286, rows=3000)
    assert layout(shown).steps[0].brief == (
        "about 1,400 to 3,600 more rows that count (those whose label is the favourable outcome), above all from `f`: "
        "about 15,000 to 37,000 labelled rows at today's share"
    )


def test_every_page_says_the_same_number() -> None:
    shown = held(EQUAL, 1664, 3802, n=286, rows=3000)
    made = layout(shown)
    pages = (
        comment(shown, made),
        html(shown, made),
        message(made).text if hasattr(message(made), "text") else str(message(made)),
    )
    for page in (*pages, " ".join(text(shown, made, width=400, color=False, encoding="utf-8").split())):
        assert "about 1,400 to 3,600 more rows that count" in page
        assert "about 15,000 to 37,000 labelled rows" in page


@given(st.integers(1, 5000), st.integers(1, 60), st.integers(1, 10**6), st.integers(0, 10**6))
def test_at_todays_share_so_many_labelled_rows_hold_so_many_that_count(
    n: int, each: int, more: int, wider: int
) -> None:
    rows = n * each + 1
    shown = held(EQUAL, n + more, n + more + wider, n=n, rows=rows)
    line = shown.rules[0]
    found = lacking(line.verdict.findings[0], line, shown)
    assert found is not None and found.labelled is not None and found.labelled[1] is not None
    assert (found.least, found.most) == (more, more + wider)
    for counted, labelled in ((more, found.labelled[0]), (more + wider, found.labelled[1])):
        assert labelled * n >= counted * rows > (labelled - 1) * n, "the smallest number of rows that holds so many"


@given(st.integers(1, 10**9))
def test_a_rounded_number_is_never_too_small_and_never_a_tenth_too_large(rows: int) -> None:
    said = int(about(rows).replace(",", ""))
    assert rows <= said < rows * 1.1 + 1


@pytest.mark.parametrize("check", sorted(_COUNTED))
def test_whoever_does_not_know_the_rows_says_which_count(check: str) -> None:
    shown = held(check, 600, 900, n=286, rows=None)
    assert f"rows that count ({_COUNTED[check]})" in brief(shown.rules[0], shown)
    assert "today's share" not in brief(shown.rules[0], shown)


def test_of_many_classes_every_labelled_row_counts() -> None:
    shown = replace(
        held("performance.recall", 3600, 3900, n=2900, rows=3000), task={"kind": "multiclass-classification"}
    )
    assert brief(shown.rules[0], shown) == "about 700 to 1,000 more labelled rows, above all from `f`"


def test_samples_lack_samples_and_no_way_out_speaks_of_people() -> None:
    made = layout(slow())
    assert made.steps[0].brief == "at least 179 more samples (299 in all)"
    assert made.steps[0].what == "record more samples: there are too few to say"
    assert made.steps[0].needed == ("299 samples in all, 120 are there: with fewer, no sample bounds it from above",)
    assert made.ways_out == ()


def test_the_short_reason_keeps_how_many_are_needed() -> None:
    reason = f"119.9 ms (from 119.8 ms to unknown) may or may not be at most 200 ms, at 95 %: {TOO_FEW}"
    assert short(reason) == f"119.9 ms may or may not be at most 200 ms: {TOO_FEW}"


def test_an_end_that_nothing_bounds_yet_is_called_so() -> None:
    shown = slow()
    verdict = shown.rules[0].verdict
    reason = f"119.9 ms (from 119.8 ms to unknown) may or may not be at most 200 ms, at 95 %: {TOO_FEW}"
    finding = replace(verdict.findings[0], reason=reason)
    line = replace(shown.rules[0], verdict=replace(verdict, reason=reason, findings=(finding,)))
    made = layout(replace(shown, rules=(line,)))
    assert "(from 119.8 ms to no bound yet)" in made.rules[0].findings[0].reason
    assert "unknown" not in made.deciding[0].what


def test_what_is_missing_is_named() -> None:
    shown = slow()
    verdict = shown.rules[0].verdict
    for reason, what in (
        ("the bundle has no document `load_test`", "provide the document `load_test`"),
        ("the data `evaluation` has no column `sex`", "provide the column `sex`"),
        ("3 rows have no prediction", "provide the evidence that is missing: 3 rows have no prediction"),
    ):
        lacks = replace(verdict, cause=Cause.MISSING, reason=reason, findings=())
        made = layout(replace(shown, rules=(replace(shown.rules[0], verdict=lacks),)))
        assert made.steps[0].what == what
