"""Which rules stop a release, the one to act on first at the top: one order for the inbox, the site and what else lists them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from policykit.terms.told import ToldRule

_SEVERITY: Final = {"critical": 0, "high": 1, "medium": 2, "low": 3}
MILDEST: Final = len(_SEVERITY) + 1


def stopping(rules: Iterable[ToldRule]) -> tuple[ToldRule, ...]:
    """Return the rules that stop a release: what failed before what is not shown yet, the most severe of each first."""
    return tuple(
        sorted((rule for rule in rules if rule.stops), key=lambda rule: (rule.status != "fail", gravity(rule)))
    )


def gravity(rule: ToldRule) -> int:
    """Return how severe a rule is, 0 being the most."""
    return _SEVERITY.get(rule.severity, MILDEST - 1)
