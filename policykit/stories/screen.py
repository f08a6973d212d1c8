"""What text is written for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Screen:
    """What text is written for: how wide, in colour or not, with or without more than ASCII."""

    width: int = 100
    color: bool = False
    unicode: bool = True
