"""The lists of a site: only what decides is counted, the worst rule is named, and what ends soon stays told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from policykit.report import register
from policykit.report.register import Shelf
from policykit.report.stopping import stopping
from policykit.terms.site import Act, Filed, Head, RuleSaid, Signed, Stop, Vouched, WaiverSaid
from policykit.terms.told import Standing
from tests.report.told_builders import at, finding, rule

DAY = date(2026, 11, 22)
KEY = Vouched("gate")
WAIVER = WaiverSaid("W-1", "house/A", "used", "", "", "", (), "2026-12-22")
LOOKS = pytest.mark.parametrize(
    "looks", [{"mode": "audit"}, {"scope": "partial"}, {"scope": "trial"}, {"on_its_day": False}], ids=str
)


def filed(day: int, decision: str = "BLOCKED", *, vouched: Vouched = KEY, **said: Any) -> Filed:
    rules: tuple[tuple[str, Standing], ...] = (("house/A", "failed" if decision == "BLOCKED" else "passed"),)
    head = Head(
        f"{day:064}", "loans", f"{day}.0", "production", decision, "", "enforce", "full", f"2026-11-{day:02}T08:00:00Z",
        f"2026-11-{day:02}", "", "", True, False, rules, (), (), gate="",
    )  # fmt: skip
    return Filed(replace(head, **said), f"{day:064}", 0, f"{day}.json", vouched)


def shelf(*reports: Filed, asked: bool = True, acts: tuple[Signed, ...] = ()) -> Shelf:
    return Shelf(reports, acts, asked, asked)


def test_what_failed_stops_before_what_is_not_shown_and_the_most_severe_of_each_first() -> None:
    open_ = finding(status="undecided", cause="missing")
    rules = [
        rule("A", open_, severity="low"),
        rule("B", at(0.2, status="fail"), severity="medium"),
        rule("C", open_, severity="critical"),
        rule("D", at(0.2, status="fail"), severity="critical"),
        rule("E", at(0.01), severity="critical"),
        rule("F", at(0.2, status="fail"), severity="critical", advisory=True),
    ]
    assert [one.id for one in stopping(rules)] == ["D", "B", "C", "A"]


@LOOKS
def test_a_rule_that_was_only_looked_at_stopped_nothing_and_is_told_apart(looks: dict[str, Any]) -> None:
    (found,) = register.rules(shelf(filed(1, **looks), filed(2), filed(3, "ALLOWED")), {})
    assert (found.asked, found.failed, found.looked) == (2, 1, 1)
    assert found.models == (("loans", found.models[0][1], 1),)
    assert found.last is not None
    assert found.last.version == "2.0"
    (alone,) = register.rules(shelf(filed(1, **looks)), {})
    assert (alone.asked, alone.failed, alone.looked, alone.last, alone.models) == (0, 0, 1, None, ())


@LOOKS
def test_a_month_counts_decisions_and_tells_what_only_looked_apart(looks: dict[str, Any]) -> None:
    reports = [filed(1), filed(2, "ALLOWED"), filed(3, "HELD"), filed(4, "ALLOWED", **looks)]
    rows = [register.row(one, asked=True) for one in reports]
    found = register.month_count(shelf(*reports), "2026-11", reports, rows)
    assert (found.reports, found.allowed, found.blocked, found.held, found.looked) == (4, 1, 1, 1, 1)


@LOOKS
def test_a_run_that_decides_nothing_takes_no_waiver_off_what_ends_soon(looks: dict[str, Any]) -> None:
    unused = replace(WAIVER, state="unused")
    mine = shelf(filed(1, "ALLOWED", waivers=(WAIVER,)), filed(2, "ALLOWED", waivers=(unused,), **looks))
    (found,) = register.waivers(mine, DAY)
    assert (found.state, found.newest.version, found.used, found.reports) == ("used", "1.0", 1, 2)
    assert [one.what for one in register.expiring(mine, (found,), DAY)] == ["waiver W-1 for house/A"]


def test_a_waiver_that_the_newest_decision_does_not_use_is_unused_unless_another_stage_uses_it() -> None:
    unused = replace(WAIVER, state="unused")
    again = filed(2, "ALLOWED", waivers=(unused,))
    (found,) = register.waivers(shelf(filed(1, "ALLOWED", waivers=(WAIVER,)), again), DAY)
    assert found.state == "unused"
    (other,) = register.waivers(shelf(filed(1, "ALLOWED", waivers=(WAIVER,), stage="staging"), again), DAY)
    assert (other.state, other.newest.version) == ("used", "1.0")


@pytest.mark.parametrize(
    ("until", "soon"), [("2026-11-21", 0), ("2026-11-22", 1), ("2026-12-22", 1), ("2026-12-23", 0)]
)
def test_what_ends_soon_is_told_from_a_month_before_to_its_last_day(until: str, soon: int) -> None:
    waived = filed(1, "ALLOWED", waivers=(replace(WAIVER, expires=until),))
    permit = Signed(
        Act("permit", "p", "loans", "1", "production", "", f"{until}T09:00:00Z", waived.head.id, "", ""), "p.json", KEY
    )
    mine = shelf(waived, acts=(permit,))
    found = register.expiring(mine, register.waivers(mine, DAY), DAY)
    assert [one.what for one in found] == ["permit for production", "waiver W-1 for house/A"] * soon


@pytest.mark.parametrize(
    ("last", "newest"),
    [
        (filed(3, "BLOCKED", vouched=Vouched()), "3.0"),  # anybody may say that something is wrong
        (filed(3, "HELD", vouched=Vouched()), "3.0"),
        (filed(3, "ALLOWED", vouched=Vouched()), "2.0"),
        (filed(3, "BLOCKED", vouched=Vouched(), mode="audit"), "2.0"),
        (filed(3, "BLOCKED", vouched=KEY, scope="partial"), "2.0"),
        (filed(3, "BLOCKED", vouched=Vouched("gate", unfit="pinned")), "2.0"),
    ],
)
def test_what_nobody_vouches_for_takes_the_place_of_a_decision_only_where_it_decides_for_the_worse(
    last: Filed, newest: str
) -> None:
    reports = (filed(1), filed(2, "ALLOWED"), last)
    assert register.newest_of(shelf(*reports), reports).head.version == newest


def test_a_line_names_the_first_rule_and_how_many_more_there_are() -> None:
    stop = Stop("house/B", "Alike", "failed", "20 pp", "risk@bank.example")
    rules: tuple[tuple[str, Standing], ...] = (("house/A", "undecided"), ("house/B", "failed"), ("house/C", "passed"))
    shown = register.row(filed(1, stops=(stop,), rules=rules), asked=True)
    assert (shown.what, shown.who) == ("Alike: 20 pp, and 1 more rule", "risk@bank.example")


def test_a_rule_is_told_in_its_newest_words() -> None:
    said = RuleSaid("house/A", "house@2", "Alike", "It is alike.", "difference", "risk", "waivable", "high", "x.y", ())
    (found,) = register.rules(shelf(filed(1)), {"house/A": said})
    assert (found.title, found.sentence, found.policy, found.check) == ("Alike", "It is alike.", "house@2", "x.y")
