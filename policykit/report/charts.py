"""Which comparisons of groups deserve a larger chart, and what each one shows. At most five."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from policykit.report import limits
from policykit.report.numbers import FEWEST, number, prose, several, whole
from policykit.report.views import order
from policykit.terms.layout import Chart, ChartBar
from policykit.terms.quantity import Unit
from policykit.terms.report import RuleLine
from policykit.terms.verdict import Finding, GroupLine

MOST_CHARTS = 5
MOST_GROUPS = 24


def charts(lines: Sequence[RuleLine], anchors: Sequence[str]) -> tuple[Chart, ...]:
    """Return the charts worth drawing: comparisons of two groups or more, those that stop the release first."""
    seen: set[tuple[object, ...]] = set()
    found: list[Chart] = []
    for line, anchor in sorted(zip(lines, anchors, strict=True), key=lambda pair: order(pair[0])):
        for finding in line.verdict.findings:
            shown = [group for group in finding.groups if _drawable(group)]
            key = (finding.slice, tuple((group.name, group.value) for group in shown))
            if len(shown) < 2 or key in seen:
                continue
            seen.add(key)
            found.append(_chart(line, finding, shown, anchor))
            if len(found) == MOST_CHARTS:
                return tuple(found)
    return tuple(found)


def _chart(line: RuleLine, finding: Finding, groups: Sequence[GroupLine], anchor: str) -> Chart:
    part = limits.clause(line, finding)
    unit = limits.unit(part, line.unit) if part else line.unit
    unit = Unit.SHARE if unit in (Unit.DIFFERENCE, Unit.SHARE) else unit
    factor, axis = _scale(unit)
    kept = sorted(groups, key=lambda group: (group.value or 0.0, group.name))
    if len(kept) > MOST_GROUPS:
        half = MOST_GROUPS // 2
        kept = kept[:half] + kept[-half:]
    bars = tuple(_bar(group, unit, factor) for group in kept)
    ends = [*_ends(bars)]
    low, high = min(ends), max(ends)
    room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    floor = max(low - room, 0.0) if low >= 0 else low - room
    ceiling = min(high + room, 100.0) if unit is Unit.SHARE and high <= 100 else high + room
    least, most = kept[0], kept[-1]
    return Chart(
        title=f"{prose(line.rule.title)}: {finding.name}" if finding.name else prose(line.rule.title),
        axis=axis,
        low=floor,
        high=ceiling,
        bars=bars,
        words=f"lowest {least.name} {number(least.value or 0.0, unit)}, highest {most.name} {number(most.value or 0.0, unit)}",
        left_out=_left_out(len(finding.groups) - len(groups), len(groups) - len(kept)),
        anchor=anchor,
    )


def _left_out(small: int, middle: int) -> str:
    said = [f"{several(small, 'group')} not drawn: fewer than ten people, or no value"] if small else []
    said += [f"{several(middle, 'group')} in the middle not drawn"] if middle else []
    return "; ".join(said)


def _bar(group: GroupLine, unit: Unit, factor: float) -> ChartBar:
    low = group.low * factor if group.low is not None and math.isfinite(group.low) else None
    high = group.high * factor if group.high is not None and math.isfinite(group.high) else None
    value = group.value or 0.0
    return ChartBar(group.name, value * factor, low, high, f"{number(value, unit)} of {whole(group.rows)}")


def _scale(unit: Unit) -> tuple[float, str]:
    match unit:
        case Unit.SHARE:
            return 100.0, "%"
        case Unit.DURATION:
            return 1000.0, "ms"
        case Unit.SIZE:
            return 1e-6, "MB"
        case _:
            return 1.0, ""


def _drawable(group: GroupLine) -> bool:
    return group.rows >= FEWEST and group.value is not None and math.isfinite(group.value)


def _ends(bars: Sequence[ChartBar]) -> Iterator[float]:
    for bar in bars:
        yield bar.value
        yield from (end for end in (bar.low, bar.high) if end is not None)
