"""A policy that is being rolled out: until a day it only advises, but for the bundles that try it first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from policykit.terms.plan import Match
from policykit.terms.policy import Enforcement, Rule


def rolled_out(match: Match, bundle: str, as_of: str) -> Match:
    """Return a match of a policy that only advises this bundle on this day: none of its rules blocks, and it holds nothing.

    To everything after the plan, each of its rules is one that blocks from the day after `audit_until`.
    """
    policy = match.policy
    if policy.audit_until is None or not policy.only_advises(bundle, as_of) or not (match.matched or match.held):
        return match
    begins = begins_to_block(policy.audit_until)
    rules = tuple(_later(rule, begins) for rule in policy.rules)
    why = f"{match.why}; it is being rolled out: it only advises until {policy.audit_until}, and blocks from {begins}"
    return Match(replace(policy, rules=rules), match.matched, why, advises_until=begins)


def begins_to_block(day: str) -> str:
    """Return the ISO day from which a policy blocks whose `audit_until` is `day`: the next one."""
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except OverflowError:  # the last day there is
        return day


def _later(rule: Rule, begins: str) -> Rule:
    if rule.enforcement is Enforcement.ADVISORY or (rule.block_from or "") >= begins:
        return rule
    return replace(rule, block_from=begins, rolled_out=True)
