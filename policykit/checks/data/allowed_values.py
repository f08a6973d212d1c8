"""`data.allowed_values`"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field, FiniteFloat, StrictBool, StrictInt, field_validator

from policykit.checks.data._share import share, share_measures
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.expr import Col, IsIn, Lit
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit

_SEXES = {"column": "sex", "values": ["F", "M"]}


class AllowedValues(Check):
    """Share of values that are on a list.

    Capital letters and blanks count: `f` is not `F`. The values are of one kind (texts, numbers, or true and false), which
    is the kind of the column. Missing values are left out, unless the rule says `missing: pass` or `missing: fail`. With
    `columns: [a, b]` there is one finding for each column.

    ## Why it matters

    A group that is spelt in two ways is two groups, and each looks too small to matter. A category that the model has never
    seen is guessed at.

    ## What it does not see

    Whether each allowed value occurs, and how often. Whether a row's value is the right one.
    """

    question: ClassVar = "are only agreed values used?"
    unit: ClassVar = Unit.SHARE
    better: ClassVar = "higher"
    each_column: ClassVar = True
    examples: ClassVar = (
        Example("only agreed codes", "pass", {"at_least": "100 %"}, "sex x\nF 5\nM 5", params=_SEXES),
        Example(
            "a second spelling is not on the list", "fail", {"at_least": "95 %"}, "sex x\nF 5\nM 4\nf 1", params=_SEXES
        ),
        Example(
            "numbers are compared as numbers",
            "pass",
            {"at_least": "100 %"},
            "y\n0\n1",
            params={"column": "y", "values": [0, 1]},
        ),
        Example(
            "a column without a value answers nothing",
            "undecided(empty)",
            {"at_least": "90 %"},
            "sex\n-\n-",
            params=_SEXES,
        ),
    )

    column: str = Field(description="the column that is looked at")
    values: tuple[StrictBool | StrictInt | FiniteFloat | str, ...] = Field(
        min_length=1, description="the values on the list"
    )

    @field_validator("values")
    @classmethod
    def _of_one_kind(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        if len({_kind(value) for value in values}) > 1:
            raise ValueError("the values are not all of one kind: texts, numbers, or true and false")
        if any(isinstance(value, float) for value in values):
            return tuple(dict.fromkeys(float(value) for value in values))
        return tuple(dict.fromkeys(values))

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        listed = IsIn(Col(self.column), tuple(Lit(value) for value in sorted(self.values)))
        return share_measures(frame, self.column, listed)

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        return share(frame, self.column, got, "not on the list")


def _kind(value: Any) -> str:
    return "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
