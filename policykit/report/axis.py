"""Where an interval, its limit, its second limit and its caution lie on one axis from 0 to 100."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from policykit.report.limits import Lines
from policykit.report.numbers import minus, number, span
from policykit.terms.estimate import Estimate, Line
from policykit.terms.layout import Bar, Mark, Tick, Trace
from policykit.terms.quantity import Unit
from policykit.terms.told import ToldFinding
from policykit.terms.verdict import Finding

_FAR = 10.0
"""An end more than this many times beyond everything else is drawn as running on."""
_ROOM = 0.12
_MOST_ALIKE = 50
Alike: TypeAlias = Mapping[tuple[str, str], Sequence[Estimate]]
"""The estimates of one rule by their check and limit: those alike are drawn on one axis."""


def bar(
    observed: Estimate,
    lines: Lines,
    unit: Unit,
    limit: str,
    *,
    said: tuple[str, str] | None = None,
    together: tuple[float, float] | None = None,
    held: str = "",
    beside: Sequence[Estimate] = (),
    before: ToldFinding | None = None,
) -> Bar | None:
    """Return the drawing of `observed` against its limit; None where there is nothing to draw on a line.

    `said` is the number and its interval where they are told as better or worse than another model; `together` the wider
    interval that a fail was held to, and `held` its words; `beside` are the estimates under the same limit, so that all of
    them are drawn on one axis; `before` is what the last release showed.
    """
    if unit is Unit.PRESENCE or not _drawable(observed) or not lines.marks:
        return None
    last = _last(before)
    wider = next(_wider(observed, together), None)
    shown = [observed, *(one for one in (wider, last) if one is not None and _drawable(one))]
    axis, reach = _fitted([*shown, *filter(_drawable, beside)], [at for _, at, _ in lines.marks], unit)
    words = _words(observed, unit, limit, said)
    words += f"; {held}" if held else ""
    words += f"; last release {number(last.value, unit)}, {span(last.low, last.high, unit)}" if last else ""
    return replace(
        _drawn(observed, axis, reach),
        marks=tuple(Mark(kind, _at(at, axis), text) for kind, at, text in lines.marks),
        good=tuple((_at(low, axis), _at(high, axis)) for low, high in lines.good),
        ticks=labels(axis, unit),
        words=words,
        label=_label(lines, axis),
        before=_trace(last, axis) if last is not None else None,
        together=_trace(wider, axis) if wider is not None else None,
    )


def pair(candidate: Line, champion: Line, unit: Unit, words: str) -> Bar | None:
    """Return the drawing of two models on one axis, the champion below the candidate; None where one of them has no number."""
    mine, other = _estimate(candidate), _estimate(champion)
    if mine is None or other is None or unit is Unit.PRESENCE or not (_drawable(mine) and _drawable(other)):
        return None
    axis, reach = _fitted([mine, other], [], unit)
    return replace(_drawn(mine, axis, reach), ticks=labels(axis, unit), words=words, before=_trace(other, axis))


def alike(findings: Sequence[Finding]) -> Alike:
    """Return the estimates of a rule's findings by check and limit, with the wider intervals that fails were held to."""
    found: dict[tuple[str, str], list[Estimate]] = {}
    for finding in findings:
        estimates = found.setdefault((finding.check, finding.limit), [])
        if finding.observed is not None and len(estimates) < _MOST_ALIKE:
            estimates += [finding.observed, *_wider(finding.observed, finding.together)]
    return found


def room(observed: Estimate, lines: Lines, unit: Unit, beside: Sequence[Estimate]) -> tuple[bool, float]:
    """Return whether a number is exact, and how far its interval stays from its limit, of an axis of 100 shared with `beside`."""
    ats = [at for kind, at, _ in lines.marks if kind == "limit"]
    if unit is Unit.PRESENCE or not _drawable(observed) or not ats:
        return True, 100.0
    axis, reach = _fitted([observed, *filter(_drawable, beside)], [at for _, at, _ in lines.marks], unit)
    drawn = _drawn(observed, axis, reach)
    return drawn.exact, min(abs(_at(at, axis) - end) for at in ats for end in (drawn.low, drawn.high))


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


def _fitted(drawn: Sequence[Estimate], marks: Sequence[float], unit: Unit) -> tuple[tuple[float, float], float]:
    """Return an axis that holds every value, every mark and every end that is not far away, and how far that is."""
    kept = [*(one.value for one in drawn), *marks]
    reach = _FAR * max(abs(value) for value in kept)
    lows, highs = [one.low for one in drawn], [one.high for one in drawn]
    kept += [end for end in (*lows, *highs) if not _runs_on(end, reach)]
    open_low, open_high = (any(_runs_on(end, reach) for end in ends) for ends in (lows, highs))
    return _axis(min(kept), max(kept), unit, open_low=open_low, open_high=open_high), reach


def _drawn(one: Estimate, axis: tuple[float, float], reach: float) -> Bar:
    """Return a number with its interval on an axis, and nothing else."""
    clipped_low, clipped_high = _runs_on(one.low, reach), _runs_on(one.high, reach)
    return Bar(
        low=0.0 if clipped_low else _at(one.low, axis),
        value=_at(one.value, axis),
        high=100.0 if clipped_high else _at(one.high, axis),
        clipped_low=clipped_low,
        clipped_high=clipped_high,
        exact=one.low == one.high,
    )


def _wider(observed: Estimate, together: tuple[float, float] | None) -> Iterator[Estimate]:
    if together is not None:
        yield replace(observed, low=together[0], high=together[1])


def _trace(one: Estimate, axis: tuple[float, float]) -> Trace:
    return Trace(_at(one.low, axis), _at(one.value, axis), _at(one.high, axis))


def _drawable(one: Estimate) -> bool:
    return math.isfinite(one.value) and one.low <= one.high


def _estimate(line: Line) -> Estimate | None:
    """Return one of two models as an estimate; one whose interval nobody knows is a point."""
    _, rows, value, low, high = line
    if value is None:
        return None
    return Estimate(value, value if low is None else low, value if high is None else high, rows, "")


def _last(before: ToldFinding | None) -> Estimate | None:
    return None if before is None else _estimate(("", before.n, before.value, before.low, before.high))


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


def _label(lines: Lines, axis: tuple[float, float]) -> Tick | None:
    """Return what the limit is called: two limits have one label between them, so that they never cover each other."""
    limits = [(at, text) for kind, at, text in lines.marks if kind == "limit"]
    if not limits:
        return None
    told = " to ".join(dict.fromkeys(text for _, text in limits))
    return Tick(round(sum(_at(at, axis) for at, _ in limits) / len(limits), 2), f"limit {told}")


def labels(axis: tuple[float, float], unit: Unit) -> tuple[Tick, ...]:
    """Return the labels under an axis; of numbers that read the same, the first."""
    told: dict[str, float] = {}
    each = _each(max(abs(end) for end in axis)) if unit is Unit.DURATION else 1.0
    for at in (tick * each for tick in ticks(axis[0] / each, axis[1] / each)):
        told.setdefault(minus(number(at, unit)) if at else "0", _at(at, axis))
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


def _words(observed: Estimate, unit: Unit, limit: str, said: tuple[str, str] | None) -> str:
    between = f"between {span(observed.low, observed.high, unit, 'and')}" if observed.low != observed.high else ""
    parts = said if said is not None else (number(observed.value, unit), between)
    told = ", ".join(filter(None, parts))
    return f"observed {told}; limit: {limit}" if limit else told
