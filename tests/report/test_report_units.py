"""Numbers with their units: each finding has that of its own part, in every format, fresh or read back."""

from __future__ import annotations

import copy
import json
import re
from random import Random
from typing import Any

import pytest

from policykit.canon import canonical
from policykit.errors import VerificationError
from policykit.report.changes import changes
from policykit.report.layout import layout
from policykit.report.since import told
from policykit.report.told import told_of
from policykit.report.told_page import _finding
from policykit.stories.gate import Judged
from policykit.stories.pages import Page
from policykit.stories.reopen import reopened
from policykit.stories.screen import Screen
from tests.build import TASK, judged, rows

EVERY = ("text", "markdown", "comment", "html", "sarif", "junit", "github")
OF_THREE_UNITS = {
    "all_of": [
        {"check": "data.freshness", "at_most": "9000 days"},
        {"check": "performance.roc_auc", "at_least": 0.99},
        {"check": "performance.roc_auc", "between": [0.8, 0.999]},
    ]
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    draw = Random(3)
    each = [{"y": y, "yhat": y, "s": round(min(1, max(0, draw.gauss(0.3 + 0.4 * y, 0.25))), 3)} for y in [0, 1] * 200]
    data = rows(*((1, one) for one in each))
    datasets = {"evaluation": {"path": "rows.parquet", "collected": "2026-10-01"}}
    task = {**TASK, "score": "s"}
    folder = tmp_path_factory.mktemp("units")
    return judged(folder, OF_THREE_UNITS, data=data, datasets=datasets, task=task, protected_attributes=None)


@pytest.fixture
def said(run: Judged) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(canonical(run.predicate()))
    return made


@pytest.mark.parametrize("name", EVERY)
def test_a_number_never_takes_the_unit_of_another_part_of_its_rule(
    run: Judged, said: dict[str, Any], name: str
) -> None:
    for report in (run.report, reopened(said)):
        shown = Page(report).shown(name, Screen())
        assert not re.search(r"\d ms\b", shown), "an area under a curve is no time"


def test_each_finding_is_drawn_in_the_unit_and_against_the_limit_of_its_own_part(
    run: Judged, said: dict[str, Any]
) -> None:
    for report in (run.report, reopened(said)):
        found = {view.limit: view for view in layout(report).rules[0].findings}
        assert found["at most 9000 days"].observed == "52 days"
        for limit, marks in (("at least 0.99", ["0.99"]), ("between 0.8 and 0.999", ["0.8", "0.999"])):
            view = found[limit]
            assert re.fullmatch(r"0\.\d+", view.observed)
            assert view.bar is not None
            assert [mark.text for mark in view.bar.marks] == marks
            assert all(re.fullmatch(r"[01](\.\d+)?", tick.text) for tick in view.bar.ticks)


def test_what_a_report_says_has_the_unit_part_and_check_of_each_finding(said: dict[str, Any]) -> None:
    (rule,) = told_of(said).rules
    assert [(one.check, one.part, one.unit) for one in rule.findings] == [
        ("data.freshness", 0, "duration"),
        ("performance.roc_auc", 1, "number"),
        ("performance.roc_auc", 2, "number"),
    ]
    cells = [_finding(one, rule) for one in rule.findings]
    assert [cell.bar is not None and cell.bar.label is not None and cell.bar.label.text for cell in cells] == [
        "limit 9000 days",
        "limit 0.99",
        "limit 0.8 to 0.999",
    ]
    assert all(re.fullmatch(r"0\.\d+ to 0\.\d+", cell.interval) for cell in cells[1:])


def test_a_report_of_before_findings_told_their_unit_never_says_a_wrong_one(said: dict[str, Any]) -> None:
    for finding in said["rules"][0]["findings"]:
        del finding["unit"], finding["together"], finding["observed"]["models"]
    (rule,) = told_of(said).rules
    assert [one.unit for one in rule.findings] == ["duration", "number", "number"]
    assert not re.search(r"\d ms\b", Page(reopened(said)).shown("text", Screen()))


@pytest.mark.parametrize("wrong", ["furlong", 3, None])
def test_a_unit_that_no_report_says_is_refused(said: dict[str, Any], wrong: object) -> None:
    said["rules"][0]["findings"][1]["unit"] = wrong
    for read in (told_of, reopened):
        with pytest.raises(VerificationError):
            read(said)


def test_the_last_release_stands_beside_the_same_part_alone(run: Judged, said: dict[str, Any]) -> None:
    before = copy.deepcopy(said)
    before["rules"][0]["findings"][1]["observed"]["value"] = 0.5
    views = layout(run.report, told_of(before)).rules[0].findings
    assert {view.limit: view.before.partition(" ")[0] for view in views if view.limit == "at least 0.99"} == {
        "at least 0.99": "0.5"
    }
    assert next(view for view in views if view.limit.startswith("between")).before.partition(" ")[0] != "0.5"
    assert changes(told(run.report), told_of(said)) == ()
