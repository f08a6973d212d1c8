"""Limits against the champion: complete, alone, and never a silent pass on the first release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policykit.errors import Diagnostic
from policykit.load.node import Node
from policykit.terms.check import Check

_WAYS = ("worse_by_at_most", "better_by_at_least")
_ABSOLUTE = ("at_least", "at_most", "above", "below", "between", "equals", "surely_at_least", "surely_at_most")


def problems(written: Mapping[str, Node], check: type[Check]) -> Iterator[Diagnostic]:
    """Find what a relative limit lacks, and a check that cannot be compared at all."""
    ways = [key for key in _WAYS if key in written]
    against = written.get("compared_with")
    if against is None:
        for key in (*ways, "if_no_champion"):
            if key in written:
                yield written[key].problem("PK210", f"`{key}` needs `compared_with: champion` beside it", hint=_ADD)
        return
    if not ways:
        hint = "add `worse_by_at_most:` or `better_by_at_least:`"
        yield against.problem("PK210", "`compared_with` does not say how much worse or better", hint=hint)
        return
    if len(ways) > 1:
        yield written[ways[1]].problem("PK212", f"`{ways[0]}` and `{ways[1]}` contradict each other", hint="keep one")
    for key in (*_ABSOLUTE, "caution_above", "caution_below"):
        if key in written:
            hint = "write the two as parts of `all_of`"
            yield written[key].problem(
                "PK212", f"`{key}` cannot stand beside a comparison with the champion", hint=hint
            )
    if "if_no_champion" not in written:
        hint = "add `if_no_champion: undecided`, or `advisory` where the first release may pass without a comparison"
        yield against.problem("PK209", "the rule does not say what holds where there is no champion", hint=hint)
    if check.better == "neither":
        yield against.problem("PK211", f"`{check.id}` knows no better and worse", hint="set a limit of its own")
    elif not check.has_champion:
        yield against.problem(
            "PK211", f"`{check.id}` cannot be compared with a champion", hint="set a limit of its own"
        )


_ADD = "add `compared_with: champion`"
