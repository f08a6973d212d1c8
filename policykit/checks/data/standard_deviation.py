"""`data.standard_deviation`"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, log10, sqrt
from typing import ClassVar

from pydantic import Field

from policykit.checks.data._number import extreme, extremes, left_out, unusable
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.estimate import Estimate, exactly
from policykit.terms.expr import Calc, Col, Expr, Lit
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure, Sum
from policykit.terms.quantity import Unit
from policykit.terms.state import Extremes, Summed
from policykit.terms.verdict import Cause, Unmeasured

_DIGITS = 18
"""Of a value, counted from the largest distance to the middle: more than a float holds."""
_WIDEST = 10**100
_WHOLE = 2**53
_CROWDED = 10**6
_AGE = {"column": "age"}


class StandardDeviation(Check):
    """How far the values of a column lie from their average, in the column's own unit.

    The sample standard deviation (divided by n − 1). Missing values are left out; one infinite value, and there is none:
    `undecided(not_finite)`. Fewer than two values: `undecided(undefined)`. The values are measured from the middle of their
    range before they are squared (the shifted formula of Chan, Golub and LeVeque 1983), so that a thousand readings around
    a billion keep their digits. With `columns: [a, b]` there is one finding for each column.

    ## Why it matters

    A feature whose spread collapsed has stopped carrying anything: a sensor that froze, a default that fills the form.

    ## What it does not see

    The shape: two clumps far apart spread like one broad heap. It speaks of these rows, and so carries no doubt.
    """

    question: ClassVar = "do the values still vary?"
    unit: ClassVar = Unit.NUMBER
    bounds: ClassVar = (0, None)
    better: ClassVar = "neither"
    each_column: ClassVar = True
    examples: ClassVar = (
        Example("ages vary", "pass", {"at_least": 5}, "age\n30\n40\n50", params=_AGE),
        Example("a sensor that froze", "fail", {"at_least": 5}, "age x\n40 30", params=_AGE),
        Example("one value does not vary", "undecided(undefined)", {"at_least": 5}, "age\n40\n-", params=_AGE),
        Example("no value, no spread", "undecided(empty)", {"at_least": 5}, "age\n-", params=_AGE),
    )

    column: str = Field(description="the column that is looked at")

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        first = {"extremes": extreme(frame, self.column)}
        if "extremes" not in got:
            return first
        spread = _spread(extremes(got))
        if spread is None:
            return first
        middle, reach = spread
        size = ceil(log10(reach))
        off: Expr = Calc("-", Col(self.column), Lit(middle))
        square = Calc("*", off, off)
        return {
            **first,
            "sum": Sum(frame.dataset, off, frame.where, _DIGITS - size),
            "squares": Sum(frame.dataset, square, frame.where, _DIGITS - 2 * size),
        }

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        found = extremes(got)
        why = unusable(found, self.column)
        if why is not None:
            return why
        if found.rows == 1:
            return Unmeasured(Cause.UNDEFINED, f"`{self.column}` has one value, and a spread takes two")
        if found.low == found.high:
            return exactly(0, found.rows, detail=left_out(found))
        if "sum" not in got:
            return Unmeasured(
                Cause.TOO_LARGE,
                f"`{self.column}` lies between {found.low} and {found.high}, too far apart or too close to add up",
            )
        total, squares = got["sum"], got["squares"]
        assert isinstance(total, Summed) and isinstance(squares, Summed), "two sums are asked for"
        variance = max((_value(squares) - _value(total) ** 2 / total.rows) / (total.rows - 1), Fraction(0))
        deviation = sqrt(variance)
        return Estimate(deviation, deviation, deviation, found.rows, "exact", detail=left_out(found))


def _spread(found: Extremes) -> tuple[float, float] | None:
    """Return the middle of the values and how far they reach from it; None where that cannot be added up.

    Arithmetic is done in floats, which tell whole numbers apart up to 2^53: values that are all far larger than they are
    spread would lose their digits.
    """
    if found.low is None or found.high is None or found.low == found.high:
        return None
    low, high = Fraction(found.low), Fraction(found.high)
    reach, size = (high - low) / 2, max(abs(low), abs(high))
    crowded = isinstance(found.low, int) and size > _WHOLE and reach < size / _CROWDED
    if crowded or not Fraction(1, _WIDEST) < reach < _WIDEST:
        return None
    return float((low + high) / 2), float(reach)


def _value(state: Summed) -> Fraction:
    return Fraction(state.total) / Fraction(10) ** state.scale
