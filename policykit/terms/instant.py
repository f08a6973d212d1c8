"""Instants: how a moment is written down, and how far two clocks may differ."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""How far ahead of ours the clock of whoever signed may be."""


def judged_on_its_day(stated: object, made: datetime) -> bool:
    """Return whether what was made at this moment judges as of its own day, by the calendar of any place on earth."""
    return stated in [(made + timedelta(hours=hours)).date().isoformat() for hours in (-14, 0, 14)]


def made_on_its_day(stated: str, made: str) -> bool:
    """Return the same of a moment as it is written; it is not so where that is none."""
    try:
        moment = datetime.fromisoformat(made)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return judged_on_its_day(stated, moment)
    except (ValueError, OverflowError):
        return False


def rfc3339(moment: datetime) -> str:
    """Return a moment in UTC, to the second, as statements and messages write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
