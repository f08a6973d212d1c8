"""`data.in_range`"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, FiniteFloat, model_validator

from policykit.checks.data._share import share, share_measures
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.expr import Abs, Col, Compare, Comparison, Lit, both
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit

_LARGEST = 1.7976931348623157e308
_AGES = {"column": "age", "minimum": 18, "maximum": 100}


class InRange(Check):
    """Share of values that lie between a minimum and a maximum, both of which belong to the range.

    With `exclusive: true` the ends do not belong to it. One end may be left open; an infinite value is then still outside.
    Missing values are left out, unless the rule says `missing: pass` or `missing: fail`; a NaN is missing. With
    `columns: [a, b]` there is one finding for each column.

    ## Why it matters

    An age of 999 is a code for "unknown" that somebody forgot, an income below zero a sign that got lost. A model turns such
    values into confident nonsense.

    ## What it does not see

    Values that are possible and wrong. The distribution inside the range: a column that is 18 in every row passes.
    """

    question: ClassVar = "do the values lie where they can?"
    unit: ClassVar = Unit.SHARE
    better: ClassVar = "higher"
    each_column: ClassVar = True
    examples: ClassVar = (
        Example("both ends belong to the range", "pass", {"at_least": "100 %"}, "age\n18\n100", params=_AGES),
        Example("999 is outside", "fail", {"at_least": "99 %"}, "age x\n40 9\n999 1", params=_AGES),
        Example("a missing age is neither in nor out", "pass", {"at_least": "100 %"}, "age x\n40 9\n- 1", params=_AGES),
        Example(
            "a missing age is outside, where the rule says so",
            "fail",
            {"at_least": "100 %", "evidence": {"missing": "fail"}},
            "age x\n40 9\n- 1",
            params=_AGES,
        ),
        Example(
            "a NaN satisfies no lower bound",
            "undecided(empty)",
            {"at_least": "90 %"},
            "income x\nnan 3",
            params={"column": "income", "minimum": 0},
        ),
    )

    column: str = Field(description="the column that is looked at")
    minimum: int | FiniteFloat | None = Field(default=None, description="the smallest value in the range")
    maximum: int | FiniteFloat | None = Field(default=None, description="the largest value in the range")
    exclusive: bool = Field(default=False, description="whether minimum and maximum themselves are outside")

    @model_validator(mode="after")
    def _ends(self) -> InRange:
        if self.minimum is None and self.maximum is None:
            raise ValueError("write a `minimum`, a `maximum`, or both")
        if self.minimum is None or self.maximum is None:
            return self
        if self.minimum > self.maximum or (self.exclusive and self.minimum == self.maximum):
            raise ValueError(f"no value lies between {self.minimum} and {self.maximum}")
        return self

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        value = Col(self.column)
        over: Comparison = ">" if self.exclusive else ">="
        under: Comparison = "<" if self.exclusive else "<="
        above = None if self.minimum is None else Compare(over, value, Lit(self.minimum))
        below = None if self.maximum is None else Compare(under, value, Lit(self.maximum))
        open_ended = above is None or below is None
        finite = Compare("<=", Abs(value), Lit(_LARGEST)) if open_ended else None
        inside = both(both(above, below), finite)
        assert inside is not None, "one end at least is given"
        return share_measures(frame, self.column, inside)

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        return share(frame, self.column, got, "outside the range")
