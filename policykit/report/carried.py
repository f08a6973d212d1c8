"""What an ALLOWED rests on: what people excused, what passed with caution, and what came closest to its limit."""

from __future__ import annotations

from collections.abc import Sequence

from policykit.report.axis import alike, room
from policykit.report.limits import clause, lines
from policykit.report.steps import reason_of
from policykit.terms.layout import Reason, RuleView
from policykit.terms.report import Report, RuleLine

MOST = 3


def carried(report: Report, rules: Sequence[RuleView], sources: Sequence[int]) -> tuple[Reason, ...]:
    """Return the few rules that a release manager looks at first when nothing stands in the way.

    `sources` are the places of `rules` in the report.
    """
    if not report.allowed:
        return ()
    weak = [rule for rule in rules if rule.blocking and rule.look in ("waived", "caution")]
    passed = [(rule, report.rules[at]) for rule, at in zip(rules, sources, strict=True) if rule.look == "pass"]
    close = sorted((pair for pair in passed if pair[0].blocking), key=lambda pair: _room(pair[1]))
    return tuple(reason_of(rule) for rule in (*weak, *(rule for rule, _ in close))[: max(MOST, len(weak))])


def _room(line: RuleLine) -> tuple[bool, float]:
    """Return how far the rule's interval stays from its limit, of an axis of 100; exact numbers come last."""
    found = [(one, clause(line, one)) for one in line.verdict.findings]
    beside = alike(line.verdict.findings)
    return min(
        (
            room(one.observed, lines(part), one.unit or line.unit, beside[one.check, one.limit])
            for one, part in found
            if one.observed is not None and part is not None
        ),
        default=(True, 100.0),
    )
