"""How far apart groups are in being rightly and in being wrongly given the favourable outcome."""

from __future__ import annotations

from dataclasses import replace

from policykit.checks.fairness import _rates
from policykit.stats import power
from policykit.stats.groups import largest_gap
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit
from policykit.terms.verdict import Unmeasured

_TASK = {"kind": "binary-classification", "target": "y", "prediction": "p", "positive": 1, "favourable": 1}


class EqualizedOddsDifference(Check):
    """How many percentage points lie between groups, in being rightly or in being wrongly given the favourable outcome.

    The larger of two gaps (Hardt, Price and Srebro 2016): between the groups' rates of the favourable prediction among rows
    whose label is favourable, and among rows whose label is not. A group that lacks either kind of row has no such rate, and
    leaves the question undecided. Intervals as for `fairness.demographic_parity_difference`, corrected downwards for the
    pairs of both gaps. The same number as fairlearn's `equalized_odds_difference` with `agg="worst_case"`.

    ## Why it matters

    A model can be as kind to the deserving of every group and far kinder to the undeserving of one; that shifts cost and
    suspicion on everyone else. This asks for both at once.

    ## What it does not see

    It believes the label. It cannot hold together with equal calibration where groups differ in their base rates
    (Kleinberg and others 2016), so a failure may be arithmetic, not malice: read the group table.
    """

    question = "are the model's mistakes as frequent in every group, in either direction?"
    unit = Unit.DIFFERENCE
    better = "lower"
    about = "population"
    asks_for = ("label", "prediction", "favourable")
    tasks = ("binary-classification", "multiclass-classification")
    compares_groups = True
    examples = (
        Example(
            title="one point in either direction, in 4,000 rows, is shown to be within ten",
            expect="pass",
            task=_TASK,
            rule={"for_each": ["sex"], "at_most": "10 pp"},
            rows="""
            sex y p x
            f 1 1 800
            f 1 0 200
            f 0 1 100
            f 0 0 900
            m 1 1 810
            m 1 0 190
            m 0 1 110
            m 0 0 890
            """,
        ),
        Example(
            title="the deserving fare alike, the undeserving 50 points apart",
            expect="fail",
            task=_TASK,
            rule={"for_each": ["sex"], "at_most": "10 pp"},
            rows="""
            sex y p x
            f 1 1 80
            f 1 0 20
            f 0 1 70
            f 0 0 30
            m 1 1 80
            m 1 0 20
            m 0 1 20
            m 0 0 80
            """,
        ),
        Example(
            title="no gap among 200 rows does not show that there is none",
            expect="undecided(straddles)",
            task=_TASK,
            rule={"for_each": ["sex"], "at_most": "10 pp"},
            rows="""
            sex y p x
            f 1 1 40
            f 1 0 10
            f 0 1 10
            f 0 0 40
            m 1 1 40
            m 1 0 10
            m 0 1 10
            m 0 0 40
            """,
        ),
        Example(
            title="a group without undeserving rows has no rate of being wrongly favoured",
            expect="undecided(undefined)",
            task=_TASK,
            rule={"for_each": ["sex"], "at_most": "10 pp"},
            rows="""
            sex y p x
            f 1 1 500
            m 1 1 400
            m 0 1 100
            m 0 0 500
            """,
        ),
    )

    def measures(self, frame: Frame, got: Got) -> dict[str, Measure]:
        """Ask for group × predicted favourable × labelled favourable."""
        return _rates.measures(frame, by_label=True)

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the larger of the two gaps, with an interval that holds it whichever it is."""
        right = _rates.rates(frame, got, "favourable")
        if isinstance(right, Unmeasured):
            return right
        wrong = _rates.rates(frame, got, "unfavourable")
        if isinstance(wrong, Unmeasured):
            return wrong
        gaps = [largest_gap(found.groups, level, among=2) for found in (right, wrong)]
        worst = 0 if gaps[0].value >= gaps[1].value else 1
        whose = ("whose label is the favourable outcome", "whose label is not the favourable outcome")[worst]
        said = f"largest among rows {whose}: {_rates.between(gaps[worst])}"
        extent = replace(gaps[worst], low=max(gap.low for gap in gaps), high=max(gap.high for gap in gaps))
        shown = _rates.estimate(extent, (right, wrong)[worst], level, "newcombe over pairs", said)
        least = min((*right.groups, *wrong.groups), key=lambda rate: (rate.rows, rate.name))
        rows = sum(rate.rows for rate in (*right.groups, *wrong.groups))
        return replace(shown, n=rows, smallest=least.rows, smallest_name=least.name)

    def smallest_distance(self, rows: int, limit: float, groups: int) -> float | None:
        """Return the smallest distance from `limit` that these rows settle, if half of them deserve the outcome."""
        return power.gap(rows / 2, groups)
