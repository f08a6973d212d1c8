"""`data.duplicate_rows`"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar

from pydantic import Field

from policykit.checks.data._columns import columns_fact, found_columns
from policykit.checks.data._key import combinations, named, repeats
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.estimate import exactly
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit
from policykit.terms.verdict import Cause, Unmeasured


class DuplicateRows(Check):
    """Share of rows that repeat another row, each repeated row being allowed once.

    Rows minus different rows, over rows: two equal rows among 100 are 1 %. Over `columns`, or over all columns of the data
    set where none are named. Missing equals missing.

    ## Why it matters

    Copies come from a join or an export that went wrong. They make a test set look larger than it is, and a copy that sits
    in training and test data is remembered rather than predicted.

    ## What it does not see

    Copies that differ in a running number or a time stamp: name the `columns` that make a row the same row. Copies across
    data sets. Rows that are nearly the same. Exact, but its memory grows with the number of different rows.
    """

    question: ClassVar = "are rows copied?"
    unit: ClassVar = Unit.SHARE
    better: ClassVar = "lower"
    examples: ClassVar = (
        Example("no row twice", "pass", {"at_most": "0 %"}, "age sex\n40 F\n41 F\n40 M"),
        Example("one copy in four rows", "fail", {"at_most": "10 %"}, "age sex\n40 F\n41 F\n40 M\n40 F"),
        Example(
            "a running number hides a copy, unless the columns are named",
            "fail",
            {"at_most": "0 %"},
            "id age\n1 40\n2 40",
            params={"columns": ["age"]},
        ),
        Example("two missing values are the same", "fail", {"at_most": "0 %"}, "age sex\n- F\n- F"),
        Example("no rows, no answer", "undecided(empty)", {"at_most": "0 %"}, "age sex"),
    )

    columns: tuple[str, ...] = Field(default=(), description="what makes a row the same row; default: all columns")

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        if self.columns:
            return {"rows": combinations(frame, self.columns, frame.where)}
        first: Mapping[str, Measure] = {"columns": columns_fact(frame.dataset)}
        names = [name for name, _ in found_columns(got["columns"])] if "columns" in got else []
        return {**first, "rows": combinations(frame, names, frame.where)} if names else first

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        if "rows" not in got:
            return Unmeasured(Cause.EMPTY, "there are no columns")
        rows = repeats(got, "rows")
        if rows.rows == 0:
            return Unmeasured(Cause.EMPTY, "there are no rows")
        copies = rows.rows - rows.distinct
        over = f" in {named(self.columns)}" if self.columns else ""
        return exactly(
            Fraction(copies, rows.rows), rows.rows, detail=f"{copies} of {rows.rows} rows repeat an earlier one{over}"
        )
