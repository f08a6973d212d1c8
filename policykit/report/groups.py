"""Groups as they are shown under a finding: their numbers, and their places on one scale that all of them share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from policykit.report import axis
from policykit.report.limits import Lines
from policykit.report.numbers import FEWEST, number, prose, span, whole
from policykit.terms.layout import GroupRow, Trace
from policykit.terms.quantity import Unit
from policykit.terms.told import ToldFinding
from policykit.terms.verdict import Finding, GroupLine

_SHARES = (Unit.DIFFERENCE, Unit.SHARE)
_EQUAL = 1e-6


@dataclass(frozen=True, slots=True)
class Groups:
    """The rows, what the ends of their scale are, and where on it the limit lets them lie: the stretch and its words."""

    rows: tuple[GroupRow, ...] = ()
    scale: tuple[str, str] = ("", "")
    window: tuple[float, float] | None = None
    words: str = ""


def groups(finding: Finding, unit: Unit, lines: Lines, before: ToldFinding | None = None) -> Groups:
    """Return the groups of `finding`, whose limit is in `unit`; those with fewer than ten people have no place and no number."""
    if not finding.groups:
        return Groups()
    own = Unit.SHARE if unit in _SHARES else unit
    past = (
        {g.name: number(g.value, own) for g in before.groups if g.value is not None and g.rows >= FEWEST}
        if before
        else {}
    )
    shown = [group for group in finding.groups if _drawable(group)]
    allowed = _window(finding, shown, unit, lines)
    ends = [
        end for group in shown for end in (group.value, group.low, group.high) if end is not None and math.isfinite(end)
    ]
    if len(shown) < 2 or not ends:
        return Groups(tuple(_row(group, own, past, None) for group in finding.groups))
    scale = axis.round_ends(min((*ends, *(allowed[:2] if allowed else ()))), max(ends))
    kept = {id(group) for group in shown}
    window = (axis.place(allowed[0], scale), axis.place(allowed[1], scale)) if allowed else None
    rows = tuple(_row(group, own, past, scale if id(group) in kept else None) for group in finding.groups)
    return Groups(rows, (number(scale[0], own), number(scale[1], own)), window, allowed[2] if allowed else "")


def _row(group: GroupLine, unit: Unit, past: dict[str, str], scale: tuple[float, float] | None) -> GroupRow:
    if group.rows < FEWEST:
        return GroupRow(group.name, f"<{FEWEST}", "", "", "fewer than ten people: hidden", True)
    value = number(group.value, unit) if group.value is not None else ""
    interval = span(group.low, group.high, unit) if group.low is not None and group.high is not None else ""
    trace = None
    if scale is not None and group.value is not None:
        low, high = (group.value if end is None else end for end in (group.low, group.high))
        trace = Trace(axis.place(low, scale), axis.place(group.value, scale), axis.place(high, scale))
    return GroupRow(
        group.name, whole(group.rows), value, interval, prose(group.note), False, trace, past.get(group.name, "")
    )


def _window(finding: Finding, shown: Sequence[GroupLine], unit: Unit, lines: Lines) -> tuple[float, float, str] | None:
    """Return where the limit lets all groups lie: only where the finding is, to the digit, the gap or the ratio of those shown."""
    values = [group.value for group in shown if group.value is not None]
    limits = [(at, text) for kind, at, text in lines.marks if kind == "limit"]
    if len(values) < 2 or len(limits) != 1 or finding.observed is None:
        return None
    low, high, seen, (at, text) = min(values), max(values), finding.observed.value, limits[0]
    if unit is Unit.DIFFERENCE and at >= 0 and abs(high - low - seen) < _EQUAL:
        return max(0.0, high - at), high, f"within {text} of the highest"
    if unit is Unit.SHARE and 0 < at <= 1 and high > 0 and abs(low / high - seen) < _EQUAL:
        return at * high, high, f"at least {text} of the highest"
    return None


def _drawable(group: GroupLine) -> bool:
    return group.rows >= FEWEST and group.value is not None and math.isfinite(group.value)
