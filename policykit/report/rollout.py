"""What is said of policies that are being rolled out, and in which mode a run is made that nothing can stop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from policykit.terms.plan import Plan
from policykit.terms.report import Decision, Notice

NOTHING_BLOCKS: Final = "nothing blocks yet: every policy that applies is being rolled out"


def nothing_blocks(plan: Plan, notices: Sequence[Notice]) -> bool:
    """Return whether policies speak of this bundle, every policy given is being rolled out to it, and nothing else is wrong.

    A policy that does not apply counts as well: whoever adds one that only advises beside it takes nothing away. What holds a
    release by itself (an error among the notices: the rows trained on, a waiver nobody may give) is no rule, and is not rolled out.
    """
    speaking = any(match.advises_until for match in plan.matches)
    given = all(match.policy.only_advises(plan.bundle.name, plan.as_of) for match in plan.matches)
    return speaking and given and not any(notice.level == "error" for notice in notices)


def mode_of(plan: Plan, notices: Sequence[Notice], asked: Literal["enforce", "audit"]) -> Literal["enforce", "audit"]:
    """Return the mode of a run: a run that nothing can stop enforces nothing, and is stamped so."""
    return "audit" if nothing_blocks(plan, notices) else asked


def reason_of(plan: Plan, notices: Sequence[Notice], decision: Decision, reason: str) -> str:
    """Return why it was decided so: of a run that nothing could stop, that."""
    return NOTHING_BLOCKS if decision is Decision.HELD and nothing_blocks(plan, notices) else reason


def rollout_notices(plan: Plan, notices: Sequence[Notice]) -> tuple[Notice, ...]:
    """Return which policies only advise, and until when; and that a run earns no permit where they are all there are."""
    advising = {match.policy.ref: match for match in plan.matches if match.advises_until}
    told = tuple(
        Notice(
            "note",
            "rolling_out",
            f"`{ref}` only advises until {match.policy.audit_until}, and blocks from {match.advises_until}: "
            "the policy is being rolled out",
        )
        for ref, match in advising.items()
    )
    if not nothing_blocks(plan, notices):
        return told
    whole = "every policy that applies is being rolled out: the run was made in mode audit, and earns no permit"
    return (*told, Notice("warning", "nothing_blocks", whole))
