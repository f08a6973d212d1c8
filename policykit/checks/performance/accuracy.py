"""How often the prediction is the label."""

from __future__ import annotations

from fractions import Fraction

from policykit.checks.performance import _hits
from policykit.stats import power
from policykit.stats.contrast import paired
from policykit.stats.proportion import wilson
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.estimate import Estimate
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit
from policykit.terms.verdict import Unmeasured

_TASK = {"kind": "binary-classification", "target": "y", "prediction": "p", "positive": 1}


class Accuracy(Check):
    """How often is the model right: the share of labelled rows whose prediction is the label.

    Any classification, with two classes or many. The interval is Wilson's; against a champion, on the same rows, it is
    Newcombe's for paired shares. A row with a label and no prediction leaves the question undecided unless the rule says
    `missing: exclude`, or `fail`, which counts it as wrong, or `pass`, as right; one of the champion's that is missing
    counts as right either way. A binary task with three labels, or a cut score whose positive class no row has, is
    undecided.

    ## Why it matters

    It is the number most people mean by "how good is the model", and the one a promise to users is usually made in.

    ## What it does not see

    Where one class is rare, a model that never predicts it is right nearly always: ask for `performance.balanced_accuracy`
    or `performance.recall` too. It weighs every mistake the same, and says nothing about who they fall on.
    """

    question = "how often is the model right?"
    unit = Unit.SHARE
    better = "higher"
    about = "population"
    asks_for = ("label", "prediction")
    tasks = ("binary-classification", "multiclass-classification")
    has_champion = True
    examples = (
        Example(
            title="93 of 100 right is shown to be at least 85 %",
            expect="pass",
            task=_TASK,
            rule={"at_least": "85 %"},
            rows="""
            y p x
            1 1 45
            0 0 48
            1 0 4
            0 1 3
            """,
        ),
        Example(
            title="six of ten right is too few, and ninety rows show it",
            expect="fail",
            task=_TASK,
            rule={"at_least": "80 %"},
            rows="""
            y p x
            1 1 27
            0 0 27
            1 0 18
            0 1 18
            """,
        ),
        Example(
            title="82 of 100 right is above 80 %, and not shown to be",
            expect="undecided(straddles)",
            task=_TASK,
            rule={"at_least": "80 %"},
            rows="""
            y p x
            1 1 41
            0 0 41
            1 0 9
            0 1 9
            """,
        ),
        Example(
            title="a row without a prediction is never quietly left out",
            expect="undecided(missing)",
            task=_TASK,
            rule={"at_least": "80 %"},
            rows="""
            y p x
            1 1 50
            0 0 49
            1 - 1
            """,
        ),
    )

    def measures(self, frame: Frame, got: Got) -> dict[str, Measure]:
        """Ask for how many labelled rows are right, wrong, and without a prediction."""
        return _hits.measures(frame)

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the share of right predictions with Wilson's interval."""
        found = _hits.hits(frame, got)
        if isinstance(found, Unmeasured):
            return found
        share = Fraction(found.right, found.rows)
        low, high = wilson(found.right, found.rows, level)
        return Estimate(float(share), low, high, found.rows, "wilson", share, detail=found.note)

    def contrast(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the candidate's accuracy minus the champion's with Newcombe's paired interval."""
        found = _hits.compared(frame, got)
        if isinstance(found, Unmeasured):
            return found
        value = Fraction(found.alone - found.champion_alone, found.rows)
        _, low, high = paired(found.both, found.alone, found.champion_alone, found.neither, level)
        return Estimate(float(value), low, high, found.rows, "newcombe paired", value, detail=found.note)

    def smallest_distance(self, rows: int, limit: float, groups: int) -> float | None:
        """Return the smallest distance from `limit` that this many rows settle."""
        return power.share(rows / max(1, groups), limit)
