"""One number of a column: smallest, largest, average, spread."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from counting_by_hand import ask
from hypothesis import given
from hypothesis import strategies as st

from policykit.checks.data.maximum import Maximum
from policykit.checks.data.mean import Mean
from policykit.checks.data.minimum import Minimum
from policykit.checks.data.standard_deviation import StandardDeviation
from policykit.terms.check import Check
from policykit.terms.estimate import Estimate
from policykit.terms.frame import Frame
from policykit.terms.measure import Sum
from policykit.terms.state import Extremes, Summed
from policykit.terms.verdict import Cause, Unmeasured

ALL = [Minimum, Maximum, Mean, StandardDeviation]
values = st.lists(
    st.one_of(st.none(), st.floats(-1e6, 1e6).map(lambda v: round(v, 6)), st.integers(-(10**6), 10**6)),
    min_size=2,
    max_size=40,
)
filled = values.filter(lambda found: sum(v is not None for v in found) >= 2)


def of(check: type[Check], found: list[Any]) -> Estimate:
    answer = ask(check(column="a"), [{"a": value} for value in found])
    assert isinstance(answer, Estimate), answer
    assert answer.low == answer.value == answer.high
    return answer


@given(filled)
def test_they_are_the_numbers_of_pandas(found: list[float | None]) -> None:
    series = pd.Series(found, dtype="float64")
    assert of(Minimum, found).value == series.min()
    assert of(Maximum, found).value == series.max()
    assert of(Mean, found).value == pytest.approx(series.mean(), rel=1e-9, abs=1e-9)
    assert of(StandardDeviation, found).value == pytest.approx(series.std(), rel=1e-9, abs=1e-9)


@given(filled, st.randoms(), st.sampled_from(ALL))
def test_the_order_of_the_rows_does_not_change_a_digit(found: list[Any], random, check: type[Check]) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)
    assert of(check, shuffled) == of(check, found)


@given(filled, st.sampled_from(ALL))
def test_a_missing_row_more_changes_nothing_but_the_note(found: list[Any], check: type[Check]) -> None:
    assert of(check, [*found, math.nan]).value == of(check, found).value


def test_what_is_left_out_is_told() -> None:
    for check in ALL:
        answer = of(check, [1.0, 2.0, None, math.nan])
        assert (answer.n, answer.detail) == (2, "2 missing left out")


@pytest.mark.parametrize("check", ALL)
def test_infinity_leaves_no_number(check: type[Check]) -> None:
    one = ask(check(column="a"), [{"a": 1.0}, {"a": 2.0}, {"a": math.inf}])
    assert one == Unmeasured(Cause.NOT_FINITE, "`a` has 1 infinite value")
    two = ask(check(column="a"), [{"a": 1.0}, {"a": -math.inf}, {"a": math.inf}])
    assert two == Unmeasured(Cause.NOT_FINITE, "`a` has 2 infinite values")


@pytest.mark.parametrize("check", ALL)
def test_nothing_has_no_number(check: type[Check]) -> None:
    assert ask(check(column="a"), []) == Unmeasured(Cause.EMPTY, "there are no rows")
    gaps = [{"a": None}, {"a": math.nan}]
    assert ask(check(column="a"), gaps) == Unmeasured(Cause.EMPTY, "`a` has no value in any row")


def test_the_mean_of_tenths_is_a_tenth_exactly() -> None:
    assert of(Mean, [0.1] * 10).exact == Fraction(1, 10)


def test_a_mean_of_small_values_keeps_its_digits() -> None:
    assert of(Mean, [1.23456789012e-5, 2.34567890123e-5]).value == pytest.approx(1.790123395675e-5, rel=1e-11)


def test_a_mean_of_noughts_is_nought() -> None:
    assert of(Mean, [0, 0]).exact == 0


def test_a_spread_takes_two_values() -> None:
    answer = ask(StandardDeviation(column="a"), [{"a": 4}, {"a": None}])
    assert answer == Unmeasured(Cause.UNDEFINED, "`a` has one value, and a spread takes two")


def test_equal_values_do_not_spread() -> None:
    assert of(StandardDeviation, [0.1] * 7).exact == 0


def test_a_spread_around_a_billion_keeps_its_digits_where_the_textbook_formula_loses_them() -> None:
    found = [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]
    squares = sum(value * value for value in found) - sum(found) ** 2 / 4
    assert math.sqrt(abs(squares) / 3) != pytest.approx(math.sqrt(30), rel=1e-6)
    assert of(StandardDeviation, found).value == pytest.approx(math.sqrt(30), rel=1e-12)


@pytest.mark.parametrize("unit", [1e-12, 1e-3, 1.0, 1e6, 1e15, 1e30])
def test_a_spread_follows_the_unit(unit: float) -> None:
    found = np.random.default_rng(3).normal(5, 2, 200) * unit
    assert of(StandardDeviation, list(found)).value == pytest.approx(float(np.std(found, ddof=1)), rel=1e-9)


@pytest.mark.parametrize("found", [[-1e200, 1e200], [0.0, 1e-200], [2**62, 2**62 + 3]])
def test_a_spread_that_cannot_be_added_up_is_not_told(found: list[float]) -> None:
    answer = ask(StandardDeviation(column="a"), [{"a": value} for value in found])
    assert isinstance(answer, Unmeasured)
    assert answer.cause is Cause.TOO_LARGE
    assert answer.detail == f"`a` lies between {found[0]} and {found[1]}, too far apart or too close to add up"


def test_the_spread_of_a_group_does_not_depend_on_the_middle_of_all() -> None:
    check, frame = StandardDeviation(column="a"), Frame("evaluation")
    asked = check.measures(frame, {"extremes": Extremes(0.0, 1000.0, 100)})
    total, squares = asked["sum"], asked["squares"]
    assert isinstance(total, Sum) and isinstance(squares, Sum)
    group = [10.0, 20.0, 60.0]
    off = [Fraction(value) - 500 for value in group]
    got = {
        "extremes": Extremes(10.0, 60.0, 3),
        "sum": Summed(int(sum(off) * 10**total.scale), total.scale, 3),
        "squares": Summed(int(sum(value**2 for value in off) * 10**squares.scale), squares.scale, 3),
    }
    answer = check.estimate(frame, got, 0.9)
    assert isinstance(answer, Estimate)
    assert answer.value == pytest.approx(float(np.std(group, ddof=1)), rel=1e-12)
