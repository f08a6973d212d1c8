"""A reason for refusing: one sentence for the person who has to act on it, and what to do."""

from __future__ import annotations

from typing import NamedTuple


class Reason(NamedTuple):
    """What happened, and what to do about it: one plain sentence each."""

    sentence: str
    do: str = ""
