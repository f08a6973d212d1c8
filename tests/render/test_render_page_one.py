"""Page one answers in ten seconds: what decided it, who does what next, who may overrule, and what changed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from policykit.render.html import html
from policykit.report.axis import round_ends
from policykit.report.layout import layout
from policykit.report.since import told
from policykit.stories.pages import Page
from policykit.stories.screen import Screen
from policykit.terms.layout import Layout
from policykit.terms.policy import Control, Enforcement
from policykit.terms.report import Decision, Notice, Report
from policykit.terms.signatory import Signatory
from policykit.terms.verdict import Finding, Status, StillNeeded
from tests.render.render_reports import (
    AGES,
    allowed,
    blocked,
    completeness,
    fairness,
    gap,
    held,
    report,
    waived,
)


def lacking(few: int | None, many: int | None, check: str = "fairness.demographic_parity_difference") -> Report:
    """Return a report in which 8,200 rows do not settle one gap."""
    finding = replace(
        gap("age_band", 0.095, 0.062, 0.128, Status.UNDECIDED, groups=AGES),
        needed=StillNeeded(few, many, "18-25"),
        check=check,
    )
    return report(Decision.HELD, [fairness([finding])], "nothing failed, 1 thing is not shown yet")


def brief(shown: Report) -> str:
    return layout(shown).steps[0].brief


def test_the_owner_reads_how_many_rows_are_lacking_and_whose() -> None:
    assert brief(lacking(8610, 9400)) == "about 410 to 1,200 more labelled rows, above all from `18-25`"
    assert brief(lacking(8201, 9400)) == "up to about 1,200 more labelled rows, above all from `18-25`"
    assert brief(lacking(8610, 8610, "latency.p99")) == "about 410 more samples, above all from `18-25`"


def test_where_no_number_of_rows_would_help_none_is_named() -> None:
    assert brief(lacking(None, None)) == ""
    assert all(step.brief == "" for step in layout(blocked()).steps), "more rows mend no fail"


def overruled(made: Layout) -> list[tuple[str, tuple[str, ...], str]]:
    return [(row.who, tuple(id for id, _ in row.rules), row.command) for row in made.overrule]


def test_who_may_overrule_is_said_for_each_kind_of_rule() -> None:
    made = layout(blocked())
    command = (
        "policykit waive REPORT --rule acme.credit/FAIR-01 --reason WHY --requested-by YOU --expires DAY --key KEY"
    )
    assert overruled(made) == [("a waiver may", ("FAIR-01",), command), ("nobody needs to", ("PERF-02",), "")]


def test_nobody_overrules_what_is_absolute_or_an_error_or_was_never_asked() -> None:
    line = completeness(status=Status.FAIL)
    absolute = replace(line, rule=replace(line.rule, enforcement=Enforcement.ABSOLUTE))
    made = layout(report(Decision.BLOCKED, [absolute], "1 rule failed"))
    assert overruled(made) == [("nobody can", ("DATA-01",), "")]
    wrong = replace(report(Decision.BLOCKED, [], "1 finding"), notices=(Notice("error", "contradicted", "no"),))
    assert [row.who for row in layout(wrong).overrule] == ["nobody can"]
    assert "mend what is wrong" in layout(wrong).overrule[0].what
    assert "never asked" in layout(report(Decision.HELD, [], "no policy applied")).overrule[0].what
    trial = replace(blocked(), scope="trial")
    assert overruled(layout(trial))[0][0] == "nobody can"
    assert "takes no waiver" in layout(trial).overrule[0].what


def test_nobody_needs_to_overrule_what_is_allowed() -> None:
    assert layout(allowed()).overrule[0].what == "it is allowed"
    assert layout(waived()).overrule[0].what == "allowed, 2 rules by waiver"
    assert layout(allowed("partial")).overrule[0].who == "nobody can"


def test_an_allowed_report_names_what_it_rests_on_and_others_do_not() -> None:
    assert [reason.look for reason in layout(waived()).carried] == ["waived", "waived", "caution"]
    assert [reason.rule for reason in layout(allowed()).carried][:2] == ["FAIR-01", "LAT-01"]
    assert layout(held()).carried == ()


def test_only_three_reasons_stand_open_and_the_rest_is_folded_and_counted() -> None:
    lines = [completeness(f"DATA-{at:02d}", status=Status.FAIL) for at in range(7)]
    shown = report(Decision.BLOCKED, lines, "7 rules failed")
    page = html(shown, layout(shown))
    assert page.count("<summary>and 4 more</summary>") == 2, "of what blocked it, and of what to do"


def test_controls_are_grouped_by_framework_and_are_as_weak_as_their_weakest_rule() -> None:
    def answering(rule_id: str, status: Status, *controls: str) -> object:
        line = completeness(rule_id, status=status)
        return replace(line, rule=replace(line.rule, controls=tuple(Control(one) for one in controls)))

    lines = [
        answering("A", Status.PASS, "nist@1/MEASURE-2.11", "nist@1/MEASURE-2.9", "local"),
        answering("B", Status.FAIL, "nist@1/MEASURE-2.11"),
    ]
    made = layout(report(Decision.BLOCKED, lines, "1 rule failed"))  # type: ignore[arg-type]
    assert [(one.id, one.told) for one in made.frameworks] == [
        ("nist@1", "1 of 2 controls shown"),
        ("other controls", "1 of 1 control shown"),
    ]
    assert [(row.id, row.word, len(row.rules)) for row in made.frameworks[0].controls] == [
        ("MEASURE-2.9", "shown", 1),
        ("MEASURE-2.11", "failed", 2),
    ]


def test_the_last_release_stands_beside_by_rule_check_and_finding() -> None:
    then = fairness([gap("age_band", 0.071, 0.062, 0.081, Status.PASS, groups=AGES)])
    before = told(replace(report(Decision.ALLOWED, [then], "passed"), version="1.3.2"))
    made = layout(held(), before)
    found = {finding.name: finding for rule in made.rules for finding in rule.findings if rule.id == "FAIR-01"}
    assert found["age_band"].before == "7.1 pp (6.2 to 8.1 pp)"
    assert found["age_band"].bar is not None and found["age_band"].bar.before is not None
    assert found["age_band"].bar.words.endswith("; last release 7.1 pp, 6.2 to 8.1 pp")
    assert [row.before for row in found["age_band"].groups] == ["65.5 %", "74.1 %", "77 %", "75.2 %"]
    assert found["sex"].before == ""
    assert made.before == "loan-default 1.3.2 (UNVERIFIED)"
    assert (made.changes[0].what, made.changes[0].before, made.changes[0].after) == ("Decision", "ALLOWED", "HELD")
    assert made.changes[0].word == "worse"


@pytest.mark.parametrize("name", ["text", "markdown", "comment", "html"])
def test_a_last_release_that_nobody_vouches_for_says_so_wherever_it_is_told(name: str) -> None:
    before = replace(told(blocked()), version="1.3.2")
    pages = {
        signer: Page(held(), before=replace(before, signer=signer)).shown(name, Screen()) for signer in ("", "key 7f3a")
    }
    assert "What changed since loan-default 1.3.2 (BLOCKED, UNVERIFIED)" in unescaped(pages[""])
    assert "whose signature was not checked" in " ".join(unescaped(pages[""]).split())
    assert "add `--key`, or `--trust`" in " ".join(unescaped(pages[""]).split())
    assert "What changed since loan-default 1.3.2 (BLOCKED)" in unescaped(pages["key 7f3a"])
    assert "UNVERIFIED" not in pages["key 7f3a"]
    assert "since_unverified" not in unescaped(pages["key 7f3a"])


@pytest.mark.parametrize("long", ["x" * 5_000, "\u202e" * 5_000, "| " * 3_000])
@pytest.mark.parametrize("name", ["text", "markdown", "comment", "html"])
def test_no_name_of_a_last_release_pushes_that_word_out_of_sight(long: str, name: str) -> None:
    page = Page(held(), before=replace(told(blocked()), name=long)).shown(name, Screen())
    title = unescaped(page).replace("\n", " ").partition("What changed since")[2]
    assert "(BLOCKED, UNVERIFIED)" in title[:1_000]


def unescaped(page: str) -> str:
    """Return a page's words without the marks that Markdown and HTML put between them."""
    return re.sub(r"</?code>", "`", page).replace("\\", "").replace("&#x27;", "'")


