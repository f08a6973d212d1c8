"""`data.schema`"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from policykit.checks.data._columns import columns_fact, found_columns
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.estimate import exactly
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit
from policykit.terms.verdict import Cause, Unmeasured

Kind = Literal["text", "integer", "decimal", "number", "boolean", "date", "datetime", "any"]
_PEOPLE = {"columns": {"id": "integer", "income": "number"}}


class Schema(Check):
    """How many columns differ from what was agreed: missing, of another type, out of order, or not agreed at all.

    Types are text, integer, decimal, number (integer or decimal), boolean, date, datetime and any. A column without a
    single value has no type of its own and takes the agreed one. With `order: true` the agreed columns must come in the
    order they are written in (one deviation where they do not); with `extras: refused` each other column is one. A column
    that stands there twice is one deviation.

    ## Why it matters

    A feed that drops a column, or turns a number into text, breaks a model silently: the library fills the gap or drops the
    feature, and carries on.

    ## What it does not see

    What stands in the columns: a code list that changed, a unit that went from euros to cents. Whether numbers have room
    for larger ones.
    """

    question: ClassVar = "does the table look as agreed?"
    unit: ClassVar = Unit.COUNT
    better: ClassVar = "lower"
    examples: ClassVar = (
        Example("as agreed, with a column more", "pass", {"at_most": 0}, "id income sex\n1 10.5 F", params=_PEOPLE),
        Example("a number that became text", "fail", {"at_most": 0}, "id income\n1 10.5EUR", params=_PEOPLE),
        Example("a column is gone", "fail", {"at_most": 0}, "id\n1", params=_PEOPLE),
        Example(
            "a column that nobody agreed to",
            "fail",
            {"at_most": 0},
            "id income sex\n1 10.5 F",
            params={**_PEOPLE, "extras": "refused"},
        ),
        Example(
            "a data set that is not there",
            "undecided(missing)",
            {"at_most": 0, "data": "train"},
            "id income\n1 10.5",
            params=_PEOPLE,
        ),
    )

    agreed: Mapping[str, Kind] = Field(alias="columns", min_length=1, description="each agreed column and its type")
    order: bool = Field(default=False, description="whether the columns must come in this order")
    extras: Literal["allowed", "refused"] = Field(default="allowed", description="whether there may be other columns")

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        return {"columns": columns_fact(frame.dataset)}

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        found = found_columns(got["columns"])
        if not found:
            return Unmeasured(Cause.EMPTY, "there are no columns")
        deviations = tuple(self._deviations(found))
        return exactly(len(deviations), len(found), detail="; ".join(deviations))

    def _deviations(self, found: Sequence[tuple[str, str]]) -> Iterator[str]:
        times = Counter(name for name, _ in found)
        kinds = dict(found)
        for name, wanted in self.agreed.items():
            if name not in kinds:
                yield f"`{name}` is missing"
            elif not _fits(kinds[name], wanted):
                yield f"`{name}` is {kinds[name]}, not {wanted}"
        for name, count in times.items():
            if count > 1:
                yield f"`{name}` stands there {count} times"
        in_order = [name for name in dict.fromkeys(name for name, _ in found) if name in self.agreed]
        if self.order and in_order != [name for name in self.agreed if name in kinds]:
            yield "the columns come in another order"
        if self.extras == "refused":
            for name in times:
                if name not in self.agreed:
                    yield f"`{name}` was not agreed"


def _fits(kind: str, wanted: Kind) -> bool:
    match wanted:
        case "any":
            return True
        case "number":
            return kind in ("integer", "decimal", "null")
        case _:
            return kind in (wanted, "null")
