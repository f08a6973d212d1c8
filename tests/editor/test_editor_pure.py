"""What an editor is told, as pure functions of the text and the place of the cursor."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.author.editor.beside import beside
from policykit.author.editor.complete import Beside, completions
from policykit.author.editor.hover import hover
from policykit.author.editor.outline import Outline
from policykit.author.editor.places import definition, symbols
from policykit.author.editor.problems import diagnostics
from policykit.checks import catalogue
from policykit.load.companions import Companions
from policykit.load.lint.codes import CODES
from policykit.load.policies import examine
from policykit.load.yaml import read
from tests.editor.cursor import in_rule, place
from tests.hostile.naughty_names import names
from tests.load.policy_texts import policy, text_of

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for folder in ("policies", "examples")
    for path in (ROOT / folder).rglob("*.yaml")
    if path.stat().st_size < 20_000 and re.search(r"(?m)^policykit: ", path.read_text(encoding="utf-8"))
)
WORDS = Beside(
    {"use_case": ("credit-scoring", "marketing"), "stage": ("production", "staging"), "controls": ("own/1",)}
)


def labels(text: str, words: Beside = WORDS) -> list[str]:
    return [each.label for each in completions(*place(text), words)]


# --- completion ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("|", ["policykit: policy/1", "policykit: test/1"]),
        ("poli|", ["policykit: policy/1"]),
        ("policykit: |", ["policy/1", "waiver/1"]),
        ("policykit: policy/1\n|", ["id", "version", "applies_to", "rules"]),
        (in_rule("|"), ["title", "check", "at_most", "enforcement", "all_of"]),
        (in_rule("sev|\ncheck: data.mean"), ["severity", "between"]),
        (in_rule("check: fairness.four|"), ["fairness.four_fifths", "latency.p99"]),
        (in_rule("with: {|}\ncheck: data.in_range"), ["column", "columns", "minimum", "maximum", "exclusive"]),
        (in_rule("with:\n  |\ncheck: governance.owner"), ["of", "distinct_from"]),
        (in_rule("at_most: |\ncheck: latency.p99"), ["200 ms", "$gap"]),
        (in_rule("at_most: 20|\ncheck: latency.p99"), ["20 ms", "20 s", "20 minutes", "20 hours", "20 days"]),
        (in_rule("at_most: 20 m|\ncheck: latency.p99"), ["20 ms", "20 minutes"]),
        (in_rule("at_most: 5|\ncheck: fairness.demographic_parity_difference"), ["5 pp"]),
        (in_rule("at_least: 80|\ncheck: performance.accuracy"), ["80 %"]),
        (in_rule("worse_by_at_most: 5|\ncheck: performance.accuracy"), ["5 pp", "5 % relative"]),
        (in_rule("between: [10|]\ncheck: latency.p99"), ["10 ms"]),
        (in_rule("surely_at_most: $|\ncheck: fairness.demographic_parity_difference"), ["$gap"]),
        (in_rule("enforcement: |"), ["advisory", "waivable", "absolute"]),
        (in_rule("severity: |"), ["critical", "high", "medium", "low"]),
        (in_rule("data: |"), ["evaluation", "train"]),
        (in_rule("is: |\ncheck: governance.owner"), ["present", "absent"]),
        (in_rule("for_each: |"), ["protected_attributes", "band"]),
        (in_rule("for_each: [|]"), ["band"]),
        (in_rule("evidence: {max_age: 90|}"), ["90 days"]),
        (in_rule("evidence:\n  source: |"), ["recomputed", "attested", "declared"]),
        (in_rule("where: {|}"), ["column", "equals", "is_one_of", "not"]),
        (in_rule("where: {all_of: [{|}]}"), ["column", "matches"]),
        (in_rule("controls: [{id: |}]"), ["nist-ai-rmf@1.0/MEASURE-2.11", "own/1"]),
        (in_rule("controls:\n  - |"), ["nist-ai-rmf@1.0/MEASURE-2.11", "own/1", "id", "how"]),
        (in_rule("any_of:\n  - check: latency.p99\n    |"), ["at_most", "with"]),
        (in_rule("any_of: [{check: latency.p99, at_most: |}]"), ["200 ms"]),
        ("policykit: policy/1\napplies_to: {|}", ["use_case", "stage"]),
        ("policykit: policy/1\napplies_to:\n  use_case: [mark|", ["credit-scoring", "marketing"]),
        ("policykit: policy/1\napplies_to:\n  stage:\n    - |", ["production", "staging"]),
        ("policykit: test/1\ncases:\n  - |", ["name", "given", "expect"]),
        ("policykit: test/1\ncases:\n  - given: {|}", ["labels", "stage", "estimates"]),
        ("policykit: test/1\ncases:\n  - given: {stage: |}", ["production", "staging"]),
        ("policykit: test/1\ncases:\n  - given: {labels: {use_case: |}}", ["credit-scoring"]),
        ("policykit: test/1\ncases:\n  - given: {estimates: [{check: latency.p99, value: 3|}]}", ["3 ms", "3 s"]),
        ("policykit: test/1\ncases:\n  - expect: {R: |}", ["pass", "fail", "undecided(straddles)"]),
        ("policykit: test/1\ncases:\n  - expect: {decision: |}", ["ALLOWED", "BLOCKED", "HELD"]),
        ("policykit: gate/1\n|", ["policies", "vocabulary", "waivers"]),
        ("policykit: trust/1\nstages:\n  production:\n    |", ["report", "approvals", "permit"]),
        ("policykit: bundle/1\ntask: {kind: |", ["binary-classification", "regression"]),
        ("policykit: bundle/1\nlabels: {|}", ["use_case"]),
        ("policykit: waiver/1\nallows: {undecided: |", ["straddles", "missing"]),
    ],
)
def test_what_can_be_typed_at_a_place(text: str, wanted: list[str]) -> None:
    found = labels(text)
    assert [label for label in wanted if label not in found] == []


@pytest.mark.parametrize(
    ("text", "unwanted"),
    [
        (in_rule("title: x\n|\nwhy: y"), ["id", "title", "why"]),
        (in_rule("|\ncheck: governance.owner"), ["at_least", "between", "worse_by_at_most"]),
        (in_rule("|\ncheck: data.mean\nwith: {column: a}"), ["is", "worse_by_at_most"]),
        (in_rule("why: >-\n  text |"), ["id", "check"]),
        (in_rule("# a remark |"), ["id", "check"]),
        ("services:\n  web: {|}", ["policykit: policy/1", "id"]),
        ("on: push\n|", ["policykit: policy/1"]),
    ],
)
def test_what_does_not_fit_is_not_offered(text: str, unwanted: list[str]) -> None:
    assert set(labels(text)) & set(unwanted) == set()


def test_a_check_comes_with_its_question() -> None:
    found = {each.label: each for each in completions(*place(in_rule("check: |")))}
    assert set(found) == set(catalogue())
    assert found["latency.p99"].detail == catalogue()["latency.p99"].question
    assert found["latency.p99"].about


def test_a_key_says_what_it_means_and_brings_its_colon() -> None:
    found = next(each for each in completions(*place(in_rule("enf|"))) if each.label == "enforcement")
    assert found.about.startswith("Who may overrule this rule")
    assert (found.after, found.start) == (": ", 5)


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_every_parameter_of_every_check_is_offered(name: str) -> None:
    found = labels(in_rule(f"check: {name}\nwith:\n  |"))
    fields = catalogue()[name].model_fields
    assert {field.alias or key for key, field in fields.items()} <= set(found)


def test_a_test_offers_the_rules_and_checks_of_its_policy(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(policy())
    head = "policykit: test/1\npolicy: acme.credit@3\ncases:\n  - "
    for text, wanted in (
        ("expect: {|}", ["ROWS", "decision"]),
        ("given: {estimates: [{rule: |}]}", ["ROWS"]),
        ("given: {estimates: [{check: |}]}", ["data.row_count"]),
    ):
        typed, line, column = place(head + text)
        found = [each.label for each in completions(typed, line, column, beside(tmp_path / "t.yaml", typed))]
        assert sorted(found) == sorted(wanted)


# --- never raises, at any stroke -------------------------------------------------------------------------------------


def everything(text: str, line: int, column: int) -> None:
    """Ask all that an editor asks at a place, and hold every answer to the document: nothing twice, nothing outside of it."""
    offered = [(each.label, each.what) for each in completions(text, line, column, WORDS)]
    assert len(set(offered)) == len(offered)
    assert all(label and "\n" not in label for label, _ in offered)
    shown = hover(text, line, column)
    assert shown is None or (shown.text and shown.length > 0 and shown.line >= 1)
    definition(text, line, column)
    last = len(text.splitlines()) + 1
    assert all(1 <= one.line <= one.name_line <= one.last_line <= last for one in symbols(text))


def problems(text: str) -> None:
    """Ask what is wrong, and hold each problem to the document."""
    last = len(text.splitlines()) + 1
    for each in diagnostics("p.yaml", text):
        assert each.code in CODES and each.message
        assert 0 <= each.line <= last


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_prefix_of_a_real_document_is_answered(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    step = max(1, len(text) // 80)
    for end in [*range(0, len(text), step), len(text)]:
        typed, line, column = place(f"{text[:end]}|")
        everything(typed, line, column)
        problems(typed)


@settings(max_examples=80, deadline=None)
@given(
    path=st.sampled_from(DOCUMENTS[:8]),
    cut=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    typed=st.sampled_from(
        ["{", "[", "]", "}", ":", "- ", "\n", '"', "'", "$", "|\n", "#", "\t", ",", "&a", "!x ", ": :", "\r\n", "😀"]
    ),
)
def test_whatever_is_typed_anywhere_is_answered(path: Path, cut: tuple[float, float], typed: str) -> None:
    text = path.read_text(encoding="utf-8")
    first, second = (int(each * len(text)) for each in cut)
    changed = text[:first] + typed + text[first:]
    _, line, column = place(f"{changed[:second]}|")
    everything(changed, line, column)
    problems(changed)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.integers(-3, 20), st.integers(-3, 60))
def test_any_text_and_any_place_are_answered(text: str, line: int, column: int) -> None:
    for begin in ("", "policykit: policy/1\n", "policykit: test/1\ncases:\n  - "):
        everything(begin + text, line, column)
        problems(begin + text)


def test_hostile_names_are_only_text() -> None:
    for name in names():
        hostile(name)


def hostile(name: str) -> None:
    text = in_rule(f"title: {name}\ncheck: latency.p99\nat_most: 20 ms\nwhy: {name}")
    everything(*place(text + "|"))
    for problem in diagnostics("p.yaml", text):
        assert problem.message
    shown = hover(text, 5, 9)
    assert shown is None or not shown.markdown


@pytest.mark.parametrize(
    "line",
    ["a" + " " * 200_000, "a:" * 60_000, "{" * 100_000, "[a, " * 50_000, "- " * 90_000, "'" * 99_999, "x" * 200_000],
)
def test_a_very_long_line_is_answered_at_once(line: str) -> None:
    started = time.process_time()
    everything(f"policykit: policy/1\n{line}", 2, len(line))
    diagnostics("p.yaml", f"policykit: policy/1\n{line}")
    assert time.process_time() - started < 3


def test_a_document_past_the_largest_is_left_alone() -> None:
    text = "policykit: policy/1\n" + "# x\n" * 100_000
    assert completions(text, 2, 1) == ()
    assert hover(text, 2, 1) is None
    assert [each.code for each in diagnostics("p.yaml", text)] == ["PK001"]


# --- the tolerant reading agrees with the strict one -----------------------------------------------------------------


def strict(text: str) -> dict[tuple[str, ...], tuple[int, int]]:
    found: dict[tuple[str, ...], tuple[int, int]] = {}

    def walk(node: Any, path: tuple[str, ...]) -> None:
        for name, value in node.pairs:
            found.setdefault((*path, name.text), (name.line, name.column))
            walk(value, (*path, name.text))
        for item in node.items:
            walk(item, (*path, "-"))

    walk(read(text.encode(), "p.yaml"), ())
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_whole_document_is_outlined_as_it_is_read(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    outlined: dict[tuple[str, ...], tuple[int, int]] = {}
    for entry in Outline(text).root.walk():
        if entry.key not in ("-", ""):
            outlined.setdefault(entry.path, (entry.line, entry.column))
    assert outlined == strict(text)


# --- problems --------------------------------------------------------------------------------------------------------

KINDS = ("policy", "rule", "trust", "waiver", "test")
PAGES = [(page, which) for page in CODES.values() if page.kind in KINDS for which in ("wrong", "right")]


@pytest.mark.parametrize(("page", "which"), PAGES, ids=[f"{page.code}-{which}" for page, which in PAGES])
def test_an_editor_says_what_lint_says_of_the_document_itself(page: Any, which: str, tmp_path: Path) -> None:
    text = text_of(page, getattr(page, which))
    path = tmp_path / "p.yaml"
    path.write_text(text)
    vocabulary = {"use_case": ("credit-scoring", "marketing"), "stage": ("production", "staging")}
    linted = examine([path], vocabulary=vocabulary, as_of="2026-11-22", beside=Companions()).problems
    shown = diagnostics(path.as_posix(), text, Beside(vocabulary), "2026-11-22")
    between = {"PK118", "PK515", "PK516", "PK519", "PK801", "PK802", "PK803"}  # what only shows between documents
    assert [each for each in shown if each.code not in between] == [each for each in linted if each.code not in between]


def test_text_that_is_not_yaml_yet_gives_one_problem() -> None:
    for typed in ("rules: [", 'title: "half', "rules:\n  - id: A\n   title: x", "\ttitle: x"):
        found = diagnostics("p.yaml", f"policykit: policy/1\n{typed}")
        assert [each.code for each in found] == ["PK004"], typed


def test_a_bundle_and_a_gate_file_are_looked_at_too() -> None:
    assert "PK101" in [each.code for each in diagnostics("b.yaml", "policykit: bundle/1\nnme: x\n")]
    assert [each.code for each in diagnostics("g.yaml", "policykit: gate/1\npolices: []\n")] == ["PK101"]
    assert diagnostics("m.yaml", "policykit: measurements/1\n") == ()


def test_a_test_is_held_against_the_policy_beside_it(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(policy())
    text = "policykit: test/1\npolicy: acme.credit@3\ncases: [{name: a, given: {}, expect: {ROW: pass}}]\n"
    path = tmp_path / "t.yaml"
    (found,) = diagnostics(str(path), text, beside(path, text))
    assert (found.code, found.suggestion) == ("PK802", "ROWS")
