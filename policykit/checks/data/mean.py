"""`data.mean`"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import floor, log10
from typing import ClassVar

from pydantic import Field

from policykit.checks.data._number import extreme, extremes, left_out, unusable
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.estimate import exactly
from policykit.terms.expr import Col
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure, Sum
from policykit.terms.quantity import Unit
from policykit.terms.state import Summed

_AGE = {"column": "age"}
_DIGITS = 9
_SMALL = 0.01


class Mean(Check):
    """The average of a column, in the column's own unit.

    Missing values are left out; one infinite value, and there is no average: `undecided(not_finite)`. Values are added as
    decimal numbers with nine digits after the point (more where all are below 0.01; values that are all below a millionth
    are too small to add up), which is why the same rows give the same average on every machine, in whatever order they
    come. With `columns: [a, b]` there is one finding for each column.

    ## Why it matters

    An average that moved is the first sign that a unit changed, or that other people are in the data than last time.

    ## What it does not see

    Anything but the average: half the values may be twice too high and half twice too low. It speaks of these rows, not of
    the people behind them, and so carries no doubt.
    """

    question: ClassVar = "is the average where it should be?"
    unit: ClassVar = Unit.NUMBER
    better: ClassVar = "neither"
    each_column: ClassVar = True
    examples: ClassVar = (
        Example("an average of 40", "pass", {"between": [30, 50]}, "age\n30\n50", params=_AGE),
        Example("somebody wrote months", "fail", {"between": [30, 50]}, "age\n360\n600", params=_AGE),
        Example("a missing age is not an age of nought", "pass", {"equals": 40}, "age\n40\n-", params=_AGE),
        Example(
            "infinity has no average", "undecided(not_finite)", {"between": [30, 50]}, "age\n40.5\ninf", params=_AGE
        ),
        Example("no value, no average", "undecided(empty)", {"between": [30, 50]}, "age\n-", params=_AGE),
    )

    column: str = Field(description="the column that is looked at")

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        wanted: dict[str, Measure] = {
            "extremes": extreme(frame, self.column),
            "sum": Sum(frame.dataset, Col(self.column), frame.where, _DIGITS),
        }
        if "extremes" not in got:
            return wanted
        found = extremes(got)
        size = max(abs(found.low or 0), abs(found.high or 0))
        if 0 < size < _SMALL:
            wanted["finer"] = Sum(frame.dataset, Col(self.column), frame.where, _DIGITS - floor(log10(size)))
        return wanted

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        total = got.get("finer", got["sum"])
        assert isinstance(total, Summed), "a sum is asked for"
        why = unusable(total, self.column)
        if why is not None:
            return why
        mean = Fraction(total.total) / Fraction(10) ** total.scale / total.rows
        return exactly(mean, total.rows, detail=left_out(total))
