"""A whole report as a page of the site, laid out from what it says alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from policykit.report import versus
from policykit.report.axis import bar
from policykit.report.command import word
from policykit.report.lacking import rests_on
from policykit.report.numbers import FEWEST, number, prose, span, whole
from policykit.report.register import TakenBack, row
from policykit.report.said_limit import contrast, said_limit, unit_of
from policykit.report.site_names import called, stage_path
from policykit.report.stamps import as_of_mark
from policykit.report.stopping import gravity
from policykit.report.trends import look_of
from policykit.terms.estimate import Estimate
from policykit.terms.layout import Look
from policykit.terms.quantity import Unit
from policykit.terms.site import Filed, Signed
from policykit.terms.site_layout import ActRow, ChangeRow, FindingCell, ReportPage, RuleCell
from policykit.terms.told import Change, Told, ToldFinding, ToldRule

MOST_RULES: Final = 400
MOST_FINDINGS: Final = 24
MOST_GROUPS: Final = 30
DRAWN: Final = 300
"""Findings of a page that are drawn, the heaviest rules first; what is beyond stands in the report itself."""
MOST_CHANGES: Final = 40
_LOOKS: Final[dict[str, tuple[Look, str]]] = {
    "passed": ("pass", "pass"),
    "caution": ("caution", "pass, caution"),
    "waived": ("waived", "waived"),
    "failed": ("fail", "fail"),
    "undecided": ("undecided", "not shown yet"),
    "not_applicable": ("not_applicable", "not applicable"),
}
_RANK: Final = {"failed": 0, "undecided": 1, "waived": 2, "advisory": 3, "caution": 4, "passed": 5, "not_applicable": 6}
_WORDS: Final = {"pass": "pass", "fail": "fail", "undecided": "not shown yet", "not_applicable": "not applicable"}
_MEANING: Final = {
    "ALLOWED": "Every blocking rule passed, does not apply for a stated reason, or is validly waived.",
    "BLOCKED": "Something that must be true is not. The model stays where it is until that is mended.",
    "HELD": "Something that must be shown is not shown yet. This says nothing against the model, and does not open the gate.",
}
_ONLY: Final = {
    "audit": "this run only looked; it stopped nothing, and let nothing through",
    "partial": "only some rules were asked, so nothing can be allowed",
    "trial": "a first look with a ready-made policy; it can never earn a permit",
}
_WORTH: Final[dict[bool | None, Literal["better", "worse", ""]]] = {None: "", True: "better", False: "worse"}
_ACTS: Final[dict[str, tuple[str, Look]]] = {
    "permit": ("permit", "pass"),
    "approval": ("approval", "pass"),
    "revocation": ("revocation", "fail"),
    "break_glass": ("break glass", "fail"),
    "waiver": ("waiver", "waived"),
}


def told_page(
    filed: Filed,
    told: Told,
    *,
    before: Filed | None,
    after: Filed | None,
    changes: Sequence[Change],
    acts: Sequence[Signed],
    taken_back: TakenBack,
    copy: str,
    asked: bool,
    rule_paths: Mapping[str, str],
    by_key: bool = False,
) -> ReportPage:
    """Return the page of one report; `before` and `after` are the reports of the same model and stage around it.

    `acts` is what was signed about it, `copy` where its own file lies beside the page, if it does;
    `asked`: signatures were to be verified; `rule_paths` is where each rule stands in the catalogue;
    `by_key`: reports are known by one public key, not by a trust file.
    """
    rules = sorted(told.rules, key=lambda rule: (_RANK[rule.standing], rule.advisory, gravity(rule)))
    cells, drawn = list[RuleCell](), 0
    for rule in rules[:MOST_RULES]:
        cells.append(_rule(rule, rule_paths.get(rule.name, ""), min(MOST_FINDINGS, DRAWN - drawn)))
        drawn += len(cells[-1].findings)
    shown = row(filed, taken_back=taken_back, asked=asked)
    return ReportPage(
        row=shown,
        stage_path=stage_path(told.stage),
        reason=prose(told.reason),
        meaning=_MEANING.get(told.decision, "") if shown.tone == "allowed" or told.decision != "ALLOWED" else "",
        stamps=tuple(_stamps(filed)),
        signer=filed.vouched.signer,
        unverified="" if filed.vouched.signer else filed.vouched.why or "nobody vouched for it",
        facts=tuple(_facts(filed, told)),
        before=_beside(before, asked=asked),
        after=_beside(after, asked=asked),
        changes=tuple(change_row(one) for one in changes[:MOST_CHANGES]),
        more_changes=max(0, len(changes) - MOST_CHANGES),
        stops=tuple(cell for cell, rule in zip(cells, rules, strict=False) if rule.stops),
        rules=tuple(cell for cell, rule in zip(cells, rules, strict=False) if not rule.stops),
        more_rules=max(0, len(rules) - MOST_RULES),
        waivers=tuple(
            (
                one.id,
                one.rule,
                prose(f"{one.told}. {one.reason}" if one.reason else one.told),
                f"asked for by {one.requested_by or 'nobody named'}, approved by {', '.join(one.approved_by) or 'nobody'}",
                one.expires,
            )
            for one in told.waivers
        ),
        acts=tuple(act_row(one) for one in acts),
        policies=tuple(
            (
                one.ref,
                one.title,
                prose(one.why if one.why else "applied" if one.applied else "did not apply"),
                one.digest,
            )
            for one in told.policies
        ),
        notices=tuple((_level(level), code, prose(text)) for level, code, text in told.notices),
        digests=tuple(_digests(filed, told)),
        commands=tuple(_commands(filed, told.stage, by_key=by_key)),
        copy=copy,
    )


def _stamps(filed: Filed) -> Iterable[tuple[str, str]]:
    """Yield why a report decides nothing."""
    head = filed.head
    for said in (head.mode, head.scope):
        if said not in ("enforce", "full"):
            yield said, _ONLY.get(said, "")
    if not head.on_its_day:
        yield as_of_mark(head.as_of), "it judges as of another day than it was made on, so it lets nothing through"
    if filed.vouched.unfit:
        yield "not accepted", prose(filed.vouched.unfit)


def act_row(one: Signed) -> ActRow:
    """Return something signed about a report or a model as a line of a list."""
    act = one.act
    word, look = _ACTS.get(act.kind, (act.kind.replace("_", " "), "not_applicable"))
    until = f", until {act.until[:16].replace('T', ' ')}" if act.until else ""
    return ActRow(
        what=f"{word} for {act.stage}" if act.stage else word,
        look=look,
        at=act.at[:16].replace("T", " "),
        by=one.vouched.signer,
        unverified="" if one.vouched.signer else one.vouched.why,
        text=prose(f"{act.text}{until}".removeprefix(", ")),
        entry=_entry(one),
        digest=act.id,
    )


def change_row(one: Change) -> ChangeRow:
    """Return one thing that changed as a line of a list."""
    what = {
        "rule_added": "new rule",
        "rule_gone": "rule gone",
        "finding_added": "newly asked",
        "finding_gone": "no longer asked",
    }.get(one.kind, one.kind)
    title = f"{one.title} ({one.about})" if one.about else one.title
    return ChangeRow(what, title or one.rule, one.before, one.after, _WORTH[one.better])


def _facts(filed: Filed, told: Told) -> Iterable[tuple[str, str]]:
    yield "judged as of", told.as_of
    yield "evaluated", told.time_evaluated.replace("T", " ")
    yield "made by", f"policykit {told.engine}"
    for name, values in told.labels.items():
        yield name.replace("_", " "), ", ".join(values)
    if told.looks is not None:
        yield "held-out data", f"look {told.looks:,} at it"
    if filed.entry is not None:
        yield "ledger", _entry(filed)


def _beside(one: Filed | None, *, asked: bool) -> tuple[str, str] | None:
    if one is None:
        return None
    shown = row(one, asked=asked)
    return shown.path, f"{shown.version}, {shown.decision}, {shown.day[:10]}"


def _rule(rule: ToldRule, path: str, most: int) -> RuleCell:
    look, word = _LOOKS.get(rule.standing, (look_of(rule.status), f"{_WORDS.get(rule.status, rule.status)}, advisory"))
    if rule.standing == "waived":
        word = "fail, waived" if rule.status == "fail" else "not shown, accepted"
    said = any(finding.reason and finding.reason in rule.reason for finding in rule.findings)
    return RuleCell(
        name=rule.name,
        path=path,
        title=called(prose(rule.title), called(rule.name, "no title")),
        sentence=prose(rule.sentence),
        look=look,
        word=word,
        reason="" if said or rule.standing == "passed" else prose(rule.reason),
        owner=rule.owner,
        enforcement="advisory" if rule.advisory else rule.enforcement,
        severity=rule.severity,
        controls=tuple(f"{name} ({how})" for name, how in rule.controls),
        excused=tuple(f"{waiver} until {until}" for waiver, until in rule.excused),
        findings=tuple(_finding(one, rule) for one in rule.findings[:most]),
        more_findings=max(0, len(rule.findings) - most),
    )


def _finding(one: ToldFinding, rule: ToldRule) -> FindingCell:
    unit = unit_of(one.unit)
    group_unit = Unit.SHARE if unit in (Unit.DIFFERENCE, Unit.SHARE) else unit
    look = look_of(one.status)
    needed = f"{whole(one.few)} to {whole(one.many)}" if one.few is not None and one.many is not None else ""
    lacks = f" (most of {one.where})" if one.where else ""
    seen = _estimate(one)
    told = versus.numbers(seen, one.check, unit, one.limit, rule.confidence)
    held = versus.held_to(one.together, one.check, unit, one.limit)
    return FindingCell(
        name=one.name,
        look="caution" if look == "pass" and one.caution else look,
        word=_WORDS.get(one.status, one.status),
        observed=told.observed or one.shown,
        interval=told.interval,
        limit=one.limit,
        rows=rests_on(one.n, one.check),
        reason=prose(one.reason) if one.status != "pass" or one.caution else "",
        needed=f"about {needed} rows that count{lacks} would probably settle it" if needed else "",
        source=one.source,
        bar=bar(
            seen,
            said_limit(one.limit, unit, one.check),
            unit,
            one.limit,
            said=(told.observed, told.interval) if contrast(one.limit) else None,
            together=one.together,
            held=held,
        )
        if seen
        else None,
        groups=tuple(
            _group(group.name, group.rows, (group.value, group.low, group.high), group_unit)
            for group in one.groups[:MOST_GROUPS]
        ),
        more_groups=max(0, len(one.groups) - MOST_GROUPS),
        models=told.models,
        both=versus.both(seen, one.check, unit, told.models) if seen else None,
        together=held,
    )


def _estimate(one: ToldFinding) -> Estimate | None:
    """Return the number of a finding with its interval, where both are told."""
    if one.value is None or one.low is None or one.high is None or not one.low <= one.high:
        return None
    models = tuple((line.name, line.rows, line.value, line.low, line.high) for line in one.models)
    return Estimate(one.value, one.low, one.high, one.n, "", models=models)


def _group(
    name: str, rows: int, said: tuple[float | None, float | None, float | None], unit: Unit
) -> tuple[str, str, str, str]:
    """Return one group as shown: of fewer than ten people, nothing but that they are few."""
    if rows < FEWEST:
        return name, f"<{FEWEST}", "hidden", ""
    value, low, high = said
    known = low is not None and high is not None and not (math.isnan(low) or math.isnan(high))
    interval = span(low, high, unit) if known and low is not None and high is not None else ""
    return name, whole(rows), number(value, unit) if value is not None else "", interval


def _level(level: str) -> Look:
    return "fail" if level == "error" else "caution" if level == "warning" else "not_applicable"


def _digests(filed: Filed, told: Told) -> Iterable[tuple[str, str]]:
    yield "bundle manifest", told.subject
    yield "verdict", told.verdict_digest.removeprefix("sha256:")
    yield "signed bytes" if filed.head.signed else "statement", told.payload
    yield "file", filed.sha256


def _entry(one: Filed | Signed) -> str:
    if one.entry is None:
        return ""
    return f"entry {one.entry.index:,} of {one.entry.origin}"


def _commands(filed: Filed, stage: str, *, by_key: bool) -> Iterable[str]:
    """Yield what to type to check the report; a file whose name could be read as anything else is called FILE."""
    if not filed.head.signed:
        return
    file = word(filed.file, "FILE")
    by = "--key gate.pub.pem" if by_key else "--trust trust.yaml --trust-root root.pub.pem"
    asked = f" --stage {word(stage, 'STAGE')}" if stage else ""
    yield f"policykit verify {file} {by}{asked}"
    if filed.entry is not None:
        yield f"policykit ledger verify LEDGER {'--key ledger.pub.pem' if by_key else by}"
