"""What every performance check says about rows that lack a label, a prediction or a score."""

from __future__ import annotations

from policykit.terms.expr import And, Compare, Expr, IsMissing, IsNaN, Not, both
from policykit.terms.frame import Frame
from policykit.terms.measure import Count
from policykit.terms.state import Counted, State
from policykit.terms.verdict import Cause, Unmeasured


def labelled_rows(frame: Frame) -> Expr | None:
    """Return the condition: the row is asked about, and has a label."""
    assert frame.label is not None, "the planner leaves a question without a label unmet"
    return both(frame.where, Not(IsMissing(frame.label)))


def prediction_of(frame: Frame) -> Expr:
    """Return the column that a missing prediction is missing from: the score, where the prediction is cut from it."""
    assert frame.prediction is not None, "the planner leaves a question without a prediction unmet"
    cut = frame.cut is not None and isinstance(frame.prediction, Compare)
    return frame.prediction.left if cut and isinstance(frame.prediction, Compare) else frame.prediction


def score_of(frame: Frame) -> Expr:
    """Return the score of a frame."""
    assert frame.score is not None, "the planner leaves a question without a score unmet"
    return frame.score


def not_numbers(frame: Frame, of: Expr) -> Count:
    """Return the measure: how many labelled rows have NaN where `of` should be a value."""
    assert frame.label is not None, "the planner leaves a question without a label unmet"
    return Count(frame.dataset, both(frame.where, And((Not(IsMissing(frame.label)), IsNaN(of)))))


def lacking(rows: int, what: str, nan: State) -> Unmeasured:
    """Return why a number cannot be had where `rows` rows lack `what`, and NaN is the reason for some of them."""
    cause = Cause.NOT_FINITE if isinstance(nan, Counted) and nan.rows else Cause.MISSING
    return Unmeasured(cause, f"{said(rows)} no {what}")


def said(rows: int) -> str:
    """Return `1 row has`, `412 rows have`."""
    return "1 row has" if rows == 1 else f"{rows:,} rows have"


def left_out(unlabelled: int, absent: int, what: str) -> str:
    """Return the sentence about rows left out; empty where none were."""
    parts = [f"{unlabelled:,} without a label"] if unlabelled else []
    parts += [f"{absent:,} without a {what}"] if absent else []
    return f"left out: {' and '.join(parts)}" if parts else ""
