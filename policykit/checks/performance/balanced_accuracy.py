"""Accuracy as if every class were as frequent as the others."""

from __future__ import annotations

from policykit.checks.performance import _classes
from policykit.stats import power
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit

_TASK = {"kind": "binary-classification", "target": "y", "prediction": "p", "positive": 1}


class BalancedAccuracy(Check):
    """How often is the model right, if every class counted the same: the mean, over the classes, of the share found.

    With two classes the mean of recall and specificity, with many the mean recall of the classes that occur as labels. The
    interval joins Wilson's intervals of the classes, which are independent, by MOVER (Zou and Donner 2008); where a class
    has fewer than 100 rows, Clopper and Pearson's, and at least the exact one of all classes together. `min_rows_per_group`
    is asked of the smallest class. Against a champion it is a bootstrap of the joint table. The same number as
    scikit-learn's `balanced_accuracy_score`.

    ## Why it matters

    Where one class is rare, plain accuracy rewards ignoring it. Here, guessing always the same class earns one half (of two
    classes), however rare the other is.

    ## What it does not see

    How often each class will be met: a model may be better balanced and still be wrong more often every day.
    """

    question = "how often is the model right, if every class counted the same?"
    unit = Unit.SHARE
    better = "higher"
    about = "population"
    asks_for = ("label", "prediction")
    tasks = ("binary-classification", "multiclass-classification")
    has_champion = True
    examples = (
        Example(
            title="90 of 100 rare and 950 of 1,000 common rows right",
            expect="pass",
            task=_TASK,
            rule={"at_least": "85 %"},
            rows="""
            y p x
            1 1 90
            1 0 10
            0 0 950
            0 1 50
            """,
        ),
        Example(
            title="always the common class: 95 % accurate, 50 % balanced",
            expect="fail",
            task=_TASK,
            rule={"at_least": "80 %"},
            rows="""
            y p x
            1 0 50
            0 0 950
            """,
        ),
        Example(
            title="27 of 30 rare rows right is not shown to be enough",
            expect="undecided(straddles)",
            task=_TASK,
            rule={"at_least": "85 %"},
            rows="""
            y p x
            1 1 24
            1 0 6
            0 0 950
            0 1 50
            """,
        ),
        Example(
            title="where only one class occurs there is nothing to balance",
            expect="undecided(undefined)",
            task=_TASK,
            rule={"at_least": "80 %"},
            rows="""
            y p x
            0 1 10
            0 0 90
            """,
        ),
    )

    def measures(self, frame: Frame, got: Got) -> dict[str, Measure]:
        """Ask for label × prediction."""
        return _classes.measures(frame)

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the metric with its interval."""
        return _classes.estimate("balanced", "macro", frame, got, level)

    def contrast(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the candidate's metric minus the champion's, paired on the same rows, with its interval."""
        return _classes.contrast("balanced", "macro", frame, got, level)

    def smallest_distance(self, rows: int, limit: float, groups: int) -> float | None:
        """Return the smallest distance from `limit` that these rows settle, if the classes are equally frequent."""
        return power.share(rows / max(1, groups), limit)
