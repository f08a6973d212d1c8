"""Warnings: nothing is wrong, and somebody will wish it had been done. They never change an exit code."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from policykit.errors import Diagnostic
from policykit.load.node import Node
from policykit.terms.policy import Enforcement, Policy, Rule


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
    if found.rules and all(each.enforcement is Enforcement.ADVISORY for each in found.rules):
        message = "every rule is advisory: this policy alone never allows a release"
        yield written["rules"].warning("PK504", message, hint="make at least one rule `waivable` or `absolute`")
    for name, node in parameters.items():
        if name not in used:
            yield node.warning(
                "PK505", f"no rule reads the parameter `{name}`", hint=f"write `${name}` in a rule, or delete it"
            )
