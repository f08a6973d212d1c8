"""How many of the positive cases are found."""

from __future__ import annotations

from pydantic import Field

from policykit.checks.performance import _classes
from policykit.stats import power
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit

_TASK = {"kind": "binary-classification", "target": "y", "prediction": "p", "positive": 1}


class Recall(Check):
    """How many of the cases that matter does the model find: the share of positive rows that are predicted positive.

    With two classes, the interval is Wilson's over the positive rows; against a champion, on the same rows, Newcombe's for
    paired shares. With many, `average` says how the classes are joined: `macro` (each class counts the same; intervals
    joined by MOVER, exact ones where a class has fewer than 100 rows), `weighted` and `micro` (which are both accuracy).
    Averages run over the classes that occur as labels.

    ## Why it matters

    Whoever is missed gets no treatment, no warning, no second look; nobody notices, because nothing happened.

    ## What it does not see

    The price of finding them: a model that always says yes finds everyone. Ask for `performance.precision` beside it.
    """

    question = "how many of the cases that matter does the model find?"
    unit = Unit.SHARE
    better = "higher"
    about = "population"
    asks_for = ("label", "prediction")
    tasks = ("binary-classification", "multiclass-classification")
    has_champion = True
    examples = (
        Example(
            title="180 of 190 found is shown to be at least 85 %",
            expect="pass",
            task=_TASK,
            rule={"at_least": "85 %"},
            rows="""
            y p x
            1 1 180
            1 0 10
            0 1 20
            0 0 190
            """,
        ),
        Example(
            title="half of 100 missed",
            expect="fail",
            task=_TASK,
            rule={"at_least": "80 %"},
            rows="""
            y p x
            1 1 50
            1 0 50
            0 0 200
            """,
        ),
        Example(
            title="33 of 40 found is above 80 %, and not shown to be",
            expect="undecided(straddles)",
            task=_TASK,
            rule={"at_least": "80 %"},
            rows="""
            y p x
            1 1 33
            1 0 7
            0 0 200
            """,
        ),
        Example(
            title="where no row is positive there is nothing to find",
            expect="undecided(undefined)",
            task=_TASK,
            rule={"at_least": "80 %"},
            rows="""
            y p x
            0 1 50
            0 0 50
            """,
        ),
    )

    average: _classes.Average = Field(default="macro", description="how the classes are averaged, where there are many")

    def measures(self, frame: Frame, got: Got) -> dict[str, Measure]:
        """Ask for label × prediction."""
        return _classes.measures(frame)

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the metric with its interval."""
        return _classes.estimate("recall", self.average, frame, got, level)

    def contrast(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the candidate's metric minus the champion's, paired on the same rows, with its interval."""
        return _classes.contrast("recall", self.average, frame, got, level)

    def smallest_distance(self, rows: int, limit: float, groups: int) -> float | None:
        """Return the smallest distance from `limit` that these rows settle, if half of them are positive."""
        return power.share(rows / 2 / max(1, groups), limit)
