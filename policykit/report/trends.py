"""The trend of each measurement of a model against its limit: every position and every word, for whatever draws it. Pure."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from policykit.report import versus
from policykit.report.axis import labels
from policykit.report.limits import Lines
from policykit.report.numbers import minus, several, span
from policykit.report.said_limit import contrast, said_limit, unit_of
from policykit.report.site_names import called, report_path, rule_anchor
from policykit.terms.estimate import Estimate
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
_CARRIED: Final = "another part carries the rule"
_LAST: Final = 4
"""The rank of what is not asked any more."""


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

    @property
    def carried(self) -> bool:
        """Return whether it is a part of `any_of` that did not pass, and that another part of a passed rule stands in for."""
        return self.number.standing in ("passed", "caution") and self.number.status in ("fail", "undecided")

    @property
    def look(self) -> Look:
        """Return how it is drawn."""
        return "pass" if self.carried else look_of(self.number.status)

    @property
    def told(self) -> tuple[str, str]:
        """Return its number and its interval as people read them: against a champion, better or worse by how much."""
        return self.words(self.number.value or 0.0)

    def words(self, value: float) -> tuple[str, str]:
        """Return another value of what it measures, and its own interval, as people read them."""
        one = self.number
        low, high = (value, value) if one.low is None or one.high is None else (one.low, one.high)
        seen = Estimate(value, low, high, 0, "")
        shown, interval = versus.against(seen, one.check, self.unit, contrast=contrast(one.limit))
        return minus(shown), minus(interval)


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
    first, then those not shown yet, and last those that the newest report of their stage and gate does not ask; each stage
    and gate of a model has trends of its own.
    """
    found = defaultdict[Key, list[Measured]](list)
    newest = dict[tuple[str, str], tuple[Filed, Sequence[RuleSaid]]]()
    for filed, rules in reports:
        newest[filed.head.stage, filed.head.gate] = filed, rules
        for rule in rules:
            for key, one in _measured(filed, rule):
                found[key].append(one)
    now = {key: _now(key, all_of[-1], *newest[key.stage, key.gate]) for key, all_of in found.items()}
    worst = dict[tuple[str, ...], int]()  # the stages of one measurement stand beside each other
    for key, said in now.items():
        worst[key.asked] = min(_rank(said), worst.get(key.asked, _LAST))
    kept = sorted(found.items(), key=lambda each: (worst[each[0].asked], each[0]))
    told = _Told(found)
    return tuple(_trend(key, each, now[key], told) for key, each in kept[:MOST_TRENDS]), max(0, len(kept) - MOST_TRENDS)


def _now(key: Key, last: Measured, newest: Filed, rules: Sequence[RuleSaid]) -> Number | None:
    """Return what the newest report says of a measurement: its number, else that it could not be taken; None: not asked."""
    if last.filed is newest:
        return last.number
    asked = (one for rule in rules if rule.name == key.rule for one in rule.numbers if one.check == key.check)
    about = ("", key.about)  # what cannot be measured at all is said once, of the whole
    return next((one for one in asked if one.finding in about and not _measurable(one)), None)


def _measured(filed: Filed, rule: RuleSaid) -> Iterator[tuple[Key, Measured]]:
    """Yield what a report measured for a rule and what it is about."""
    asked = Counter((one.check, one.finding, one.unit) for one in rule.numbers)
    alike = Counter((one.check, one.finding, one.unit, one.limit) for one in rule.numbers)
    for each in rule.numbers:
        one = Measured(filed, rule, each)
        if not _measurable(each) or one.unit is Unit.PRESENCE:
            continue
        what = each.check, each.finding, each.unit
        limit = each.limit if asked[what] > 1 else ""
        which = f"{limit}, part {each.part + 1}" if alike[*what, each.limit] > 1 else limit
        yield Key(rule.name, *what, which, filed.head.stage, filed.head.gate), one


def _measurable(one: Number) -> bool:
    return one.value is not None and math.isfinite(one.value)


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


def _trend(key: Key, all_of: Sequence[Measured], now: Number | None, told: _Told) -> Trend:
    shown = all_of[-MOST_POINTS:]
    last = shown[-1]
    unit = last.unit
    limits = [_limit(one) for one in shown]
    low, high = _scale(shown, limits)
    places = [100 * (place + 0.5) / len(shown) for place in range(len(shown))]
    points = tuple(_point(one, x, low, high) for one, x in zip(shown, places, strict=True))
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
        words=minus(_words(shown, now)),
        rows=tuple(_row(one) for one in shown[: -MOST_ROWS - 1 : -1]),
        left_out=len(all_of) - min(len(shown), MOST_ROWS),
        look=last.look,
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


def _rank(one: Number | None) -> int:
    """Return how early a trend comes: neither worse than its own number nor worse than the rule that it is a part of."""
    if one is None:
        return _LAST
    part = {"fail": 0, "undecided": 1, "pass": 2}.get(one.status, 3)
    return max(part, {"failed": 0, "undecided": 1, "": 0}.get(one.standing, 2))


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


def _point(one: Measured, x: float, low: float, high: float) -> Point:
    value = one.number.value or 0.0
    ends = (one.number.low, one.number.high)
    bottom, top = (value if end is None or math.isnan(end) else end for end in ends)
    shown, interval = one.told
    label = f"{one.filed.head.version}: {shown}{f' ({interval})' if interval else ''}"
    return Point(
        x=round(x, 2),
        y=_y(value, low, high),
        low=_y(bottom, low, high),
        high=_y(top, low, high),
        look=one.look,
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


def _words(shown: Sequence[Measured], now: Number | None) -> str:
    last = shown[-1]
    value, limit = last.told[0], f"{last.number.limit}{f'; {_CARRIED}' if last.carried else ''}"
    current = now is last.number
    since = "" if current else f"not {'asked' if now is None else 'measured'} since {last.filed.head.version}; "
    if len(shown) == 1:
        return f"{since}{value}; limit {limit}"
    values = [one.number.value or 0.0 for one in shown]
    many = several(len(shown), "report")
    least, most = (last.words(pick(values))[0] for pick in (min, max))
    if least == most:
        return f"{since}{value} in all {many}; limit {limit}"
    ends = f"{least} and {most}" if contrast(last.number.limit) else span(min(values), max(values), last.unit, "and")
    return f"{since}{'now' if current else 'last'} {value}, between {ends} over {many}; limit {limit}"


def _row(one: Measured) -> TrendRow:
    head, said = one.filed.head, one.number
    words = {"pass": "pass", "fail": "fail", "undecided": "not shown yet"}
    shown, interval = one.told
    word = words.get(said.status, said.status.replace("_", " "))
    return TrendRow(
        version=called(head.version, "no version"),
        path=report_path(head),
        day=head.time[:10],
        shown=shown if contrast(said.limit) else minus(said.shown) or shown,
        interval=interval,
        limit=said.limit,
        look=one.look,
        word=f"{word}, {_CARRIED}" if one.carried else word,
    )
