"""The catalogue. Drop a file in a family's folder and its check exists."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from inspect import isclass
from pathlib import Path

from policykit.terms.check import Check


@cache
def ids() -> tuple[str, ...]:
    """Return the id of every check without importing one: the tree is the catalogue."""
    root = Path(__file__).parent
    return tuple(
        sorted(
            f"{file.parent.name}.{file.stem}"
            for file in root.glob("*/*.py")
            if not file.stem.startswith("_") and file.parent.name.isidentifier()
        )
    )


@cache
def find(check_id: str) -> type[Check] | None:
    """Return the check called `check_id`, importing that one file; None where there is none."""
    if check_id not in ids():
        return None
    module = import_module(f"{__name__}.{check_id}")
    for name, thing in vars(module).items():
        if isclass(thing) and issubclass(thing, Check) and thing.__module__ == module.__name__ and name[0] != "_":
            found: type[Check] = thing
            return found
    raise AssertionError(f"{module.__name__} holds no check")


def catalogue() -> Mapping[str, type[Check]]:
    """Return every check by id, in id order."""
    return {check_id: check for check_id in ids() if (check := find(check_id)) is not None}


__all__ = ["catalogue", "find", "ids"]
