"""History: what the ledger knew when a report was made."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attempt:
    """An earlier report that used the same held-out data."""

    at: str  # RFC 3339
    bundle: str  # name and version
    decision: str
    payload: str  # sha256 of the signed payload, lower-case hex


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """Somebody promoted without a permit: red on every page for thirty days."""

    at: str
    stage: str
    bundle: str
    who: tuple[str, ...]
    reason: str
    until: str  # ISO day, inclusive


@dataclass(frozen=True, slots=True)
class History:
    """The ledger as read before judging, and the attempts against the same held-out data that it holds.

    `spent` is the chance that a model with a true value at its limit would have passed at least one of all looks, this one
    counted: (of looks at growing data, of independent looks).
    """

    origin: str
    size: int
    root: str  # lower-case hex
    attempts: tuple[Attempt, ...] = ()
    spent: tuple[float, float] | None = None
    break_glass: tuple[BreakGlass, ...] = ()
    unread: int = 0  # entries whose signed file is not kept here: attempts are then at least this many

    @property
    def looks(self) -> int:
        """Return how often the held-out data has been looked at, this time counted."""
        return len(self.attempts) + 1
