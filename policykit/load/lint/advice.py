"""Warnings: nothing is wrong, and somebody will wish it had been done. They never change an exit code."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Final

from policykit.errors import Diagnostic
from policykit.load.node import Node
from policykit.terms.policy import Enforcement, Policy, Rule

LONGEST_ROLLOUT: Final = 180  # days


def rule(written: Mapping[str, Node], found: Rule) -> Iterator[Diagnostic]:
    """Warn of a blocking rule that does not say why it blocks."""
    if found.enforcement is not Enforcement.ADVISORY and not found.why:
        message = f"`{found.id}` can stop a release and does not say why"
        yield written["id"].warning("PK501", message, hint="add `why:`; it is what people read when they are stopped")


def policy(
    written: Mapping[str, Node], found: Policy, parameters: Mapping[str, Node], used: Collection[str], as_of: str | None
) -> Iterator[Diagnostic]:
    """Warn of a review that is due, of a policy that cannot block, and of parameters that no rule reads."""
    if as_of is not None and found.review_by is not None and found.review_by < as_of:
        message = f"this policy was to be reviewed by {found.review_by}"
        yield written["review_by"].warning("PK502", message, hint="review it, raise its version, and set the next day")
    if as_of is not None and found.audit_until is not None:
        yield from _rollout(written["audit_until"], found, found.audit_until, as_of)
    if found.rules and all(each.enforcement is Enforcement.ADVISORY for each in found.rules):
        message = "every rule is advisory: this policy alone never allows a release"
        yield written["rules"].warning("PK504", message, hint="make at least one rule `waivable` or `absolute`")
    for name, node in parameters.items():
        if name not in used:
            yield node.warning(
                "PK505", f"no rule reads the parameter `{name}`", hint=f"write `${name}` in a rule, or delete it"
            )


def _rollout(node: Node, found: Policy, until: str, as_of: str) -> Iterator[Diagnostic]:
    """Warn of a roll-out that is over, and of one that takes what is in force out of it, or so long that it looks like it."""
    left = (date.fromisoformat(until) - date.fromisoformat(as_of)).days
    if left < 0:
        message = f"this policy is rolled out since {until}: it judges everybody in earnest"
        yield node.warning("PK520", message, hint="take `audit_until` and `canary` out")
        return
    if left > LONGEST_ROLLOUT:
        message = f"for {left:,} days yet this policy stops nothing but its canaries"
        hint = f"choose a day at most {LONGEST_ROLLOUT} days ahead, and move it where that was too early"
        yield node.warning("PK521", message, hint=hint)
    blocking = sum(1 for rule in found.rules if rule.enforcement is not Enforcement.ADVISORY)
    if blocking and not found.is_first:
        those = "the rule that blocks is" if blocking == 1 else f"all {blocking} rules that block are"
        message = f"{those} out of force until {until}, and so is what earlier versions than `{found.version}` blocked"
        hint = "take `audit_until` and `canary` out, and write `block_from:` with a day on the rules that are new or stricter"
        yield node.warning("PK524", message, hint=hint)
