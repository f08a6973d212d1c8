"""Coverage of policies: every rule must be seen to pass, fail and be undecided, and the cases to paste do that."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from policykit.author.testing.coverage import WANTED
from policykit.author.testing.ready import ready_test
from policykit.author.testing.told import run_tests
from policykit.checks import catalogue
from policykit.load.policies import read_policies
from policykit.load.test_document import read_test_document
from policykit.load.yaml import read
from policykit.terms.policy_test import PolicyTest
from policykit.terms.verdict import Status
from tests.author.house import HOUSE, SMALL, case, house
from tests.load.policy_texts import policy

ROOT = Path(__file__).parents[2]


def read_test(text: str) -> PolicyTest:
    problems: list[object] = []
    found = read_test_document(read(text.encode(), "t.yaml"), problems)  # type: ignore[arg-type] # only looked at
    assert problems == []
    return found


def as_read(text: str) -> PolicyTest:
    """Return a drafted test that somebody has read."""
    return read_test(text.replace("    drafted: true\n", ""))


def test_every_rule_must_be_seen_to_pass_fail_and_be_undecided() -> None:
    found, test = case(SMALL, "{FAIR-01: undecided(straddles)}")
    tested = run_tests([(replace(test, cases=(found,)), house())], ())
    (seen,) = tested.coverage
    assert {rule.rule: [status.value for status in rule.missing] for rule in seen.rules} == {
        "FAIR-01": ["pass", "fail"],
        "PERF-01": ["pass", "fail", "undecided"],
        "OWN-01": ["pass", "fail", "undecided"],
        "AGE-01": ["pass", "fail", "undecided"],
        "COLS-01": ["pass", "fail", "undecided"],
    }
    assert tested.failed == 0
    assert not tested.passed
    assert run_tests([(replace(test, cases=(found,)), house())], (), with_coverage=False).passed


def test_what_came_about_otherwise_than_expected_was_not_seen() -> None:
    found, test = case(SMALL, "{FAIR-01: pass}")
    (seen,) = run_tests([(replace(test, cases=(found,)), house())], ()).coverage
    assert seen.rules[0].seen == ()


def test_no_case_is_no_success() -> None:
    assert not run_tests([], ()).passed
    assert not run_tests([], (), with_coverage=False).passed


POLICIES = [
    path
    for folder in ("policies", "examples")
    for path in sorted((ROOT / folder).rglob("*.yaml"))
    if re.search(r"(?m)^policykit: policy/1$", path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_cases_to_paste_are_a_whole_test_of_every_policy_we_ship(path: Path) -> None:
    (of,) = read_policies([(path.name, path.read_text(encoding="utf-8"), {})])
    empty = run_tests([], (of,)).coverage[0]
    text = ready_test(empty)
    tested = run_tests([(as_read(text), of)], ())
    assert tested.problems == ()
    assert tested.passed, text


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_a_case_to_paste_is_found_for_every_check(name: str) -> None:
    kind = catalogue()[name]
    (of,) = read_policies([("p.yaml", policy(f"rules:\n  - {{id: R, title: R, why: so, {_asking(name)}}}"), {})])
    empty = run_tests([], (of,)).coverage[0]
    tested = run_tests([(as_read(ready_test(empty)), of)], ())
    assert tested.passed, (kind.unit, ready_test(empty))


def test_a_case_to_paste_is_found_for_rules_by_group_in_parts_and_against_the_champion() -> None:
    text = (
        f"{HOUSE}\n"
        "  - {id: ANY, title: One of two, any_of: [{check: data.row_count, at_least: 100},"
        " {check: latency.p99, between: [10 ms, 20 ms]}], why: so}\n"
        "  - {id: ALL, title: Both, all_of: [{check: data.mean, with: {column: age}, between: [30, 50]},"
        " {check: performance.accuracy, compared_with: champion, worse_by_at_most: 5 % relative, if_no_champion: undecided}],"
        " why: so}\n"
        "  - {id: CROSS, title: Crossed, check: fairness.four_fifths, across: [[sex, age_band]], at_least: 4/5, why: so}\n"
    )
    of = house(text)
    written = ready_test(run_tests([], (of,)).coverage[0])
    tested = run_tests([(as_read(written), of)], ())
    assert tested.passed, written


def _asking(name: str) -> str:
    """Return a rule that asks one check, as the first of its own examples does."""
    kind = catalogue()[name]
    example = next(each for each in kind.examples if "compared_with" not in each.rule)
    keys = {
        key: value for key, value in example.rule.items() if key not in ("evidence", "if_other_task", "enforcement")
    }
    said = {"check": name, **({"with": dict(example.params)} if example.params else {}), **keys}
    return json.dumps(said, ensure_ascii=False)[1:-1]


def test_the_statuses_that_are_asked_for_are_all_but_not_applicable() -> None:
    assert set(Status) - set(WANTED) == {Status.NOT_APPLICABLE}
