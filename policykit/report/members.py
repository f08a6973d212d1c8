"""Members of a predicate, each read as the one thing it has to be."""

from __future__ import annotations

from collections.abc import Container, Mapping
from math import inf, nan
from typing import Any, Final

from policykit.terms.quantity import Unit

_UNITS: Final = frozenset(one.value for one in Unit)


class UnknownWordError(ValueError):
    """A member that only a few words can stand in holds another one."""


def text(said: object) -> str:
    """Return what has to be a text; raise TypeError where it is none."""
    if not isinstance(said, str):
        raise TypeError("no text")
    return said


def word(said: object, of: Container[str], what: str) -> str:
    """Return what has to be one of a few words; raise TypeError where it is no text, UnknownWordError where it is another."""
    if text(said) not in of:
        shown = (
            f"`{said}`" if str(said).isidentifier() and str(said).isascii() and len(str(said)) <= 40 else "something"
        )
        raise UnknownWordError(f"the report says {shown} where a {what} stands, and no report says that")
    return str(said)


def count(said: object) -> int:
    """Return what has to be a whole number; raise TypeError where it is none."""
    if isinstance(said, bool) or not isinstance(said, int):
        raise TypeError("no whole number")
    return said


def texts(said: object) -> dict[str, str]:
    """Return what has to be texts by name; raise TypeError where it is not."""
    if not isinstance(said, dict):
        raise TypeError("no texts by name")
    return {text(name): text(value) for name, value in said.items()}


def number(said: object) -> float | None:
    """Return a number as a predicate writes it: infinite where unbounded, NaN where unknown, None where there is none."""
    match said:
        case "unbounded":
            return inf
        case "-unbounded":
            return -inf
        case "unknown":
            return nan
        case None:
            return None
        case int() | float() if not isinstance(said, bool):
            return float(said)
        case _:
            raise TypeError("no number")


def unit(said: object) -> Unit:
    """Return what has to be a unit; raise TypeError or UnknownWordError where it is none."""
    return Unit(word(said, _UNITS, "unit"))


def unit_of(finding: Mapping[str, Any], rule: Mapping[str, Any]) -> Unit:
    """Return the unit of a finding's numbers; of a report of before findings told theirs, the rule's, which is its first part's."""
    if "unit" in finding:
        return unit(finding["unit"])
    return unit(rule["unit"]) if finding["part"] == 0 else Unit.NUMBER
