"""Second limits: `surely_…` must be the looser one, and a caution must lie inside the limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policykit.errors import Diagnostic
from policykit.load.node import Node
from policykit.terms.policy import Constraint
from policykit.terms.quantity import Quantity


def problems(written: Mapping[str, Node], constraint: Constraint, *, cautions: bool = True) -> Iterator[Diagnostic]:
    """Find a `surely_…` that is not looser than its limit, and a caution that would never show inside it."""
    yield from _surely(written, constraint)
    if cautions:
        yield from _caution(written, constraint)


def _surely(written: Mapping[str, Node], constraint: Constraint) -> Iterator[Diagnostic]:
    for key, second, first_key, first, sign in (
        ("surely_at_most", constraint.surely_at_most, "at_most", constraint.at_most, 1),
        ("surely_at_least", constraint.surely_at_least, "at_least", constraint.at_least, -1),
    ):
        if second is None:
            continue
        if first is None:
            message = f"`{key}` needs `{first_key}` beside it: the limit for the estimate itself"
            yield written[key].problem(
                "PK206", message, hint=f"add `{first_key}:`, or write `{first_key}: {second}` alone"
            )
        elif (second.value - first.value) * sign < 0:
            message = f"`{key}: {second}` is stricter than `{first_key}: {first}`"
            hint = "the bound may go further than the estimate, so its limit is the looser one"
            yield written[key].problem("PK206", message, hint=hint)


def _caution(written: Mapping[str, Node], constraint: Constraint) -> Iterator[Diagnostic]:
    between = constraint.between
    above = (
        "caution_above",
        constraint.caution_above,
        _first(constraint.at_most, constraint.below, between and between[1]),
    )
    below = (
        "caution_below",
        constraint.caution_below,
        _first(constraint.at_least, constraint.above, between and between[0]),
    )
    for (key, caution, limit), sign in ((above, 1), (below, -1)):
        if caution is None:
            continue
        if limit is None:
            side = "upper" if sign > 0 else "lower"
            yield written[key].problem("PK205", f"`{key}` has no {side} limit to warn of", hint=_PAIR[key])
        elif (limit.value - caution.value) * sign <= 0:
            message = f"`{key}: {caution}` would never show: the limit is `{limit}`"
            yield written[key].problem("PK205", message, hint="a caution lies inside the limit")


def _first(*limits: Quantity | None) -> Quantity | None:
    return next((limit for limit in limits if limit is not None), None)


_PAIR = {
    "caution_above": "it goes with `at_most`, `below` or `between`",
    "caution_below": "it goes with `at_least`, `above` or `between`",
}
