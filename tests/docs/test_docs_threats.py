"""The page of threats: every test that it names exists, and every threat has one or says what it waits for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
ROWS = [line.strip("|").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")][1:]


def test_every_test_that_the_page_of_threats_names_exists() -> None:
    there = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 50
    assert named - there == set()


def test_every_threat_is_shown_by_a_test_or_says_what_it_waits_for() -> None:
    assert len(ROWS) > 14
    waiting = [row[0].strip() for row in ROWS if "`test_" not in row[2]]
    assert waiting == ["Model code at run time"]
