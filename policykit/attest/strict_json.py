"""JSON that can be read in one way only."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any, Final, NoReturn

from policykit.attest.quote import quoted
from policykit.errors import VerificationError

DEEPEST: Final = 64
MOST_VALUES: Final = 4_000_000

_EXACT: Final = 2**53 - 1
_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)  # the end is optional: an open string stays linear
_BRACKETS: Final = {code: None for code in range(128) if chr(code) not in "[]{},"} | {ord("{"): "[", ord("}"): "]"}
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")


def strict_json(data: bytes, *, deepest: int = DEEPEST, most_values: int = MOST_VALUES) -> Any:
    """Return what the JSON text says, and refuse every text that two programs could read in two ways.

    Refused: bytes that are not UTF-8, a member named twice at any depth, NaN and Infinity, integers beyond 2^53 − 1
    on either side of zero, floats that overflow, half surrogate pairs, nesting below `deepest`, more than `most_values`
    values. Depth and number are counted before anything is built.

    Raises:
        VerificationError: reason `json` or `duplicate_member`.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise VerificationError("json", f"byte {error.start} is not UTF-8, so this is not JSON") from error
    _count(text, deepest=deepest, most_values=most_values)
    try:
        value = json.loads(
            text, object_pairs_hook=_members, parse_constant=_constant, parse_int=_integer, parse_float=_float
        )
    except json.JSONDecodeError as error:
        problem = f"not JSON at line {error.lineno}, column {error.colno}"
        hint = "the file may be cut short or changed: fetch it again from where it was signed"
        raise VerificationError("json", problem, hint=hint) from error
    if _SURROGATE.search(data):
        _refuse_half_pairs(value)
    return value


def _count(text: str, *, deepest: int, most_values: int) -> None:
    """Refuse a text too deep or too full, in linear time and without building it.

    Each round takes the innermost pairs of brackets away: what takes more rounds than levels are allowed is too deep.
    What does not pair up is left to the parser, which names the place.
    """
    bare = _STRING.sub("", text).translate(_BRACKETS)
    if bare.count(",") + bare.count("[") > most_values:
        raise VerificationError("json", f"more than {most_values} values in one file")
    bare = bare.replace(",", "")
    for _ in range(deepest):
        if "[]" not in bare:
            break
        bare = bare.replace("[]", "")
    if "[]" in bare or bare.count("[") > deepest:
        raise VerificationError("json", f"nested more than {deepest} deep")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise VerificationError("duplicate_member", f"{quoted(twice)} is said twice in one object")
    return members


def _constant(word: str) -> NoReturn:
    raise VerificationError("json", f"{quoted(word)} is not a number that JSON knows")


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > _EXACT:
        raise VerificationError("json", f"the number {quoted(digits)} is too large to be carried exactly")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise VerificationError("json", f"the number {quoted(digits)} is too large to be carried exactly")
    return value


def _refuse_half_pairs(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise VerificationError("json", "half a surrogate pair is not text") from error
