"""What the checks that ask for a share of rows have in common."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from policykit.terms.check import Answer, Got
from policykit.terms.estimate import exactly
from policykit.terms.expr import And, Col, Expr, IsMissing, Not, both
from policykit.terms.frame import Frame
from policykit.terms.measure import Count, Measure
from policykit.terms.state import Counted
from policykit.terms.verdict import Cause, Unmeasured


def share_measures(frame: Frame, column: str, good: Expr) -> Mapping[str, Measure]:
    """Return what to count for the share of rows whose `column` is good: all rows, those with a value, the good ones."""
    return {
        "rows": Count(frame.dataset, frame.where),
        "present": Count(frame.dataset, both(frame.where, present(column))),
        "good": Count(frame.dataset, both(frame.where, good)),
    }


def share(frame: Frame, column: str, got: Got, bad: str) -> Answer:
    """Return the share of good rows; missing ones are left out, or pass, or fail, as the rule says.

    `bad` says what the other rows are: "outside". A column without a single value answers nothing, whatever the rule says.
    """
    rows, filled, good = (counted(got, name) for name in ("rows", "present", "good"))
    if rows == 0:
        return Unmeasured(Cause.EMPTY, "there are no rows")
    if filled == 0:
        return Unmeasured(Cause.EMPTY, f"`{column}` has no value in any row")
    missing = rows - filled
    detail = f"{filled - good} of {filled} values {bad}"
    match frame.missing:
        case "pass":
            return exactly(Fraction(good + missing, rows), rows, detail=_and(detail, missing, "passed"))
        case "fail":
            return exactly(Fraction(good, rows), rows, detail=_and(detail, missing, "failed"))
        case "exclude" | None:
            return exactly(Fraction(good, filled), filled, detail=_and(detail, missing, "left out"))


def present(*columns: str) -> Expr:
    """Return the expression: each of `columns` has a value."""
    parts: tuple[Expr, ...] = tuple(Not(IsMissing(Col(column))) for column in columns)
    return parts[0] if len(parts) == 1 else And(parts)


def counted(got: Got, name: str) -> int:
    """Return how many rows were counted under `name`."""
    state = got[name]
    assert isinstance(state, Counted), f"`{name}` is a count"
    return state.rows


def _and(detail: str, missing: int, what: str) -> str:
    return f"{detail}; {missing} missing {what}" if missing else detail
