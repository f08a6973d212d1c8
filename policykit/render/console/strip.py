"""An interval against its limit, in one line of a terminal."""

from __future__ import annotations

from policykit.render.console.paper import Signs
from policykit.terms.layout import Bar


def strip(bar: Bar, cells: int, signs: Signs) -> list[tuple[str, str]]:
    """Return the drawing as `cells` (sign, part) pairs: part is good, bad, together, interval, point, limit, surely or caution."""
    drawn = [(signs.bad, "bad")] * cells
    for low, high in bar.good:
        for at in range(_cell(low, cells), _cell(high, cells) + 1):
            drawn[at] = (signs.good, "good")
    if bar.together is not None:
        for at in range(_cell(bar.together.low, cells), _cell(bar.together.high, cells) + 1):
            drawn[at] = (signs.wider, "together")
    for mark in sorted(bar.marks, key=lambda one: one.kind == "limit"):
        drawn[_cell(mark.at, cells)] = (getattr(signs, mark.kind), mark.kind)
    if not bar.exact:
        low, high = _cell(bar.low, cells), _cell(bar.high, cells)
        for at in range(low, high + 1):
            if drawn[at][1] not in ("limit", "surely"):
                drawn[at] = (signs.line, "interval")
        if bar.clipped_low:
            drawn[low] = (signs.runs_low, "interval")
        if bar.clipped_high:
            drawn[high] = (signs.runs_high, "interval")
    drawn[_cell(bar.value, cells)] = (signs.point, "point")
    return drawn


def _cell(at: float, cells: int) -> int:
    return min(cells - 1, max(0, int(at * cells / 100)))
