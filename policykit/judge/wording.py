"""The sentences of a verdict."""

from __future__ import annotations

from math import isinf
from typing import Literal, TypeAlias

from policykit.terms.estimate import Estimate
from policykit.terms.policy import Constraint
from policykit.terms.quantity import Unit, show
from policykit.terms.sentence import limit_text, opposite_text

Outcome: TypeAlias = Literal["met", "broken", "open"]


def interval_words(answer: Estimate, constraint: Constraint, unit: Unit, outcome: Outcome, sure: str) -> str:
    """Say how an estimate lies to its limit: "8.4 pp (from 6.1 pp to 10.9 pp) may or may not be at most 10 pp, at 95 %"."""
    point = show(answer.value, unit)
    if answer.low == answer.high:
        return _with_detail(f"{point} {_is(constraint, outcome)}", answer)
    low = "unknown" if isinf(answer.low) else show(answer.low, unit)
    high = "unknown" if isinf(answer.high) else show(answer.high, unit)
    return _with_detail(f"{point} (from {low} to {high}) {_is_surely(constraint, outcome)}, at {sure}", answer)


def against_champion(answer: Estimate, constraint: Constraint, unit: Unit, outcome: Outcome, sure: str) -> str:
    """Say how the candidate lies to the champion: "+0.7 pp against the champion (from −0.1 pp to +1.5 pp) is …"."""
    if answer.low == answer.high:
        return _with_detail(f"{_signed(answer.value, unit)} against the champion {_is(constraint, outcome)}", answer)
    low, high = (_signed(end, unit) for end in (answer.low, answer.high))
    told = f"{_signed(answer.value, unit)} against the champion (from {low} to {high})"
    return _with_detail(f"{told} {_is_surely(constraint, outcome)}, at {sure}", answer)


def _is_surely(constraint: Constraint, outcome: Outcome) -> str:
    limit, opposite = limit_text(constraint), opposite_text(constraint)
    match outcome:
        case "met":
            return f"is {limit}" if "surely" in limit else f"is surely {limit}"
        case "broken":
            return f"is surely {opposite}" if opposite else f"is surely not {limit}"
        case "open":
            return f"may or may not be {limit}"


def _is(constraint: Constraint, outcome: Outcome) -> str:
    limit, opposite = limit_text(constraint), opposite_text(constraint)
    match outcome:
        case "met":
            return f"is {limit}"
        case "broken":
            return f"is {opposite}" if opposite else f"is not {limit}"
        case "open":
            return f"may or may not be {limit}"


def _signed(value: float, unit: Unit) -> str:
    if isinf(value):
        return "unknown"
    return f"{'−' if value < 0 else '+' if value > 0 else '±'}{show(abs(value), unit)}"


def _with_detail(text: str, answer: Estimate) -> str:
    return f"{text}: {answer.detail}" if answer.detail else text
