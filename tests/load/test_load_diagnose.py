"""Problems as people read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from policykit.errors import Diagnostic
from policykit.load.diagnose import write
from policykit.load.policies import examine
from policykit.terms.nearest import nearest
from tests.load.policy_texts import rule


def test_a_problem_shows_its_line_and_what_was_meant(tmp_path: Path) -> None:
    (tmp_path / "credit.yaml").write_text(rule("check: fairness.demographic_parity_diference\nat_most: 10 pp"))
    (found,) = examine([tmp_path / "credit.yaml"]).problems
    assert write(found) == (
        f"{tmp_path}/credit.yaml:4:12: PK104 no check is called `fairness.demographic_parity_diference`\n"
        "  4 |     check: fairness.demographic_parity_diference\n"
        "    |            ^ did you mean `fairness.demographic_parity_difference`?"
    )


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Diagnostic("PK003", "the file is empty", "a.yaml"), "a.yaml: PK003 the file is empty"),
        (
            Diagnostic("PK003", "the file is empty", "a.yaml", hint="delete it"),
            "a.yaml: PK003 the file is empty\n  delete it",
        ),
        (Diagnostic("PK019", "there is no policy", ""), "PK019 there is no policy"),
        (
            Diagnostic("PK501", "no reason", "a", 3, 2, excerpt=" id: x", level="warning"),
            "a:3:2: PK501 warning: no reason\n  3 |  id: x\n    |  ^",
        ),
        (
            Diagnostic("PK203", "wrong way", "a", 12, 1, excerpt="at_least: 1", suggestion="at_most", hint="or not"),
            "a:12:1: PK203 wrong way\n  12 | at_least: 1\n     | ^ did you mean `at_most`? (or not)",
        ),
        (Diagnostic("PK101", "tab", "a", 1, 2, excerpt="\tx"), "a:1:2: PK101 tab\n  1 | \tx\n    | \t^"),
        (Diagnostic("PK101", "wide", "a", 1, 3, excerpt="審査x"), "a:1:3: PK101 wide\n  1 | 審査x\n    |     ^"),
        (Diagnostic("PK101", "past what is shown", "a", 1, 900, excerpt="x"), "a:1:900: PK101 past what is shown"),
    ],
)
def test_a_problem_is_written_so_that_the_caret_stands_under_it(problem: Diagnostic, text: str) -> None:
    assert write(problem) == text


def test_text_of_others_cannot_move_the_cursor_or_turn_the_line_around() -> None:
    hostile = Diagnostic("PK101", "`\x1b[2J\u202e`", "a\u200b.yaml", 1, 1, excerpt="\x1b[31m", hint="\x07")
    said = write(hostile)
    assert said.replace("\n", "").isprintable()
    assert "<U+001B>[2J<U+202E>" in said


@pytest.mark.parametrize(
    ("word", "words", "meant"),
    [
        ("enforcment", ("enforcement", "evidence"), "enforcement"),
        ("for-each", ("for_each", "fix"), "for_each"),
        ("Severity", ("severity",), "severity"),
        ("demographic_parity", ("fairness.demographic_parity", "data.mean"), "fairness.demographic_parity"),
        ("performance.completeness", ("data.completeness", "performance.recall"), "data.completeness"),
        ("gpa", ("gap",), "gap"),
        ("banana", ("gap", "severity"), ""),
        ("", ("gap",), ""),
        ("x" * 500, ("x" * 499,), ""),
        ("gap", (), ""),
    ],
)
def test_the_word_that_was_probably_meant(word: str, words: tuple[str, ...], meant: str) -> None:
    assert nearest(word, words) == meant
