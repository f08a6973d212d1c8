"""`data.completeness`"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar

from pydantic import Field

from policykit.checks.data._share import counted, present
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.estimate import exactly
from policykit.terms.expr import both
from policykit.terms.frame import Frame
from policykit.terms.measure import Count, Measure
from policykit.terms.quantity import Unit
from policykit.terms.verdict import Cause, Unmeasured


class Completeness(Check):
    """Share of rows in which a column is filled in.

    A value is missing where it is NULL, NaN, or one of the texts that the data set lists as missing. All rows count, so
    `missing:` of a rule changes nothing here. With `columns: [a, b]` there is one finding for each column.

    ## Why it matters

    A metric computed over the rows that happen to have a value is a metric of other people: those who answered. A column
    that empties overnight is the commonest fault of a feed, and most metrics do not notice it.

    ## What it does not see

    A value made up to fill the gap (0, -1, `unknown`, 1900-01-01), unless the data set lists it under `missing_values`.
    Whether some groups are filled in worse than others: ask with `for_each`.
    """

    question: ClassVar = "is this column filled in?"
    unit: ClassVar = Unit.SHARE
    better: ClassVar = "higher"
    each_column: ClassVar = True
    examples: ClassVar = (
        Example(
            "one gap in a hundred rows is 99 %",
            "pass",
            {"at_least": "99 %"},
            "income x\n1000 99\n- 1",
            params={"column": "income"},
        ),
        Example(
            "a NaN is a gap, on every engine",
            "fail",
            {"at_least": "99 %"},
            "income x\n1000.5 98\nnan 2",
            params={"column": "income"},
        ),
        Example(
            "a column that is not there is not shown",
            "undecided(missing)",
            {"at_least": "99 %"},
            "age x\n40 100",
            params={"column": "income"},
        ),
        Example("no rows, no answer", "undecided(empty)", {"at_least": "99 %"}, "income", params={"column": "income"}),
    )

    column: str = Field(description="the column that is looked at")

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        return {
            "rows": Count(frame.dataset, frame.where),
            "present": Count(frame.dataset, both(frame.where, present(self.column))),
        }

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        rows, filled = counted(got, "rows"), counted(got, "present")
        if rows == 0:
            return Unmeasured(Cause.EMPTY, "there are no rows")
        return exactly(Fraction(filled, rows), rows, detail=f"{rows - filled} of {rows} rows have no `{self.column}`")
