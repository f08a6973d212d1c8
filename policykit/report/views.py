"""Rules and findings as they are shown: words for their status, their numbers, their drawing, their groups."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from policykit.report import axis, limits, standing, telling, versus
from policykit.report.groups import Groups, groups
from policykit.report.lacking import needed_words, rests_on
from policykit.report.limits import NO_LINES
from policykit.report.numbers import number, plain, prose, several, span
from policykit.report.said_limit import contrast
from policykit.report.since import Past, found
from policykit.terms.layout import FindingView, Look, RuleView
from policykit.terms.policy import Enforcement, Severity
from policykit.terms.quantity import Unit
from policykit.terms.report import RuleLine
from policykit.terms.told import ToldFinding
from policykit.terms.verdict import Cause, Status
from policykit.terms.waiver import WaiverLine

LOOKS: tuple[tuple[Look, str], ...] = (
    ("fail", "fail"),
    ("undecided", "not shown yet"),
    ("waived", "waived"),
    ("caution", "pass, caution"),
    ("pass", "pass"),
    ("not_applicable", "not applicable"),
)
_WORD = dict(LOOKS)
_RANK = {look: rank for rank, (look, _) in enumerate(LOOKS)}
_SEVERITY = {severity: rank for rank, severity in enumerate(Severity)}
CAUSES = {
    Cause.MISSING: "evidence is missing",
    Cause.WRONG_TYPE: "the column has the wrong type",
    Cause.TOO_LARGE: "too large to count within the memory given",
    Cause.NOT_FINITE: "the number is not finite",
    Cause.CRASHED: "measuring it failed",
    Cause.EMPTY: "no rows",
    Cause.TOO_FEW: "too few rows",
    Cause.STRADDLES: "not settled either way",
    Cause.UNDEFINED: "not defined on this data",
    Cause.STALE: "the evidence is too old",
    Cause.WRONG_SOURCE: "the evidence comes from too weak a source",
    Cause.SAMPLED: "only a sample was measured",
    Cause.NO_CHAMPION: "there is no model in use to compare with",
    Cause.TIMEOUT: "measuring it took too long",
}


def rule_view(
    line: RuleLine,
    index: int,
    *,
    policy_owner: str = "",
    waivers: Iterable[WaiverLine] = (),
    as_of: str = "",
    known: Past | None = None,
    drawn: bool = True,
) -> RuleView:
    """Return one rule as shown; `index` makes its anchor, and its policy's owner answers where it names nobody.

    `as_of` is the day as of which the report judges: a rule that only advises until a later day says so. `known` is what the
    last release showed. `drawn`: its numbers are drawn, and its groups told.
    """
    rule, verdict = line.rule, line.verdict
    alike = axis.alike(verdict.findings) if drawn else None
    views = [
        finding_view(line, place, alike, found(known or {}, line, finding))
        for place, finding in enumerate(verdict.findings)
    ]
    look = _look(line)
    ignored = rule.ignore_groups
    return RuleView(
        anchor=f"rule-{index + 1}",
        id=rule.id,
        policy=line.policy,
        title=prose(rule.title),
        sentence=prose(line.sentence),
        question=prose(line.question),
        look=look,
        word=standing.word(verdict.status) if line.excused else _WORD[look],
        cause=CAUSES[verdict.cause] if verdict.cause else "",
        reason=plain(telling.reason(line)),
        remark=""
        if any(finding.reason and finding.reason in verdict.reason for finding in verdict.findings)
        else plain(verdict.reason),
        blocking=not verdict.advisory,
        enforcement=_enforcement(line, as_of),
        severity=str(rule.severity),
        confidence=verdict.confidence,
        owner=rule.owner or policy_owner,
        why=prose(rule.why),
        fix=prose(rule.fix),
        controls=tuple(f"{control.id} ({control.how})" for control in rule.controls),
        ignored=f"{', '.join(ignored.values)}: {prose(ignored.why)}" if ignored else "",
        findings=tuple(views[place] for place in telling.reading_order(line)),
        excused=standing.excused_by(line, waivers),
        advisory=advisory(line, as_of),
        blocks_from=_blocks_from(line, as_of),
    )


def finding_view(
    line: RuleLine, place: int, alike: axis.Alike | None = None, before: ToldFinding | None = None
) -> FindingView:
    """Return the finding at `place` as shown; drawn beside those `alike`, on the axis that they share, unless that is None.

    `before` is what the last release showed for it.
    """
    finding = line.verdict.findings[place]
    excused = ", ".join(dict.fromkeys(excuse.waiver for excuse in line.excuses if place in excuse.findings))
    part = limits.clause(line, finding)
    unit = finding.unit or line.unit
    seen = finding.observed
    look: Look = "waived" if excused else look_of(finding.status, caution=finding.caution)
    said_word = standing.word(finding.status) if excused else _WORD[look]
    told = versus.numbers(seen, finding.check, unit, finding.limit, line.verdict.confidence)
    drawn = limits.lines(part) if part and alike is not None else NO_LINES
    grouped = groups(finding, unit, drawn, before) if alike is not None else Groups()
    held = versus.held_to(finding.together, finding.check, unit, finding.limit)
    return FindingView(
        name=finding.name,
        look=look,
        word=", ".join(filter(None, (said_word, telling.carried(line, place)))),
        cause=CAUSES[finding.cause] if finding.cause else "",
        reason=plain(finding.reason),
        check=finding.check or (part.check if part else ""),
        limit=finding.limit,
        observed=told.observed,
        interval=told.interval,
        rows=rests_on(seen.n, finding.check) if seen else "",
        method=seen.method if seen else "",
        needed=needed_words(finding),
        source=finding.source,
        bar=axis.bar(
            seen,
            drawn,
            unit,
            finding.limit,
            said=(told.observed, told.interval) if contrast(finding.limit) else None,
            together=finding.together,
            held=held,
            beside=alike.get((finding.check, finding.limit), ()),
            before=before,
        )
        if seen and alike is not None
        else None,
        groups=grouped.rows,
        evidence=finding.measurements,
        excused=excused,
        before=_before(before, unit) if before else "",
        scale=grouped.scale,
        window=grouped.window,
        window_words=grouped.words,
        models=told.models,
        both=versus.both(seen, finding.check, unit, told.models) if seen and alike is not None else None,
        together=held,
    )


def order(line: RuleLine) -> tuple[int, int, int]:
    """Return where a rule stands in the list: what stops the release first, then by severity."""
    verdict, look = line.verdict, _look(line)
    return (int(verdict.advisory and look in ("fail", "undecided")) * 2 + _RANK[look], *_gravity(line))


def _look(line: RuleLine) -> Look:
    caution = any(finding.caution for finding in line.verdict.findings)
    return "waived" if line.excused else look_of(line.verdict.status, caution=caution)


def look_of(status: Status, *, caution: bool) -> Look:
    """Return how a status is drawn."""
    match status:
        case Status.PASS:
            return "caution" if caution else "pass"
        case Status.FAIL:
            return "fail"
        case Status.UNDECIDED:
            return "undecided"
        case Status.NOT_APPLICABLE:
            return "not_applicable"


def _before(before: ToldFinding, unit: Unit) -> str:
    """Return the number of the last release, with its interval where it has one."""
    if before.value is None:
        return ""
    doubt = before.low is not None and before.high is not None and before.low != before.high
    interval = (
        f" ({span(before.low, before.high, unit)})"
        if doubt and before.low is not None and before.high is not None
        else ""
    )
    return f"{number(before.value, unit)}{interval}"


def advisory(line: RuleLine, as_of: str) -> str:
    """Return that a rule only advises, and before which day where one is set; empty where it blocks."""
    begins = _begins(line, as_of)
    if not begins:
        return "advisory" if line.verdict.advisory else ""
    if not line.rule.rolled_out:
        return f"advisory before {begins}; blocks from then"
    last = date.fromisoformat(begins) - timedelta(days=1)
    return f"advisory until {last}, blocks from {begins}: the policy is being rolled out"


def _blocks_from(line: RuleLine, as_of: str) -> str:
    """Return from which day a rule blocks that does not yet, and how far off that day is; empty for all others."""
    begins = _begins(line, as_of)
    if not begins:
        return ""
    left = (date.fromisoformat(begins) - date.fromisoformat(as_of)).days
    return f"blocks from {begins} (in {several(left, 'day')})"


def _begins(line: RuleLine, as_of: str) -> str:
    """Return the day from which a rule blocks that only advises until then; empty where it blocks, or never will."""
    begins = line.rule.block_from
    if not line.verdict.advisory or line.rule.enforcement is Enforcement.ADVISORY or begins is None:
        return ""
    return begins if as_of < begins else ""


def _enforcement(line: RuleLine, as_of: str) -> str:
    match line.rule.enforcement:
        case Enforcement.ADVISORY:
            return "advisory: shows, never blocks"
        case _ if line.verdict.advisory:
            said = advisory(line, as_of)
            return said if said != "advisory" else "advisory while there is no model in use to compare with"
        case Enforcement.WAIVABLE:
            return "blocking; a waiver may excuse it"
        case Enforcement.ABSOLUTE:
            return "blocking; no waiver can excuse it"


def _gravity(line: RuleLine) -> tuple[int, int]:
    return int(line.verdict.advisory), _SEVERITY[line.rule.severity]
