"""What is said of policies that are being rolled out, and in which mode a run is made that nothing can stop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from policykit.terms.plan import Match, Plan
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
    """Return which policies only advise, until when, and how many rules do not block for it; and that a run earns no permit.

    That is said where such policies are all there are.
    """
    told = tuple(_advising(match) for match in plan.matches if match.advises_until)
    if not nothing_blocks(plan, notices):
        return told
    whole = "every policy that applies is being rolled out: the run was made in mode audit, and earns no permit"
    return (*told, Notice("warning", "nothing_blocks", whole))


def _advising(match: Match) -> Notice:
    policy, quiet = match.policy, sum(1 for rule in match.policy.rules if rule.rolled_out)
    rules = {0: "none of its rules would block today", 1: "1 rule that would block today does not"}
    said = rules.get(quiet, f"{quiet} rules that would block today do not")
    before = "" if policy.is_first else ", nor does what an earlier version of it blocked"
    days = f"only advises until {policy.audit_until}, and blocks from {match.advises_until}"
    return Notice("warning", "rolling_out", f"`{policy.ref}` {days}: it is being rolled out, and {said}{before}")
