"""`data.maximum`"""

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


class Maximum(Check):
    """The largest value of a column, in the column's own unit.

    Missing values are left out. A column with an infinite value has no maximum that means anything: `undecided(not_finite)`.
    With `columns: [a, b]` there is one finding for each column.

    ## Why it matters

    An amount a thousand times too large is a unit that changed or two fields that ran together. The largest value shows it at once.

    ## What it does not see

    How many values are near it: one row decides. `data.in_range` counts the rows outside.
    """

    question: ClassVar = "what is the largest value?"
    unit: ClassVar = Unit.NUMBER
    better: ClassVar = "neither"
    each_column: ClassVar = True
    examples: ClassVar = (
        Example("nobody is older than a person can be", "pass", {"at_most": 120}, "age\n18\n70", params=_AGE),
        Example("a code for unknown that somebody forgot", "fail", {"at_most": 120}, "age\n18\n999", params=_AGE),
        Example(
            "infinity is not a number to compare",
            "undecided(not_finite)",
            {"at_most": 100},
            "age\n20.5\ninf",
            params=_AGE,
        ),
        Example("no value, no answer", "undecided(empty)", {"at_most": 100}, "age\n-\n-", params=_AGE),
    )

    column: str = Field(description="the column that is looked at")

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        return {"extremes": extreme(frame, self.column)}

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        found = extremes(got)
        why = unusable(found, self.column)
        if why is not None:
            return why
        assert found.high is not None, "a column with a value has a largest one"
        return exactly(Fraction(found.high), found.rows, detail=left_out(found))
