"""The four-fifths rule."""

from __future__ import annotations

from policykit.checks.fairness import _rates
from policykit.stats import power
from policykit.stats.groups import deviations, fisher, smallest_ratio
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit
from policykit.terms.verdict import Cause, Unmeasured

_TASK = {"kind": "binary-classification", "target": "y", "prediction": "p", "positive": 1, "favourable": 1}


class FourFifths(Check):
    """Whether the group that is selected least is selected at least four fifths as often as the group selected most.

    The rule of the Uniform Guidelines on Employee Selection Procedures (29 CFR 1607.4 D): the lowest selection rate over
    the highest, compared with 4/5 in whole numbers, so that exactly 80 % is not below. Beside the ratio the report says
    whether the difference could be luck: Fisher's exact test, and how many standard deviations (two are the courts' mark).
    The interval is that of `fairness.demographic_parity_ratio`.

    ## Why it matters

    It is the rule of thumb by which authorities decide whether to look closer, and the first number a claimant computes.

    ## What it does not see

    It is neither proof nor defence: the Guidelines count smaller differences that are significant, and large samples make
    them so. It does not ask whether the selection is valid, nor look at groups within groups.
    """

    question = "is every group selected at least four fifths as often as the group selected most?"
    unit = Unit.SHARE
    better = "higher"
    about = "population"
    asks_for = ("prediction", "favourable")
    tasks = ("binary-classification", "multiclass-classification")
    compares_groups = True
    examples = (
        Example(
            title="60 against 62 of a hundred, in 4,000 rows, is shown to be above four fifths",
            expect="pass",
            task=_TASK,
            rule={"for_each": ["sex"], "at_least": "4/5"},
            rows="""
            sex p x
            f 1 1200
            f 0 800
            m 1 1240
            m 0 760
            """,
        ),
        Example(
            title="30 against 60 of a hundred is half, and 200 rows show it",
            expect="fail",
            task=_TASK,
            rule={"for_each": ["sex"], "at_least": "4/5"},
            rows="""
            sex p x
            f 1 30
            f 0 70
            m 1 60
            m 0 40
            """,
        ),
        Example(
            title="the same rate in 100 rows does not show that the rates are alike",
            expect="undecided(straddles)",
            task=_TASK,
            rule={"for_each": ["sex"], "at_least": "4/5"},
            rows="""
            sex p x
            f 1 25
            f 0 25
            m 1 25
            m 0 25
            """,
        ),
        Example(
            title="exactly four fifths is not below, and is not shown to be above",
            expect="undecided(straddles)",
            task=_TASK,
            rule={"for_each": ["sex"], "at_least": "4/5"},
            rows="""
            sex p x
            f 1 400
            f 0 600
            m 1 500
            m 0 500
            """,
        ),
    )

    def measures(self, frame: Frame, got: Got) -> dict[str, Measure]:
        """Ask for how many rows of each group are predicted the favourable outcome."""
        return _rates.measures(frame, by_label=False)

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the lowest rate over the highest with its interval, and say how far the two rates are from luck."""
        found = _rates.rates(frame, got, "everyone")
        if isinstance(found, Unmeasured):
            return found
        extent = smallest_ratio(found.groups, level)
        if extent is None:
            return Unmeasured(Cause.UNDEFINED, "no row of any group is predicted the favourable outcome")
        # In whole numbers: the lowest rate is below four fifths of the highest exactly where 5·a·n₂ < 4·b·n₁.
        below = 5 * extent.least.hits * extent.most.rows < 4 * extent.most.hits * extent.least.rows
        p, apart = fisher(extent.least, extent.most), deviations(extent.least, extent.most)
        said = (
            f"{_rates.between(extent)}: {'below' if below else 'not below'} four fifths; {apart:.1f} standard deviations"
            f" apart, Fisher's exact p {'below 0.001' if p < 0.001 else f'{p:.3f}'}"
        )
        return _rates.estimate(extent, found, level, "mover-r over pairs", said)

    def smallest_distance(self, rows: int, limit: float, groups: int) -> float | None:
        """Return the smallest distance from `limit` that this many rows in equal groups settle, the higher rate one half."""
        return power.ratio(rows, limit, groups)
