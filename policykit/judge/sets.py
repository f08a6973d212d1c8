"""Compare a value that is not a number with the closed comparators: presence, equality, sets."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from policykit.terms.expr import Lit
from policykit.terms.policy import Constraint


def in_set(value: Any, constraint: Constraint) -> bool | None:
    """Return whether `value` meets every set comparator, or None where the constraint has none for it."""
    several = frozenset(_plain(part) for part in value) if isinstance(value, tuple | list | set | frozenset) else None
    answers: list[bool] = []
    if constraint.presence is not None:
        answers.append((value is not None) == (constraint.presence == "present"))
    if isinstance(constraint.equals, Lit):
        answers.append(several is None and _plain(value) == _plain(constraint.equals))
    for wanted, inside in ((constraint.is_one_of, True), (constraint.none_of, False)):
        if wanted is not None:
            listed = _set(wanted)
            found = several if several is not None else frozenset({_plain(value)})
            answers.append(value is not None and (found <= listed if inside else not found & listed))
    if constraint.superset_of is not None:
        answers.append(several is not None and several >= _set(constraint.superset_of))
    if constraint.subset_of is not None:
        answers.append(several is not None and several <= _set(constraint.subset_of))
    return all(answers) if answers else None


def _set(values: tuple[Lit, ...]) -> frozenset[tuple[str, Any]]:
    return frozenset(_plain(value) for value in values)


def _plain(value: Any) -> tuple[str, Any]:
    """A value with its kind, because in Python `1 == True`; whole and decimal numbers are one kind."""
    inner = value.value if isinstance(value, Lit) else value
    match inner:
        case bool():
            return ("truth", inner)
        case int() | float() | Fraction():
            return ("number", Fraction(inner))
        case _:
            return ("text", inner)
