"""A trend compares what is the same: one check of one rule, on one slice, under one limit, in one unit, at one gate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policykit.report.trends import trends
from policykit.terms.site import Filed, Head, Number, RuleSaid, Vouched
from policykit.terms.site_layout import Trend


def number(value: float, check: str = "performance.precision", finding: str = "", **said: object) -> Number:
    given = {"limit": "at least 60 %", "unit": "share", "part": 0, "status": "pass", **said}
    limit, unit, part, status = (given[name] for name in ("limit", "unit", "part", "status"))
    return Number(finding, str(status), str(limit), f"{value:g}", value, value, value, check, str(unit), int(str(part)))


def rule(*numbers: Number, unit: str = "share", name: str = "house/R-1") -> RuleSaid:
    return RuleSaid(name, "house@1", "Good enough", "", unit, "", "waivable", "high", numbers[0].check, numbers)


def report(day: int, *rules: RuleSaid, gate: str = "", stage: str = "production") -> tuple[Filed, tuple[RuleSaid, ...]]:
    time = f"2026-11-{day:02}T08:00:00Z"
    head = Head(
        f"{day:064}", "loans", f"{day}.0", stage, "ALLOWED", "", "enforce", "full", time, time[:10], "", "", True, False,
        (), (), (), gate=gate,
    )  # fmt: skip
    return Filed(head, f"{day:064}", 0, f"{day}.json", Vouched()), rules


def drawn(*reports: tuple[Filed, tuple[RuleSaid, ...]]) -> dict[str, Trend]:
    found, more = trends(reports)
    assert more == 0
    named = {" | ".join(filter(None, (one.about, one.stage, one.gate))): one for one in found}
    assert len(named) == len(found), "two trends have one name"
    return named


def values(trend: Trend) -> list[str]:
    return [point.label for point in trend.points]


def test_parts_that_changed_places_stay_lines_of_their_own() -> None:
    auc = "performance.auc"
    found = drawn(
        report(1, rule(number(0.65), number(0.86, auc, part=1))),
        report(2, rule(number(0.87, auc), number(0.66, part=1))),
    )
    assert values(found["performance.precision"]) == ["1.0: 65 %", "2.0: 66 %"]
    assert values(found[auc]) == ["1.0: 86 %", "2.0: 87 %"]


def test_two_limits_on_one_check_are_two_lines_and_no_report_is_counted_twice() -> None:
    two = (number(0.65), number(0.65, limit="at most 90 %", part=1))
    found = drawn(*(report(day, rule(*two)) for day in range(1, 5)))
    assert {name: one.words for name, one in found.items()} == {
        "at least 60 %": "65 % in all 4 reports; limit at least 60 %",
        "at most 90 %": "65 % in all 4 reports; limit at most 90 %",
    }


def test_two_parts_that_ask_the_same_under_the_same_limit_are_two_lines() -> None:
    found = drawn(*(report(day, rule(number(0.65), number(0.7, part=1))) for day in (1, 2)))
    assert sorted(found) == ["at least 60 %, part 1", "at least 60 %, part 2"]
    assert all(len(one.points) == 2 for one in found.values())


@pytest.mark.parametrize(
    "other", [{"gate": "nightly"}, {"stage": "staging"}, {"gate": "nightly", "stage": "staging"}], ids=str
)
def test_gates_and_stages_have_lines_of_their_own_that_say_which_they_are(other: dict[str, str]) -> None:
    mine = report(1, rule(number(0.65)), gate="merge")
    found = drawn(mine, report(2, rule(number(0.9)), **{"gate": "merge", **other}))
    assert sorted(map(values, found.values())) == [["1.0: 65 %"], ["2.0: 90 %"]]
    assert all(name for name in found)


def test_one_gate_alone_is_not_named() -> None:
    assert sorted(drawn(report(1, rule(number(0.65)), gate="merge"))) == [""]


def test_a_number_is_read_in_its_own_unit_and_not_in_that_of_the_first_part() -> None:
    slow = number(0.12, "latency.p99", limit="at most 200 ms", unit="duration", part=1)
    found = drawn(report(1, rule(number(0.65), slow)))
    assert found["latency.p99"].words == "120 ms; limit at most 200 ms"
    assert found["latency.p99"].limit_at is not None


def test_a_check_that_counts_in_another_unit_now_begins_anew() -> None:
    found = trends([
        report(1, rule(number(0.65, "a.b"))), report(2, rule(number(65.0, "a.b", unit="number"), unit="number")),
    ])[0]  # fmt: skip
    assert sorted(len(one.points) for one in found) == [1, 1]


def test_a_limit_that_changed_is_a_step_of_one_line() -> None:
    found = drawn(report(1, rule(number(0.65))), report(2, rule(number(0.65, limit="at least 50 %"))))
    assert len(found[""].points) == 2
    assert found[""].limits[0].count("H") == 2
    assert [row.limit for row in found[""].rows] == ["at least 50 %", "at least 60 %"]


def test_a_limit_against_the_champion_is_drawn_where_it_lies() -> None:
    limit = "at most 1 pp worse than that of the champion"
    found = drawn(*(
        report(day, rule(number(0.02, "performance.accuracy", limit=limit, unit="difference"))) for day in (1, 2)
    ))[""]  # fmt: skip
    assert found.limit_at is not None
    assert found.limit_at > found.points[0].y  # 1 pp below the champion lies lower than 2 pp above it


def test_what_the_newest_report_does_not_ask_comes_last_and_says_who_asked_last() -> None:
    dropped = replace(number(0.4, finding="sex", status="fail"), standing="failed")
    found = trends([report(1, rule(dropped, number(0.65))), report(2, rule(number(0.66)))])[0]
    assert [(one.about, one.words) for one in found] == [
        ("", "now 66 %, between 65 and 66 % over 2 reports; limit at least 60 %"),
        ("sex", "not asked since 1.0; 40 %; limit at least 60 %"),
    ]


def test_what_was_asked_last_is_told_of_several_reports_too() -> None:
    sex = [number(value, finding="sex", status="fail") for value in (0.3, 0.4)]
    found = drawn(*(report(day, rule(one)) for day, one in enumerate(sex, 1)), report(3, rule(number(0.66))))
    assert found["sex"].words == (
        "not asked since 2.0; last 40 %, between 30 and 40 % over 2 reports; limit at least 60 %"
    )


def test_a_report_of_another_stage_asks_for_its_own_stage_alone() -> None:
    sex = number(0.4, finding="sex", status="fail")
    found = drawn(report(1, rule(sex)), report(2, rule(number(0.66)), stage="staging"))
    assert found["sex | production"].words == "40 %; limit at least 60 %"


@pytest.mark.parametrize("finding", ["sex", ""])
@pytest.mark.parametrize("value", [None, float("inf")])
def test_what_is_asked_and_could_not_be_measured_is_not_called_unasked(finding: str, value: float | None) -> None:
    sex = number(0.4, finding="sex", status="fail")
    missing = replace(number(0.4, finding=finding, status="undecided"), value=value, low=None, high=None)
    found = trends([report(1, rule(sex, number(0.7, "a.b"))), report(2, rule(missing, number(0.7, "a.b")))])[0]
    assert found[0].words == "not measured since 1.0; 40 %; limit at least 60 %"


def test_a_failing_part_of_a_rule_that_passed_is_neither_first_nor_red() -> None:
    lost = replace(number(0.4, status="fail"), standing="passed")
    other = replace(number(0.9, "a.b", part=1), standing="passed")
    failed = replace(number(0.5, status="fail"), standing="failed")
    found = trends([report(1, rule(lost, other), rule(failed, name="house/R-2"))])[0]
    assert [(one.rule, one.look) for one in found] == [
        ("house/R-2", "fail"),
        ("house/R-1", "pass"),
        ("house/R-1", "pass"),
    ]
    carried = next(one for one in found if one.points[0].label == "1.0: 40 %")
    assert (carried.points[0].look, carried.rows[0].look) == ("pass", "pass")
    assert carried.rows[0].word == "fail, another part carries the rule"
    assert carried.words == "40 %; limit at least 60 %; another part carries the rule"


def test_a_failing_part_of_a_rule_that_is_undecided_comes_after_what_fails() -> None:
    lost = replace(number(0.4, status="fail"), standing="undecided")
    failed = replace(number(0.5, status="fail"), standing="failed")
    found = trends([report(1, rule(lost), rule(failed, name="house/R-2"))])[0]
    assert [one.rule for one in found] == ["house/R-2", "house/R-1"]


def test_a_difference_from_the_champion_is_told_as_better_or_worse_and_not_as_the_metric() -> None:
    limit = "at most 0.5 worse than that of the champion"
    brier = [
        replace(number(value, "performance.brier", limit=limit, unit="number"), low=value - 0.02, high=value + 0.01)
        for value in (-0.25, 0.015)
    ]
    found = drawn(*(report(day, rule(one)) for day, one in enumerate(brier, 1)))[""]
    assert found.words == f"now worse by 0.015, between better by 0.25 and worse by 0.015 over 2 reports; limit {limit}"
    assert [(row.shown, row.interval) for row in found.rows] == [
        ("worse by 0.015", "0.025 worse to 0.005 better"),
        ("better by 0.25", "0.24 to 0.27 better"),
    ]
    assert values(found)[0] == "1.0: better by 0.25 (0.24 to 0.27 better)"


def test_a_number_below_zero_has_a_minus_sign() -> None:
    below = replace(number(-0.1, unit="difference", limit="at least -20 pp"), shown="-10 pp", low=-0.15, high=-0.05)
    found = drawn(report(1, rule(below)))[""]
    assert (found.words, found.points[0].label) == ("−10 pp; limit at least −20 pp", "1.0: −10 pp (−15 to −5 pp)")
    assert (found.rows[0].shown, found.rows[0].interval) == ("−10 pp", "−15 to −5 pp")
