"""How far off the model is on average."""

from __future__ import annotations

from math import inf

from policykit.checks.performance import _errors
from policykit.stats import moments
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit
from policykit.terms.verdict import Unmeasured

_TASK = {"kind": "regression", "target": "y", "prediction": "p"}


class Mae(Check):
    """How far off is the model on average, in the unit of what it predicts: the mean absolute error.

    Exact fixed-point sums; the interval is Student's t for the mean, corrected for skewness (Hall 1992), because errors
    are lopsided. Against a champion: t of the paired differences. The same number as scikit-learn's
    `mean_absolute_error`.

    ## Why it matters

    It can be said in one sentence to anyone: "on average we are four days off".

    ## What it does not see

    Whether the errors are many small ones or few large ones (`performance.rmse` weighs the large), which way they go, and
    whom they fall on. An error that is rare and huge, and did not happen in these rows, is not in the interval, for nothing
    bounds how large it could be. Simulated where the truth is the limit, so that 5 of 100 should pass: of errors as lopsided as
    a lognormal (σ = 1), 10 pass on 30 rows, 7 on 100, 5 on 1,000; where one row in a hundred errs a hundred times as much as
    the others, 73 pass on 30 rows, 37 on 100, 2 on 1,000. Ask for many rows (`min_rows`) where errors may be like that.
    Errors that are the same in every row, even 0, do not tell how they vary: their upper bound is unknown.
    """

    question = "how far off is the model on average?"
    unit = Unit.NUMBER
    bounds = (0, None)
    better = "lower"
    about = "population"
    asks_for = ("label", "prediction")
    tasks = ("regression", "forecasting")
    has_champion = True
    examples = (
        Example(
            title="errors of one and three shown to be at most 4 on average",
            expect="pass",
            task=_TASK,
            rule={"at_most": 4},
            rows="""
            y p x
            10 11 50
            20 17 50
            30 33 50
            """,
        ),
        Example(
            title="errors of five and seven are not within 4",
            expect="fail",
            task=_TASK,
            rule={"at_most": 4},
            rows="""
            y p x
            10 15 50
            20 13 50
            """,
        ),
        Example(
            title="30 rows with a few large errors do not show it",
            expect="undecided(straddles)",
            task=_TASK,
            rule={"at_most": 4},
            rows="""
            y p x
            10 11 24
            20 32 6
            """,
        ),
    )

    def measures(self, frame: Frame, got: Got) -> dict[str, Measure]:
        """Ask for the largest error, then for sums in a unit that fits it."""
        return _errors.measures(frame, got, squared=False)

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the error in the unit of the label, with its interval."""
        found = _errors.read(frame, got, paired=False)
        if isinstance(found, Unmeasured):
            return found
        return found.answer(moments.mean(found.sums[0], level), least=0.0, method="hall")

    def contrast(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the candidate's error minus the champion's, paired on the same rows, with its interval."""
        found = _errors.read(frame, got, paired=True)
        if isinstance(found, Unmeasured):
            return found
        mine, other = found.sums
        squares = mine.squares - 2 * found.product + other.squares
        interval = moments.mean(moments.Sums(found.rows, mine.total - other.total, squares), level)
        return found.answer(interval, least=-inf, method="student paired")
