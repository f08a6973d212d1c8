"""`data.uniqueness`"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar

from pydantic import Field, model_validator

from policykit.checks.data._key import combinations, named, repeats
from policykit.checks.data._share import counted, present
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.estimate import exactly
from policykit.terms.expr import both
from policykit.terms.frame import Frame
from policykit.terms.measure import Count, Measure
from policykit.terms.quantity import Unit
from policykit.terms.verdict import Cause, Unmeasured


class Uniqueness(Check):
    """Share of rows whose value, or combination of values, occurs in no other row.

    Deequ calls this uniqueness: values that occur exactly once, over rows. Two rows that share a key are both counted
    against it, so one repeated key among 100 rows gives 98 %. (`data.duplicate_rows` counts only the repeats: 1 %.)
    `columns: [a, b]` are one key together. A missing part of a key is a value like any other, equal to itself; with
    `missing: exclude` rows with a missing part are left out, with `pass` and `fail` they count as unique and as not unique.

    ## Why it matters

    A person who stands in the rows twice is weighed twice and makes every interval look narrower than it is. A join that
    went wrong shows here first.

    ## What it does not see

    Two spellings of one key (`A-17`, `a17`). One person under two keys. Rows that agree in everything but the key
    (`data.duplicate_rows` with `columns`).
    """

    question: ClassVar = "does each key stand in one row only?"
    unit: ClassVar = Unit.SHARE
    better: ClassVar = "higher"
    examples: ClassVar = (
        Example("three keys, three rows", "pass", {"at_least": "100 %"}, "id\n1\n2\n3", params={"column": "id"}),
        Example(
            "both rows of a repeated key count", "fail", {"at_least": "50 %"}, "id\n1\n1\n2", params={"column": "id"}
        ),
        Example(
            "two columns are one key together",
            "pass",
            {"at_least": "100 %"},
            "person year\n1 2025\n1 2026\n2 2025",
            params={"columns": ["person", "year"]},
        ),
        Example(
            "two missing keys are the same key", "fail", {"at_least": "100 %"}, "id\n1\n-\n-", params={"column": "id"}
        ),
        Example(
            "a key that is not there is not shown",
            "undecided(missing)",
            {"at_least": "100 %"},
            "age\n40",
            params={"column": "id"},
        ),
    )

    column: str | None = Field(default=None, description="the key, where it is one column")
    columns: tuple[str, ...] = Field(default=(), description="the key, where it is several columns together")

    @model_validator(mode="after")
    def _one_key(self) -> Uniqueness:
        if (self.column is None) == (not self.columns):
            raise ValueError("write either `column` or `columns`")
        return self

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        where = frame.where if frame.missing is None else both(frame.where, present(*self._key))
        return {"rows": Count(frame.dataset, frame.where), "keys": combinations(frame, self._key, where)}

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        rows, keys = counted(got, "rows"), repeats(got, "keys")
        if rows == 0:
            return Unmeasured(Cause.EMPTY, "there are no rows")
        if keys.rows == 0:
            return Unmeasured(Cause.EMPTY, f"no key {named(self._key)} is whole in any row")
        once = sum(count for k, count in keys.times if k == 1)
        detail = f"{keys.rows - once} of {keys.rows} rows share {named(self._key)} with another"
        match frame.missing:
            case "pass":
                return exactly(Fraction(once + rows - keys.rows, rows), rows, detail=detail)
            case "fail":
                return exactly(Fraction(once, rows), rows, detail=detail)
            case "exclude" | None:
                return exactly(Fraction(once, keys.rows), keys.rows, detail=detail)

    @property
    def _key(self) -> tuple[str, ...]:
        return (self.column,) if self.column is not None else self.columns
