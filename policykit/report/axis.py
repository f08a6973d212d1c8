"""Where an interval, its limit, its second limit and its caution lie on one axis from 0 to 100."""

from __future__ import annotations

import math
from collections.abc import Sequence

from policykit.report.limits import Lines
from policykit.report.numbers import number, span
from policykit.terms.estimate import Estimate
from policykit.terms.layout import Bar, Mark, Tick, Trace
from policykit.terms.quantity import Unit
from policykit.terms.told import ToldFinding

_FAR = 10.0
"""An end more than this many times beyond everything else is drawn as running on."""
_ROOM = 0.12


def bar(
    observed: Estimate,
    lines: Lines,
    unit: Unit,
    limit: str,
    *,
    beside: Sequence[Estimate] = (),
    before: ToldFinding | None = None,
) -> Bar | None:
    """Return the drawing of `observed` against its limit; None where there is nothing to draw on a line.

    `beside` are the estimates under the same limit, so that all of them are drawn on one axis; `before` is what the last
    release showed.
    """
    if unit is Unit.PRESENCE or not math.isfinite(observed.value) or not lines.marks:
        return None
    if math.isnan(observed.low) or math.isnan(observed.high):
        return None
    drawn = [observed, *(one for one in beside if math.isfinite(one.value) and one.low <= one.high)]
    last = _last(before)
    drawn += [last] if last is not None else []
    kept = [*(one.value for one in drawn), *(at for _, at, _ in lines.marks)]
    reach = _FAR * max(abs(value) for value in kept)
    lows, highs = [one.low for one in drawn], [one.high for one in drawn]
    kept += [end for end in (*lows, *highs) if not _runs_on(end, reach)]
    open_low, open_high = any(_runs_on(end, reach) for end in lows), any(_runs_on(end, reach) for end in highs)
    axis = _axis(min(kept), max(kept), unit, open_low=open_low, open_high=open_high)
    clipped_low, clipped_high = _runs_on(observed.low, reach), _runs_on(observed.high, reach)
    return Bar(
        low=0.0 if clipped_low else _at(observed.low, axis),
        value=_at(observed.value, axis),
        high=100.0 if clipped_high else _at(observed.high, axis),
        clipped_low=clipped_low,
        clipped_high=clipped_high,
        exact=observed.low == observed.high,
        marks=tuple(Mark(kind, _at(at, axis), text) for kind, at, text in lines.marks),
        good=tuple((_at(low, axis), _at(high, axis)) for low, high in lines.good),
        ticks=_labels(axis, unit),
        words=_words(observed, unit, limit)
        + (f"; last release {number(last.value, unit)}, {span(last.low, last.high, unit)}" if last else ""),
        before=Trace(_at(last.low, axis), _at(last.value, axis), _at(last.high, axis)) if last is not None else None,
    )


def place(value: float, ends: tuple[float, float]) -> float:
    """Return where a number lies between two ends, from 0 to 100."""
    return _at(value, ends)


def round_ends(low: float, high: float) -> tuple[float, float]:
    """Return the round numbers just outside of `low` and `high`."""
    width = high - low or abs(high) * 0.2 or 1.0
    power = 10.0 ** math.floor(math.log10(width / 4))
    step = next(nice * power for nice in (1, 2, 2.5, 5, 10) if nice * power >= width / 4 * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return float(f"{first * step:.12g}"), float(f"{max(last, first + 1) * step:.12g}")


def _last(before: ToldFinding | None) -> Estimate | None:
    if before is None or before.value is None or not math.isfinite(before.value):
        return None
    low, high = (before.value if end is None or math.isnan(end) else end for end in (before.low, before.high))
    return Estimate(before.value, low, high, before.n, "") if low <= high else None


def ticks(low: float, high: float) -> tuple[float, ...]:
    """Return three to six round numbers between `low` and `high`."""
    rough = (high - low) / 4
    if not (math.isfinite(rough) and rough > 0):
        return ()
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(nice * power for nice in (1, 2, 2.5, 5, 10) if nice * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    round_numbers = (float(f"{k * step:.12g}") for k in range(first, min(last, first + 8) + 1))
    return tuple(found for found in round_numbers if low - step * 1e-6 <= found <= high + step * 1e-6)


def _labels(axis: tuple[float, float], unit: Unit) -> tuple[Tick, ...]:
    """Return the labels under an axis; of numbers that read the same, the first."""
    told: dict[str, float] = {}
    each = _each(max(abs(end) for end in axis)) if unit is Unit.DURATION else 1.0
    for at in (tick * each for tick in ticks(axis[0] / each, axis[1] / each)):
        told.setdefault(number(at, unit) if at else "0", _at(at, axis))
    return tuple(Tick(at, text) for text, at in told.items())


def _each(seconds: float) -> float:
    """Return the seconds of the unit a duration is written in, so that labels are round in it."""
    return next(
        (each for limit, each in ((1, 0.001), (120, 1.0), (7200, 60.0), (172800, 3600.0)) if seconds < limit), 86400.0
    )


def _runs_on(end: float, reach: float) -> bool:
    return math.isinf(end) or (reach > 0 and abs(end) > reach)


def _axis(low: float, high: float, unit: Unit, *, open_low: bool, open_high: bool) -> tuple[float, float]:
    width = high - low or abs(high) * 0.2 or 1.0
    start = low - width * (0.3 if open_low else _ROOM)
    end = high + width * (0.3 if open_high else _ROOM)
    if low >= 0:
        start = 0.0 if low < width else max(start, 0.0)
    if unit is Unit.SHARE and high <= 1:
        end = min(end, 1.0)
    if unit is Unit.DIFFERENCE:
        start, end = max(start, -1.0), min(end, 1.0)
    return (start, end) if end > start else (start, start + width)


def _at(value: float, axis: tuple[float, float]) -> float:
    if math.isinf(value):
        return 100.0 if value > 0 else 0.0
    low, high = axis
    return round(min(100.0, max(0.0, 100 * (value - low) / (high - low))), 2)


def _words(observed: Estimate, unit: Unit, limit: str) -> str:
    between = f", between {span(observed.low, observed.high, unit, 'and')}" if observed.low != observed.high else ""
    return (
        f"observed {number(observed.value, unit)}{between}; limit: {limit}" if limit else number(observed.value, unit)
    )
