"""Matches: which policies speak of a bundle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policykit.terms.policy import Policy


@dataclass(frozen=True, slots=True)
class Match:
    """Whether a policy speaks of this bundle at this stage, and why; `held` names a label asked for and absent.

    Where the policy is being rolled out to this bundle, `advises_until` is the ISO day from which it blocks; until then it
    holds nothing either.
    """

    policy: Policy
    matched: bool
    why: str
    held: str = ""
    advises_until: str = ""
