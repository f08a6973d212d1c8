"""Which finding tells why a rule stands as it does: of those it stands by, the worst."""

from __future__ import annotations

import math

from policykit.report import limits
from policykit.report.changes import way
from policykit.terms.report import RuleLine
from policykit.terms.told import ToldFinding, ToldRule
from policykit.terms.verdict import Finding, Status

_GRAVITY = {Status.FAIL: 0, Status.UNDECIDED: 1, Status.PASS: 4, Status.NOT_APPLICABLE: 5}
_EXCUSED, _CAUTION = 2, 3


def reading_order(line: RuleLine) -> tuple[int, ...]:
    """Return the places of a rule's findings in the order in which they are read: the one that decided it first.

    A rule stands by the findings that stand as it does; of `any_of`, by those of the first part that stands as well as any.
    Of these the worst comes first: the number that lies furthest beyond its limit, or else closest to it, as it was observed.
    Numbers under different limits are not compared: what belongs to an earlier part comes first, and so does what shows the
    cause that the verdict names. What has no number, or a limit that is none, stays in the order of the policy, behind.
    """
    findings = line.verdict.findings
    if len(findings) < 2:
        return tuple(range(len(findings)))
    excused = {place for excuse in line.excuses for place in excuse.findings}
    part = _deciding_part(line, excused) if line.rule.combine == "any_of" else None

    def rank(place: int) -> tuple[bool, int, bool, int, float]:
        finding = findings[place]
        beside = part is not None and finding.part != part
        other_cause = finding.cause is not line.verdict.cause
        return beside, _gravity(finding, excused=place in excused), other_cause, finding.part, _room(line, finding)

    return tuple(sorted(range(len(findings)), key=rank))


def reason(line: RuleLine) -> str:
    """Return why a rule stands as it does: in the words of the finding that decided it, and how many more there are like it."""
    verdict = line.verdict
    if not verdict.findings:
        return verdict.reason
    first = verdict.findings[reading_order(line)[0]]
    if first.status is not verdict.status or not first.reason:
        return verdict.reason
    told = f"{first.name}: {first.reason}" if first.name else first.reason
    alike = [one for one in verdict.findings if one.status is first.status]
    if line.rule.combine == "any_of":
        alike = [one for one in alike if one.part == first.part]
    return told if len(alike) == 1 else f"{told} (and {len(alike) - 1:,} more)"


def carried(line: RuleLine, place: int) -> str:
    """Say that a part of `any_of` which did not pass does not decide its rule: another part passes, or may; else nothing."""
    if line.rule.combine != "any_of" or line.verdict.findings[place].status not in (Status.FAIL, Status.UNDECIDED):
        return ""
    excused = {each for excuse in line.excuses for each in excuse.findings}
    if line.verdict.status is Status.FAIL and not excused:
        return ""
    if place in excused or line.verdict.findings[place].part == _deciding_part(line, excused):
        return ""
    through = line.verdict.status is Status.PASS or excused
    return "another part carries the rule" if through else "another part may carry the rule"


def deciding(rule: ToldRule) -> ToldFinding | None:
    """Return the finding that a told rule stands by, as `reading_order` chooses it; None where none stands as its rule does."""
    standing = [finding for finding in rule.findings if finding.status == rule.status]
    return min(standing, key=lambda one: (one.cause != rule.cause, one.part, _told_room(one)), default=None)


def _deciding_part(line: RuleLine, excused: set[int]) -> int:
    """Return the first of the parts that stand best: one that passes, or is excused, carries the whole rule."""
    stands: dict[int, int] = {}
    for place, finding in enumerate(line.verdict.findings):
        if finding.status is not Status.NOT_APPLICABLE:
            mine = _GRAVITY[Status.PASS if place in excused else finding.status]
            stands[finding.part] = min(mine, stands.get(finding.part, mine))
    return max(stands, key=stands.__getitem__, default=0)


def _gravity(finding: Finding, *, excused: bool) -> int:
    return _EXCUSED if excused else _CAUTION if finding.caution else _GRAVITY[finding.status]


def _room(line: RuleLine, finding: Finding) -> float:
    """Return how far inside its limit a number lies, below 0 beyond it; infinite where nobody can say."""
    part = limits.clause(line, finding)
    if part is None or finding.observed is None or not math.isfinite(finding.observed.value):
        return math.inf
    value = finding.observed.value
    return max((min(value - low, high - value) for low, high in limits.lines(part).good), default=math.inf)


def _told_room(finding: ToldFinding) -> float:
    """Return a number that is the smaller the worse a finding is, among those under one limit."""
    if finding.value is None or not math.isfinite(finding.value):
        return math.inf
    match way(finding.limit):
        case "higher":
            return finding.value
        case "lower":
            return -finding.value
        case _:
            return math.inf
