"""Fixed-point sums, added over the two labels, and what they say about missing scores."""

from __future__ import annotations

from fractions import Fraction

from policykit.checks import _outcomes
from policykit.checks.performance._rows import lacking, left_out, said
from policykit.terms.check import Got
from policykit.terms.expr import Calc, Expr, IsMissing, Lit, Not, both
from policykit.terms.frame import Frame
from policykit.terms.measure import Count, Extreme
from policykit.terms.state import Counted, Extremes, State, Summed
from policykit.terms.verdict import Cause, Unmeasured

SCALE = 15
"""Digits after the point: squares of squares of small errors still count."""


def total(*states: State) -> Fraction:
    """Return the sum of sums, exactly."""
    return sum((Fraction(s.total, 10**s.scale) for s in states if isinstance(s, Summed)), Fraction(0))


def rows(*states: State) -> int:
    """Return how many rows were added."""
    return sum(s.rows for s in states if isinstance(s, Summed))


def times(left: Expr, right: Expr) -> Calc:
    """Return the product."""
    return Calc("*", left, right)


def minus(left: Expr, right: Expr) -> Calc:
    """Return the difference."""
    return Calc("-", left, right)


def side(frame: Frame, score: Expr, *, positive: bool) -> tuple[Expr, Expr | None]:
    """Return the probability given to the true class on the rows of one class, and the condition for these rows."""
    assert frame.positive is not None, "the planner leaves a question without a positive class unmet"
    label = frame.labelled(frame.positive)
    return (score, both(frame.where, label)) if positive else (minus(Lit(1.0), score), both(frame.where, Not(label)))


def unlabelled(frame: Frame) -> Count:
    """Return the measure: how many rows have no label."""
    assert frame.label is not None, "the planner leaves a question without a label unmet"
    return Count(frame.dataset, both(frame.where, IsMissing(frame.label)))


def extreme(frame: Frame, of: Expr) -> Extreme:
    """Return the measure: the smallest and largest value of `of` over labelled rows."""
    assert frame.label is not None, "the planner leaves a question without a label unmet"
    return Extreme(frame.dataset, of, both(frame.where, Not(IsMissing(frame.label))))


def unfit(frame: Frame, got: Got, name: str, what: str) -> Unmeasured | None:
    """Return why a mean over the rows of the extreme `name` cannot be had; None where it can."""
    seen, bare = got[f"{name}extreme"], got["unlabelled"]
    if not isinstance(seen, Extremes) or not isinstance(bare, Counted):
        return Unmeasured(Cause.EMPTY, "no rows")
    if seen.rows + seen.missing + seen.infinite == 0:
        return Unmeasured(*((Cause.MISSING, "no row has a label") if bare.rows else (Cause.EMPTY, "no rows")))
    if seen.infinite:
        return Unmeasured(Cause.NOT_FINITE, f"{said(seen.infinite)} an infinite {what}")
    if seen.missing and frame.missing is None:
        return lacking(seen.missing, what, got[f"{name}nan"])
    if seen.missing and frame.missing != "exclude":
        return Unmeasured(Cause.UNDEFINED, f"a missing {what} has no size of error: write `missing: exclude`")
    return Unmeasured(Cause.EMPTY, f"no row has a {what}") if seen.rows == 0 else None


def no_probability(frame: Frame, got: Got, name: str) -> Unmeasured | None:
    """Return why scores are not probabilities of the positive class, or nothing shows that they are; None where they may be."""
    why = not_probability(got, name)
    return why or _outcomes.unfit(frame, got, "label") or _outcomes.unpositive(frame, got)


def not_probability(got: Got, name: str) -> Unmeasured | None:
    """Return that scores are not probabilities, where they lie outside 0 … 1."""
    seen = got[f"{name}extreme"]
    if (
        isinstance(seen, Extremes)
        and seen.low is not None
        and seen.high is not None
        and (seen.low < 0 or seen.high > 1)
    ):
        return Unmeasured(
            Cause.UNDEFINED, f"scores run from {seen.low:g} to {seen.high:g}: they are not probabilities of 0 … 1"
        )
    return None


def note(got: Got, name: str, what: str) -> str:
    """Return the sentence about rows left out."""
    seen, bare = got[f"{name}extreme"], got["unlabelled"]
    without = seen.missing if isinstance(seen, Extremes) else 0
    return left_out(bare.rows if isinstance(bare, Counted) else 0, without, what)
