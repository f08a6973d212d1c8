"""How far apart the rates of the favourable outcome are."""

from __future__ import annotations

from policykit.checks.fairness import _rates
from policykit.stats import power
from policykit.stats.groups import largest_gap
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit
from policykit.terms.verdict import Unmeasured

_TASK = {"kind": "binary-classification", "target": "y", "prediction": "p", "positive": 1, "favourable": 1}


class DemographicParityDifference(Check):
    """How many percentage points lie between the groups that get the favourable outcome most and least often.

    The rate of a group is the share of its rows that are predicted the favourable outcome, whatever their label; the
    difference is the highest rate minus the lowest. Rows whose group is missing are a group of their own, `(missing)`. The
    upper bound is the largest of Newcombe's bounds over pairs of groups; it needs no correction, because every pair must be
    within the limit. The lower bound is corrected for the number of pairs (Bonferroni, the first step of Holm), so that a
    fair model is not blocked for having many groups. A group that `where` empties, or a favourable outcome that nobody is
    predicted, leaves the question undecided. The same number as fairlearn's `demographic_parity_difference`.

    ## Why it matters

    It is the plainest question about a model that decides on people: do men and women, old and young, get the good outcome
    about as often? Regulators and courts ask it first.

    ## What it does not see

    Groups may differ in what they need or qualify for; equal rates can be unfair, and unequal rates fair. It does not look
    at labels: ask for `fairness.equal_opportunity_difference` or `fairness.equalized_odds_difference` too. And it sees one
    attribute at a time: a gap between young women and all others needs `across`.
    """

    question = "does every group get the favourable outcome about as often?"
    unit = Unit.DIFFERENCE
    better = "lower"
    about = "population"
    asks_for = ("prediction", "favourable")
    tasks = ("binary-classification", "multiclass-classification")
    compares_groups = True
    examples = (
        Example(
            title="two points between 2,000 women and 2,000 men are shown to be at most ten",
            expect="pass",
            task=_TASK,
            rule={"for_each": ["sex"], "at_most": "10 pp"},
            rows="""
            sex p x
            f 1 1200
            f 0 800
            m 1 1240
            m 0 760
            """,
        ),
        Example(
            title="a gap of 40 points in 100 rows is shown, however few the rows",
            expect="fail",
            task=_TASK,
            rule={"for_each": ["sex"], "at_most": "10 pp"},
            rows="""
            sex p x
            f 1 15
            f 0 35
            m 1 35
            m 0 15
            """,
        ),
        Example(
            title="no gap at all in 100 rows does not show that there is none",
            expect="undecided(straddles)",
            task=_TASK,
            rule={"for_each": ["sex"], "at_most": "10 pp"},
            rows="""
            sex p x
            f 1 25
            f 0 25
            m 1 25
            m 0 25
            """,
        ),
        Example(
            title="one group alone has no gap, which is not the same as a gap of nothing",
            expect="undecided(undefined)",
            task=_TASK,
            rule={"for_each": ["sex"], "at_most": "10 pp"},
            rows="""
            sex p x
            f 1 500
            f 0 500
            """,
        ),
        Example(
            title="people whose group is missing are a group",
            expect="fail",
            task=_TASK,
            rule={"for_each": ["sex"], "at_most": "10 pp"},
            rows="""
            sex p x
            f 1 600
            f 0 400
            m 1 600
            m 0 400
            - 1 40
            - 0 160
            """,
        ),
    )

    def measures(self, frame: Frame, got: Got) -> dict[str, Measure]:
        """Ask for how many rows of each group are predicted the favourable outcome."""
        return _rates.measures(frame, by_label=False)

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the highest rate minus the lowest, with its interval."""
        found = _rates.rates(frame, got, "everyone")
        if isinstance(found, Unmeasured):
            return found
        extent = largest_gap(found.groups, level)
        return _rates.estimate(extent, found, level, "newcombe over pairs", _rates.between(extent))

    def smallest_distance(self, rows: int, limit: float, groups: int) -> float | None:
        """Return the smallest distance from `limit` that this many rows in equal groups settle, at rates of one half."""
        return power.gap(rows, groups)
