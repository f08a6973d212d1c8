"""Two models beside each other, and several groups looked at together: told and drawn alike, fresh or read back."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from policykit.canon import canonical
from policykit.report.lacking import rests_on
from policykit.report.layout import layout
from policykit.report.told import told_of
from policykit.report.told_page import _finding
from policykit.stories.gate import Judged
from policykit.stories.pages import Page
from policykit.stories.reopen import reopened
from policykit.stories.screen import Screen
from policykit.terms.layout import DRAWN, FindingView
from policykit.terms.site_layout import FindingCell
from tests.build import TASK, judged, rows
from tests.render.render_reports import many

GAPS = {"check": "fairness.demographic_parity_difference", "for_each": "protected_attributes", "at_most": "10 pp"}
BESIDE = {"compared_with": "champion", "if_no_champion": "undecided"}
RULES = (
    GAPS,
    {"check": "performance.accuracy", "worse_by_at_most": "1 pp", **BESIDE},
    {"check": "performance.brier", "worse_by_at_most": "0.001", **BESIDE},
    {"check": "performance.roc_auc", "worse_by_at_most": "5 % relative", **BESIDE},
    {**GAPS, "at_most": "2 pp"},
    {**GAPS, "evidence": {"confidence": "none"}},
)


def _people() -> dict[str, list[Any]]:
    """Return 1,200 rows: the old are approved about 18 points less often, and are few."""
    draw = Random(5)

    def score(y: int, spread: float) -> float:
        return round(min(0.99, max(0.01, draw.gauss(0.5 - spread + 2 * spread * y, 0.22))), 3)

    each = []
    for place in range(1200):
        y, age = place % 2, "old" if draw.random() < 0.12 else "young"
        yes = (0.75 if y else 0.25) - (0.18 if age == "old" else 0)
        each.append(
            {
                "y": y,
                "yhat": int(draw.random() < yes),
                "s": score(y, 0.2),
                "sex": "fm"[place % 3 == 0],
                "age": age,
                "part": place % 7,
            }
            | {"champion_prediction": int(draw.random() < (0.8 if y else 0.2)), "champion_score": score(y, 0.23)}
        )
    return rows(*((1, one) for one in each))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    folder = tmp_path_factory.mktemp("versus")
    task = {**TASK, "score": "s"}
    return judged(folder, *RULES, data=_people(), task=task, protected_attributes=["sex", "age", "part"])


@pytest.fixture(scope="module")
def said(run: Judged) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(canonical(run.predicate()))
    return made


@pytest.fixture(scope="module")
def views(run: Judged) -> dict[tuple[str, str], FindingView]:
    return {(rule.id, view.name): view for rule in layout(run.report).rules for view in rule.findings}


@pytest.fixture(scope="module")
def cells(said: dict[str, Any]) -> dict[tuple[str, str], FindingCell]:
    return {(rule.id, one.name): _finding(one, rule) for rule in told_of(said).rules for one in rule.findings}


@pytest.mark.parametrize("name", ["text", "markdown", "comment", "html"])
def test_a_report_read_back_shows_both_models_as_a_fresh_one_does(run: Judged, said: dict[str, Any], name: str) -> None:
    assert Page(reopened(said)).shown(name, Screen()) == Page(run.report).shown(name, Screen())


@pytest.mark.parametrize("rule", ["R-2", "R-3", "R-4"])
def test_a_page_of_the_site_tells_and_draws_both_models_as_the_report_does(
    rule: str, views: dict[tuple[str, str], FindingView], cells: dict[tuple[str, str], FindingCell]
) -> None:
    view, cell = views[rule, ""], cells[rule, ""]
    assert view.models.startswith("candidate ") and ", champion " in view.models
    assert (cell.observed, cell.interval, cell.models) == (view.observed, view.interval, view.models)
    assert view.both is not None and view.both.before is not None and view.both.words == view.models
    assert cell.both == view.both
    assert view.bar is not None and cell.bar == view.bar, "a limit against the champion has its line, read back too"
    assert view.bar.words == f"observed {view.observed}, {view.interval}; limit: {view.limit}"


def test_two_models_lie_on_one_axis_in_their_own_unit(views: dict[tuple[str, str], FindingView]) -> None:
    drawn = views["R-2", ""].both
    assert drawn is not None and drawn.before is not None
    assert drawn.value < drawn.before.value, "the champion is right more often"
    assert drawn.ticks and all(tick.text.endswith(" %") for tick in drawn.ticks)
    assert (drawn.marks, drawn.good, drawn.label) == ((), (), None)


def test_a_fail_that_is_open_among_several_is_drawn_by_the_interval_it_was_held_to(
    run: Judged, views: dict[tuple[str, str], FindingView], cells: dict[tuple[str, str], FindingCell]
) -> None:
    finding = next(f for f in run.report.rules[0].verdict.findings if f.name == "age")
    assert finding.status == "undecided" and finding.observed is not None and finding.together is not None
    assert finding.together[0] < 0.1 < finding.observed.low, "beyond it alone, not among several"
    view, cell = views["R-1", "age"], cells["R-1", "age"]
    assert view.together == cell.together
    assert view.together.startswith("looked at together with the others: ") and view.together.endswith(" pp")
    for drawn in (view.bar, cell.bar):
        assert drawn is not None and drawn.together is not None and drawn.label is not None
        assert drawn.together.low < drawn.label.at < drawn.low < drawn.high < drawn.together.high
        assert drawn.words.endswith(view.together)
    shown = {name: Page(run.report).shown(name, Screen()) for name in ("text", "html")}
    assert "looked at together with the others: " in " ".join(shown["text"].split())
    assert "╌" in shown["text"] and 'class="together"' in shown["html"]
    assert "looked at together, with the thin line" in " ".join(shown["html"].split())


def test_only_a_fail_among_several_has_an_interval_it_was_held_to(run: Judged) -> None:
    found = {(line.rule.id, f.name): f for line in run.report.rules for f in line.verdict.findings}
    assert found["R-1", "sex"].status == "pass" and found["R-1", "sex"].together is None
    sure = found["R-5", "age"]
    assert sure.status == "fail" and sure.observed is not None and sure.together is not None
    assert 0.02 < sure.together[0] < sure.observed.low and sure.observed.high < sure.together[1]
    assert found["R-6", "age"].status == "fail" and found["R-6", "age"].together is None, "its point alone was judged"
    assert all(found[rule, ""].together is None for rule in ("R-2", "R-3", "R-4"))


@pytest.mark.parametrize("name", ["markdown", "junit", "sarif"])
def test_rows_of_tables_test_cases_and_alerts_tell_what_the_text_does(
    run: Judged, views: dict[tuple[str, str], FindingView], name: str
) -> None:
    shown = Page(run.report).shown(name, Screen()).replace("\\(", "(").replace("\\)", ")")
    assert views["R-2", ""].models and views["R-2", ""].models in shown
    assert views["R-5", "age"].together and views["R-5", "age"].together in shown


@pytest.mark.parametrize(
    ("check", "count", "words"),
    [
        ("performance.accuracy", 812, "812 rows"),
        ("latency.p99", 1000, "1,000 samples"),
        ("privacy.dp_budget", 4, "4 releases"),
        ("privacy.dp_epsilon", 1, "1 person"),
        ("privacy.k_anonymity", 40, "40 rows"),
        ("artifact.safe_format", 1, "1 file"),
        ("data.schema", 7, "7 columns"),
        ("data.freshness", 1, ""),
        ("governance.review_due", 1, ""),
        ("ours.of_another_package", 3, "3 rows"),
        ("performance.accuracy", 0, ""),
    ],
)
def test_a_number_says_what_it_counts(check: str, count: int, words: str) -> None:
    assert rests_on(count, check) == words


def test_only_what_is_drawn_is_laid_out_as_a_drawing() -> None:
    rules = layout(many(DRAWN + 20)).rules
    drawn = [any(view.bar for view in rule.findings) for rule in rules]
    assert drawn == [True] * DRAWN + [False] * 20
    assert all(view.observed and view.limit for rule in rules for view in rule.findings)
