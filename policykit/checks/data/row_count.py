"""`data.row_count`"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.estimate import exactly
from policykit.terms.frame import Frame
from policykit.terms.measure import Count, Measure
from policykit.terms.quantity import Unit
from policykit.terms.state import Counted
from policykit.terms.verdict import Cause, Unmeasured


class RowCount(Check):
    """How many rows the data set has, or how many of them a `where` keeps.

    ## Why it matters

    Every other number is only as good as the number of rows behind it. A test set that shrank overnight makes each interval
    wider and each gap easier to miss.

    A `where` may keep no row at all, and the answer is then 0 (so "no test accounts: `equals: 0`" can be asked). A data set
    that has no row to begin with answers nothing: `undecided(empty)`.

    ## What it does not see

    Whether the rows are different from one another (`data.duplicate_rows`), filled in (`data.completeness`), or drawn from
    the people the model will meet.
    """

    question: ClassVar = "are there enough rows?"
    unit: ClassVar = Unit.COUNT
    better: ClassVar = "neither"
    examples: ClassVar = (
        Example("four rows are at least three", "pass", {"at_least": "3 rows"}, "age x\n40 4"),
        Example("three rows are not a hundred", "fail", {"at_least": "100 rows"}, "age x\n40 3"),
        Example(
            "no row is a test account, in a table that has rows",
            "pass",
            {"equals": 0, "where": {"column": "account", "equals": "test"}},
            "account x\nreal 3",
        ),
        Example("a table without rows answers nothing", "undecided(empty)", {"at_most": "100 rows"}, "age"),
    )

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        return {"kept": Count(frame.dataset, frame.where), "rows": Count(frame.dataset)}

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        match got["kept"], got["rows"]:
            case Counted(kept), Counted(rows) if rows > 0:
                return exactly(kept, rows)
            case _:
                return Unmeasured(Cause.EMPTY, "there are no rows")
