"""Estimates: a number, and how sure we are of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

Line: TypeAlias = tuple[str, int, float | None, float | None, float | None]
"""A name, its rows, its value and the interval of it: one group, or one of two models."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A point value with the interval that holds it at the asked level.

    `value`, `low`, `high` in the canonical unit of the check (terms/quantity.py); an exact estimate has low = value = high.
    `exact` is the value as a fraction where it is one, so that limits are compared without rounding. `n` is how many rows
    (samples, people) it rests on; `smallest` the rows of the smallest group compared, and its name.
    `method` names the interval: "exact", "wilson", "newcombe", …; `groups` are (name, rows, value, low, high) lines to show.
    """

    value: float
    low: float
    high: float
    n: int
    method: str
    exact: Fraction | None = None
    smallest: int | None = None
    smallest_name: str = ""
    groups: tuple[Line, ...] = ()
    models: tuple[Line, ...] = ()  # of a difference: its two sides, to show
    detail: str = ""  # one lower-case sentence worth telling: "largest between `female` and `male`"


@dataclass(frozen=True, slots=True)
class Observed:
    """A thing that is not a number (an owner's name, a set of values), for `is`, `is_one_of`, `superset_of` and the like.

    `value` is None where it is absent; a tuple where it is a set. Never has doubt.
    """

    value: Any
    detail: str = ""


def exactly(value: Fraction | int, n: int, *, detail: str = "") -> Estimate:
    """Return an estimate without doubt: a number about the rows at hand."""
    number = float(value)
    return Estimate(number, number, number, n, "exact", Fraction(value), detail=detail)
