"""What is waived, for how long and by whom; how often the data was looked at; and broken glass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from render_reports import allowed, blocked, held, waived, waiver_line

from policykit.render.console import text
from policykit.render.html import html
from policykit.render.markdown import markdown
from policykit.report.layout import layout
from policykit.terms.history import History
from policykit.terms.report import Notice, Report


def drawn(report: Report) -> tuple[str, str, str]:
    """Return the report as text, Markdown and HTML, each on one line."""
    made = layout(report)
    narrow = text(report, made, width=80, color=False)
    pages = (narrow, markdown(report, made), html(report, made))
    return tuple(" ".join(page.replace("│", " ").replace("\u00a0", " ").split()) for page in pages)  # type: ignore[return-value]


def test_what_is_waived_has_its_own_look_and_says_what_it_was() -> None:
    rules = {rule.id: rule for rule in layout(waived()).rules}
    assert (rules["FAIR-01"].look, rules["FAIR-01"].word) == ("waived", "fail, waived")
    assert (rules["FAIR-03"].look, rules["FAIR-03"].word) == ("waived", "not shown, accepted")
    assert rules["FAIR-01"].excused == (
        "excused by m.keller@acme.example (head-of-model-risk) with `W-2027-014` until 2027-03-31 (129 days left): "
        "The 18-25 group is small in the 2026 sample; the new sample is due in March.",
    )
    assert rules["FAIR-03"].excused[0].startswith("the doubt is accepted by m.keller@acme.example")
    assert [(f.look, f.word, f.excused) for f in rules["FAIR-01"].findings] == [
        ("waived", "fail, waived", "W-2027-014"),
        ("pass", "pass", ""),
    ]


def test_accepted_uncertainty_is_counted_apart() -> None:
    counts = [(count.word, count.rules) for count in layout(waived()).counts]
    assert counts[:2] == [("waived", 1), ("accepted uncertainty", 1)]
    assert counts[-1] == ("not shown yet", 1), "what only advises comes after what counts"
    assert sum(count for _, count in counts) == len(waived().rules)


def test_waived_rules_stand_between_what_stops_and_what_passes() -> None:
    looks = [rule.look for rule in layout(waived()).rules if rule.blocking]
    assert looks == sorted(looks, key=["fail", "undecided", "waived", "caution", "pass", "not_applicable"].index)


def test_every_waiver_is_a_row_and_the_used_ones_come_first() -> None:
    rows = layout(waived()).waivers
    assert [(row.id, row.word, row.excuses, row.left) for row in rows] == [
        ("W-2027-014", "used", "the fail of sex", "129 days left"),
        ("W-2027-015", "used", "the doubt of age_band", "70 days left"),
        ("W-2026-009", "unused", "nothing", "129 days left"),
        ("W-2026-003", "expired", "nothing", "ended 22 days ago"),
    ]
    assert rows[0].anchor
    assert (rows[0].approved_by, rows[0].asked_by, rows[0].ticket) == (
        "m.keller@acme.example (head-of-model-risk)",
        "a.silva@acme.example",
        "RISK-4412",
    )


@pytest.mark.parametrize(("days", "said"), [(0, "this is its last day"), (1, "1 day left"), (-1, "ended 1 day ago")])
def test_days_left_are_said(days: int, said: str) -> None:
    line = waiver_line("W-1", "acme.credit/FAIR-01", "used", "", days_left=days)
    assert layout(replace(waived(), waivers=(line,))).waivers[0].left == said


def test_a_waiver_that_is_not_valid_yet_says_from_when() -> None:
    line = waiver_line("W-1", "acme.credit/FAIR-01", "not_yet", "", valid_from="2026-12-01")
    assert layout(replace(waived(), waivers=(line,))).waivers[0].left == "from 2026-12-01"


@pytest.mark.parametrize("at", range(3), ids=["text", "markdown", "html"])
def test_page_one_says_it_all(at: int) -> None:
    page = drawn(waived())[at]
    for said in (
        "1 waived until 2027-03-31, 1 accepted uncertainty until 2027-01-31",
        "Every blocking rule passed, does not apply for a stated reason, or is validly waived.",
        "attempt 3 against this held-out data",
        "10.7 %",
        "14.3 %",
        "loan-default 1.3.9 was put into production without a permit on 2026-11-20",
        "W-2027-014",
        "W-2026-003",
        "129 days left",
        "ended 22 days ago",
        "RISK-4412",
        "head-of-model-risk",
        "acme.models, version 7",
        "ledger.acme.example, 1,204 entries when it was read",
    ):
        assert said in page, said
    assert page.index("W-2027-014") < page.index("Every income is known")


def test_broken_glass_is_red_until_its_day_and_not_after() -> None:
    report = waived()
    assert layout(report).alarms[0][0] == "break glass"
    assert "BREAK GLASS" in drawn(report)[0]
    assert 'class="alarm"' in html(report, layout(report))
    assert layout(replace(report, as_of="2026-12-20")).alarms
    assert layout(replace(report, as_of="2026-12-21")).alarms == ()


def test_a_trial_is_no_attempt() -> None:
    made = layout(replace(waived(), scope="trial"))
    assert (made.attempt, made.spent, made.attempts) == ("", "", ())


def test_without_a_ledger_no_attempt_is_said() -> None:
    made = layout(allowed())
    assert (made.attempt, made.spent, made.attempts, made.alarms) == ("", "", (), ())


def test_attempts_that_cannot_all_be_read_are_at_least_so_many() -> None:
    report = replace(allowed(), history=History("ledger.acme.example", 9, "ab" * 32, unread=2))
    made = layout(report)
    assert made.attempt == "attempt at least 1 against this held-out data"
    assert any("the files of 2 entries of the ledger are not kept here" in line for line in made.unproven)


def test_earlier_attempts_are_listed_the_latest_first() -> None:
    assert [row.bundle for row in layout(waived()).attempts] == ["loan-default 1.3.9", "loan-default 1.3.8"]


def test_what_became_of_a_waiver_is_told_once_and_what_blocks_twice() -> None:
    notices = (Notice("warning", "waiver_unused", "unused"), Notice("error", "waiver_refused", "refused"))
    report = replace(blocked(), notices=notices)
    assert [code for _, code, _ in layout(report).notices] == ["waiver_refused"]
    assert layout(report).deciding[0].rule == "waiver_refused"


def test_a_fail_that_can_be_waived_says_how_to_ask() -> None:
    (step,) = (step for step in layout(blocked()).steps if step.rule == "FAIR-01")
    assert step.needed[-1] == (
        "or ask for a bounded waiver: "
        "`policykit waive REPORT --rule acme.credit/FAIR-01 --reason WHY --requested-by YOU --expires DAY --key KEY`"
    )
    trial = replace(blocked(), scope="trial")
    assert all("waive" not in needed for step in layout(trial).steps for needed in step.needed)
    assert all("waive" not in needed for step in layout(held()).steps for needed in step.needed)


def test_what_is_waived_is_not_claimed_to_be_fine() -> None:
    assert "That what is waived is fine: 2 rules did not pass, and people answer for it." in layout(waived()).unproven
    assert all("waived" not in line for line in layout(allowed()).unproven)


def test_a_doubt_that_is_accepted_asks_for_no_rows() -> None:
    assert layout(waived()).ways_out == ()
    assert all(step.rule not in ("FAIR-01", "FAIR-03") for step in layout(waived()).steps)


def test_nobody_looks_who_signed_what_is_over() -> None:
    line = waiver_line("W-1", "acme.credit/FAIR-01", "expired", "")
    over = replace(line, signed=replace(line.signed, approvers=()))
    assert layout(replace(waived(), waivers=(over,))).waivers[0].approved_by == "not checked, since it is over"
