"""Frames: the names a question needs resolved — which data, which rows, which columns, which outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from policykit.terms.expr import Col, Compare, Expr, Lit, Not, equals


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a question is asked. None means: the bundle does not declare it (a question that needs it is then unmet)."""

    dataset: str
    where: Expr | None = None
    kind: str | None = None  # task kind
    label: Expr | None = None
    prediction: Expr | None = None
    score: Expr | None = None
    positive: Lit | None = None
    favourable: Lit | None = None
    cut: float | None = None  # `prediction` is then the TRUE/FALSE expression score ≥ cut
    group: Expr | None = None  # for checks that compare groups
    attribute: str = ""
    reference: str | None = None
    champion: Frame | None = None  # the same rows, with champion_prediction and champion_score
    ignored: tuple[str, ...] = ()
    missing: Literal["exclude", "pass", "fail"] | None = None
    least_per_group: int = 30
    as_of: str = ""  # ISO date

    def labelled(self, outcome: Lit) -> Expr:
        """Return the expression: the label is `outcome`."""
        assert self.label is not None, "the planner leaves a question without a label unmet"
        return equals(self.label, outcome)

    def predicted(self, outcome: Lit) -> Expr:
        """Return the expression: the prediction is `outcome`; with a cut, that of the other class is its contrary."""
        assert self.prediction is not None, "the planner leaves a question without a prediction unmet"
        if self.cut is None:
            return equals(self.prediction, outcome)
        assert self.positive is not None, "a check leaves a cut without a positive class unmet"
        return self.prediction if same_class(outcome, self.positive) else Not(self.prediction)


def same_class(one: Lit, other: Lit) -> bool:
    """Return whether two constants name one class: numbers by their size (1 is 1.0), and never 1 for `true` or "1"."""
    kinds = {bool(lit.kind == "bool") for lit in (one, other)}
    return one.value == other.value and len(kinds) == 1


def cut_prediction(score: str, at_least: float) -> Expr:
    """Return the prediction cut from a score column: TRUE where the score reaches the cut."""
    return Compare(">=", Col(score), Lit(float(at_least)))
