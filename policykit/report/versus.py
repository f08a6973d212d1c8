"""The champion beside the candidate: a difference with its direction, and what each of the two models reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from policykit import checks
from policykit.report.axis import pair
from policykit.report.numbers import minus, number, span
from policykit.report.said_limit import contrast
from policykit.terms.estimate import Estimate, Line
from policykit.terms.layout import Bar
from policykit.terms.quantity import Unit

_ALONE = "no interval of its own: only the difference was counted"


@dataclass(frozen=True, slots=True)
class Numbers:
    """A number and its interval as people read them; of a difference from a champion also what each of the two models reaches."""

    observed: str = ""
    interval: str = ""
    models: str = ""


def numbers(seen: Estimate | None, check_id: str, unit: Unit, limit: str, confidence: str) -> Numbers:
    """Return an estimate as it is told beside its limit; `confidence` is what its intervals hold it at."""
    if seen is None:
        return Numbers()
    observed, interval = against(seen, check_id, unit, contrast=contrast(limit))
    return Numbers(observed, interval, models(seen.models, _own(check_id, unit), confidence))


def both(seen: Estimate, check_id: str, unit: Unit, words: str) -> Bar | None:
    """Return the drawing of the two models behind a difference, on one axis; None where there are no two numbers."""
    return pair(*seen.models, _own(check_id, unit), words) if len(seen.models) == 2 else None


def against(seen: Estimate, check_id: str, unit: Unit, *, contrast: bool) -> tuple[str, str]:
    """Return an observed number and its interval as people read them: against a champion, better or worse by how much."""
    doubt = seen.low != seen.high
    check = checks.find(check_id) if contrast else None
    if check is None or check.better == "neither" or not isfinite(seen.value):
        return number(seen.value, unit), span(seen.low, seen.high, unit) if doubt else ""
    up = check.better == "higher"
    ends = (seen.low, seen.high) if up else (-seen.high, -seen.low)
    value = seen.value if up else -seen.value
    told = f"{'better' if value > 0 else 'worse'} by {number(abs(value), unit)}" if value else "equal"
    if not doubt:
        return told, ""
    low, high = ends
    if low >= 0:
        return told, f"{span(low, high, unit)} better"
    if high <= 0:
        return told, f"{span(-high, -low, unit)} worse"
    return told, f"{number(-low, unit)} worse to {number(high, unit)} better"


def held_to(together: tuple[float, float] | None, check_id: str, unit: Unit, limit: str) -> str:
    """Say the wider interval that a fail was held to, among several findings; empty where there is none."""
    if together is None:
        return ""
    low, high = together
    _, interval = against(Estimate(0.0, low, high, 0, ""), check_id, unit, contrast=contrast(limit))
    return f"looked at together with the others: {minus(interval or number(low, unit))}"


def models(lines: Sequence[Line], unit: Unit, confidence: str) -> str:
    """Return what each of two models reaches: "candidate 94.8 % (93.9 to 95.5 %), champion 90.1 % (…), at 95 %"."""
    parts, doubt = [], any(_doubted(line) for line in lines)
    for line in lines:
        name, _, value, low, high = line
        if value is None:
            return ""
        interval = f" ({span(low, high, unit)})" if low is not None and high is not None and low != high else ""
        unknown = f" ({_ALONE})" if doubt and low is None else ""
        parts.append(f"{name} {number(value, unit)}{interval or unknown}")
    sure = f", at {confidence}" if doubt and parts and confidence[:1].isdigit() else ""
    return ", ".join(parts) + sure


def _own(check_id: str, unit: Unit) -> Unit:
    """Return the unit of each of two models whose difference is in `unit`: that of the check, where it is known."""
    check = checks.find(check_id)
    return check.unit if check is not None else Unit.SHARE if unit is Unit.DIFFERENCE else unit


def _doubted(line: Line) -> bool:
    _, _, value, low, high = line
    return value is not None and low is not None and high is not None and low != high
