"""Sources: how near to the data a number was seen."""

from __future__ import annotations

from enum import StrEnum


class Source(StrEnum):
    """Where evidence comes from, strongest first."""

    RECOMPUTED = "recomputed"
    ATTESTED = "attested"
    DECLARED = "declared"
