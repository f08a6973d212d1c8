"""Limits that leave nothing: no number could ever meet them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policykit.errors import Diagnostic
from policykit.load.node import Node
from policykit.terms.expr import Lit
from policykit.terms.policy import Constraint
from policykit.terms.quantity import Quantity

_LOWER, _UPPER = ("at_least", "above", "between", "equals"), ("at_most", "below", "between", "equals")


def problems(written: Mapping[str, Node], constraint: Constraint) -> Iterator[Diagnostic]:
    """Find limits of which two stand on one side, or which together leave nothing."""
    lower, upper = _sides(constraint, _LOWER), _sides(constraint, _UPPER)
    for side, word in ((lower, "lower"), (upper, "upper")):
        if len(side) > 1:
            first, second = sorted(side, key=lambda key: (written[key].line, written[key].column))[:2]
            message = f"`{first}` and `{second}` both set the {word} limit"
            yield written[second].problem("PK213", message, hint="keep the stricter one")
            return
    for low_key, low in lower.items():
        for high_key, high in upper.items():
            strict = low_key == "above" or high_key == "below"
            if low.value > high.value or (strict and low.value == high.value):
                yield _nothing(written, low_key, high_key, low, high)
    yield from _sets(written, constraint)


def _sides(constraint: Constraint, keys: tuple[str, ...]) -> dict[str, Quantity]:
    found: dict[str, Quantity] = {}
    for key in keys:
        limit: object = getattr(constraint, key)
        if isinstance(limit, tuple):
            limit = limit[0] if keys is _LOWER else limit[1]
        if isinstance(limit, Quantity):
            found[key] = limit
    return found


def _nothing(written: Mapping[str, Node], low_key: str, high_key: str, low: Quantity, high: Quantity) -> Diagnostic:
    if low_key == high_key:
        hint = f"write `{low_key}: [{high}, {low}]`"
        return written[low_key].problem("PK202", f"nothing lies between `{low}` and `{high}`", hint=hint)
    low_node, high_node = written[low_key], written[high_key]
    later = (high_node.line, high_node.column) > (low_node.line, low_node.column)
    last = high_node if later else low_node
    message = f"no number meets both `{low_key}: {low}` and `{high_key}: {high}`"
    return last.problem("PK202", message, hint="one of the two limits is not what was meant")


def _sets(written: Mapping[str, Node], constraint: Constraint) -> Iterator[Diagnostic]:
    allowed = _allowed(constraint)
    forbidden = set(constraint.none_of or ())
    if allowed is not None and forbidden and not allowed - forbidden:
        yield written["none_of"].problem("PK202", "`none_of` forbids every value that the rule allows", hint=_HINT)
    needed, only = set(constraint.superset_of or ()), constraint.subset_of
    lacking = sorted(str(value.value) for value in needed - set(only)) if only is not None else []
    if lacking:
        message = f"`{lacking[0]}` is demanded by `superset_of` and not allowed by `subset_of`"
        yield written["superset_of"].problem("PK202", message, hint=_HINT)
    if constraint.presence == "absent" and (allowed is not None or needed):
        yield written["is"].problem("PK202", "what is absent has no value to compare", hint=_HINT)


def _allowed(constraint: Constraint) -> set[Lit] | None:
    sets = [set(constraint.is_one_of)] if constraint.is_one_of is not None else []
    if isinstance(constraint.equals, Lit):
        sets.append({constraint.equals})
    return set.intersection(*sets) if sets else None


_HINT = "one of the two is not what was meant"
