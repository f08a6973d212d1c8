"""Places: where in a file something was written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written: lines and columns count from 1."""

    path: str
    line: int = 0
    column: int = 0


NOWHERE = Place("")
