"""A rule that only advises says so, and from which day it will block where one is set."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from policykit.render.console import text
from policykit.render.html import html
from policykit.render.markdown import markdown
from policykit.report.layout import layout
from policykit.stories.gate import Asked, gate
from policykit.stories.open import Table, open_all
from policykit.terms.report import Report
from tests.build import ACCURATE, EQUAL, people, write_bundle, write_policy

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LATER = {**EQUAL, "block_from": "2027-05-01"}


def report_of(folder: Path, rule: dict[str, Any], as_of: str = "2026-11-22") -> Report:
    write_bundle(folder / "b", people(men=(900, 1000), women=(100, 1000)))
    write_policy(folder / "p.yaml", ACCURATE, rule)
    opened = open_all(folder / "b", [folder / "p.yaml"], None, Table())
    return gate(opened.bundle, opened.policies, Asked(stage=None, now=NOW, as_of=as_of)).report


def pages(report: Report) -> dict[str, str]:
    """Return every format that people read, spaces and breaks as one."""
    placed = layout(report)
    made = {
        "text": text(report, placed, width=100, color=False, encoding="utf-8"),
        "narrow text": text(report, placed, width=60, color=False, encoding="utf-8"),
        "markdown": markdown(report, placed),
        "html": html(report, placed),
    }
    return {name: " ".join(page.split()) for name, page in made.items()}


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_a_rule_that_will_block_says_from_which_day(form: str, tmp_path: Path) -> None:
    assert "advisory before 2027-05-01; blocks from then" in pages(report_of(tmp_path, LATER))[form]


@pytest.mark.parametrize("form", ["text", "narrow text", "markdown", "html"])
def test_from_that_day_on_nothing_calls_it_advisory(form: str, tmp_path: Path) -> None:
    assert "advisory" not in pages(report_of(tmp_path, LATER, "2027-05-01"))[form]


@pytest.mark.parametrize("form", ["text", "narrow text", "markdown", "html"])
def test_a_rule_that_always_advises_names_no_day(form: str, tmp_path: Path) -> None:
    page = pages(report_of(tmp_path, {**EQUAL, "enforcement": "advisory"}))[form]
    assert "advisory" in page and "advisory before" not in page


def test_a_rule_that_advises_for_want_of_a_champion_says_so_and_names_no_day_that_is_over(tmp_path: Path) -> None:
    rule = {
        "check": "performance.accuracy",
        "compared_with": "champion",
        "worse_by_at_most": "1 pp",
        "if_no_champion": "advisory",
        "block_from": "2026-01-01",
    }
    (view,) = (view for view in layout(report_of(tmp_path, rule)).rules if not view.blocking)
    assert (view.advisory, view.enforcement) == (
        "advisory",
        "advisory while there is no model in use to compare with",
    )
