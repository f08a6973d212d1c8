"""Members of a predicate, each read as the one thing it has to be."""

from __future__ import annotations

from math import inf, nan


def text(said: object) -> str:
    """Return what has to be a text; raise TypeError where it is none."""
    if not isinstance(said, str):
        raise TypeError("no text")
    return said


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
