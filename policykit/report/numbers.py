"""Numbers as a person reads them, and prose as one line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from policykit.terms.layout import FEWEST
from policykit.terms.quantity import Unit, show

__all__ = ["FEWEST", "listed", "minus", "number", "plain", "prose", "several", "span", "whole"]

_BLANKS = re.compile(r"[\t\r\n][ \t\r\n]*| [ \t\r\n]+")  # one blank between words stays as it is
_OPEN_HIGH = re.compile(r"\(from ([^()`]{1,60}) to unknown\)")
_OPEN_LOW = re.compile(r"\(from unknown to ([^()`]{1,60})\)")
_HYPHEN = re.compile(r"(?<!\S)-(?=[\d∞])")
_COUNTED = re.compile(r"(?P<number>[-\d.,∞]+) (?P<unit>.+)")


def number(value: float, unit: Unit) -> str:
    """Write one number with its unit; `∞` and `not a number` where it has none."""
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return show(value, unit)


def span(low: float, high: float, unit: Unit, word: str = "to") -> str:
    """Write two numbers, the unit once where it is the same: `7.1 to 9.6 pp`."""
    first, second = number(low, unit), number(high, unit)
    one, two = _COUNTED.fullmatch(first), _COUNTED.fullmatch(second)
    if one and two and one["unit"] == two["unit"]:
        return f"{one['number']} {word} {second}"
    return f"{first} {word} {second}"


def minus(shown: str) -> str:
    """Return numbers as they are shown, each below zero with a minus sign and not with a hyphen."""
    return _HYPHEN.sub("−", shown)


def prose(text: str) -> str:
    """Join a text written over several lines into one; other control characters stay, to be made visible."""
    return _BLANKS.sub(" ", text).strip()


def plain(text: str) -> str:
    """Return a reason as one line; an end that nothing bounds is called so, and not a number that nobody knows."""
    return _OPEN_LOW.sub(r"(from no bound yet to \1)", _OPEN_HIGH.sub(r"(from \1 to no bound yet)", prose(text)))


def whole(count: int) -> str:
    """Write a whole number with thousands apart."""
    return f"{count:,}"


def several(count: int, one: str, many: str = "") -> str:
    """Write `1 rule`, `3 rules`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(words: Iterable[str]) -> str:
    """Write `a`, `a and b`, `a, b and c`."""
    *rest, last = [*words] or [""]
    return f"{', '.join(rest)} and {last}" if rest else last
