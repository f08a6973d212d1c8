"""The size of errors, large ones counting most."""

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


class Rmse(Check):
    """How large are the model's errors, in the unit of what it predicts: the root of the mean squared error.

    Exact fixed-point sums of the second, fourth and sixth powers; the interval is the root of that of the mean square,
    which is Student's t, corrected for skewness (Hall 1992). Against a champion, on the same rows: the delta method. The
    same number as scikit-learn's `root_mean_squared_error`.

    ## Why it matters

    Where one large error costs more than ten small ones, the square says so. It is the number most regressions are
    trained on.

    ## What it does not see

    Which way the errors go, and whom they fall on. One row can decide it: an error that is rare and huge, and did not
    happen in these rows, is not in the interval either, for nothing bounds how large it could be. Simulated where the truth is
    the limit, so that 5 of 100 should pass: of normal errors 7 pass on 30 rows and 5 on 100; of Laplace's 11 and 7; of
    lognormal ones (σ = 1) 20 on 30 rows, 17 on 100, 12 on 1,000; where one row in a hundred errs a hundred times as much as
    the others, 73 on 30 rows, 37 on 100, 2 on 1,000. Ask for many rows (`min_rows`), and for `performance.mae` beside it. Errors
    that are the same in every row, even 0, do not tell how they vary: their upper bound is unknown.
    """

    question = "how large are the errors, large ones counting most?"
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
            20 29 6
            """,
        ),
    )

    def measures(self, frame: Frame, got: Got) -> dict[str, Measure]:
        """Ask for the largest error, then for sums in a unit that fits it."""
        return _errors.measures(frame, got, squared=True)

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the error in the unit of the label, with its interval."""
        found = _errors.read(frame, got, paired=False)
        if isinstance(found, Unmeasured):
            return found
        return found.answer(moments.root_mean(found.sums[0], level), least=0.0, method="hall")

    def contrast(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the candidate's error minus the champion's, paired on the same rows, with its interval."""
        found = _errors.read(frame, got, paired=True)
        if isinstance(found, Unmeasured):
            return found
        mine, other = found.sums
        interval = moments.root_difference(mine, other, found.product, level)
        return found.answer(interval, least=-inf, method="student paired")
