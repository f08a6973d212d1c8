"""`data.pattern`"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, field_validator

from policykit.checks.data._share import share, share_measures
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.expr import Col, Matches
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit

_PARTS = re.compile(
    r"\\(?P<escaped>.)|(?P<set>\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\])|(?P<look>\((?:\?<?[=!]|\?>|\?\(|\?P=))", re.DOTALL
)
_POSTCODE = {"column": "postcode", "matches": "^[0-9]{4} ?[A-Z]{2}$"}


class Pattern(Check):
    """Share of texts in which a pattern is found.

    The pattern is searched for anywhere in the text: write `^` and `$` where all of it must match. Patterns run in linear
    time on every engine, which leaves out looking ahead or behind and references to an earlier group. Missing values are left out,
    unless the rule says `missing: pass` or `missing: fail`. With `columns: [a, b]` there is one finding for each column.

    ## Why it matters

    A postcode with a digit too few, a case number in the wrong column: faults that no range and no list can catch.

    ## What it does not see

    Whether a well-formed value exists: `9999 ZZ` is a fine postcode of no place.
    """

    question: ClassVar = "are the texts written as they should be?"
    unit: ClassVar = Unit.SHARE
    better: ClassVar = "higher"
    each_column: ClassVar = True
    examples: ClassVar = (
        Example("Dutch postcodes", "pass", {"at_least": "100 %"}, "postcode\n1012AB\n9712CP", params=_POSTCODE),
        Example("a digit too few", "fail", {"at_least": "99 %"}, "postcode\n1012AB\n971CP", params=_POSTCODE),
        Example(
            "a pattern is searched for, not matched in full",
            "pass",
            {"at_least": "100 %"},
            "code\nxA1x",
            params={"column": "code", "matches": "A1"},
        ),
        Example(
            "a column without a value answers nothing",
            "undecided(empty)",
            {"at_least": "90 %"},
            "postcode\n-\n-",
            params=_POSTCODE,
        ),
    )

    column: str = Field(description="the column that is looked at")
    matches: str = Field(min_length=1, max_length=1000, description="a regular expression of the linear-time kind")

    @field_validator("matches")
    @classmethod
    def _linear(cls, pattern: str) -> str:
        for part in _PARTS.finditer(pattern):
            if part["look"] is not None or (part["escaped"] or "0") in "123456789":
                raise ValueError(f"`{part[0]}` cannot be searched for in linear time")
        return pattern

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        return share_measures(frame, self.column, Matches(Col(self.column), self.matches))

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        return share(frame, self.column, got, "do not match")
