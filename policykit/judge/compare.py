"""Judge one answer against one constraint: the status, its cause, and the sentence that says why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import isinf
from typing import Literal

from policykit.judge.bounds import Bound, beyond, bounds, breaks, finite, holds
from policykit.judge.sets import in_set
from policykit.judge.wording import against_champion, interval_words
from policykit.terms.check import Answer, Check
from policykit.terms.estimate import Estimate, Observed
from policykit.terms.policy import Constraint, Relative
from policykit.terms.quantity import Unit
from policykit.terms.sentence import limit_text
from policykit.terms.verdict import Cause, Status, Unmeasured


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one comparison says."""

    status: Status
    cause: Cause | None
    reason: str
    caution: bool = False


def compare(answer: Answer, constraint: Constraint, check: Check, *, sure: str) -> Outcome:
    """Compare an answer with what is enough; `sure` says how sure the interval is ("95 %"), for the sentence."""
    match answer:
        case Unmeasured(cause, detail):
            return Outcome(Status.UNDECIDED, cause, detail)
        case Observed():
            return _observed(answer, constraint)
        case Estimate():
            return _estimated(answer, constraint, check, sure)


def reopened(answer: Estimate, case: tuple[Constraint, Check], family: int, *, sure: str) -> Outcome:
    """Return the outcome of a slice that fails alone, and not surely once the whole family is looked at."""
    constraint, check = case
    told = _words(answer, constraint, check, "open", sure)
    alone = f"beyond it when looked at alone, not surely among {family} slices looked at together"
    return Outcome(Status.UNDECIDED, Cause.STRADDLES, f"{told}; {alone}")


def limits_of(constraint: Constraint, check: Check) -> tuple[Bound, ...]:
    """Return the limits in the direction the answer is measured in: a contrast is candidate minus the other model."""
    relative = constraint.relative
    return bounds(constraint) if relative is None else (_relative(relative, check),)


def unit_of(constraint: Constraint, check: Check) -> Unit:
    """Return the unit in which the answer is shown: a difference of shares is in percentage points."""
    relative = constraint.relative
    if relative is None:
        return check.unit
    if relative.relative:
        return Unit.SHARE
    return Unit.DIFFERENCE if check.unit is Unit.SHARE else check.unit


def _relative(relative: Relative, check: Check) -> Bound:
    amount = relative.amount.value
    worse = relative.way == "worse_by_at_most"
    if check.better == "lower":
        return Bound("upper", amount if worse else -amount)
    return Bound("lower", -amount if worse else amount)


def _observed(answer: Observed, constraint: Constraint) -> Outcome:
    enough = in_set(answer.value, constraint)
    if enough is None or bounds(constraint):
        return Outcome(Status.UNDECIDED, Cause.WRONG_TYPE, "the answer is not a number, and the limit asks for one")
    said = answer.detail or ("absent" if answer.value is None else f"`{_shown(answer.value)}`")
    verb = "is" if enough else "is not"
    return Outcome(Status.PASS if enough else Status.FAIL, None, f"{said} {verb} {limit_text(constraint)}")


def _shown(value: object) -> str:
    return ", ".join(str(part) for part in value) if isinstance(value, tuple | list) else str(value)


def _estimated(answer: Estimate, constraint: Constraint, check: Check, sure: str) -> Outcome:
    limits = limits_of(constraint, check)
    if not limits:
        number = answer.exact if answer.exact is not None else answer.value
        enough = in_set(number, constraint)
        if enough is None or answer.low != answer.high:
            return Outcome(
                Status.UNDECIDED, Cause.WRONG_TYPE, "the answer is a number, and the limit does not ask for one"
            )
        told = interval_words(answer, constraint, check.unit, "met" if enough else "broken", sure)
        return Outcome(Status.PASS if enough else Status.FAIL, None, told)
    if in_set(answer.value, constraint) is False:
        return Outcome(Status.FAIL, None, interval_words(answer, constraint, check.unit, "broken", sure))
    if not finite(answer):
        return Outcome(Status.UNDECIDED, Cause.NOT_FINITE, "the measured value is not a finite number")
    if any(breaks(answer, bound) for bound in limits):
        return Outcome(Status.FAIL, None, _words(answer, constraint, check, "broken", sure))
    if all(holds(answer, bound) for bound in limits):
        outcome = Outcome(Status.PASS, None, _words(answer, constraint, check, "met", sure))
        return replace(outcome, caution=_caution(answer, constraint))
    unbounded = isinf(answer.low) or isinf(answer.high)
    cause = Cause.TOO_FEW if unbounded else Cause.STRADDLES
    return Outcome(Status.UNDECIDED, cause, _words(answer, constraint, check, "open", sure))


def _words(
    answer: Estimate, constraint: Constraint, check: Check, outcome: Literal["met", "broken", "open"], sure: str
) -> str:
    say = interval_words if constraint.relative is None else against_champion
    return say(answer, constraint, unit_of(constraint, check), outcome, sure)


def _caution(answer: Estimate, constraint: Constraint) -> bool:
    point: Fraction | float = answer.exact if answer.exact is not None else answer.value
    above, below = constraint.caution_above, constraint.caution_below
    over = above is not None and beyond(point, above.value, "upper")
    under = below is not None and beyond(point, below.value, "lower")
    return over or under
