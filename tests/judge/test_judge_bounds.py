"""How an interval lies to a limit."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from policykit.judge.bounds import Bound, bounds, breaks, finite, holds, two_sided
from policykit.terms.estimate import Estimate, exactly
from policykit.terms.policy import Constraint
from policykit.terms.quantity import Unit, parse

shares = st.floats(0, 1, allow_nan=False)


def interval(low: float, value: float, high: float) -> Estimate:
    return Estimate(value, low, high, 100, "test")


@st.composite
def intervals(draw: st.DrawFn) -> Estimate:
    low, value, high = sorted(draw(st.tuples(shares, shares, shares)))
    return interval(low, value, high)


limits = st.builds(Bound, st.sampled_from(["lower", "upper"]), st.fractions(0, 1, max_denominator=1000), st.booleans())


@given(intervals(), limits)
def test_a_limit_is_never_both_met_and_broken(estimate: Estimate, bound: Bound) -> None:
    assert not (holds(estimate, bound) and breaks(estimate, bound))


@given(intervals(), limits, shares, shares)
def test_a_wider_interval_never_decides_more(estimate: Estimate, bound: Bound, more: float, less: float) -> None:
    wider = interval(estimate.low - less, estimate.value, estimate.high + more)
    assert not holds(wider, bound) or holds(estimate, bound)
    assert not breaks(wider, bound) or breaks(estimate, bound)


@given(st.integers(0, 200), st.integers(1, 200), limits)
def test_an_exact_number_is_always_decided(hits: int, rows: int, bound: Bound) -> None:
    estimate = exactly(Fraction(min(hits, rows), rows), rows)
    assert holds(estimate, bound) != breaks(estimate, bound)


def test_four_fifths_exactly_is_not_below_four_fifths() -> None:
    at_least = bounds(Constraint(at_least=parse("4/5", Unit.SHARE)))[0]
    assert holds(exactly(Fraction(8, 10), 10), at_least)
    assert breaks(exactly(Fraction(79_999_999, 100_000_000), 10), at_least)


def test_above_is_strict_and_at_least_is_not() -> None:
    half = exactly(Fraction(1, 2), 10)
    assert holds(half, bounds(Constraint(at_least=parse("50 %", Unit.SHARE)))[0])
    assert breaks(half, bounds(Constraint(above=parse("50 %", Unit.SHARE)))[0])


def test_the_tolerance_is_one_part_in_a_billion() -> None:
    bound = bounds(Constraint(at_least=parse("0.3", Unit.SHARE)))[0]
    assert holds(interval(0.1 + 0.2 - 5e-17, 0.4, 0.5), bound)
    assert not holds(interval(0.3 - 1e-8, 0.4, 0.5), bound)


def test_two_limits_pass_an_estimate_inside_the_first_with_its_bound_inside_the_second() -> None:
    bound = bounds(Constraint(at_most=parse("10 pp", Unit.DIFFERENCE), surely_at_most=parse("15 pp", Unit.DIFFERENCE)))[
        0
    ]
    assert holds(interval(0.02, 0.08, 0.14), bound)
    assert not holds(interval(0.02, 0.08, 0.16), bound)
    assert not holds(interval(0.09, 0.11, 0.14), bound)
    assert breaks(interval(0.11, 0.12, 0.14), bound)


@pytest.mark.parametrize("point", [math.nan, math.inf, -math.inf])
def test_a_point_that_is_no_number_is_not_finite(point: float) -> None:
    assert not finite(interval(0, point, 1))


def test_an_end_may_be_unbounded_and_then_fails_but_never_passes() -> None:
    bound = Bound("upper", Fraction(1, 5))
    estimate = interval(0.3, 0.4, math.inf)
    assert finite(estimate)
    assert breaks(estimate, bound)
    assert not holds(interval(0.1, 0.15, math.inf), bound)


def test_an_interval_that_does_not_hold_its_point_is_not_finite() -> None:
    assert not finite(interval(0.4, 0.3, 0.5))


@given(intervals(), st.fractions(0, 1, max_denominator=50), st.fractions(0, 1, max_denominator=50))
def test_between_is_both_limits_and_two_sided(estimate: Estimate, one: Fraction, other: Fraction) -> None:
    assume(one < other)
    low, high = (parse(f"{number.numerator}/{number.denominator}", Unit.SHARE) for number in (one, other))
    constraint = Constraint(between=(low, high))
    assert two_sided(constraint)
    assert [bound.side for bound in bounds(constraint)] == ["lower", "upper"]
