"""A trend compares what is the same: one check of one rule, on one slice, under one limit, in one unit, at one gate."""

from __future__ import annotations

import pytest

from policykit.report.trends import trends
from policykit.terms.site import Filed, Head, Number, RuleSaid, Vouched
from policykit.terms.site_layout import Trend


def number(value: float, check: str = "performance.precision", finding: str = "", **said: object) -> Number:
    given = {"limit": "at least 60 %", "unit": "share", "part": 0, **said}
    limit, unit, part = (given[name] for name in ("limit", "unit", "part"))
    return Number(finding, "pass", str(limit), f"{value:g}", value, value, value, check, str(unit), int(str(part)))


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
