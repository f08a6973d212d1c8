"""How often an alarm is right."""

from __future__ import annotations

from pydantic import Field

from policykit.checks.performance import _classes
from policykit.stats import power
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit

_TASK = {"kind": "binary-classification", "target": "y", "prediction": "p", "positive": 1}


class Precision(Check):
    """How often is the model right when it says yes: the share of rows predicted positive whose label is positive.

    With two classes, the interval is Wilson's over the rows predicted positive. With many, `average` says how the classes
    are joined: `macro` (each class counts the same; intervals joined by MOVER, exact ones below 100 rows), `weighted` (by
    how often a class is the label; the wider of MOVER and a bootstrap of the table), `micro` (which is accuracy). A class
    that is never predicted has no precision, and leaves the question undecided where scikit-learn answers 0. Against a
    champion: bootstrap of the joint table of both predictions.

    ## Why it matters

    Each false alarm is somebody's work, or somebody's refusal. Precision is what the people who act on the model feel.

    ## What it does not see

    Whom the model misses: one sure alarm in a year is perfect precision. Ask for `performance.recall` beside it. It falls
    when the positive class becomes rarer, though the model is the same.
    """

    question = "how often is an alarm of the model right?"
    unit = Unit.SHARE
    better = "higher"
    about = "population"
    asks_for = ("label", "prediction")
    tasks = ("binary-classification", "multiclass-classification")
    has_champion = True
    examples = (
        Example(
            title="170 of 180 alarms right is shown to be at least 85 %",
            expect="pass",
            task=_TASK,
            rule={"at_least": "85 %"},
            rows="""
            y p x
            1 1 170
            0 1 10
            0 0 200
            1 0 20
            """,
        ),
        Example(
            title="half of 100 alarms false",
            expect="fail",
            task=_TASK,
            rule={"at_least": "80 %"},
            rows="""
            y p x
            1 1 50
            0 1 50
            0 0 200
            """,
        ),
        Example(
            title="33 of 40 alarms right is above 80 %, and not shown to be",
            expect="undecided(straddles)",
            task=_TASK,
            rule={"at_least": "80 %"},
            rows="""
            y p x
            1 1 33
            0 1 7
            0 0 200
            """,
        ),
        Example(
            title="a model that never says yes has no precision",
            expect="undecided(undefined)",
            task=_TASK,
            rule={"at_least": "80 %"},
            rows="""
            y p x
            1 0 50
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
        return _classes.estimate("precision", self.average, frame, got, level)

    def contrast(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the candidate's metric minus the champion's, paired on the same rows, with its interval."""
        return _classes.contrast("precision", self.average, frame, got, level)

    def smallest_distance(self, rows: int, limit: float, groups: int) -> float | None:
        """Return the smallest distance from `limit` that these rows settle, if half of them are positive."""
        return power.share(rows / 2 / max(1, groups), limit)
