"""`data.freshness`"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from policykit.checks._days import age
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.frame import Frame
from policykit.terms.measure import Fact, Measure
from policykit.terms.policy import Source
from policykit.terms.quantity import Unit


class Freshness(Check):
    """How old the data set is: days from the day it was collected to the day of judging.

    Read from `collected` of the data set in the manifest, as the last day of collecting. Days are UTC days.

    ## Why it matters

    People change, prices change, forms change. A model that was right about the people of two years ago is a guess about
    those of today.

    ## What it does not see

    Whether the stated day is true, and how old the oldest row is. A day in the future is not fresh but wrong:
    `undecided(undefined)`.
    """

    question: ClassVar = "are the rows recent?"
    unit: ClassVar = Unit.DURATION
    better: ClassVar = "lower"
    weakest: ClassVar = Source.DECLARED
    examples: ClassVar = (
        Example("collected three weeks ago", "pass", {"at_most": "90 days"}, "age\n40", collected="2026-11-01"),
        Example("collected last year", "fail", {"at_most": "90 days"}, "age\n40", collected="2025-11-01"),
        Example("nobody says when it was collected", "undecided(missing)", {"at_most": "90 days"}, "age\n40"),
        Example(
            "collected tomorrow", "undecided(undefined)", {"at_most": "90 days"}, "age\n40", collected="2026-11-23"
        ),
    )

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        return {"collected": Fact(("datasets", frame.dataset, "collected"))}

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        return age(got["collected"], frame.as_of, f"the day `{frame.dataset}` was collected", "collected")
