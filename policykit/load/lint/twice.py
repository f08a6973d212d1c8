"""Names that are given twice: of two rules in a policy, and of two policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policykit.errors import Diagnostic
from policykit.load.node import Node
from policykit.terms.policy import Policy


def rules(items: Iterable[Node]) -> Iterator[Diagnostic]:
    """Find a rule whose id an earlier rule of the policy has."""
    first: dict[str, Node] = {}
    for item in items:
        name = item.get("id")
        if name is None or name.kind != "scalar" or not name.text:
            continue
        if name.text in first:
            message = f"two rules are called `{name.text}`; the first is on line {first[name.text].line}"
            yield name.problem("PK109", message, hint="ids are for ever: give the new rule a new one")
        first.setdefault(name.text, name)


def policies(found: Iterable[tuple[Policy, Node]]) -> Iterator[Diagnostic]:
    """Find a policy whose id an earlier one has, whatever its version; `found` has each with the place of its id.

    A waiver names a rule as `policy/RULE`, and a trust file pins a policy by its id: either would mean both.
    """
    first: dict[str, tuple[Policy, Node]] = {}
    for policy, node in found:
        if policy.id in first:
            other, before = first[policy.id]
            where = f"{before.source.path}:{before.line}"
            if policy.ref == other.ref:
                message = f"`{policy.ref}` is already defined in {where}"
            else:
                message = f"`{policy.id}` is already defined in {where}, as version {other.version}"
            yield node.problem("PK111", message, hint="pass one of the two files only, or give one policy another id")
        first.setdefault(policy.id, (policy, node))
