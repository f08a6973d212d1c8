"""Limits in the wrong direction: each check says which way is better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policykit.errors import Diagnostic
from policykit.load.node import Node
from policykit.terms.check import Check

_TURNED = {"at_least": "at_most", "at_most": "at_least", "above": "below", "below": "above"}
_WRONG = {"higher": ("at_most", "below"), "lower": ("at_least", "above"), "neither": ()}
_RIGHT = {"higher": ("at_least", "above"), "lower": ("at_most", "below"), "neither": ()}


def problems(written: Mapping[str, Node], check: type[Check]) -> Iterator[Diagnostic]:
    """Find a limit that the better model breaks and the worse one meets; a limit on both sides is a range, and may stand."""
    if any(key in written for key in _RIGHT[check.better]):
        return
    for key in _WRONG[check.better]:
        if key in written:
            turned = _TURNED[key]
            message = f"`{key}` looks the wrong way: of `{check.id}`, {check.better} is better"
            hint = "where a range is meant, write `between: [a, b]`"
            yield written[key].problem("PK203", message, suggestion=turned, hint=hint)
