"""The comment on a pull request, and the summary of a job: short enough, found again, nobody mentioned by accident."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from render_reports import allowed, blocked, crowd, held, many, named, waived

from policykit.render.comment import MOST_UNITS, units
from policykit.render.fitting import Block, fitted
from policykit.render.markdown import MOST_BYTES
from policykit.render.marks import automation, marker
from policykit.stories.pages import Page
from policykit.stories.screen import Screen
from policykit.terms.report import Notice, Report
from policykit.terms.verdict import Status


def shown(report: Report, name: str = "comment", **page: object) -> str:
    return Page(report, **page).shown(name, Screen())  # type: ignore[arg-type]  # keywords of Page


def test_the_first_line_is_the_marker_of_the_gate() -> None:
    report = replace(blocked(), stage=None)
    assert shown(report).splitlines()[0] == "<!-- policykit: loan-default -->"
    assert shown(replace(report, gate_id="merge")).splitlines()[0] == "<!-- policykit: merge -->"


@pytest.mark.parametrize("name", ["-->", "a--b", "a\nb", "", "a b", "x" * 500, "名前", "--", "..", "<b>"])
def test_a_marker_is_one_comment_whatever_the_name(name: str) -> None:
    assert re.fullmatch(r"<!-- policykit: [A-Za-z0-9][A-Za-z0-9._-]{0,99} -->", marker(name))
    assert "--" not in marker(name)[4:-3]


def test_each_stage_has_a_comment_of_its_own() -> None:
    report = replace(blocked(), gate_id="merge")
    assert shown(replace(report, stage="staging")).splitlines()[0] == "<!-- policykit: merge (staging) -->"
    assert shown(replace(report, stage="production")).splitlines()[0] == "<!-- policykit: merge (production) -->"


@pytest.mark.parametrize("stage", ["-->", "a\nb", "a b", "x" * 500, ")", "--", "<b>"])
def test_a_marker_is_one_comment_whatever_the_stage(stage: str) -> None:
    assert re.fullmatch(r"<!-- policykit: gate \([A-Za-z0-9][A-Za-z0-9._-]{0,99}\) -->", marker("gate", stage))
    assert "--" not in marker("gate", stage)[4:-3]


def test_a_report_that_nobody_verified_has_the_marker_of_no_gate() -> None:
    for gate in ("merge", "unverified"):
        report = replace(blocked(), gate_id=gate)
        first = shown(report, stamps=(("unverified", "unverified: nobody signed it"),)).splitlines()[0]
        assert first == "<!-- policykit: unverified -->"
        assert first not in {marker(gate, stage) for stage in ("", "production")}


def test_a_name_never_looks_like_a_stage() -> None:
    found = {marker("a (b)"), marker("a", "b"), marker("a b"), marker("a", "(b)"), marker("a"), marker("a (b", ")")}
    assert len(found) == 6


def test_two_names_never_share_a_marker() -> None:
    names = ["a b", "a-b", "a  b", "a/b", "a--b", "A-b", "", "gate"]
    assert len({marker(name) for name in names}) == len(names)


def test_two_gates_or_stages_never_share_the_id_of_their_alerts() -> None:
    pairs = [
        (gate, stage) for gate in ("a b", "a/b", "a", "b", "", "x" * 300, "x" * 301) for stage in ("", "b", "b/", "a/b")
    ]
    found = {automation(gate, stage) for gate, stage in pairs}
    assert len(found) == len(pairs)
    assert all(re.fullmatch(r"policykit/[A-Za-z0-9._-]{1,100}/(?:[A-Za-z0-9._-]{1,100}/)?", one) for one in found)


def test_a_comment_says_the_decision_the_three_reasons_what_to_do_and_who() -> None:
    text = shown(blocked())
    assert "## ❌ BLOCKED: 1 rule failed" in text
    assert "- ❌ FAIR-01 **Approval rates differ little between protected groups** (sex): even the lower bound" in text
    assert "1. **fair-lending@&#8203;acme.example** for FAIR-01: Open the group table" in text
    assert "policykit verify REPORT" in text
    assert blocked().verdict_digest in text


def test_a_comment_stays_short_where_much_failed() -> None:
    text = shown(many(1_000))
    head = text.split("<details>")[0]
    assert head.count("\n- ❌") == 3
    assert "- and 117 more, in the report" in head


@pytest.mark.parametrize("rules", [0, 1, 500, 10_000])
def test_a_comment_stays_under_githubs_limit_and_says_what_is_left_out(rules: int) -> None:
    text = shown(many(rules))
    assert units(text) < MOST_UNITS
    assert len(text) < MOST_UNITS
    assert ("left out" in text) is (rules > 1_000)
    assert text.count("<details>") == text.count("</details>")


@pytest.mark.parametrize("name", ["@" * 3_000, "😀" * 3_000, "|`<" * 1_000, "x" * 100_000])
def test_names_of_any_length_leave_room_for_the_decision(name: str) -> None:
    for found in (shown(named(name)), shown(crowd([name] * 60))):
        assert units(found) < MOST_UNITS
        assert "## ❌ BLOCKED" in found
        assert found.count("<details>") == found.count("</details>")


@pytest.mark.parametrize("name", ["@" * 3_000, "|`<" * 1_000])
def test_a_summary_has_an_end_as_well(name: str) -> None:
    text = shown(crowd([name] * 400), "markdown")
    assert len(text.encode()) < MOST_BYTES
    assert "Left out for want of room" in text
    assert text.count("<details>") == text.count("</details>")


def test_a_summary_of_ten_thousand_rules_says_how_many_are_left_out() -> None:
    text = shown(many(10_000), "markdown")
    assert len(text.encode()) < MOST_BYTES
    assert "9,600 more rules are left out here" in text


@pytest.mark.parametrize("name", ["comment", "markdown"])
def test_stamps_stand_in_the_heading_and_under_it(name: str) -> None:
    text = shown(allowed("partial", "audit"), name, stamps=(("unverified", "unverified: nobody signed it"),))
    assert "## 🌓 ALLOWED [UNVERIFIED] [AUDIT] [PARTIAL]: 6 of 6" in text
    assert "> **UNVERIFIED: nobody signed it**" in text
    assert "> **PARTIAL: only some rules were asked" in text


def test_a_report_of_nothing_says_so() -> None:
    empty = replace(held(), rules=(), policies=(), notices=(), reason="no policy applies to this bundle")
    assert "No rule was asked." in shown(empty)
    assert "no policy applies to this bundle" in shown(empty)


def test_waivers_are_named_with_their_days() -> None:
    assert re.search(r"- W-2027-014 \w+: acme.credit/FAIR-01, until 2027-03-31, 129 days left", shown(waived()))


def test_a_comment_says_what_the_run_warns_of_and_cuts_it_with_a_count() -> None:
    notices = [Notice("warning", f"code_{at}", f"warning {at} for @everybody") for at in range(9)]
    quiet = Notice("note", "rolling_out", "not for a comment")
    text = shown(replace(blocked(), notices=(quiet, *notices)))
    said = text.partition("### Also said")[2].partition("<details>")[0]
    assert said.count("\n- code") == 6
    assert "- and 3 more, in the report" in said
    assert "@everybody" not in said
    assert "rolling" not in text
    assert "Also said" not in shown(replace(blocked(), notices=(quiet,)))


@pytest.mark.parametrize(
    ("measured", "meaning", "doubt"),
    [
        ("here", "counted from the rows themselves, here)", ""),
        ("file", "elsewhere: read from a file that nobody signed)", "read from a file that nobody signed."),
        ("signed file (key ab)", "elsewhere: read from a file that somebody signed)", "whose signer answers for them."),
        ("signed file (<img src=x>)", "elsewhere: read from a file that somebody signed)", "answers for them."),
    ],
)
def test_only_what_was_counted_in_this_run_was_counted_here(measured: str, meaning: str, doubt: str) -> None:
    text = shown(replace(blocked(), measured=measured), "markdown")
    assert meaning in text
    assert (", here)" in text) == (measured == "here")
    assert doubt in text
    assert ("That the numbers were counted from the data" in text) == (measured != "here")
    assert "<img" not in text


@pytest.mark.parametrize("name", ["comment", "markdown"])
def test_what_changed_since_the_last_release_is_told(name: str) -> None:
    from policykit.terms.told import Told, ToldFinding, ToldRule

    check = "fairness.demographic_parity_difference"
    finding = ToldFinding(
        "sex", check, "pass", "", "", "at most 10 pp", False, "recomputed", "6.9 pp", 0.069, 0.05, 0.09, 8200
    )
    said = ("acme.credit@3.2.0", "FAIR-01", "Approval rates", "…", "pass", "", "fine")
    rule = ToldRule(*said, False, "waivable", "high", "", "difference", findings=(finding,))
    before = Told(
        "loan-default",
        "1.3.2",
        "",
        "production",
        "ALLOWED",
        "",
        "enforce",
        "full",
        "2026-10-01",
        "",
        "",
        "",
        rules=(rule,),
    )
    text = shown(blocked(), name, before=before)
    assert "What changed since loan-default 1.3.2" in text
    assert re.search(r"FAIR-01.*→", text)


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "&#8203;=1+1"),
        ("+cmd", "&#8203;+cmd"),
        ("-2+3+cmd", "&#8203;-2+3+cmd"),
        ("@SUM(A1)", r"@&#8203;SUM\(A1\)"),
        ("-5 pp", "-5 pp"),
        ("-0.31", "-0.31"),
        ("+12 %", "+12 %"),
    ],
)
def test_a_formula_pasted_into_a_spreadsheet_is_only_text_and_a_number_stays_one(cell: str, safe: str) -> None:
    from policykit.render.markup import escaped

    assert escaped(cell) == safe


def test_a_page_keeps_what_matters_and_says_what_it_left_out() -> None:
    blocks = (
        Block("first", ("head",), kept=True),
        Block("second", tuple(f"line {at:03d}" for at in range(200)), whole=1, end=("end",)),
        Block("third", ("x" * 900,)),
        Block("last", ("tail",), kept=True),
    )
    made = fitted(blocks, 1_200, len)
    assert len(made) < 1_200
    assert made.startswith("head\nline 000\n")
    assert "more lines are left out here.\nend\ntail\n" in made
    assert made.endswith("_Left out for want of room: second, third. The json report holds everything._\n")


def test_no_decision_changes_by_being_rendered() -> None:
    for report in (allowed(), blocked(), held(), waived(), many(50)):
        page = Page(report)
        for name in ("markdown", "comment", "html", "text", "sarif", "junit", "github"):
            assert str(report.decision) in page.shown(name, Screen())
        assert report.decision is Page(report)._report.decision
        assert all(line.verdict.status in Status for line in report.rules)
