"""Warnings of waivers: one that has expired, and one that the policies beside it give nothing to excuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from policykit import checks
from policykit.errors import Diagnostic
from policykit.load.node import Node
from policykit.load.scalars import shown
from policykit.terms.check import Check
from policykit.terms.nearest import nearest
from policykit.terms.policy import Clause, Constraint, Enforcement, Policy, Rule
from policykit.terms.quantity import Quantity, Unit, UnitError, parse, reach
from policykit.terms.waiver import Waiver

_AMOUNTS = ("at_most", "at_least", "surely_at_most", "surely_at_least")


def expired(root: Node, found: Waiver, as_of: str | None) -> Iterator[Diagnostic]:
    """Warn of a waiver whose last day has passed."""
    node = root.get("expires")
    if as_of is not None and node is not None and found.expires and found.expires < as_of[:10]:
        days = (date.fromisoformat(as_of[:10]) - date.fromisoformat(found.expires)).days
        message = f"`{found.id}` expired {days} day{'' if days == 1 else 's'} ago, and excuses nothing"
        yield node.warning("PK514", message, hint="delete it, or ask for a new one")


def idle(waivers: Sequence[tuple[Node, Waiver]], policies: Sequence[Policy]) -> Iterator[Diagnostic]:
    """Warn of waivers that name no rule of the policies beside them, or one that they cannot excuse."""
    by_id = {policy.id: policy for policy in policies}
    for root, waiver in waivers:
        name, _, rule_id = waiver.rule.partition("/")
        policy, at = by_id.get(name), root.get("rule")
        if policy is None or at is None:
            continue
        rules = {rule.id: rule for rule in policy.rules}
        if rule_id not in rules:
            near = nearest(rule_id, rules)
            suggestion = f"{name}/{near}" if near else ""
            message = f"`{shown(waiver.rule)}` is no rule of that policy"
            yield at.warning("PK515", message, suggestion=suggestion, hint="" if near else f"see `{policy.path}`")
            continue
        rule = rules[rule_id]
        if rule.enforcement is not Enforcement.WAIVABLE:
            word = rule.enforcement.value
            hint = (
                "no waiver excuses it: delete this one" if word == "absolute" else "it stops nothing: delete this one"
            )
            yield at.warning("PK516", f"`{waiver.rule}` is {word}, so a waiver does nothing", hint=hint)
        asks = {clause.check for clause in rule.clauses}
        if waiver.check and waiver.check not in asks:
            node, names = root.get("check") or at, ", ".join(f"`{name}`" for name in sorted(asks))
            message = f"`{waiver.rule}` does not ask `{shown(waiver.check)}`"
            yield node.warning("PK519", message, hint=f"it asks {names}: ask for a new waiver")
            continue
        yield from _units(root, waiver, rule)


def _units(root: Node, waiver: Waiver, rule: Rule) -> Iterator[Diagnostic]:
    """Find what the gate would refuse to apply, whatever is measured: a number in another unit or the other direction."""
    allows = root.get("allows")
    clauses = [
        (clause, check)
        for clause in rule.clauses
        if waiver.check in ("", clause.check) and (check := checks.find(clause.check)) is not None
    ]
    if allows is None or not clauses:
        return
    written: Mapping[str, Node] = dict(allows.entries())
    units = {_unit_of(clause, check) for clause, check in clauses}
    sides = {side for clause, _ in clauses for side in _sides(clause.constraint)}
    told = f"the waiver `{waiver.id}` cannot be applied: "
    if "fail" in written and units and sides:
        message = f"{told}the limit of `{waiver.rule}` is a number"
        yield written["fail"].problem("PK710", message, hint="write `at_most:` or `at_least:` with a number")
    for key in (key for key in _AMOUNTS if key in written):
        node = written[key]
        if not sides:
            message = f"{told}the limit of `{waiver.rule}` is no number"
            hint = "leave it out" if "undecided" in written else "write `fail: any`"
            yield node.problem("PK710", message, hint=hint)
        elif not (
            reaches := [far for clause, check in clauses if (far := _reaches(node.text, clause, check)) is not None]
        ):
            message = f"{told}`{shown(node.text)}` is not in the unit of `{waiver.rule}`"
            yield node.problem("PK710", message, hint="write it as the rule writes its limit")
        elif not any(reaches):
            message = f"{told}`{shown(node.text)}` lies past every number there can be"
            yield node.problem("PK710", message, hint="no number is beyond 100 % or 100 pp")
        elif key.removeprefix("surely_") not in sides:
            message = f"{told}`{key}` does not loosen `{waiver.rule}`"
            other = key.replace("least", "most") if key.endswith("least") else key.replace("most", "least")
            yield node.problem("PK710", message, hint=f"the rule asks for the other direction: write `{other}`")
        elif not waiver.only_for and _unlike(key, node, clauses):
            message = f"{told}`{shown(node.text)}` would speak of several parts of `{waiver.rule}`"
            hint = "say which is meant: `check:` where the checks differ, else `only_for:`"
            yield node.problem("PK710", message, hint=hint)


def _unlike(key: str, node: Node, clauses: Sequence[tuple[Clause, type[Check]]]) -> bool:
    """Return whether an amount fits parts that ask different things; the same of several data sets is alike."""
    side = key.removeprefix("surely_")
    fits = [
        clause for clause, check in clauses if side in _sides(clause.constraint) and _reaches(node.text, clause, check)
    ]
    asks = {
        (clause.check, repr(sorted((name, repr(value)) for name, value in clause.params.items()))) for clause in fits
    }
    return len(asks) > 1


def _unit_of(clause: Clause, check: type[Check]) -> Unit:
    relative = clause.constraint.relative
    if relative is None:
        return check.unit
    return Unit.SHARE if relative.relative else Unit.DIFFERENCE if check.unit is Unit.SHARE else check.unit


def _sides(constraint: Constraint) -> set[str]:
    """Return in which directions a limit bounds a number; none where it bounds a thing."""
    if constraint.relative is not None:
        return {"at_most"} if constraint.relative.way == "worse_by_at_most" else {"at_least"}
    both = constraint.between is not None or isinstance(constraint.equals, Quantity)
    upper = both or constraint.at_most is not None or constraint.below is not None
    lower = both or constraint.at_least is not None or constraint.above is not None
    return {name for name, there in (("at_most", upper), ("at_least", lower)) if there}


def _reaches(word: str, clause: Clause, check: type[Check]) -> bool | None:
    """Return whether an amount is one that the number of a part can reach; None where it is written in another unit."""
    relative = clause.constraint.relative
    of_its_value = relative is not None and relative.relative
    text = word.strip()
    if text.endswith("relative") != of_its_value:
        return None
    try:
        amount = parse(text.removesuffix("relative"), _unit_of(clause, check))
    except UnitError:
        return None
    furthest = None
    if not of_its_value and check.unit in (Unit.SHARE, Unit.DIFFERENCE):
        furthest = reach(check.unit, ratio=check.id.endswith("_ratio"))[1]
    return furthest is None or abs(amount.value) <= furthest
