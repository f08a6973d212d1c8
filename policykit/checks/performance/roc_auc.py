"""How well the score puts positive rows above negative ones."""

from __future__ import annotations

from policykit.checks.performance import _scores
from policykit.stats import power, rank
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.estimate import Estimate
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit
from policykit.terms.verdict import Cause, Unmeasured

_TASK = {"kind": "binary-classification", "target": "y", "score": "s", "positive": 1}


class RocAuc(Check):
    """How often does a positive row score above a negative one, of all such pairs: one half is guessing, one is perfect.

    The area under the ROC curve, ties counting half. It is read from bins of the score, so pairs within one bin are not
    known: the interval includes the bounds they leave. First 1,000 equal bins on 0 … 1; where these leave more than
    0.0005 and more than a fifth of the standard error open, or scores lie outside 0 … 1, 5,000 bins over where 99.8 % of
    them are, and at last each value of the score by itself, if rows or values are at most 10,000. The variance is
    DeLong's (1988), in the form of a score interval, which still shows doubt for a perfect ranking of few rows. Against a
    champion: both intervals, joined through DeLong's correlation of the two, which comes from 150 × 150 bins.

    ## Why it matters

    It judges the ranking itself, before anyone has chosen a threshold, and does not change when positives become rarer.

    ## What it does not see

    Whether a score of 0.3 means 30 % (`performance.log_loss` and `performance.brier` do), and what happens at the threshold
    that is used. Where positives are rare, a high area can go with few alarms being right: ask for `performance.precision`.
    """

    question = "how well does the score tell positive from negative rows?"
    unit = Unit.NUMBER
    bounds = (0, 1)
    better = "higher"
    about = "population"
    asks_for = ("label", "score", "positive")
    tasks = ("binary-classification",)
    has_champion = True
    examples = (
        Example(
            title="positives nearly always above negatives",
            expect="pass",
            task=_TASK,
            rule={"at_least": 0.8},
            rows="""
            y s x
            1 0.9 60
            1 0.6 30
            1 0.2 10
            0 0.1 60
            0 0.3 30
            0 0.7 10
            """,
        ),
        Example(
            title="scores that say nothing",
            expect="fail",
            task=_TASK,
            rule={"at_least": 0.7},
            rows="""
            y s x
            1 0.9 50
            1 0.1 50
            0 0.9 50
            0 0.1 50
            """,
        ),
        Example(
            title="0.75 on 40 rows is not shown to be at least 0.7",
            expect="undecided(straddles)",
            task=_TASK,
            rule={"at_least": 0.7},
            rows="""
            y s x
            1 0.9 10
            1 0.4 10
            0 0.4 10
            0 0.2 5
            0 0.95 5
            """,
        ),
        Example(
            title="one class alone cannot be ranked",
            expect="undecided(undefined)",
            task=_TASK,
            rule={"at_least": 0.7},
            rows="""
            y s x
            1 0.9 50
            1 0.1 50
            """,
        ),
        Example(
            title="a score that is not a number is never quietly left out",
            expect="undecided(not_finite)",
            task=_TASK,
            rule={"at_least": 0.7},
            rows="""
            y s x
            1 0.9 60
            0 0.1 60
            0 nan 3
            """,
        ),
    )

    def measures(self, frame: Frame, got: Got) -> dict[str, Measure]:
        """Ask for label × score bin, and again, finer, where the bins leave too much open."""
        return _scores.measures(frame, got)

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the area with DeLong's interval and the bounds of the bins."""
        found = _scores.found(frame, got)
        if isinstance(found, Unmeasured):
            return found
        area, note = found
        value, low, high = rank.interval(area, level)
        return Estimate(value, low, high, area.positives + area.negatives, "delong", detail=note)

    def contrast(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the candidate's area minus the champion's, paired, with the bounds of the bins."""
        if "joint" not in got:
            return Unmeasured(Cause.NO_CHAMPION, "there is no champion with scores on the same rows")
        first, second = _scores.found(frame, got), _scores.found(frame, got, "champion_")
        if isinstance(first, Unmeasured):
            return first
        if isinstance(second, Unmeasured):
            return second
        (mine, note), (other, _) = first, second
        value, low, high = rank.difference(mine, other, _scores.joint(got), level)
        n = mine.positives + mine.negatives
        fewer = min((mine.positives, "positive"), (mine.negatives, "negative"))
        return Estimate(value, low, high, n, "delong paired", None, *fewer, detail=note)

    def smallest_distance(self, rows: int, limit: float, groups: int) -> float | None:
        """Return the smallest distance from `limit` that these rows settle, if half of them are positive."""
        return power.auc(rows / max(1, groups), limit)
