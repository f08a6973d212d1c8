"""Literals: constants that know their type, and how JSON carries them exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

Scalar: TypeAlias = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Lit:
    """A constant; its type is part of its identity, because in Python `1 == True` and `1 == 1.0`."""

    value: Scalar
    kind: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", type(self.value).__name__)


def scalar_form(value: Any) -> Any:
    """Return the canonical JSON form of a constant: a float by its shortest text, a large whole number by its digits."""
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return {"int": str(value)}
    return value


def scalar_unform(body: Any) -> Any:
    """Return the constant whose canonical form is `body`, and anything else as it is; raise ValueError for NaN."""
    if isinstance(body, dict) and len(body) == 1:
        ((name, inner),) = body.items()
        if name == "float" and isinstance(inner, str):
            number = float(inner)
            if number != number:
                raise ValueError("a measure asks for no NaN: it equals nothing, itself included")
            return number
        if name == "int" and isinstance(inner, str):
            return int(inner)
    return body
