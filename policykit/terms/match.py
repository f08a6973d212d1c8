"""Matches: which policies speak of a bundle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policykit.terms.policy import Policy


@dataclass(frozen=True, slots=True)
class Match:
    """Whether a policy speaks of this bundle at this stage, and why; `held` names a label asked for and absent."""

    policy: Policy
    matched: bool
    why: str
    held: str = ""
