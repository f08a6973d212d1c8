"""Patterns: only what an engine of linear time can find, so that no value of a bundle can stall the gate."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

from policykit.errors import Diagnostic
from policykit.load.node import Node
from policykit.load.scalars import shown

LONGEST = 1000  # characters
MOST_REPEATS = 1000
_NOT_LINEAR = {
    "ASSERT": "looks ahead or behind",
    "ASSERT_NOT": "looks ahead or behind",
    "GROUPREF": "refers back to a group",
    "GROUPREF_EXISTS": "refers back to a group",
    "ATOMIC_GROUP": "has an atomic group",
    "POSSESSIVE_REPEAT": "has a possessive repeat",
}
_WRITTEN = (  # constructs that Python's parser does not know and other engines do
    (re.compile(r"\(\?[|R&0-9+]"), "calls itself"),
    (re.compile(r"\\[gkK][<{']"), "refers back to a group"),
    (re.compile(r"\\[GRXKZN]|\(\?[aLu#]"), "uses a mark that not every engine has"),
    (re.compile(r"\{,\d+\}"), "has a repeat without a lower end"),
)
_CLASS = re.compile(r"\\[pP](?:\{\^?[A-Za-z_=]+\}|[A-Z])")  # `\p{L}`: linear, and unknown to Python


def problems(node: Node) -> Iterator[Diagnostic]:
    """Find a pattern that is broken, or that needs more than linear time."""
    fault = _fault(node.text)
    if fault:
        hint = "write it without lookaround, back references, and atomic or possessive parts"
        yield node.problem("PK120", f"the pattern `{shown(node.text)}` {fault}", hint=hint)


@cache
def _fault(pattern: str) -> str:
    if len(pattern) > LONGEST:
        return f"is longer than {LONGEST:,} characters"
    bare = re.sub(r"\\\\", "", pattern)
    for construct, fault in _WRITTEN:
        if construct.search(bare):
            return fault
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = re._parser.parse(_CLASS.sub(r"\\w", pattern))  # type: ignore[attr-defined]  # the walk needs the tree; compile() hides it
    except (re.error, OverflowError) as error:
        return f"is broken: {getattr(error, 'msg', 'a number in it is too large')}"
    except RecursionError:
        return "is nested too deep"
    return _walk(parsed)


def _walk(tree: Any) -> str:
    waiting: list[tuple[Any, int]] = [(tree, 1)]
    while waiting:
        thing, repeats = waiting.pop()
        name = str(thing[0]) if isinstance(thing, tuple) and thing else ""
        if name in _NOT_LINEAR:
            return _NOT_LINEAR[name]
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most, _ = thing[1]
            repeats *= max(1, int(least) if str(most) == "MAXREPEAT" else int(most))
            if repeats > MOST_REPEATS:
                return f"repeats a part more than {MOST_REPEATS:,} times"
        if isinstance(thing, tuple | list) or hasattr(thing, "data"):
            waiting.extend((part, repeats) for part in thing)
    return ""
