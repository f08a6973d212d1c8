"""What must be covered: each attribute needs a blocking fairness rule that is asked for each of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policykit.errors import Diagnostic
from policykit.load.node import Node
from policykit.load.scalars import shown
from policykit.terms.policy import AppliesTo, Enforcement, Policy, Rule


def problems(policy: Policy, node: Node, among: Sequence[Policy]) -> Iterator[Diagnostic]:
    """Find attributes of `must_cover` that no blocking fairness rule expands over.

    The rule may stand in the policy itself, or in another one of `among` that applies wherever this one does. `node` is
    the list of attributes as written.
    """
    covering = [other for other in among if other is policy or _as_wide(other.applies_to, policy.applies_to)]
    rules = [rule for other in covering for rule in other.rules if _measures(rule)]
    asked = set(policy.must_cover)
    for item in node.items or (node,):
        name = item.text.strip()
        if item.kind == "scalar" and name in asked and not any(_expands(rule, name) for rule in rules):
            message = f"no blocking fairness rule measures `{shown(name)}`, which this policy says must be covered"
            hint = "add a `fairness.*` rule with `for_each: protected_attributes`, or with the name in its list"
            yield item.problem("PK118", message, hint=hint)


def _measures(rule: Rule) -> bool:
    """Say whether a rule blocks by a fairness check, however its parts are joined."""
    fair = [clause.check.startswith("fairness.") for clause in rule.clauses]
    measured = all(fair) if rule.combine == "any_of" else any(fair)
    return rule.enforcement is not Enforcement.ADVISORY and bool(fair) and measured


def _expands(rule: Rule, attribute: str) -> bool:
    return rule.for_each is not None and (rule.for_each == "protected_attributes" or attribute in rule.for_each)


def _as_wide(other: AppliesTo, this: AppliesTo) -> bool:
    """Say whether `other` applies to everything `this` applies to."""
    if other.everything:
        return True
    if this.everything:
        return False
    labels = all(name in this.labels and set(this.labels[name]) <= set(values) for name, values in other.labels.items())
    stages = not other.stages or (bool(this.stages) and set(this.stages) <= set(other.stages))
    return labels and stages
