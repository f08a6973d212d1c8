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
    """The outcomes of one rule that a case expects and that came about; `drafted` are those of drafts alone."""

    rule: str
    seen: tuple[Status, ...]
    drafted: tuple[Status, ...] = ()

    @property
    def missing(self) -> tuple[Status, ...]:
        """Return what has not been seen yet, and is not drafted either."""
        return tuple(status for status in WANTED if status not in (*self.seen, *self.drafted))


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the cases of one policy have seen of its rules."""

    policy: Policy
    rules: tuple[RuleSeen, ...]

    @property
    def complete(self) -> bool:
        """Whether every rule was seen to pass, fail and be undecided."""
        return bool(self.rules) and not any(rule.missing or rule.drafted for rule in self.rules)


def coverage(policy: Policy, ran: Sequence[Ran]) -> Coverage:
    """Return what was seen of each rule: only what a case expects counts, and only where it came about.

    A draft says what the policy says, not what somebody meant: what it shows is told apart.
    """
    read = [_shown(each) for each in ran if not each.case.drafted]
    drafts = [_shown(each) for each in ran if each.case.drafted]
    rules = []
    for rule in policy.rules:
        seen = {status for shown in read for name, status in shown if name == rule.id}
        drafted = {status for shown in drafts for name, status in shown if name == rule.id} - seen
        rules.append(RuleSeen(rule.id, _in_order(seen), _in_order(drafted)))
    return Coverage(policy, tuple(rules))


def _shown(ran: Ran) -> list[tuple[str, Status]]:
    wrong = {difference.what for difference in ran.differences}
    expected = ran.case.rules.items()
    return [(name, each.status) for name, each in expected if name in ran.verdicts and name not in wrong]


def _in_order(found: set[Status]) -> tuple[Status, ...]:
    return tuple(status for status in WANTED if status in found)
