"""Compare an interval with limits: pass, fail, or not shown."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isinf, isnan
from typing import Literal

from policykit.terms.estimate import Estimate
from policykit.terms.policy import Constraint
from policykit.terms.quantity import Quantity

Side = Literal["lower", "upper"]
TOLERANCE = 1e-9
"""Relative: numbers that are not exact fractions are compared with it (CHECKS.md)."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One limit: the number must lie at or beyond it (`strict`: beyond). `surely`: the bound may lie at this looser limit."""

    side: Side
    limit: Fraction
    strict: bool = False
    surely: Fraction | None = None


def bounds(constraint: Constraint) -> tuple[Bound, ...]:
    """Return the numeric limits of a constraint (relative limits and sets are compared elsewhere)."""
    found: list[Bound] = []
    if constraint.at_least is not None:
        found.append(Bound("lower", constraint.at_least.value, surely=_value(constraint.surely_at_least)))
    if constraint.above is not None:
        found.append(Bound("lower", constraint.above.value, strict=True))
    if constraint.at_most is not None:
        found.append(Bound("upper", constraint.at_most.value, surely=_value(constraint.surely_at_most)))
    if constraint.below is not None:
        found.append(Bound("upper", constraint.below.value, strict=True))
    if constraint.between is not None:
        low, high = constraint.between
        found += [Bound("lower", low.value), Bound("upper", high.value)]
    if isinstance(constraint.equals, Quantity):
        found += [Bound("lower", constraint.equals.value), Bound("upper", constraint.equals.value)]
    return tuple(found)


def two_sided(constraint: Constraint) -> bool:
    """Return whether the limit is judged by a two-sided interval."""
    return constraint.between is not None or isinstance(constraint.equals, Quantity)


def finite(estimate: Estimate) -> bool:
    """Return whether the point is a number and its interval holds it (an end may be infinite: nothing is known there)."""
    point = estimate.value
    if isnan(point) or isnan(estimate.low) or isnan(estimate.high) or point in (float("inf"), float("-inf")):
        return False
    return estimate.low <= point <= estimate.high or _near(estimate, point)


def holds(estimate: Estimate, bound: Bound) -> bool:
    """Return whether the limit is met for sure: by the interval's nearer end, or by point and `surely` limit together."""
    if bound.surely is not None and _meets(_point(estimate), bound.limit, bound):
        return _meets(_near_end(estimate, bound), bound.surely, bound)
    return _meets(_near_end(estimate, bound), bound.limit, bound)


def breaks(estimate: Estimate, bound: Bound) -> bool:
    """Return whether the whole interval lies beyond the limit."""
    return not _meets(_far_end(estimate, bound), bound.limit, bound)


def beyond(value: Fraction | float, limit: Fraction, side: Side) -> bool:
    """Return whether `value` passes over a caution limit on that side."""
    return value > limit if side == "upper" else value < limit


def _meets(value: Fraction | float, limit: Fraction, bound: Bound) -> bool:
    if isinstance(value, Fraction):
        if value == limit:
            return not bound.strict
        return value > limit if bound.side == "lower" else value < limit
    target = float(limit)
    if not isinf(value) and abs(value - target) <= TOLERANCE * max(abs(value), abs(target)):
        return not bound.strict
    return value > target if bound.side == "lower" else value < target


def _point(estimate: Estimate) -> Fraction | float:
    return estimate.exact if estimate.exact is not None else estimate.value


def _near_end(estimate: Estimate, bound: Bound) -> Fraction | float:
    if estimate.low == estimate.high:
        return _point(estimate)
    return estimate.low if bound.side == "lower" else estimate.high


def _far_end(estimate: Estimate, bound: Bound) -> Fraction | float:
    if estimate.low == estimate.high:
        return _point(estimate)
    return estimate.high if bound.side == "lower" else estimate.low


def _near(estimate: Estimate, point: float) -> bool:
    slack = TOLERANCE * max(abs(point), abs(estimate.low), abs(estimate.high), 1e-300)
    return estimate.low - slack <= point <= estimate.high + slack


def _value(quantity: Quantity | None) -> Fraction | None:
    return quantity.value if quantity is not None else None
