"""Which outcomes of which rules some case has seen: every rule must be seen to pass, fail and be undecided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policykit.author.testing.run import Ran
from policykit.terms.policy import Policy
from policykit.terms.verdict import Status

WANTED = (Status.PASS, Status.FAIL, Status.UNDECIDED)


@dataclass(frozen=True, slots=True)
class RuleSeen:
    """The outcomes of one rule that a case expects and that came about."""

    rule: str
    seen: tuple[Status, ...]

    @property
    def missing(self) -> tuple[Status, ...]:
        """Return what has not been seen yet."""
        return tuple(status for status in WANTED if status not in self.seen)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the cases of one policy have seen of its rules."""

    policy: Policy
    rules: tuple[RuleSeen, ...]

    @property
    def complete(self) -> bool:
        """Whether every rule was seen to pass, fail and be undecided."""
        return bool(self.rules) and not any(rule.missing for rule in self.rules)


def coverage(policy: Policy, ran: Sequence[Ran]) -> Coverage:
    """Return what was seen of each rule: only what a case expects counts, and only where it came about."""
    seen: dict[str, set[Status]] = {rule.id: set() for rule in policy.rules}
    for each in ran:
        wrong = {difference.what for difference in each.differences}
        for name, expected in each.case.rules.items():
            if name in seen and name in each.verdicts and name not in wrong:
                seen[name].add(expected.status)
    rules = (RuleSeen(name, tuple(status for status in WANTED if status in found)) for name, found in seen.items())
    return Coverage(policy, tuple(rules))
