"""What an ALLOWED rests on: what people excused, what passed with caution, and what came closest to its limit."""

from __future__ import annotations

from collections.abc import Sequence

from policykit.report.steps import reason_of
from policykit.terms.layout import FindingView, Reason, RuleView
from policykit.terms.report import Report

MOST = 3


def carried(report: Report, rules: Sequence[RuleView]) -> tuple[Reason, ...]:
    """Return the few rules that a release manager looks at first when nothing stands in the way."""
    if not report.allowed:
        return ()
    weak = [rule for rule in rules if rule.blocking and rule.look in ("waived", "caution")]
    close = sorted((rule for rule in rules if rule.blocking and rule.look == "pass"), key=_room)
    return tuple(reason_of(rule) for rule in (*weak, *close)[: max(MOST, len(weak))])


def _room(rule: RuleView) -> tuple[bool, float]:
    """Return how far the rule's interval stays from its limit, of an axis of 100; exact numbers come last."""
    return min((_near(finding) for finding in rule.findings), default=(True, 100.0))


def _near(finding: FindingView) -> tuple[bool, float]:
    bar = finding.bar
    if bar is None:
        return True, 100.0
    ends = [abs(mark.at - end) for mark in bar.marks if mark.kind == "limit" for end in (bar.low, bar.high)]
    return bar.exact, min(ends, default=100.0)
