"""`governance.review_due`"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from policykit.checks._days import age
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.frame import Frame
from policykit.terms.measure import Fact, Measure
from policykit.terms.policy import Source
from policykit.terms.quantity import Unit
from policykit.terms.state import Stated
from policykit.terms.verdict import Cause, Unmeasured


class ReviewDue(Check):
    """How long ago the model was last reviewed, in days.

    Read from `facts.review.last` of the bundle. With `minutes: true` the bundle must also say, under `facts.review.minutes`,
    where the review is written down; a date alone is then not enough. Days are UTC days.

    ## Why it matters

    A model is reviewed once, when it is new and everybody is looking. What it decides about drifts afterwards.

    ## What it does not see

    Whether anybody really looked: the bundle declares it. A day in the future is not a review: `undecided(undefined)`.
    """

    question: ClassVar = "was the model reviewed lately?"
    unit: ClassVar = Unit.DURATION
    better: ClassVar = "lower"
    weakest: ClassVar = Source.DECLARED
    data: ClassVar = ""
    examples: ClassVar = (
        Example("reviewed in October", "pass", {"at_most": "365 days"}, facts={"review": {"last": "2026-10-14"}}),
        Example("reviewed two years ago", "fail", {"at_most": "365 days"}, facts={"review": {"last": "2024-10-14"}}),
        Example("never reviewed, as far as is known", "undecided(missing)", {"at_most": "365 days"}),
        Example(
            "to be reviewed", "undecided(undefined)", {"at_most": "365 days"}, facts={"review": {"last": "2026-12-01"}}
        ),
        Example(
            "a date without minutes, where minutes are asked for",
            "undecided(missing)",
            {"at_most": "365 days"},
            params={"minutes": True},
            facts={"review": {"last": "2026-10-14"}},
        ),
    )

    minutes: bool = Field(default=False, description="whether the bundle must say where the review is written down")

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        last: dict[str, Measure] = {"last": Fact(("facts", "review", "last"))}
        return {**last, "minutes": Fact(("facts", "review", "minutes"))} if self.minutes else last

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        if self.minutes:
            state = got["minutes"]
            stated = state.value if isinstance(state, Stated) else None
            if not isinstance(stated, str) or not stated.strip():
                return Unmeasured(Cause.MISSING, "`facts.review.minutes` does not say where the review is written down")
        return age(got["last"], frame.as_of, "the day of the last review", "reviewed")
