"""Precision and recall in one number."""

from __future__ import annotations

from pydantic import Field

from policykit.checks.performance import _classes
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit

_TASK = {"kind": "binary-classification", "target": "y", "prediction": "p", "positive": 1}
_MANY = {"kind": "multiclass-classification", "target": "y", "prediction": "p"}


class F1(Check):
    """How good are alarms and finds together: the harmonic mean of precision and recall, between 0 and 1.

    F1 is a function of one share, J = true positives / (labelled or predicted positive): F1 = 2J/(1 + J). So with two classes
    its interval is Wilson's for J, carried over; it holds where the model is perfect and rows are few, which a bootstrap does
    not. With many classes, `average` says how they are joined: `macro`, `weighted` (the wider of MOVER and a bootstrap
    of the table, seeded by the table itself) or `micro` (which is accuracy). Against a champion: bootstrap of the joint table.

    ## Why it matters

    Where the positive class is rare, accuracy flatters. F1 is small whenever either precision or recall is.

    ## What it does not see

    Rows that are rightly left alone. It holds a false alarm and a miss for equally bad, which they rarely are: two limits,
    on precision and on recall, say more.
    """

    question = "are alarms right and cases found, both at once?"
    unit = Unit.NUMBER
    bounds = (0, 1)
    better = "higher"
    about = "population"
    asks_for = ("label", "prediction")
    tasks = ("binary-classification", "multiclass-classification")
    has_champion = True
    examples = (
        Example(
            title="180 right, 10 missed, 10 false alarms",
            expect="pass",
            task=_TASK,
            rule={"at_least": 0.9},
            rows="""
            y p x
            1 1 180
            1 0 10
            0 1 10
            0 0 200
            """,
        ),
        Example(
            title="as many misses and false alarms as finds",
            expect="fail",
            task=_TASK,
            rule={"at_least": 0.8},
            rows="""
            y p x
            1 1 50
            1 0 50
            0 1 50
            0 0 50
            """,
        ),
        Example(
            title="0.82 on 50 rows is not shown to be at least 0.8",
            expect="undecided(straddles)",
            task=_TASK,
            rule={"at_least": 0.8},
            rows="""
            y p x
            1 1 23
            1 0 5
            0 1 5
            0 0 17
            """,
        ),
        Example(
            title="three classes, each found and named nine times of ten",
            expect="pass",
            task=_MANY,
            rule={"at_least": 0.8},
            rows="""
            y p x
            red red 90
            red green 5
            red blue 5
            green green 90
            green red 5
            green blue 5
            blue blue 90
            blue red 5
            blue green 5
            """,
        ),
    )

    average: _classes.Average = Field(default="macro", description="how the classes are averaged, where there are many")

    def measures(self, frame: Frame, got: Got) -> dict[str, Measure]:
        """Ask for label × prediction."""
        return _classes.measures(frame)

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the metric with its interval."""
        return _classes.estimate("f1", self.average, frame, got, level)

    def contrast(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the candidate's metric minus the champion's, paired on the same rows, with its interval."""
        return _classes.contrast("f1", self.average, frame, got, level)
