"""A test and the policy it is a test of: the policy is there, and has the rules and checks that the test speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policykit.errors import Diagnostic
from policykit.load.node import Node
from policykit.load.parameters import refusal
from policykit.load.scalars import shown
from policykit.terms.nearest import nearest
from policykit.terms.policy import Policy
from policykit.terms.policy_test import PolicyTest


def policies_named(reference: str, policies: Sequence[Policy]) -> tuple[Policy, ...]:
    """Return the policies that `id@3.2.0` or `id@3` can mean: the one of that very version, else each of that beginning."""
    name, _, version = reference.partition("@")
    of_name = [policy for policy in policies if policy.id == name]
    exact = tuple(policy for policy in of_name if policy.version == version)
    return exact or tuple(policy for policy in of_name if policy.version.startswith(f"{version}."))


def problems(root: Node, test: PolicyTest, policies: Sequence[Policy]) -> Iterator[Diagnostic]:
    """Find what a test says of a policy that is not so."""
    at = root.get("policy") or root
    if not test.policy:
        return
    named = policies_named(test.policy, policies)
    if len(named) != 1:
        yield _not_one(at, test, named, policies)
        return
    cases = root.get("cases")
    for case in cases.items if cases is not None else ():
        yield from _rules(case.get("expect"), named[0])
        yield from _settings(case.get("given"), named[0])
        yield from _estimates(case.get("given"), named[0])


def _not_one(at: Node, test: PolicyTest, named: Sequence[Policy], policies: Sequence[Policy]) -> Diagnostic:
    if named:
        listed = " and ".join(f"`{policy.ref}`" for policy in named)
        return at.problem("PK801", f"`{shown(test.policy)}` can be {listed}", hint="write the whole version")
    name = test.policy.partition("@")[0]
    versions = [policy.ref for policy in policies if policy.id == name]
    near = "" if versions else nearest(name, [policy.id for policy in policies])
    meant = next((policy.ref for policy in policies if policy.id == near), "")
    hint = (
        f"there is {', '.join(versions)}" if versions else "keep the test beside its policy, or name it: `--policies`"
    )
    message = f"the policy `{shown(test.policy)}` is not there"
    return at.problem("PK801", message, suggestion=meant, hint="" if meant else hint)


def _rules(expect: Node | None, policy: Policy) -> Iterator[Diagnostic]:
    known = [rule.id for rule in policy.rules]
    for key, _ in expect.pairs if expect is not None else ():
        if key.text not in (*known, "decision"):
            near = nearest(key.text, (*known, "decision"))
            hint = "" if near else f"its rules are {', '.join(known[:20])}"
            message = f"`{policy.ref}` has no rule `{shown(key.text)}`"
            yield key.problem("PK802", message, suggestion=near, hint=hint)


def _settings(given: Node | None, policy: Policy) -> Iterator[Diagnostic]:
    settings = given.get("set") if given is not None else None
    for name, value in settings.pairs if settings is not None else ():
        stated = policy.parameters.get(name.text)
        if stated is None:
            near = nearest(name.text, policy.parameters)
            hint = (
                ""
                if near
                else f"its parameters are {', '.join(policy.parameters)}"
                if policy.parameters
                else "it has none"
            )
            message = f"`{policy.ref}` has no parameter `{shown(name.text)}`"
            yield name.problem("PK117", message, suggestion=near, hint=hint)
            continue
        fault = refusal(name.text, value.text, stated.between)
        if fault is not None:
            yield value.problem("PK115" if stated.between else "PK116", fault[0], hint=fault[1])


def _estimates(given: Node | None, policy: Policy) -> Iterator[Diagnostic]:
    estimates = given.get("estimates") if given is not None else None
    asked = tuple(dict.fromkeys(clause.check for rule in policy.rules for clause in rule.clauses))
    rules = [rule.id for rule in policy.rules]
    for item in estimates.items if estimates is not None else ():
        check, rule = item.get("check"), item.get("rule")
        if check is not None and check.text not in asked:
            near = nearest(check.text, asked)
            hint = "" if near else f"it asks {', '.join(asked[:20])}"
            message = f"`{policy.ref}` does not ask `{shown(check.text)}`"
            yield check.problem("PK803", message, suggestion=near, hint=hint)
        if rule is not None and rule.text not in rules:
            near = nearest(rule.text, rules)
            yield rule.problem("PK802", f"`{policy.ref}` has no rule `{shown(rule.text)}`", suggestion=near)
