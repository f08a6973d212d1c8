"""`data.minimum`"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar

from pydantic import Field

from policykit.checks.data._number import extreme, extremes, left_out, unusable
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.estimate import exactly
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit

_AGE = {"column": "age"}


class Minimum(Check):
    """The smallest value of a column, in the column's own unit.

    Missing values are left out. A column with an infinite value has no minimum that means anything: `undecided(not_finite)`.
    With `columns: [a, b]` there is one finding for each column.

    ## Why it matters

    A model fitted on adults that meets a child extrapolates. The smallest value is the quickest way to see who slipped in.

    ## What it does not see

    How many values are near it: one row decides. `data.in_range` counts the rows outside.
    """

    question: ClassVar = "what is the smallest value?"
    unit: ClassVar = Unit.NUMBER
    better: ClassVar = "neither"
    each_column: ClassVar = True
    examples: ClassVar = (
        Example("nobody is under age", "pass", {"at_least": 18}, "age\n18\n70", params=_AGE),
        Example("one person is", "fail", {"at_least": 18}, "age\n17\n70", params=_AGE),
        Example(
            "infinity is not a number to compare",
            "undecided(not_finite)",
            {"at_least": 18},
            "age\n20.5\ninf",
            params=_AGE,
        ),
        Example("no value, no answer", "undecided(empty)", {"at_least": 18}, "age\n-\n-", params=_AGE),
    )

    column: str = Field(description="the column that is looked at")

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        return {"extremes": extreme(frame, self.column)}

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        found = extremes(got)
        why = unusable(found, self.column)
        if why is not None:
            return why
        assert found.low is not None, "a column with a value has a smallest one"
        return exactly(Fraction(found.low), found.rows, detail=left_out(found))
