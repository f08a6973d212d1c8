"""Limits on bare numbers: what no model can meet is an error, what every model meets a warning."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.checks import catalogue
from policykit.errors import Diagnostic
from policykit.load.policies import examine
from policykit.terms.quantity import Unit
from tests.load.policy_texts import examine_text, rule

BOUNDED = {name: check for name, check in catalogue().items() if check.bounds != (None, None)}


def found(folder: Path, keys: str) -> list[Diagnostic]:
    (folder / "p.yaml").write_text(rule(keys))
    return [each for each in examine([folder / "p.yaml"]).problems if each.code in ("PK207", "PK506")]


@pytest.mark.parametrize(
    ("keys", "message", "hint"),
    [
        ("check: performance.brier\nat_most: 15", "`performance.brier` is never `15`", "it lies between 0 and 1"),
        ("check: performance.f1\nat_least: 90", "`performance.f1` is never `90`", "it lies between 0 and 1"),
        (
            "check: performance.roc_auc\nabove: -1",
            "`performance.roc_auc` is never above `-1`",
            "it lies between 0 and 1",
        ),
        ("check: performance.roc_auc\nabove: 1", "`performance.roc_auc` is never above `1`", "it lies between 0 and 1"),
        ("check: performance.log_loss\nat_most: -1", "`performance.log_loss` is never `-1`", "it is 0 or more"),
        ("check: performance.log_loss\nbelow: 0", "`performance.log_loss` is never below `0`", "it is 0 or more"),
        ("check: performance.rmse\nat_most: -2", "`performance.rmse` is never `-2`", "it is 0 or more"),
        ("check: performance.mae\nat_most: -2", "`performance.mae` is never `-2`", "it is 0 or more"),
        ("check: privacy.dp_epsilon\nat_most: -1", "`privacy.dp_epsilon` is never `-1`", "it is 0 or more"),
        ("check: privacy.dp_budget\nat_most: -1", "`privacy.dp_budget` is never `-1`", "it is 0 or more"),
        (
            "check: data.standard_deviation\nwith: {column: age}\nbetween: [-3, 10]",
            "`data.standard_deviation` is never `-3`",
            "it is 0 or more",
        ),
    ],
)
def test_a_number_that_the_check_never_gives_is_an_error(tmp_path: Path, keys: str, message: str, hint: str) -> None:
    (problem,) = found(tmp_path, keys)
    assert (problem.code, problem.level, problem.message, problem.hint) == ("PK207", "error", message, hint)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("check: performance.brier\nat_most: 1", "`at_most: 1` asks for nothing: every number meets it"),
        ("check: performance.roc_auc\nat_least: 0", "`at_least: 0` asks for nothing: every number meets it"),
        ("check: performance.f1\nbetween: [0, 1]", "`between` asks for nothing: every number meets it"),
        ("check: performance.accuracy\nbetween: [0 %, 100 %]", "`between` asks for nothing: every number meets it"),
    ],
)
def test_a_number_that_every_model_meets_is_a_warning(tmp_path: Path, keys: str, message: str) -> None:
    (problem,) = found(tmp_path, keys)
    assert (problem.code, problem.level, problem.message) == ("PK506", "warning", message)


@pytest.mark.parametrize(
    "keys",
    [
        "check: performance.brier\nat_most: 0.15",
        "check: performance.roc_auc\nat_least: 1",
        "check: privacy.dp_epsilon\nat_most: 8",
        "check: data.mean\nwith: {column: temperature}\nat_least: -40",
        "check: data.standard_deviation\nwith: {column: age}\nbetween: [0, 30]",
    ],
)
def test_numbers_that_can_be_are_left_alone(tmp_path: Path, keys: str) -> None:
    assert found(tmp_path, keys) == []


def test_bounds_belong_to_bare_numbers_and_are_in_order() -> None:
    for check in BOUNDED.values():
        low, high = check.bounds
        assert check.unit is Unit.NUMBER
        assert low is None or high is None or low < high


@given(st.sampled_from(sorted(BOUNDED)), st.decimals(-5, 5, allow_nan=False, places=3))
def test_a_limit_is_an_error_exactly_where_it_lies_outside_the_bounds(name: str, limit: object) -> None:
    check = BOUNDED[name]
    low, high = check.bounds
    outside = (low is not None and limit < low) or (high is not None and limit > high)  # type: ignore[operator]
    column = "with: {column: c}\n" if "column" in check.model_fields else ""
    key = "at_least" if check.better == "higher" else "at_most"
    assert ("PK207" in examine_text(rule(f"check: {name}\n{column}{key}: {limit}"))) == outside
