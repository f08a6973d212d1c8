"""The sentences of a verdict."""

from __future__ import annotations

from math import isinf
from typing import Literal, TypeAlias

from policykit.terms.estimate import Estimate
from policykit.terms.quantity import Unit, show

Outcome: TypeAlias = Literal["met", "broken", "open"]


def interval_words(answer: Estimate, limit: str, unit: Unit, outcome: Outcome, sure: str) -> str:
    """Say how an estimate lies to its limit: "8.4 pp (6.1 pp to 10.9 pp) is not surely at most 10 pp"."""
    point = show(answer.value, unit)
    if answer.low == answer.high:
        verb = {"met": "is", "broken": "is not", "open": "is not surely"}[outcome]
        return _with_detail(f"{point} {verb} {limit}", answer)
    low = "unknown" if isinf(answer.low) else show(answer.low, unit)
    high = "unknown" if isinf(answer.high) else show(answer.high, unit)
    met = "is" if "surely" in limit else "is surely"
    verb = {"met": met, "broken": "is surely not", "open": "is not surely"}[outcome]
    return _with_detail(f"{point} (from {low} to {high}) {verb} {limit}, at {sure}", answer)


def against_champion(answer: Estimate, limit: str, unit: Unit, outcome: Outcome, sure: str) -> str:
    """Say how the candidate lies to the champion: "+0.7 pp against the champion (from −0.1 pp to +1.5 pp) is …"."""
    low, high = (_signed(end, unit) for end in (answer.low, answer.high))
    verb = {"met": "is surely", "broken": "is surely not", "open": "is not surely"}[outcome]
    told = f"{_signed(answer.value, unit)} against the champion (from {low} to {high}) {verb} {limit}, at {sure}"
    return _with_detail(told, answer)


def _signed(value: float, unit: Unit) -> str:
    if isinf(value):
        return "unknown"
    return f"{'−' if value < 0 else '+' if value > 0 else '±'}{show(abs(value), unit)}"


def _with_detail(text: str, answer: Estimate) -> str:
    return f"{text}: {answer.detail}" if answer.detail else text
