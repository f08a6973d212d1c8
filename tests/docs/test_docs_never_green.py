"""The table of ways that other gates went green: each named test exists, and what is not met says what it waits for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "never-green.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in PAGE.splitlines() if line.startswith("| ")][
    1:
]
MET = [row for row in ROWS if row[3].startswith("`")]
LATER = [row for row in ROWS if row not in MET]
NUMBERS = {
    10: "ten",
    11: "eleven",
    12: "twelve",
    9: "nine",
    8: "eight",
    7: "seven",
    6: "six",
    5: "five",
    4: "four",
    3: "three",
}


def names_of_tests() -> set[str]:
    """Return every test of tests/never_green, without importing one."""
    return {
        node.name
        for path in (ROOT / "tests" / "never_green").glob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_row_has_four_cells_and_none_is_said_twice() -> None:
    assert {len(row) for row in ROWS} == {4}
    assert len({row[0] for row in ROWS}) == len(ROWS) > 30


def test_every_test_that_a_row_names_exists() -> None:
    assert {row[3].strip("`") for row in MET} - names_of_tests() == set()


def test_a_row_that_is_not_met_yet_says_what_it_waits_for() -> None:
    assert [row for row in LATER if not re.fullmatch(r"not yet: comes with \w[\w ]+", row[3])] == []


def test_the_readme_has_the_rows_that_are_met_and_counts_the_others() -> None:
    told = re.findall(r"(?m)^\| (.+) \| (`test_\w+`) \|$", README)
    assert told == [(row[0], row[3]) for row in MET]
    assert f"{NUMBERS[len(LATER)]} more" in README
