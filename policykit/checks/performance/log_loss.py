"""How surprised the model is by what happens."""

from __future__ import annotations

from policykit.checks.performance import _sums, _surprise
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.estimate import Estimate
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit
from policykit.terms.verdict import Cause, Unmeasured

_TASK = {"kind": "binary-classification", "target": "y", "score": "s", "positive": 1}


class LogLoss(Check):
    """How surprised is the model by what happens: the mean of −ln(probability given to the true class), 0 at best.

    The score is taken as the probability of the positive class; scores outside 0 … 1 leave the question undecided.
    Probabilities are clipped at 2.2e-16, as scikit-learn's `log_loss` does, so being sure and wrong costs 36. Logarithms
    differ between engines, so it is read from bins of the probability: 2,000 equal ones, and, where rows lie in the lowest
    hundredth, 2,000 again within it, down to the clip; the interval includes the bounds they leave (about 0.0005 each way).
    Beyond them it is Student's t for the mean, corrected for skewness (Hall 1992), whose upper end is at least what the
    mean would be, were the worst surprise that the model risks as frequent as an event never seen may be (Wilson). Against
    a champion: paired, with the covariance from 150 × 150 bins, and the same upper end for the worst surprise of the
    candidate alone.

    ## Why it matters

    It is what most classifiers are trained to make small, and it punishes false certainty without mercy: a model that
    says "impossible" of something that happens cannot hide it in an average.

    ## What it does not see

    A few rows can decide it. It mixes ranking and calibration, and says nothing about decisions at a threshold.
    """

    question = "how surprised is the model by what happens?"
    unit = Unit.NUMBER
    bounds = (0, None)
    better = "lower"
    about = "population"
    asks_for = ("label", "score", "positive")
    tasks = ("binary-classification",)
    has_champion = True
    examples = (
        Example(
            title="probabilities of 0.1 and 0.9 that are mostly right",
            expect="pass",
            task=_TASK,
            rule={"at_most": 0.5},
            rows="""
            y s x
            1 0.9 190
            1 0.1 10
            0 0.1 190
            0 0.9 10
            """,
        ),
        Example(
            title="coin tosses",
            expect="fail",
            task=_TASK,
            rule={"at_most": 0.5},
            rows="""
            y s x
            1 0.5 100
            0 0.5 100
            """,
        ),
        Example(
            title="sure, and never wrong, 40 times: once wrong in a hundred would break the limit",
            expect="undecided(straddles)",
            task=_TASK,
            rule={"at_most": 0.5},
            rows="""
            y s x
            1 1 20
            0 0 20
            """,
        ),
        Example(
            title="a score of 37 is not a probability",
            expect="undecided(undefined)",
            task=_TASK,
            rule={"at_most": 0.5},
            rows="""
            y s x
            1 37 50
            0 12 50
            """,
        ),
    )

    def measures(self, frame: Frame, got: Got) -> dict[str, Measure]:
        """Ask for the bins of the probability given to the true class."""
        return _surprise.measures(frame, got)

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the mean surprise, with its interval and the bounds of the bins."""
        why = _sums.unfit(frame, got, "", "score") or _sums.no_probability(frame, got, "")
        if why is not None:
            return why
        value, low, high, n = _surprise.mean(got, level)
        return Estimate(value, low, high, n, "hall", detail=_sums.note(got, "", "score"))

    def contrast(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the candidate's log loss minus the champion's, paired, with the bounds of the bins."""
        if "champion_extreme" not in got:
            return Unmeasured(Cause.NO_CHAMPION, "there is no champion with scores on the same rows")
        for name, what in (("", "score"), ("champion_", "score of the champion")):
            why = _sums.unfit(frame, got, name, what) or _sums.no_probability(frame, got, name)
            if why is not None:
                return why
        value, low, high, n = _surprise.difference(got, level)
        return Estimate(value, low, high, n, "student paired", detail=_sums.note(got, "", "score"))
