"""The champion beside the candidate: a difference with its direction, and what each of the two models reaches."""

from __future__ import annotations

from math import isfinite

from policykit import checks
from policykit.report.numbers import number, span
from policykit.terms.policy import Clause
from policykit.terms.quantity import Unit
from policykit.terms.verdict import Finding


def against(finding: Finding, part: Clause | None, unit: Unit) -> tuple[str, str]:
    """Return the observed number and its interval as people read them: against a champion, better or worse by how much."""
    seen = finding.observed
    if seen is None:
        return "", ""
    doubt = seen.low != seen.high
    check = checks.find(part.check) if part is not None and part.constraint.relative is not None else None
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


def models(finding: Finding, unit: Unit, confidence: str) -> str:
    """Return what each of the two models reaches: "candidate 94.8 % (93.9 to 95.5 %), champion 90.1 % (…), at 95 %"."""
    lines = finding.observed.models if finding.observed is not None else ()
    check = checks.find(finding.check)
    own = check.unit if check is not None else Unit.SHARE if unit is Unit.DIFFERENCE else unit
    parts, doubt = [], False
    for name, _, value, low, high in lines:
        if value is None:
            return ""
        between = low is not None and high is not None and low != high
        doubt = doubt or between
        interval = f" ({span(low, high, own)})" if between and low is not None and high is not None else ""
        parts.append(f"{name} {number(value, own)}{interval}")
    sure = f", at {confidence}" if doubt and parts and confidence[:1].isdigit() else ""
    return ", ".join(parts) + sure
