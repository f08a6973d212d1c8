"""How many rows would settle it."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from statistics import NormalDist

from hypothesis import given
from hypothesis import strategies as st

from policykit.judge.bounds import Bound
from policykit.judge.needed import still_needed
from policykit.terms.estimate import Estimate


def gap(value: float, rows: int) -> Estimate:
    reach = NormalDist().inv_cdf(0.95) * sqrt(0.25 / rows)
    return Estimate(value, value - reach, value + reach, rows, "test", smallest_name="18-25")


def test_the_rows_named_shrink_the_interval_to_the_limit() -> None:
    bound = Bound("upper", Fraction(1, 10))
    needed = still_needed(gap(0.08, 400), [bound], 0.95)
    assert needed.few is not None and needed.many is not None
    assert gap(0.08, needed.few).high <= 0.1 + 1e-9
    assert gap(0.08, needed.few - 2).high > 0.1
    assert 2.2 < needed.many / needed.few < 2.4  # ((1.645 + 0.842) / 1.645)²
    assert needed.where == "18-25"


def test_no_number_is_named_where_the_truth_may_sit_at_the_limit() -> None:
    bound = Bound("upper", Fraction(1, 10))
    assert still_needed(gap(0.1, 400), [bound], 0.95).few is None
    assert still_needed(gap(0.1001, 400), [bound], 0.95).many is None


@given(st.floats(0.01, 0.4), st.integers(30, 5000))
def test_more_rows_are_named_than_there_are(value: float, rows: int) -> None:
    needed = still_needed(gap(value, rows), [Bound("upper", Fraction(1, 10))], 0.95)
    assert needed.few is None or needed.few > rows
