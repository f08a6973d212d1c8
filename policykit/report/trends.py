"""The trend of each measurement of a model against its limit: every position and every word, for whatever draws it. Pure."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from policykit.report.axis import labels
from policykit.report.limits import Lines
from policykit.report.numbers import minus, number, several, span
from policykit.report.said_limit import said_limit, unit_of
from policykit.report.site_names import called, report_path, rule_anchor
from policykit.terms.layout import Look
from policykit.terms.quantity import Unit
from policykit.terms.site import Filed, Number, RuleSaid
from policykit.terms.site_layout import Point, Trend, TrendRow

MOST_POINTS: Final = 40
MOST_TRENDS: Final = 30
MOST_ROWS: Final = 20
"""Of the table beside a trend: the newest measurements. All this keeps the page of a model below a megabyte."""
_FAR: Final = 4.0
"""An interval's end more than so many spans of everything else away is drawn as running on."""
_ROOM: Final = 0.08


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement in one report."""

    filed: Filed
    rule: RuleSaid
    number: Number

    @property
    def unit(self) -> Unit:
        """Return what it is counted in."""
        return unit_of(self.number.unit)

    @property
    def lines(self) -> Lines:
        """Return where its limit lies."""
        return said_limit(self.number.limit, self.unit, self.number.check)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What one line of a drawing is about: only measurements that agree in all of this are compared over time.

    `limit` is empty but where a rule asks the same of the same slice several times: under which limit, and by which part.
    """

    rule: str
    check: str
    about: str
    unit: str
    limit: str
    stage: str
    gate: str

    @property
    def asked(self) -> tuple[str, ...]:
        """Return what is asked, at whatever stage and gate."""
        return self.rule, self.check, self.about, self.unit, self.limit


def trends(reports: Iterable[tuple[Filed, Sequence[RuleSaid]]]) -> tuple[tuple[Trend, ...], int]:
    """Return the trend of each measurement over the reports of one model, oldest first, and how many more there were.

    Give it only reports that decide: an audit, a part of the rules or a look back is no release. Those that fail now come
    first, then those not shown yet; each stage and gate of a model has trends of its own.
    """
    found = defaultdict[Key, list[Measured]](list)
    for filed, rules in reports:
        for rule in rules:
            for key, one in _measured(filed, rule):
                found[key].append(one)
    worst = dict[tuple[str, ...], int]()  # the stages of one measurement stand beside each other
    for key, all_of in found.items():
        rank = _rank(all_of[-1].number)
        worst[key.asked] = min(rank, worst.get(key.asked, rank))
    kept = sorted(found.items(), key=lambda each: (worst[each[0].asked], each[0]))
    told = _Told(found)
    return tuple(_trend(key, each, told) for key, each in kept[:MOST_TRENDS]), max(0, len(kept) - MOST_TRENDS)


def _measured(filed: Filed, rule: RuleSaid) -> Iterator[tuple[Key, Measured]]:
    """Yield what a report measured for a rule and what it is about."""
    asked = Counter((one.check, one.finding, one.unit) for one in rule.numbers)
    alike = Counter((one.check, one.finding, one.unit, one.limit) for one in rule.numbers)
    for each in rule.numbers:
        one = Measured(filed, rule, each)
        if each.value is None or not math.isfinite(each.value) or one.unit is Unit.PRESENCE:
            continue
        what = each.check, each.finding, each.unit
        limit = each.limit if asked[what] > 1 else ""
        which = f"{limit}, part {each.part + 1}" if alike[*what, each.limit] > 1 else limit
        yield Key(rule.name, *what, which, filed.head.stage, filed.head.gate), one


