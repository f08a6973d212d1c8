"""Limits that no number of that unit can meet, and limits that ask for nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from policykit.errors import Diagnostic
from policykit.load.node import Node
from policykit.terms.check import Check
from policykit.terms.policy import Constraint
from policykit.terms.quantity import Quantity, Unit, reach

_KEYS = (
    "at_least",
    "at_most",
    "above",
    "below",
    "equals",
    "surely_at_least",
    "surely_at_most",
    "caution_above",
    "caution_below",
)


def problems(written: Mapping[str, Node], constraint: Constraint, check: type[Check]) -> Iterator[Diagnostic]:
    """Find limits outside what the check can give, and (as a warning) those that every number meets."""
    low, high = _range(check)
    for key, limit, node in _limits(written, constraint):
        outside = (low is not None and limit.value < low) or (high is not None and limit.value > high)
        unreachable = (key == "above" and limit.value == high) or (key == "below" and limit.value == low)
        if outside or unreachable:
            message = f"{_noun(check)} is never {_WAY.get(key, '')}`{limit}`"
            yield node.problem("PK207", message, hint=_hint(check))
        elif (key == "at_least" and limit.value == low) or (key == "at_most" and limit.value == high):
            yield node.warning("PK506", f"`{key}: {limit}` asks for nothing: every number meets it", hint=_hint(check))
    if constraint.between is not None and (constraint.between[0].value, constraint.between[1].value) == (low, high):
        message = "`between` asks for nothing: every number meets it"
        yield written["between"].warning("PK506", message, hint=_hint(check))
    if constraint.relative is not None and constraint.relative.amount.value < 0:
        node = written[constraint.relative.way]
        turned = {"worse_by_at_most": "better_by_at_least", "better_by_at_least": "worse_by_at_most"}
        yield node.problem("PK207", "the amount is below zero", suggestion=turned[constraint.relative.way])


def _limits(written: Mapping[str, Node], constraint: Constraint) -> Iterator[tuple[str, Quantity, Node]]:
    for key in _KEYS:
        limit = getattr(constraint, key)
        if isinstance(limit, Quantity):
            yield key, limit, written[key]
    if constraint.between is not None:
        for limit, node in zip(constraint.between, written["between"].items, strict=True):
            yield "between", limit, node


def _range(check: type[Check]) -> tuple[Fraction | None, Fraction | None]:
    """Return the smallest and largest number the check can give; a ratio may pass 100 %."""
    return reach(check.unit, check.bounds, ratio=check.id.endswith("_ratio"), gap=check.better == "lower")


def _hint(check: type[Check]) -> str:
    match check.unit:
        case Unit.SHARE if check.id.endswith("_ratio"):
            return "a ratio is 0 or more"
        case Unit.SHARE:
            return "a share lies between 0 % and 100 %"
        case Unit.DIFFERENCE if check.better == "lower":
            return "a gap lies between 0 pp and 100 pp"
        case Unit.DIFFERENCE:
            return "a difference of shares lies between -100 pp and 100 pp"
        case Unit.NUMBER:
            low, high = check.bounds
            if low is not None and high is not None:
                return f"it lies between {low:g} and {high:g}"
            return f"it is {low:g} or more" if low is not None else f"it is {high:g} or less"
        case _:
            return "it is 0 or more"


def _noun(check: type[Check]) -> str:
    return f"`{check.id}`" if check.unit is Unit.NUMBER else _NOUN[check.unit]


_WAY = {"above": "above ", "below": "below "}
_NOUN = {
    Unit.SHARE: "a share",
    Unit.DIFFERENCE: "a difference of shares",
    Unit.DURATION: "a duration",
    Unit.SIZE: "a size",
    Unit.COUNT: "a count",
    Unit.PRESENCE: "a thing",
}
