"""The columns of a data set as found, read from its `columns` fact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policykit.terms.measure import Fact
from policykit.terms.state import State, Stated


def columns_fact(dataset: str) -> Fact:
    """Return the fact that lists the columns of `dataset` in order, each with its kind."""
    return Fact(("datasets", dataset, "columns"))


def found_columns(state: State) -> tuple[tuple[str, str], ...]:
    """Return (name, kind) of each column in order: stated as pairs, as objects with `name` and `kind`, or as one object."""
    stated: Any = state.value if isinstance(state, Stated) else ()
    if isinstance(stated, Mapping):
        return tuple((str(name), str(kind)) for name, kind in stated.items())
    return tuple(_column(entry) for entry in stated)


def _column(entry: Any) -> tuple[str, str]:
    match entry:
        case {"name": name, "kind": kind}:
            return str(name), str(kind)
        case [name, kind]:
            return str(name), str(kind)
        case _:
            return str(entry), "other"
