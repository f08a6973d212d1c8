"""What is said of policies that are being rolled out, and in which mode a run is made that nothing can stop."""

from __future__ import annotations

from typing import Final, Literal

from policykit.terms.plan import Plan
from policykit.terms.report import Decision, Notice

NOTHING_BLOCKS: Final = "nothing blocks yet: every policy that applies is being rolled out"


def nothing_blocks(plan: Plan) -> bool:
    """Return whether policies speak of this bundle, and all that do are being rolled out to it."""
    speaking = [match for match in plan.matches if match.matched or match.held or match.advises_until]
    return bool(speaking) and all(match.advises_until for match in speaking)


def mode_of(plan: Plan, asked: Literal["enforce", "audit"]) -> Literal["enforce", "audit"]:
    """Return the mode of a run: a run that nothing can stop enforces nothing, and is stamped so."""
    return "audit" if nothing_blocks(plan) else asked


def reason_of(plan: Plan, decision: Decision, reason: str) -> str:
    """Return why it was decided so: of a run that nothing could stop, that."""
    return NOTHING_BLOCKS if decision is Decision.HELD and nothing_blocks(plan) else reason


def rollout_notices(plan: Plan) -> tuple[Notice, ...]:
    """Return which policies only advise, and until when; and that a run earns no permit where they are all there are."""
    advising = {match.policy.ref: match.advises_until for match in plan.matches if match.advises_until}
    told = tuple(
        Notice("note", "rolling_out", f"`{ref}` only advises until {day}: the policy is being rolled out")
        for ref, day in advising.items()
    )
    if not nothing_blocks(plan):
        return told
    whole = "every policy that applies is being rolled out: the run was made in mode audit, and earns no permit"
    return (*told, Notice("warning", "nothing_blocks", whole))
