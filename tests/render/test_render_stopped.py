"""What stopped a release, who mends it, what will block soon, and what is left out: on every page that people read."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from policykit.cli.start import run
from policykit.render.comment import comment
from policykit.render.console import text
from policykit.render.html import html
from policykit.render.markdown import markdown
from policykit.report.layout import layout
from policykit.terms.measure import Fact
from policykit.terms.plan import Measurement
from policykit.terms.policy import Enforcement
from policykit.terms.report import Decision, Evidenced, Notice, Report
from policykit.terms.state import Stated
from policykit.terms.verdict import Status
from tests.render.render_reports import blocked, completeness, fairness, gap, held, report, waiver_line
from tests.trust_world import FAIRNESS, make_world

PAGES = ("text", "markdown", "comment")


def page(name: str, shown: Report) -> str:
    """Return one page of a report, its blanks as one and nothing escaped."""
    made = layout(shown)
    match name:
        case "text":
            said = text(shown, made, width=100, color=False, encoding="utf-8")
        case "markdown":
            said = markdown(shown, made)
        case "comment":
            said = comment(shown, made)
        case _:
            said = html(shown, made)
    return " ".join(said.replace("\\", "").replace("**", "").split())


def stopped(code: str, said: str) -> Report:
    """Return a report that a finding of level error alone blocks."""
    notice = Notice("error", code, said)
    return replace(report(Decision.BLOCKED, [completeness()], "1 finding of level error"), notices=(notice,))


@pytest.mark.parametrize("name", [*PAGES, "html"])
def test_what_blocks_without_being_a_rule_says_what_to_do_and_who(name: str) -> None:
    said = page(name, stopped("judged_on_train", "`train` and `evaluation` are the same rows"))
    assert "What to do next" in said
    assert "whoever owns the bundle" in said
    assert "name rows that the model was not trained on, and gate again" in said


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("judged_on_train", "name rows that the model was not trained on, and gate again"),
        (
            "champion_is_candidate",
            "name the report of the model in use as the champion: it names the candidate itself",
        ),
        ("champion_twice", "keep one champion: take the report out of the manifest, or the columns out of the data"),
        ("of_a_later_version", "mend what this finding says, and gate again"),
    ],
)
def test_each_finding_of_level_error_has_a_step(code: str, what: str) -> None:
    (step,) = layout(stopped(code, "it is so")).steps
    assert (step.who, step.what, step.needed, step.rule) == ("", what, ("it is so",), code)


def test_whoever_answers_for_the_model_is_named_where_the_report_knows() -> None:
    owner = Evidenced("m-1", Fact(("facts", "owners", "model")), Measurement(Stated("a.silva@acme.example")))
    shown = replace(stopped("judged_on_train", "the same rows"), evidence=(owner,))
    assert layout(shown).steps[0].who == "a.silva@acme.example"
    broken = replace(owner, taken=Measurement(Stated({"not": "a name"})))
    assert layout(replace(shown, evidence=(broken,))).steps[0].who == ""


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("waiver_refused", "mend the waiver `W-2027-014`, or take it away"),
        ("waiver_absolute", "take the waiver `W-2027-014` away"),
    ],
)
def test_a_waiver_that_does_not_count_goes_back_to_whoever_asked_for_it(code: str, what: str) -> None:
    line = waiver_line("W-2027-014", "acme.credit/FAIR-01", "refused", "does not count")
    said = "the waiver `W-2027-014` does not count: no signature of it was verified"
    (step,) = layout(replace(stopped(code, said), waivers=(line,))).steps
    assert (step.who, step.what) == (line.signed.waiver.requested_by, what)
    (unknown,) = layout(stopped(code, said)).steps
    assert (unknown.who, unknown.what) == ("whoever asked for the waiver", what.replace(" `W-2027-014`", ""))


def test_a_missing_label_has_its_step_in_a_blocked_report_as_well() -> None:
    first, *rest = blocked().policies
    shown = replace(
        blocked(), policies=(first, replace(rest[0], held="`use_case`", why="it asks about the label `use_case`"))
    )
    made = layout(shown)
    assert [step.what for step in made.steps][-1] == "declare the label `use_case` in the bundle's manifest"
    assert made.also_open[0].rule == "acme.marketing@1.0.0"


def both() -> Report:
    """Return a report in which one rule failed and another is not shown yet."""
    failed, opened = completeness(status=Status.FAIL), fairness([gap("sex", 0.09, 0.04, 0.14, Status.UNDECIDED)])
    return report(Decision.BLOCKED, [failed, opened], "1 rule failed")


@pytest.mark.parametrize("name", PAGES)
def test_what_failed_and_what_is_only_open_stand_apart(name: str) -> None:
    said = page(name, both())
    failed, opened = said.index("What blocked it"), said.index("Also not shown yet")
    assert failed < said.index("DATA-01") < opened < said.index("FAIR-01")


def test_only_a_blocked_report_has_something_open_beside_what_decided_it() -> None:
    made = layout(both())
    assert ([one.rule for one in made.decided], [one.rule for one in made.also_open]) == (["DATA-01"], ["FAIR-01"])
    assert (layout(held()).also_open, layout(held()).decided) == ((), layout(held()).deciding)


def soon(day: str, *, enforcement: Enforcement = Enforcement.WAIVABLE) -> Report:
    """Return an ALLOWED report, as of 2026-11-22, in which a rule that did not pass blocks from `day`."""
    line = completeness("DATA-02", status=Status.FAIL)
    line = replace(
        line,
        rule=replace(line.rule, block_from=day, enforcement=enforcement),
        verdict=replace(line.verdict, advisory=True),
    )
    return report(Decision.ALLOWED, [completeness(), line], "the blocking rule passed")


@pytest.mark.parametrize("name", [*PAGES, "html"])
def test_what_will_block_is_a_list_of_its_own_with_its_day(name: str) -> None:
    said = page(name, soon("2026-12-01"))
    assert "Not blocking yet" in said and "blocks from 2026-12-01 (in 9 days)" in said
    assert "advisory before 2026-12-01; blocks from then" in said
    assert "stops nothing" not in said


def test_what_will_block_is_nothing_to_merely_watch_and_nobody_may_call_it_so() -> None:
    made = layout(soon("2026-12-01"))
    assert ([one.rule for one in made.coming], made.watch) == (["DATA-02"], ())
    assert [row.what for row in made.overrule if row.rules] == ["not yet: it blocks from 2026-12-01 (in 9 days)"]
    assert layout(soon("2026-11-23")).coming[0].when == "blocks from 2026-11-23 (in 1 day)"


def test_what_only_ever_advises_is_watched_whatever_day_it_names() -> None:
    made = layout(soon("2026-12-01", enforcement=Enforcement.ADVISORY))
    assert (made.coming, [one.rule for one in made.watch]) == ((), ["DATA-02"])
    assert [row.what for row in made.overrule if row.rules] == ["advisory: it shows, and stops nothing"]


@pytest.mark.parametrize("name", PAGES)
def test_findings_that_are_left_out_are_counted_with_how_many_of_them_failed(name: str) -> None:
    failed = [gap(f"attr{at:02}", 0.2 + at / 100, 0.15, 0.25, Status.FAIL) for at in range(14)]
    said = page(name, report(Decision.BLOCKED, [fairness(failed)], "1 rule failed"))
    told = {
        "markdown": "and 6 more findings: 6 failed",
        "comment": "and 13 more findings: 13 failed",
        "text": "and 6 more findings",
    }
    assert told[name] in said and "attr13" in said


def test_groups_that_are_left_out_are_counted() -> None:
    rules = [
        replace(line, rule=replace(line.rule, id=f"FAIR-{at}"))
        for at in range(7)
        for line in held().rules
        if line.rule.id == "FAIR-01"
    ]
    said = page("markdown", report(Decision.HELD, rules, "7 things are not shown yet"))
    tables = sum(1 for rule in rules for finding in rule.verdict.findings if finding.groups)
    assert said.count("Groups of") == 5 and f"The groups of {tables - 5} more findings are in the json report." in said


@pytest.mark.parametrize("name", PAGES)
def test_what_a_step_needs_is_cut_with_a_word(name: str) -> None:
    doubts = [gap(f"attr{at:02}", 0.09, 0.04, 0.14, Status.UNDECIDED) for at in range(9)]
    said = page(name, report(Decision.HELD, [fairness(doubts)], "1 thing is not shown yet"))
    assert {"text": "and 5 more", "markdown": "- and 3 more", "comment": "- and 7 more"}[name] in said


def test_the_command_that_asks_for_a_waiver_works_once_its_capitals_are_filled_in(tmp_path: Path) -> None:
    world = make_world(tmp_path / "world", women=(300, 1000), now=datetime.now(UTC))
    made = replace(blocked(), trust=None)
    command = layout(made).overrule[0].command
    filled = {
        "REPORT": str(world.report),
        "WHY": "the new sample is due",
        "YOU": "a.silva@acme.example",
        "DAY": str(datetime.now(UTC).date()),
        "KEY": str(world.public("gate")),
        "acme.credit/FAIR-01": FAIRNESS,
    }
    words = [filled.get(word, word) for word in shlex.split(command)]
    assert run([*words[1:], "-o", str(tmp_path / "waivers")]) == 0
    under = layout(replace(blocked(), trust=("house", 1, "a" * 64))).overrule[0].command
    assert under.endswith("--trust TRUST --trust-root ROOT --stage production")
    nowhere = layout(replace(blocked(), trust=("house", 1, "a" * 64), stage="$(rm -r .)")).overrule[0].command
    assert nowhere.endswith("--stage STAGE")
