"""The lowest rate of the favourable outcome over the highest."""

from __future__ import annotations

from policykit.checks.fairness import _rates
from policykit.stats import power
from policykit.stats.groups import smallest_ratio
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit
from policykit.terms.verdict import Cause, Unmeasured

_TASK = {"kind": "binary-classification", "target": "y", "prediction": "p", "positive": 1, "favourable": 1}


class DemographicParityRatio(Check):
    """How large the lowest group's rate of the favourable outcome is, as a share of the highest group's rate.

    One means that all groups get the favourable outcome equally often. Rows whose group is missing are a group of their
    own, `(missing)`. The interval joins Wilson's for each rate by MOVER-R (Donner and Zou 2012); its lower bound is the
    smallest over pairs of groups and needs no correction, its upper bound is corrected for the number of pairs (Bonferroni).
    The same number as fairlearn's `demographic_parity_ratio`.

    ## Why it matters

    Where the favourable outcome is rare, a small difference hides a large disadvantage: 1 % against 2 % is one point, and
    half the chance. Much law on indirect discrimination is written in ratios.

    ## What it does not see

    Where the favourable outcome is common it sees little: 90 % against 99 % refuses ten times as many, and the ratio is
    0.91. It does not look at labels, nor at people who belong to two groups at once.
    """

    question = "how much smaller is the chance of the favourable outcome in the group that gets it least?"
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
            rule={"for_each": ["sex"], "at_least": "80 %"},
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
            rule={"for_each": ["sex"], "at_least": "80 %"},
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
            rule={"for_each": ["sex"], "at_least": "80 %"},
            rows="""
            sex p x
            f 1 25
            f 0 25
            m 1 25
            m 0 25
            """,
        ),
        Example(
            title="where nobody gets the favourable outcome there is no ratio",
            expect="undecided(undefined)",
            task=_TASK,
            rule={"for_each": ["sex"], "at_least": "80 %"},
            rows="""
            sex p x
            f 0 500
            m 0 500
            """,
        ),
    )

    def measures(self, frame: Frame, got: Got) -> dict[str, Measure]:
        """Ask for how many rows of each group are predicted the favourable outcome."""
        return _rates.measures(frame, by_label=False)

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the lowest rate over the highest, with its interval."""
        found = _rates.rates(frame, got, "everyone")
        if isinstance(found, Unmeasured):
            return found
        extent = smallest_ratio(found.groups, level)
        if extent is None:
            return Unmeasured(Cause.UNDEFINED, "no row of any group is predicted the favourable outcome")
        return _rates.estimate(extent, found, level, "mover-r over pairs", _rates.between(extent))

    def smallest_distance(self, rows: int, limit: float, groups: int) -> float | None:
        """Return the smallest distance from `limit` that this many rows in equal groups settle, the higher rate one half."""
        return power.ratio(rows, limit, groups)
