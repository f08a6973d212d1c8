"""The report as GitHub-flavoured Markdown, for a pull request or a job summary. Foreign text stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from policykit.render.visible import visible
from policykit.terms.layout import FindingView, Layout, Look, Reason, RuleView, WaiverRow
from policykit.terms.report import Report

MOST_RULES = 400
MOST_FINDINGS = 8
MOST_GROUPS = 40
MOST_STEPS = 20
MOST_REASONS = 20
MOST_WAIVERS = 40
SIGNS: dict[Look, str] = {
    "pass": "✅",
    "caution": "⚠️",
    "fail": "❌",
    "undecided": "🌓",
    "waived": "🔷",
    "not_applicable": "⚪",
}
TONES = {"allowed": "✅", "blocked": "❌", "held": "🌓"}
_CODE = re.compile(r"(`[A-Za-z0-9_.=/ -]{1,80}`)")
_ACTIVE = re.compile(
    r"(?P<reference>@|#(?=\d)|\bGH-(?=\d)|:(?=//)|\bwww(?=\.)|:(?=[\w+-]+:))|(?P<markup>[\\`*_{}\[\]()<>|~!#&$])",
    re.IGNORECASE,
)
_BLOCK = re.compile(r"^(?:[-+](?=\s|$)|--|\d+[.)](?=\s|$)|[=:])")
_EDGE = re.compile(r"^ +| +$")
_UNSEEN = "&#8203;"


def markdown(report: Report, layout: Layout) -> str:
    """Write the report as Markdown: decision, reasons, what to do, every rule, groups, evidence, digests."""
    return "\n".join(_lines(report, layout)) + "\n"


def escaped(text: str) -> str:
    """Return foreign text as Markdown that shows it and nothing else: no markup, mention, reference, link or emoji code.

    Plain words in backticks stay code; every other backtick is only a backtick.
    """
    parts = _CODE.split(visible(text))
    safe = "".join(part if at % 2 else _ACTIVE.sub(_disarmed, part) for at, part in enumerate(parts))
    safe = _EDGE.sub(lambda found: "&#32;" * len(found[0]), safe)
    return f"{_UNSEEN}{safe}" if _BLOCK.match(safe) else safe


def _disarmed(found: re.Match[str]) -> str:
    sign = found[0]
    if found["reference"]:
        return (f"\\{sign}" if sign == "#" else sign) + _UNSEEN
    return f"&#{ord(sign)};" if sign in "<>&$|" else f"\\{sign}"


def _lines(report: Report, layout: Layout) -> Iterator[str]:
    yield f"## {TONES[layout.tone]} {layout.decision}: {escaped(layout.reason)}"
    yield ""
    stage = f" → {escaped(layout.stage)}" if layout.stage else ""
    yield f"**{escaped(layout.subject)}**{stage}, as of {escaped(report.as_of)}. {layout.meaning}"
    for _, meaning in layout.stamps:
        yield from ("", f"> **{meaning}**")
    for name, meaning in layout.alarms:
        yield from ("", f"> 🚨 **{escaped(name.upper())}: {escaped(meaning)}**")
    if layout.attempt:
        spent = f": {escaped(layout.spent)}" if layout.spent else ""
        yield from ("", f"**{escaped(layout.attempt)}**{spent}.")
    yield ""
    counts = (
        f"{SIGNS[count.look]} {count.rules:,} {count.word}"
        + (f" ({count.advisory:,} advisory)" if count.advisory else "")
        for count in layout.counts
    )
    yield "; ".join(counts) if layout.counts else "No rule was asked."
    yield from _section(layout.deciding_title, _cut([*map(reason_line, layout.deciding)], MOST_REASONS))
    yield from _waivers(layout.waivers)
    yield from _section("What to do next", _steps(layout))
    yield from _section("Ways out when rows are few", (f"- {way}" for way in layout.ways_out))
    notices = [
        f"- {level}: {escaped(code)} {escaped(text)}" for level, code, text in layout.notices if level != "error"
    ]
    watch = _cut([*map(reason_line, layout.watch)], MOST_REASONS)
    yield from _section("To watch", [*watch, *_cut(notices, MOST_REASONS)])
    yield from _rules(layout.rules)
    yield from _groups(layout.rules)
    yield from _record(layout)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = [*lines]
    if found:
        yield from ("", f"### {title}", "", *found)


def _cut(lines: Sequence[str], most: int) -> Sequence[str]:
    """Return the first `most` lines, and how many more there are."""
    return lines if len(lines) <= most else [*lines[:most], f"- and {len(lines) - most:,} more"]


def reason_line(reason: Reason) -> str:
    where = f" ({escaped(reason.where)})" if reason.where else ""
    title = f" **{escaped(reason.title)}**{where}:" if reason.title else ""
    return f"- {SIGNS[reason.look]} {escaped(reason.rule)}{title} {escaped(reason.what)}"


def _steps(layout: Layout) -> Iterator[str]:
    for step in layout.steps[:MOST_STEPS]:
        rule = f" for {escaped(step.rule)}" if step.rule else ""
        yield f"1. **{escaped(step.who) or 'whoever owns the bundle'}**{rule}: {escaped(step.what)}"
        yield from (f"   - {escaped(needed)}" for needed in step.needed[:6])
    if len(layout.steps) > MOST_STEPS:
        yield f"1. and {len(layout.steps) - MOST_STEPS:,} more"


def _waivers(rows: Sequence[WaiverRow]) -> Iterator[str]:
    if not rows:
        return
    yield from ("", "### Waivers", "")
    told = (
        (
            f"{SIGNS[row.look]} {row.word}",
            escaped(row.id),
            escaped(row.rule),
            escaped(row.excuses),
            escaped(row.approved_by),
            f"{escaped(row.until)}, {escaped(row.left)}",
            escaped(row.ticket),
            escaped(row.reason if row.state == "used" else row.told),
        )
        for row in rows[:MOST_WAIVERS]
    )
    yield from table(("State", "Waiver", "Rule", "Excuses", "Approved by", "Until", "Ticket", "Why"), told)
    if len(rows) > MOST_WAIVERS:
        yield from ("", f"{len(rows) - MOST_WAIVERS:,} more waivers are in the json report.")


def _rules(rules: Sequence[RuleView]) -> Iterator[str]:
    rows: list[Sequence[str]] = []
    for rule in rules[:MOST_RULES]:
        status = f"{SIGNS[rule.look]} {rule.word}" + (f" ({rule.advisory})" if rule.advisory else "")
        first = rule.findings[0] if rule.findings else None
        rows.append((status, escaped(rule.id), _title(rule, first), *_numbers(first)))
        rows += [
            (f"{SIGNS[finding.look]} {finding.word}", "", escaped(finding.name), *_numbers(finding))
            for finding in rule.findings[1:MOST_FINDINGS]
        ]
    if rows:
        yield from ("", "### Rules", "")
        yield from table(("Status", "Rule", "What it asks", "Observed", "Interval", "Limit"), rows)
    if len(rules) > MOST_RULES:
        yield from ("", f"{len(rules) - MOST_RULES:,} more rules are left out here; the json report holds them all.")


def _title(rule: RuleView, first: FindingView | None) -> str:
    return f"{escaped(rule.title)}: {escaped(first.name)}" if first and first.name else escaped(rule.title)


def _numbers(finding: FindingView | None) -> tuple[str, str, str]:
    if finding is None:
        return ("", "", "")
    return (escaped(finding.observed) or escaped(finding.cause), escaped(finding.interval), escaped(finding.limit))


def _groups(rules: Sequence[RuleView]) -> Iterator[str]:
    compared = [(rule, finding) for rule in rules[:MOST_RULES] for finding in rule.findings if finding.groups]
    for rule, finding in compared[:5]:
        title = f"Groups of {escaped(rule.id)} {escaped(finding.name)}".rstrip()
        yield from ("", f"<details><summary>{title}</summary>", "")
        rows = [
            (
                escaped(group.name),
                escaped(group.rows),
                escaped(group.value),
                escaped(group.interval),
                escaped(group.note),
            )
            for group in finding.groups[:MOST_GROUPS]
        ]
        yield from table(("Group", "Rows", "Value", "Interval", "Note"), rows)
        if len(finding.groups) > MOST_GROUPS:
            yield from ("", f"{len(finding.groups) - MOST_GROUPS:,} more groups are in the json report.")
        yield from ("", "</details>")


def _record(layout: Layout) -> Iterator[str]:
    sources = (
        f"- {escaped(row.source)}: {row.findings:,} {'finding' if row.findings == 1 else 'findings'} ({row.meaning})"
        for row in layout.provenance
    )
    data = (
        f"- {escaped(row.role)}: {escaped(row.rows)} rows, sha256 {escaped(row.digest)}" for row in layout.materials
    )
    yield from _section("Evidence", [*sources, *data])
    policies = (*layout.applied, *layout.not_applied)
    yield from _section(
        "Policies",
        (
            f"- {escaped(row.ref)} {'applied' if row.matched else 'did not apply'}: {escaped(row.why)}"
            for row in policies
        ),
    )
    standing = (f"- {fact.name}: {escaped(fact.value)}" for fact in layout.facts if fact.name in ("trust", "ledger"))
    yield from _section("Trust and ledger", standing)
    earlier = (
        f"- {escaped(row.at)}: {escaped(row.bundle)}, {escaped(row.decision)}" for row in layout.attempts[:MOST_REASONS]
    )
    yield from _section("Earlier attempts against this held-out data", earlier)
    yield from _section("Digests", (f"- {fact.name}: {escaped(fact.value)}" for fact in layout.digests))
    yield from _section("What a pass does not prove", (f"- {escaped(line)}" for line in layout.unproven))


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(headers)} |"
    yield f"|{' --- |' * len(headers)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
