"""Quick fixes, meanings and places in an editor: pure functions of the text and of where the cursor stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from policykit.author.editor.actions import change
from policykit.author.editor.beside import beside
from policykit.author.editor.complete import Beside
from policykit.author.editor.context import context
from policykit.author.editor.hover import hover
from policykit.author.editor.places import definition, symbols
from policykit.author.editor.positions import column_of, units_of
from policykit.author.editor.problems import diagnostics
from policykit.checks import catalogue
from policykit.load.lint.codes import CODES
from tests.editor.cursor import in_rule, place
from tests.load.policy_texts import rule, text_of

ROOT = Path(__file__).parents[2]


# --- did you mean ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    [page for page in CODES.values() if page.kind in ("policy", "rule", "trust", "waiver", "file")],
    ids=lambda page: page.code,
)
def test_a_suggestion_that_is_followed_mends_what_it_is_for(page: Any) -> None:
    text = text_of(page, page.wrong)
    vocabulary = Beside({"use_case": ("credit-scoring", "marketing"), "stage": ("production", "staging")})
    for problem in diagnostics("p.yaml", text, vocabulary, "2026-11-22"):
        mended = change(text, problem)
        if mended is None:
            continue
        lines = text.split("\n")
        line = lines[mended.line - 1]
        lines[mended.line - 1] = line[: mended.column - 1] + mended.text + line[mended.column - 1 + mended.length :]
        after = diagnostics("p.yaml", "\n".join(lines), vocabulary, "2026-11-22")
        assert (problem.code, problem.message) not in {(each.code, each.message) for each in after}, problem


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("check: latency.p95\nat_least: 200 ms", "    at_most: 200 ms"),
        ("check: latency.p95\nat_most: 200 mss", "    at_most: 200 ms"),
        ("check: latency.p95\nat_mots: 200 ms", "    at_most: 200 ms"),
        ("check: latency.p95\nat_most: 200 ms\nenforcement: waiveable", "    enforcement: waivable"),
    ],
)
def test_a_quick_fix_changes_the_word_that_is_wrong(keys: str, line: str) -> None:
    text = rule(keys)
    found = [mended for each in diagnostics("p.yaml", text) if (mended := change(text, each)) is not None]
    (mended,) = found
    before = text.split("\n")[mended.line - 1]
    assert before[: mended.column - 1] + mended.text + before[mended.column - 1 + mended.length :] == line


# --- meanings and places ---------------------------------------------------------------------------------------------


def over(text: str) -> str:
    found = hover(*place(text))
    return "" if found is None else found.text


def test_meanings() -> None:
    assert over(in_rule("check: latency|.p99")).startswith("# `latency.p99`")
    assert over(in_rule("enf|orcement: waivable")).startswith("Who may overrule this rule")
    assert over(in_rule("at_most: $g|ap")) == "title: Gap · value: 10 pp"
    assert over(in_rule("controls: [{id: nist-ai-rmf@1.0/MEAS|URE-2.11}]")).startswith(
        "NIST AI Risk Management Framework"
    )
    assert (
        over(in_rule("with: {colu|mn: a}\ncheck: data.mean"))
        == catalogue()["data.mean"].model_fields["column"].description
    )
    assert over(in_rule("why: no|thing special")) == ""
    assert over("on: pu|sh") == ""


def test_a_rule_is_spoken_over_its_id() -> None:
    text, line, column = place(rule("check: latency.p95\nat_most: 200 ms").replace("id: A", "id: A|"))
    found = hover(text, line, column)
    assert found is not None
    assert "must be at most 200 ms" in found.text
    assert "Why: It must be so." in found.text
    assert not found.markdown


def test_the_outline_of_a_policy_lists_its_rules() -> None:
    text = (ROOT / "policies/baseline/policy.yaml").read_text(encoding="utf-8")
    (rules,) = [each for each in symbols(text) if each.name == "rules"]
    assert [each.name for each in rules.inside] == ["DATA-01", "DATA-02", "DATA-03", "OWN-01", "REV-01"]
    assert rules.inside[0].detail == "The evaluation data is large enough to decide on"
    assert all(each.line <= each.name_line <= each.last_line for each in rules.inside)


def test_the_outline_of_a_test_lists_its_cases() -> None:
    text = (ROOT / "policies/privacy-budget/test.yaml").read_text(encoding="utf-8")
    (cases,) = [each for each in symbols(text) if each.name == "cases"]
    assert next(each.name for each in cases.inside) == "what is published stays within the budget"


def test_a_parameter_is_found_where_it_is_declared() -> None:
    found = definition(*place(in_rule("at_most: $ga|p")))
    assert found is not None
    assert (found.line, found.column, found.length) == (2, 14, 3)
    assert definition(*place(in_rule("at_most: $nothi|ng"))) is None
    assert definition(*place(in_rule("at_most: 1|0 pp"))) is None


def test_columns_are_counted_in_utf_16_for_editors() -> None:
    line = "a😀b"
    assert [units_of(line, column) for column in (1, 2, 3, 4, 99)] == [0, 1, 3, 4, 4]
    assert [column_of(line, units) for units in (0, 1, 3, 4, 99)] == [1, 2, 3, 4, 4]


def test_the_vocabulary_is_looked_for_up_to_the_end_of_the_repository(tmp_path: Path) -> None:
    gate = "policykit: gate/1\npolicies: [p]\nvocabulary: {stage: [production]}\n"
    deep = tmp_path / "repository" / "policies" / "team"
    deep.mkdir(parents=True)
    (tmp_path / "policykit.yaml").write_text(gate)
    assert beside(deep / "p.yaml", "").vocabulary == {"stage": ("production",)}
    (tmp_path / "repository" / ".git").mkdir()
    assert beside(deep / "p.yaml", "").vocabulary == {}
    (tmp_path / "repository" / "policykit.yaml").write_text(gate.replace("production", "live"))
    assert beside(deep / "p.yaml", "").vocabulary == {"stage": ("live",)}
    (tmp_path / "repository" / "policykit.yaml").write_text("policykit: gate/1\nnonsense: [")
    assert beside(deep / "p.yaml", "").vocabulary == {}


def test_where_a_cursor_stands() -> None:
    text, line, column = place(in_rule("with: {column: in|, minimum: 3}\ncheck: data.in_range"))
    found = context(text, line, column)
    assert (found.at, found.path, found.prefix) == ("value", ("rules", "-", "with", "column"), "in")
    assert dict(found.siblings) == {"column": "in", "minimum": "3"}


# --- quotes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_check_between_quotes_is_the_check(quote: str) -> None:
    text, line, column = place(in_rule(f"check: {quote}performance.re|call{quote}\nat_least: 80 %"))
    shown = hover(text, line, column)
    assert shown is not None and shown.text.startswith("# `performance.recall`")
    document = in_rule("title: x").replace("- id: A", f"- id: {quote}A{quote}")
    (rule,) = next(each for each in symbols(document) if each.name == "rules").inside
    assert rule.name == "A"
