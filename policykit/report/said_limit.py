"""Where the limit of a finding lies, read back from the words that a report says it in."""

from __future__ import annotations

import math
import re
from typing import Final

from policykit.report.limits import NO_LINES, Lines, Way, against
from policykit.terms.quantity import Unit, UnitError, parse

_ONE: Final = re.compile(r"(?:(surely) )?(at least|at most|above|below|exactly) (.+)")
_TWO: Final = re.compile(r"between (.+?) and (.+)")
_CONTRAST: Final = re.compile(r"(?:at most|at least) (.+?)(?: of its value)? (worse|better) than that of .+", re.DOTALL)


def contrast(text: str) -> bool:
    """Return whether a limit is held against another model: "at most 1 pp worse than that of the champion"."""
    return _CONTRAST.fullmatch(text) is not None


def said_limit(text: str, unit: Unit, check: str = "") -> Lines:
    """Return the lines and allowed stretches of a limit such as "at most 10 pp, and surely at most 15 pp".

    What is no number in this unit has no line: its words are shown alone. So has a limit against another model where `check`,
    which knows which way is better, is not known.
    """
    other = _CONTRAST.fullmatch(text)
    if other is not None:
        amount = _number(other.group(1), unit)
        way: Way = "worse" if other.group(2) == "worse" else "better"
        return against(check, way, amount, other.group(1)) if amount is not None else NO_LINES
    low, high, marks = -math.inf, math.inf, list[tuple[str, float, str]]()
    for part in text.split(", and "):
        two, one = _TWO.fullmatch(part), _ONE.fullmatch(part)
        if two is not None:
            ends = (_number(two.group(1), unit), _number(two.group(2), unit))
        elif one is not None:
            at = _number(one.group(3), unit)
            ends = (at, at)
        else:
            return NO_LINES
        if ends[0] is None or ends[1] is None:
            return NO_LINES
        first, last = ends[0], ends[1]
        if one is not None and one.group(1):
            marks.append(("surely", first, one.group(3)))
            continue
        if two is not None or (one is not None and one.group(2) == "exactly"):
            low, high = first, last
        elif one is not None and one.group(2) in ("at least", "above"):
            low = max(low, first)
        else:
            high = min(high, last)
        said = two.groups() if two is not None else (one.group(3),) if one is not None else ()
        marks += [("limit", end, word) for end, word in zip(dict.fromkeys((first, last)), said, strict=False)]
    if not any(kind == "limit" for kind, _, _ in marks):
        return NO_LINES
    return Lines(
        tuple(("limit" if kind == "limit" else "surely", at, word) for kind, at, word in marks), ((low, high),)
    )


def unit_of(text: str) -> Unit:
    """Return the unit that a report names; a bare number where it is one of a newer version."""
    try:
        return Unit(text)
    except ValueError:
        return Unit.NUMBER


def _number(text: str, unit: Unit) -> float | None:
    try:
        return float(parse(text, unit).value)
    except (UnitError, OverflowError, ValueError):
        return None
