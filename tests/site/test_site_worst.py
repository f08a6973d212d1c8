"""A site names of several rules that stop a release the worst, and who acts on it; never somebody for a rule that passed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from policykit.stories.gate import Asked as Gate
from policykit.stories.outputs import statement_bytes
from policykit.stories.site_json import rules_from_json, rules_to_json
from policykit.stories.site_read import head_of, opened
from tests.build import ENOUGH, judged
from tests.clock import NOW
from tests.site.site_builder import build, page_of, said, write


def _two(order: int) -> dict[str, Any]:
    """Return a blocked report whose undecided, mild rule stands first in its policy, or last."""
    found = said("BLOCKED")
    rules = found["predicate"]["rules"]
    failed = next(one for one in rules if one["id"] == "R-2")
    failed.update(severity="critical", owner="fair@bank.example")
    mild = {**said("HELD")["predicate"]["rules"][2], "severity": "low", "owner": "platform@bank.example", "id": "R-0"}
    rules.insert(order, mild)
    return found


@pytest.mark.parametrize("order", [0, 2])
def test_every_list_names_the_worst_rule_and_its_owner(tmp_path: Path, order: int) -> None:
    write(tmp_path / "r", "1.json", _two(order))
    build(tmp_path / "r", tmp_path / "site")
    lists = ["index.html", *(f"{name}/*.html" for name in ("models", "stages")), "reports/2026-09.html"]
    for page in (path for each in lists for path in (tmp_path / "site").glob(each)):
        text = page.read_text()
        assert 'Acts next: <span class="who"><bdi>fair@bank.example</bdi></span>' in text, page
        assert 'Acts next: <span class="who"><bdi>platform@bank.example' not in text, page


def test_who_acts_next_is_said_of_rules_that_stop_and_of_others_whose_they_are(tmp_path: Path) -> None:
    write(tmp_path / "r", "1.json", _two(0))
    build(tmp_path / "r", tmp_path / "site")
    stopped, others = page_of(tmp_path / "site", "What stopped it").split('id="h-rules"')
    assert stopped.index("fair@bank.example") < stopped.index("platform@bank.example")
    assert "Acts next: <bdi>fair@bank.example</bdi>." in stopped
    assert "Acts next" not in others
    assert "Owner: <bdi>risk@bank.example</bdi>." in others


def test_a_run_that_decides_nothing_is_counted_nowhere_as_a_decision(tmp_path: Path) -> None:
    audit = said("BLOCKED", version="2", day=2)
    audit["predicate"]["gate"]["mode"] = "audit"
    write(tmp_path / "r", "1.json", said(version="1", day=1))
    write(tmp_path / "r", "2.json", audit)
    build(tmp_path / "r", tmp_path / "site", as_of=date(2026, 9, 3))
    overview = (tmp_path / "site" / "index.html").read_text()
    assert "1 decision about 1 model" in overview
    assert "1 more report decided nothing." in overview
    assert "<dt>Decisions, last 30 days</dt><dd>1</dd>" in overview
    assert "1 allowed, 0 blocked, 0 held, 1 only looked" in (tmp_path / "site" / "reports.html").read_text()
    rules = (tmp_path / "site" / "rules.html").read_text()
    assert "<b>1</b> blocked" not in rules
    assert "of 1 times asked; 1 more report only looked" in rules


@pytest.mark.parametrize("looks", [{"mode": "audit"}, {"scope": "partial"}, {"scope": "trial"}])
def test_what_decides_nothing_is_no_point_of_a_trend(tmp_path: Path, looks: dict[str, str]) -> None:
    other = said(version="2", day=2, shift=0.3)
    other["predicate"]["gate"].update(looks)
    if looks == {"scope": "partial"}:
        other["predicate"]["decision"] = "HELD"
    write(tmp_path / "r", "1.json", said(version="1", day=1))
    write(tmp_path / "r", "2.json", other)
    assert build(tmp_path / "r", tmp_path / "site").reports == 2
    trends = next((tmp_path / "site" / "models").glob("*.html")).read_text().split('id="h-trends"')[1]
    assert "1 pp; limit at most 10 pp" in trends.replace("\u00a0", " ")
    assert "31 pp" not in trends.split("<section")[0]


def test_a_part_that_another_part_carries_is_told_with_the_standing_of_its_rule(tmp_path: Path) -> None:
    either = {"any_of": [{"check": "data.row_count", "at_least": 10_000_000}, ENOUGH], "title": "Enough rows"}
    data = statement_bytes(judged(tmp_path, either, asked=Gate(stage="production", now=NOW)))
    _, rules = head_of(opened(data), "0" * 64)
    assert [(one.status, one.standing) for one in rules[0].numbers] == [("fail", "passed"), ("pass", "passed")]
    assert rules_from_json(rules_to_json(rules)) == rules


def test_what_could_not_be_measured_is_told_without_a_number() -> None:
    _, rules = head_of(opened(json.dumps(said("HELD")).encode()), "0" * 64)
    slow = next(one for one in rules if one.title == "Fast enough")
    assert [(one.check, one.value, one.standing) for one in slow.numbers] == [("latency.p99", None, "undecided")]
    assert rules_from_json(rules_to_json(rules)) == rules
