"""Decisions: the one word a report ends in, and what was noticed on the way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Decision(StrEnum):
    """Whether the bundle may be promoted."""

    ALLOWED = "ALLOWED"
    BLOCKED = "BLOCKED"
    HELD = "HELD"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about the bundle or the policies as a whole; level error blocks, warning and note never do."""

    level: Literal["error", "warning", "note"]
    code: str
    text: str