def test_a_first_release_has_nothing_beside_it() -> None:
    made = layout(held())
    assert (made.before, made.changes) == ("", ())
    assert "What changed" not in html(held(), made)


def test_the_same_report_twice_changed_nothing_and_says_so() -> None:
    assert "Nothing that a release manager would notice" in html(held(), layout(held(), told(held())))


def test_approvals_are_shown_where_they_are_known() -> None:
    made = layout(allowed(), approvals=(Signatory("k", "m.keller@acme.example", "release-manager", "ab" * 32),))
    assert [(row.who, row.role, row.at) for row in made.approvals] == [
        ("m.keller@acme.example", "release-manager", "at a time nobody vouches for")
    ]
    assert "m.keller@acme.example" in html(allowed(), made)


def test_a_stamp_is_a_banner_and_a_mark_and_unverified_lies_across_every_sheet() -> None:
    stamped = replace(layout(held()), stamps=(("unverified", "unverified: nobody's signature was checked"),))
    page = html(held(), stamped)
    assert '<p class="stamp unverified"><strong>unverified</strong> nobody&#39;s signature was checked</p>' in page
    assert '<div class="across" aria-hidden="true"></div>' in page
    assert 'class="across"' not in html(held(), layout(held()))


@pytest.mark.parametrize("name", ["audit", "trial", "unverified"])
def test_what_lets_nothing_through_is_never_green(name: str) -> None:
    made = layout(allowed())
    assert made.face == "allowed" and '<body class="allowed">' in html(allowed(), made)
    stamped = replace(made, stamps=((name, f"{name}: so it lets nothing through"),))
    page = html(allowed(), stamped)
    assert '<body class="looked">' in page and f"<title>ALLOWED ({name}): " in page
    assert 'content: "ALLOWED, and lets nothing through"' in page
    assert replace(layout(blocked()), stamps=stamped.stamps).face == "blocked"


def test_filters_have_classes_of_ours_and_one_that_chooses_nothing_is_left_out() -> None:
    page = html(held(), layout(held()))
    assert 'id="f-undecided"' in page
    assert ".rules:has(#f-owner > [value=o1]:checked) .r:not(.o1)," in page
    alone = report(Decision.ALLOWED, [completeness()], "passed")
    assert 'class="filters"' not in html(alone, layout(alone))


def test_round_ends_lie_just_outside() -> None:
    assert round_ends(0.6, 0.783) == (0.6, 0.8)
    assert round_ends(0.5, 0.5) == (0.5, 0.525)
    low, high = round_ends(-3.2, 17.9)
    assert low <= -3.2 and high >= 17.9


def test_a_finding_without_a_number_is_drawn_nowhere() -> None:
    bare = Finding((), Status.UNDECIDED, None, "no number")
    made = layout(report(Decision.HELD, [fairness([bare])], "1 thing"))
    assert made.rules[0].findings[0].bar is None
