"""What the machine keeps instead of objects, and the two ways in which it stops."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

MOST_TOLD: Final = 50


class Refused(Exception):
    """Something at which both of Python's own machines surely stop: nothing behind it is ever imported."""


class Hidden(Exception):
    """Something that is not followed exactly as Python's machines do: nobody can tell what it would import or change."""


class Global(NamedTuple):
    """What would be imported."""

    module: str
    name: str


DTYPE: Final = ("numpy", "dtype")
NDARRAY: Final = ("numpy", "ndarray")
OBJECTS: Final = -1
"""The size of an entry that is an object."""


class Made:
    """What calling a global would give; kept for the few whose state says how many bytes follow."""

    __slots__ = ("args", "built", "of", "size")

    def __init__(self, of: Global, args: Any) -> None:
        self.of, self.args = of, args
        self.built = False
        self.size: int | None = None  # of one entry in bytes, for a kind of number


class Carrying(tuple[Any, ...]):
    """A tuple that names, somewhere inside, a class that must only be made in one way."""

    __slots__ = ()


@dataclass
class Seen:
    """What was seen in the pickles of one file."""

    globals: Counter[Global] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    streams: int = 0
    torch: bool = False  # the older file form of torch
    joblib: bool = False  # arrays of joblib lie in it

    def hide(self, why: str) -> None:
        """Write down what is not followed exactly, where it can be gone on from."""
        if why not in self.hidden and len(self.hidden) < MOST_TOLD:
            self.hidden.append(why)


NOTHING: Final = object()
SPOILT: Final = "\0"
"""Stands in a mapping that may say something else than what is known of it."""
