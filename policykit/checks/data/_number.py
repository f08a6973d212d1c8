"""What the checks that ask for one number of a column have in common."""

from __future__ import annotations

from policykit.terms.check import Got
from policykit.terms.expr import Col
from policykit.terms.frame import Frame
from policykit.terms.measure import Extreme
from policykit.terms.state import Extremes, Summed
from policykit.terms.verdict import Cause, Unmeasured


def extreme(frame: Frame, column: str) -> Extreme:
    """Return the measure of the smallest and largest value of `column`."""
    return Extreme(frame.dataset, Col(column), frame.where)


def extremes(got: Got) -> Extremes:
    """Return what was found under `extremes`."""
    state = got["extremes"]
    assert isinstance(state, Extremes), "`extremes` are extremes"
    return state


def unusable(state: Extremes | Summed, column: str) -> Unmeasured | None:
    """Return why no number can be told of `column`: infinite values, or none at all."""
    if state.infinite:
        values = "1 infinite value" if state.infinite == 1 else f"{state.infinite} infinite values"
        return Unmeasured(Cause.NOT_FINITE, f"`{column}` has {values}")
    if state.rows == 0 and state.missing == 0:
        return Unmeasured(Cause.EMPTY, "there are no rows")
    if state.rows == 0:
        return Unmeasured(Cause.EMPTY, f"`{column}` has no value in any row")
    return None


def left_out(state: Extremes | Summed) -> str:
    """Return how many missing values the number leaves out; empty where none."""
    return f"{state.missing} missing left out" if state.missing else ""