class _Told:
    """What has to be said so that no two trends have one name: the stage, the gate, the check, the limit."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys = tuple(keys)
        self.stages = len({key.stage for key in self._keys}) > 1
        self.gates = len({(key.stage, key.gate) for key in self._keys}) > len({key.stage for key in self._keys})
        checks = defaultdict[str, set[tuple[str, str]]](set)
        for key in self._keys:
            checks[key.rule].add((key.check, key.unit))
        self._several = {rule for rule, asked in checks.items() if len(asked) > 1}

    def about(self, key: Key) -> str:
        """Return what a trend is about, as far as its rule does not say it."""
        check = key.check if key.rule in self._several else ""
        return ", ".join(filter(None, (key.about, check, key.limit)))


def _trend(key: Key, all_of: Sequence[Measured], told: _Told) -> Trend:
    shown = all_of[-MOST_POINTS:]
    last = shown[-1]
    unit = last.unit
    limits = [_limit(one) for one in shown]
    low, high = _scale(shown, limits)
    places = [100 * (place + 0.5) / len(shown) for place in range(len(shown))]
    points = tuple(_point(one, x, low, high, unit) for one, x in zip(shown, places, strict=True))
    at = limits[-1][0] if limits[-1] else None
    return Trend(
        title=called(last.rule.title, last.rule.name),
        rule=last.rule.name,
        rule_path=rule_anchor(last.rule.name),
        about=told.about(key),
        stage=key.stage if told.stages else "",
        gate=key.gate if told.gates else "",
        unit=str(unit),
        points=points,
        band=_band(points),
        line=" ".join(f"{p.x:.2f},{p.y:.2f}" for p in points),
        limits=tuple(_steps(limits, low, high)),
        limit_text=last.number.limit,
        limit_at=_y(at, low, high) if at is not None else None,
        ticks=_ticks(low, high, unit),
        first=shown[0].filed.head.version,
        last=last.filed.head.version,
        words=minus(_words(shown, unit)),
        rows=tuple(_row(one, unit) for one in shown[: -MOST_ROWS - 1 : -1]),
        left_out=len(all_of) - min(len(shown), MOST_ROWS),
        look=look_of(last.number.status),
    )


def look_of(status: str) -> Look:
    """Return how a status is drawn."""
    match status:
        case "pass":
            return "pass"
        case "fail":
            return "fail"
        case "not_applicable":
            return "not_applicable"
        case _:
            return "undecided"


def _rank(one: Number) -> int:
    return {"fail": 0, "undecided": 1, "pass": 2}.get(one.status, 3)


def _limit(one: Measured) -> tuple[float, ...]:
    return tuple(at for kind, at, _ in one.lines.marks if kind == "limit")


def _scale(shown: Sequence[Measured], limits: Sequence[tuple[float, ...]]) -> tuple[float, float]:
    """Return both ends of the axis: every value and limit within it, and every interval that does not run far away."""
    fixed = [*(one.number.value or 0.0 for one in shown), *(at for each in limits for at in each)]
    low, high = min(fixed), max(fixed)
    reach = _FAR * ((high - low) or abs(high) or 1.0)
    for one in shown:
        for end in (one.number.low, one.number.high):
            if end is not None and math.isfinite(end) and low - reach <= end <= high + reach:
                low, high = min(low, end), max(high, end)
    room = (high - low) * _ROOM or abs(high) * _ROOM or 1.0
    return (max(low - room, 0.0) if low >= 0 else low - room), high + room


def _point(one: Measured, x: float, low: float, high: float, unit: Unit) -> Point:
    value = one.number.value or 0.0
    ends = (one.number.low, one.number.high)
    bottom, top = (value if end is None or math.isnan(end) else end for end in ends)
    head = one.filed.head
    label = f"{head.version}: {minus(number(value, unit))}{_between(one.number, unit)}"
    return Point(
        x=round(x, 2),
        y=_y(value, low, high),
        low=_y(bottom, low, high),
        high=_y(top, low, high),
        look=look_of(one.number.status),
        label=label,
    )


def _y(value: float, low: float, high: float) -> float:
    if math.isinf(value):
        return 0.0 if value > 0 else 100.0
    return round(min(100.0, max(0.0, 100 - 100 * (value - low) / (high - low))), 2)


def _band(points: Sequence[Point]) -> str:
    if all(point.low == point.high for point in points):
        return ""
    there = [f"{point.x:.2f},{point.high:.2f}" for point in points]
    back = [f"{point.x:.2f},{point.low:.2f}" for point in reversed(points)]
    if len(points) == 1:  # one report alone: a short band, so that its doubt is seen
        point = points[0]
        there, back = [f"{point.x - 1:.2f},{point.high:.2f}", f"{point.x + 1:.2f},{point.high:.2f}"], [
            f"{point.x + 1:.2f},{point.low:.2f}", f"{point.x - 1:.2f},{point.low:.2f}"
        ]  # fmt: skip
    return " ".join((*there, *back))


def _steps(limits: Sequence[tuple[float, ...]], low: float, high: float) -> Iterator[str]:
    """Yield the limit as lines over the reports that had it: a limit that changed is a step."""
    width = 100 / len(limits)
    for which in range(max(map(len, limits))):
        corners, before = list[str](), False
        for place, each in enumerate(limits):
            if which >= len(each):
                before = False
                continue
            y, x = _y(each[which], low, high), place * width
            corners.append(f"{'L' if before else 'M'}{x:.2f} {y:.2f}H{x + width:.2f}")
            before = True
        if corners:
            yield "".join(corners)


def _ticks(low: float, high: float, unit: Unit) -> tuple[tuple[float, str], ...]:
    return tuple((round(100 - tick.at, 2), minus(tick.text)) for tick in labels((low, high), unit))


def _words(shown: Sequence[Measured], unit: Unit) -> str:
    last, limit = shown[-1].number, shown[-1].number.limit
    now = number(last.value or 0.0, unit)
    if len(shown) == 1:
        return f"{now}; limit {limit}"
    least, most = (pick(one.number.value or 0.0 for one in shown) for pick in (min, max))
    many = several(len(shown), "report")
    if number(least, unit) == number(most, unit):
        return f"{now} in all {many}; limit {limit}"
    return f"now {now}, between {span(least, most, unit, 'and')} over {many}; limit {limit}"


def _between(one: Number, unit: Unit) -> str:
    if one.low is None or one.high is None or one.low == one.high:
        return ""
    return f" ({minus(span(one.low, one.high, unit))})"


def _row(one: Measured, unit: Unit) -> TrendRow:
    head, said = one.filed.head, one.number
    words = {"pass": "pass", "fail": "fail", "undecided": "not shown yet"}
    return TrendRow(
        version=called(head.version, "no version"),
        path=report_path(head),
        day=head.time[:10],
        shown=minus(said.shown or number(said.value or 0.0, unit)),
        interval=_between(said, unit).strip(" ()"),
        limit=said.limit,
        look=look_of(said.status),
        word=words.get(said.status, said.status.replace("_", " ")),
    )
