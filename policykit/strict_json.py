"""JSON that can be read in one way only, and never costs more than its size."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from functools import partial
from typing import Any, Final, NoReturn

DEEPEST: Final = 64
MOST_VALUES: Final = 4_000_000

_EXACT: Final = 2**53 - 1
_MOST_DIGITS: Final = 40
_LONGEST: Final = 80
_BRACKETS: Final = {code: None for code in range(128) if chr(code) not in "[]{},"} | {ord("{"): "[", ord("}"): "]"}
_DIGITS: Final = {ord(digit): "0" for digit in "0123456789"} | {ord("E"): "e"}
_LARGE: Final = 16  # digits; with fewer, and no exponent, every number is exact and finite
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")


class NotJSON(ValueError):
    """The text is not JSON, or can be read in two ways; the message ends a sentence: "is not JSON at line 1, column 8".

    `twice`: a member is named twice, so that two programs could read two different things.
    """

    def __init__(self, message: str, *, twice: bool = False) -> None:
        super().__init__(message)
        self.twice = twice


def strict_json(data: bytes, *, deepest: int = DEEPEST, most_values: int = MOST_VALUES, exact: bool = False) -> Any:
    """Return what the JSON text says, and refuse every text that two programs could read in two ways.

    Refused: bytes that are not UTF-8, a member named twice at any depth, NaN and Infinity, numbers that overflow (`exact`:
    integers beyond 2^53 − 1 too), half surrogate pairs, nesting below `deepest`, more than `most_values` values. Depth and
    number are counted before anything is built.

    Raises:
        NotJSON: with the place where there is one.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotJSON(f"is not JSON: byte {error.start} is not UTF-8") from error
    bare = _without_strings(text, most_values=most_values)
    _count(bare, deepest=deepest, most_values=most_values)
    large = _may_be_large(bare)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_members,
            parse_constant=_constant,
            parse_int=partial(_integer, exact=exact) if large else None,
            parse_float=_float if large else None,
        )
    except json.JSONDecodeError as error:
        raise NotJSON(f"is not JSON at line {error.lineno}, column {error.colno}") from error
    if _SURROGATE.search(data):
        _refuse_half_pairs(value)
    return value


def _without_strings(text: str, *, most_values: int) -> str:
    """Return what stands between the strings of a JSON text; the end of a string that is left open is the end of the text.

    Up to the first backslash outside a string, which no JSON text has and at which the parser stops, this is exact.
    """
    if "\\" in text:
        text = text.replace("\\\\", "").replace('\\"', "")
    if text.count('"') > 4 * most_values + 2:  # a member has two strings at most, and a string two ends
        raise NotJSON(f"holds more than {most_values:,} values")
    return "".join(text.split('"')[::2])


def _may_be_large(bare: str) -> bool:
    """Return whether a number between the strings is long or has an exponent, and has to be looked at by itself."""
    zeros = bare.translate(_DIGITS)
    return "0" * _LARGE in zeros or "0e" in zeros


def _count(bare: str, *, deepest: int, most_values: int) -> None:
    """Refuse a text too deep or too full, by what stands between its strings, in linear time and without building it.

    Each round takes the innermost pairs of brackets away: what takes more rounds than levels are allowed is too deep.
    What does not pair up is left to the parser, which names the place.
    """
    bare = bare.translate(_BRACKETS)
    if bare.count(",") + bare.count("[") > most_values:
        raise NotJSON(f"holds more than {most_values:,} values")
    bare = bare.replace(",", "")
    for _ in range(deepest):
        if "[]" not in bare:
            break
        bare = bare.replace("[]", "")
    if "[]" in bare or bare.count("[") > deepest:
        raise NotJSON(f"is nested more than {deepest} deep")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise NotJSON(f"says `{_shown(twice)}` twice in one object", twice=True)
    return members


def _constant(word: str) -> NoReturn:
    raise NotJSON(f"holds `{word}`, which is not a number that JSON knows")


def _integer(digits: str, *, exact: bool) -> int:
    if len(digits) > _MOST_DIGITS or (exact and abs(int(digits)) > _EXACT):
        raise NotJSON(f"holds the number `{_shown(digits)}`, which is too large to be carried exactly")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise NotJSON(f"holds the number `{_shown(digits)}`, which is too large to be carried exactly")
    return value


def _refuse_half_pairs(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotJSON("holds half a surrogate pair, which is not text") from error


def _shown(word: str) -> str:
    """A word of the text in a message: cut, on one line, with nothing hidden in it."""
    cut = word if len(word) <= _LONGEST else f"{word[:_LONGEST]}…"
    return "".join(mark if mark.isprintable() else f"\\u{ord(mark):04x}" for mark in cut)
