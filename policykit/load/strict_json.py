"""JSON documents that can be read in one way only, and never cost more than their size."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any, Final, NoReturn

DEEPEST: Final = 64
MOST_VALUES: Final = 2_000_000
_MOST_DIGITS: Final = 40

_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)  # the end is optional: an open string stays linear
_BRACKET: Final = re.compile(r"[\[\]{}]")
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")


class NotJSON(ValueError):
    """The text is not JSON, or says something twice; the message is the end of a sentence: "is not JSON: …"."""


def strict_json(data: bytes, *, most_values: int = MOST_VALUES) -> Any:
    """Return what the JSON text says.

    Refused: bytes that are not UTF-8, a member named twice, NaN and Infinity, numbers that overflow, half surrogate pairs,
    nesting below 64, more than `most_values` values. Depth and number are counted before anything is built.

    Raises:
        NotJSON: with the place where there is one.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotJSON(f"is not JSON: byte {error.start} is not UTF-8") from error
    _count(text, most_values)
    try:
        value = json.loads(
            text, object_pairs_hook=_members, parse_constant=_constant, parse_int=_integer, parse_float=_float
        )
    except json.JSONDecodeError as error:
        raise NotJSON(f"is not JSON at line {error.lineno}, column {error.colno}") from error
    if _SURROGATE.search(data):
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError as error:
            raise NotJSON("holds half a surrogate pair, which is not text") from error
    return value


def _count(text: str, most_values: int) -> None:
    bare = _STRING.sub("", text)
    if bare.count(",") + bare.count("[") + bare.count("{") > most_values:
        raise NotJSON(f"holds more than {most_values:,} values")
    depth = 0
    for bracket in _BRACKET.finditer(bare):
        depth += 1 if bracket.group() in "[{" else -1
        if depth > DEEPEST:
            raise NotJSON(f"is nested more than {DEEPEST} deep")
        if depth < 0:
            return  # more closed than opened: the parser names the place


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise NotJSON(f"says `{twice[:80]}` twice in one object")
    return members


def _constant(word: str) -> NoReturn:
    raise NotJSON(f"holds `{word}`, which is not a number that JSON knows")


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise NotJSON(f"holds a number of {len(digits)} digits")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise NotJSON(f"holds the number `{digits[:40]}`, which is too large")
    return value
