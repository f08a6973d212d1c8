"""`privacy.k_anonymity`"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.estimate import exactly
from policykit.terms.expr import Col
from policykit.terms.frame import Frame
from policykit.terms.measure import Distinct, Measure
from policykit.terms.quantity import Unit
from policykit.terms.state import Repeats
from policykit.terms.verdict import Cause, Unmeasured

_WHO = {"columns": ["age", "sex"]}
_PAIRS = "age sex x\n40 F 5\n40 M 5\n50 F 5"


class KAnonymity(Check):
    """How many rows share the rarest combination of the named columns: the smallest crowd anybody hides in.

    Missing is a value like any other: somebody whose age is missing stands out as much as somebody of 97. (Samarati and Sweeney
    1998.) The columns are those by which a stranger could know somebody, and have to be named: nobody can guess them.

    ## Why it matters

    Age, sex and postcode single out most people. A combination that one row has is that person, name or no name.

    ## What it does not see

    Columns that were not named. Groups whose members all share the secret (everybody of 40 has the illness). What can be
    learnt by joining with other data. It is no substitute for noise where numbers are published.
    """

    question: ClassVar = "can one person be singled out?"
    unit: ClassVar = Unit.COUNT
    better: ClassVar = "higher"
    examples: ClassVar = (
        Example("everybody has four others like them", "pass", {"at_least": 5}, _PAIRS, params=_WHO),
        Example("one man of 97 stands alone", "fail", {"at_least": 5}, f"{_PAIRS}\n97 M 1", params=_WHO),
        Example("a missing age stands out too", "fail", {"at_least": 5}, f"{_PAIRS}\n- M 2", params=_WHO),
        Example(
            "a column that is not there is not shown",
            "undecided(missing)",
            {"at_least": 5},
            _PAIRS,
            params={"columns": ["age", "postcode"]},
        ),
        Example("no rows, no answer", "undecided(empty)", {"at_least": 5}, "age sex", params=_WHO),
    )

    columns: tuple[str, ...] = Field(min_length=1, description="what a stranger could know somebody by")

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        key = tuple(Col(name) for name in sorted(set(self.columns)))
        return {"crowds": Distinct(frame.dataset, key, frame.where)}

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        crowds = got["crowds"]
        assert isinstance(crowds, Repeats), "crowds are counted combinations"
        if crowds.rows == 0:
            return Unmeasured(Cause.EMPTY, "there are no rows")
        smallest, times = min((k, count) for k, count in crowds.times if count)
        rows = "1 row" if smallest == 1 else f"{smallest} rows"
        combinations = "1 combination" if times == 1 else f"{times} combinations"
        return exactly(smallest, crowds.rows, detail=f"{combinations} of {crowds.distinct}, in {rows} only")
