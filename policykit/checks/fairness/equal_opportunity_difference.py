"""How far apart the chances are of those who should get the favourable outcome."""

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


class EqualOpportunityDifference(Check):
    """How many percentage points lie between groups in the chance of those who deserve the favourable outcome to get it.

    Among the rows whose label is the favourable outcome, the rate of a group is the share predicted so; the difference is
    the highest rate minus the lowest (Hardt, Price and Srebro 2016). A group without such rows has no rate, and leaves the
    question undecided. Intervals as for `fairness.demographic_parity_difference`. Where the favourable outcome is the
    positive class it is fairlearn's `equal_opportunity_difference`.

    ## Why it matters

    Equal rates over everyone can be reached by refusing the able in one group. This asks only about those who would have
    repaid, recovered, succeeded: does belonging to a group cost them the chance?

    ## What it does not see

    It believes the label: where past decisions made the labels, past unfairness made them too. It does not look at those
    who get the outcome by mistake (`fairness.equalized_odds_difference` does).
    """

    question = "do people who should get the favourable outcome get it as often in every group?"
    unit = Unit.DIFFERENCE
    better = "lower"
    about = "population"
    asks_for = ("label", "prediction", "favourable")
    tasks = ("binary-classification", "multiclass-classification")
    compares_groups = True
    examples = (
        Example(
            title="80 against 81 of a hundred among 2,000 who deserve it are shown to be within ten points",
            expect="pass",
            task=_TASK,
            rule={"for_each": ["sex"], "at_most": "10 pp"},
            rows="""
            sex y p x
            f 1 1 800
            f 1 0 200
            f 0 0 1000
            m 1 1 810
            m 1 0 190
            m 0 0 1000
            """,
        ),
        Example(
            title="40 against 90 of a hundred is shown in 100 rows",
            expect="fail",
            task=_TASK,
            rule={"for_each": ["sex"], "at_most": "10 pp"},
            rows="""
            sex y p x
            f 1 1 20
            f 1 0 30
            f 0 0 50
            m 1 1 45
            m 1 0 5
            m 0 0 50
            """,
        ),
        Example(
            title="no gap among 100 rows does not show that there is none",
            expect="undecided(straddles)",
            task=_TASK,
            rule={"for_each": ["sex"], "at_most": "10 pp"},
            rows="""
            sex y p x
            f 1 1 40
            f 1 0 10
            f 0 0 50
            m 1 1 40
            m 1 0 10
            m 0 0 50
            """,
        ),
        Example(
            title="a group in which nobody deserves the outcome has no rate, and not a rate of nothing",
            expect="undecided(undefined)",
            task=_TASK,
            rule={"for_each": ["sex"], "at_most": "10 pp"},
            rows="""
            sex y p x
            f 0 0 500
            m 1 1 400
            m 1 0 100
            m 0 0 500
            """,
        ),
    )

    def measures(self, frame: Frame, got: Got) -> dict[str, Measure]:
        """Ask for group × predicted favourable × labelled favourable."""
        return _rates.measures(frame, by_label=True)

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the highest rate minus the lowest, with its interval."""
        found = _rates.rates(frame, got, "favourable")
        if isinstance(found, Unmeasured):
            return found
        extent = largest_gap(found.groups, level)
        return _rates.estimate(extent, found, level, "newcombe over pairs", _rates.between(extent))

    def smallest_distance(self, rows: int, limit: float, groups: int) -> float | None:
        """Return the smallest distance from `limit` that these rows settle, if half of them deserve the outcome."""
        return power.gap(rows / 2, groups)
