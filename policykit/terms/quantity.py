"""Quantities: a number with the unit it was written in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction


class Unit(StrEnum):
    """What kind of number a check gives; each is held in one canonical unit."""

    SHARE = "share"  # 0.8, 80 %, 4/5: held as a share of one
    DIFFERENCE = "difference"  # 10 pp: held as a share of one
    DURATION = "duration"  # 200 ms, 90 days: held in seconds
    SIZE = "size"  # 20 MB: held in bytes
    COUNT = "count"  # 2000, 2000 rows
    NUMBER = "number"  # bare, in the check's own unit
    PRESENCE = "presence"  # present or absent: not a number


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact value in the canonical unit, and the text a person wrote for it."""

    value: Fraction
    unit: Unit
    text: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.text or show(self.value, self.unit)


class UnitError(ValueError):
    """A quantity was written with a missing, wrong or ambiguous unit; `hint` names the right ones."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


_SECONDS = {
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "minutes": Fraction(60),
    "minute": Fraction(60),
    "hours": Fraction(3600),
    "hour": Fraction(3600),
    "days": Fraction(86400),
    "day": Fraction(86400),
}
_BYTES = {"KB": Fraction(1000), "MB": Fraction(10**6), "GB": Fraction(10**9)}
_WRITTEN = re.compile(
    r"(?P<number>[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?)(?:/(?P<over>[0-9]+))?"
    r"\s*(?P<unit>%|[A-Za-z]*)"
)  # no other digits than these ten: a limit reads the same to everybody
_RIGHT = {
    Unit.SHARE: "write a share such as `80 %`, `4/5` or `0.8`",
    Unit.DIFFERENCE: "write percentage points such as `10 pp`",
    Unit.DURATION: "write a duration such as `200 ms`, `3 s`, `15 minutes`, `4 hours` or `90 days`",
    Unit.SIZE: "write a size such as `500 KB`, `20 MB` or `1 GB`",
    Unit.COUNT: "write a count such as `2000` or `2000 rows`",
    Unit.NUMBER: "write a bare number, in the check's own unit",
    Unit.PRESENCE: "write `is: present` or `is: absent`",
}


def parse(text: str, unit: Unit) -> Quantity:
    """Read `text` as a quantity of `unit`; raise `UnitError` with a hint naming the right units."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or len(text) > 64 or (found["over"] is not None and int(found["over"]) == 0):
        raise UnitError(f"`{text}` is not a number with a unit", _RIGHT[unit])
    number = Fraction(found["number"]) / int(found["over"] or 1)
    factor = _factor(found["unit"], unit, text)
    if unit is Unit.COUNT and (number * factor).denominator != 1:
        raise UnitError(f"`{text}` is not a whole number", _RIGHT[unit])
    return Quantity(number * factor, unit, text.strip())


def reach(
    unit: Unit, bounds: tuple[float | None, float | None] = (None, None), *, ratio: bool = False, gap: bool = False
) -> tuple[Fraction | None, Fraction | None]:
    """Return the smallest and largest number there can be, None where there is no end.

    `bounds` are those of a bare number; a share that is a `ratio` may pass one; a difference that is a `gap` is never below 0.
    """
    match unit:
        case Unit.SHARE:
            return Fraction(0), None if ratio else Fraction(1)
        case Unit.DIFFERENCE:
            return Fraction(0) if gap else Fraction(-1), Fraction(1)
        case Unit.DURATION | Unit.SIZE | Unit.COUNT:
            return Fraction(0), None
        case Unit.NUMBER:
            low, high = bounds
            return None if low is None else Fraction(low), None if high is None else Fraction(high)
        case Unit.PRESENCE:
            return None, None


def _factor(written: str, unit: Unit, text: str) -> Fraction:
    match unit:
        case Unit.SHARE if written in ("%", ""):
            return Fraction(1, 100) if written else Fraction(1)
        case Unit.DIFFERENCE if written == "pp":
            return Fraction(1, 100)
        case Unit.DIFFERENCE if written == "%":
            number = text.replace("%", "").strip()
            raise UnitError(
                f"`{text}` of a difference can be read two ways",
                f"write `{number} pp` for {number} percentage points, or `{number} % relative` where a relative loss is meant",
            )
        case Unit.DURATION if written in _SECONDS:
            return _SECONDS[written]
        case Unit.SIZE if written in _BYTES:
            return _BYTES[written]
        case Unit.COUNT if written in ("", "row", "rows"):
            return Fraction(1)
        case Unit.NUMBER if written == "":
            return Fraction(1)
        case _:
            missing = f"`{text}` lacks its unit" if not written else f"`{written}` is not a unit of this check"
            raise UnitError(missing, _RIGHT[unit])


def show(value: float | Fraction | int, unit: Unit) -> str:
    """Write `value` (in the canonical unit) as a person reads it: `91.3 %`, `8.4 pp`, `182 ms`, `1,204`."""
    number = float(value)
    match unit:
        case Unit.SHARE:
            return f"{_short(number * 100)} %"
        case Unit.DIFFERENCE:
            return f"{_short(number * 100)} pp"
        case Unit.DURATION:
            return _duration(number)
        case Unit.SIZE:
            return _size(number)
        case Unit.COUNT:
            return f"{number:,.0f}" if number.is_integer() else f"{number:,.1f}"
        case Unit.NUMBER:
            return f"{number:.4g}" if abs(number) < 1e4 else f"{number:,.6g}"
        case Unit.PRESENCE:
            return "present" if number else "absent"


def _short(number: float) -> str:
    for digits in (1, 2, 3, 4):
        if abs(number) >= 10 ** -(digits - 1) or number == 0:
            break
    text = f"{number:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _duration(seconds: float) -> str:
    size = abs(seconds)
    if size < 1:
        return f"{seconds * 1000:.4g} ms"
    for limit, each, word in ((120, 1, "s"), (7200, 60, "minutes"), (172800, 3600, "hours")):
        if size < limit:
            return f"{seconds / each:.4g} {word}"
    days = seconds / 86400
    return f"{days:,.0f} days" if days.is_integer() or abs(days) >= 1000 else f"{days:.4g} days"


def _size(count: float) -> str:
    for each, word in ((10**9, "GB"), (10**6, "MB"), (10**3, "KB")):
        if abs(count) >= each:
            return f"{count / each:.4g} {word}"
    return f"{count / 1000:.4g} KB"
