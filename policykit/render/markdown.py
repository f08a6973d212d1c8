"""The report as GitHub-flavoured Markdown: the summary of a job. Foreign text stays text, and the page has an end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from policykit.render.fitting import Block, fitted
from policykit.render.markup import (
    SIGNS,
    change_line,
    counts,
    cut,
    escaped,
    heading,
    reason_line,
    step_lines,
    table,
    warnings,
)
from policykit.terms.layout import FindingView, Layout, Look, Reason, RuleView, WaiverRow
from policykit.terms.report import Report

MOST_BYTES = 1_000_000
"""GitHub takes 1 MiB for the summary of one step."""
MOST_RULES = 400
MOST_FINDINGS = 8
MOST_GROUPS = 40
MOST_TABLES = 5
"""Findings whose groups are told, one table each."""
MOST_STEPS = 20
MOST_NEEDED = 6
MOST_REASONS = 20
MOST_WAIVERS = 40
MOST_CHANGES = 40
LONGEST = 500
"""Texts of the head are cut here, so that the decision with its reasons always has room."""


def markdown(report: Report, layout: Layout) -> str:
    """Write the report as Markdown under 1,000,000 bytes: decision, reasons, what to do, every rule, groups, evidence, digests."""
    return fitted(_blocks(report, layout), MOST_BYTES, lambda text: len(text.encode("utf-8", "replace")))


def _blocks(report: Report, layout: Layout) -> Iterator[Block]:
    yield Block("the decision", tuple(_head(report, layout)), kept=True)
    yield _section(layout.deciding_title, _reasons(layout.decided))
    yield _section("Also not shown yet", _reasons(layout.also_open))
    yield _section("Waivers", [*_waivers(layout.waivers)])
    yield _section("What to do next", [*_steps(layout)])
    changes = [change_line(row) for row in layout.changes]
    since = f" since {escaped(layout.before, longest=LONGEST)}" if layout.before else ""
    yield _section(f"What changed{since}", cut(changes, MOST_CHANGES), named="what changed")
    yield _section("Ways out when rows are few", [f"- {way}" for way in layout.ways_out])
    notices = [
        f"- {level}: {escaped(code)} {escaped(text)}" for level, code, text in layout.notices if level != "error"
    ]
    yield _section("Not blocking yet", _reasons(layout.coming))
    yield _section("To watch", [*_reasons(layout.watch), *cut(notices, MOST_REASONS)])
    yield _section("Rules", [*_rules(layout.rules)])
    yield from _groups(layout.rules)
    yield from _record(layout)


def _head(report: Report, layout: Layout) -> Iterator[str]:
    yield heading(layout, longest=LONGEST)
    yield ""
    stage = f" → {escaped(layout.stage, longest=LONGEST)}" if layout.stage else ""
    subject = escaped(layout.subject, longest=LONGEST)
    yield f"**{subject}**{stage}, as of {escaped(report.as_of, longest=LONGEST)}. {layout.meaning}"
    yield from warnings(layout, longest=LONGEST)
    if layout.attempt:
        spent = f": {escaped(layout.spent, longest=LONGEST)}" if layout.spent else ""
        yield from ("", f"**{escaped(layout.attempt, longest=LONGEST)}**{spent}.")
    yield ""
    yield counts(layout)


def _section(title: str, lines: Sequence[str], named: str = "") -> Block:
    return Block(named or title.lower(), ("", f"### {title}", "", *lines) if lines else (), whole=6)


def _reasons(reasons: Sequence[Reason]) -> Sequence[str]:
    return cut([reason_line(reason, longest=LONGEST) for reason in reasons], MOST_REASONS)


def _steps(layout: Layout) -> Iterator[str]:
    for step in layout.steps[:MOST_STEPS]:
        yield from step_lines(step, MOST_NEEDED)
    if len(layout.steps) > MOST_STEPS:
        yield f"1. and {len(layout.steps) - MOST_STEPS:,} more"


def _waivers(rows: Sequence[WaiverRow]) -> Iterator[str]:
    if not rows:
        return
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
        rows.append((status, escaped(rule.id), rule_title(rule, first), *_numbers(first)))
        rows += [
            (f"{SIGNS[finding.look]} {finding.word}", "", escaped(finding.name), *_numbers(finding))
            for finding in rule.findings[1:MOST_FINDINGS]
        ]
        if len(rule.findings) > MOST_FINDINGS:
            rows.append(("", "", left_out(rule.findings[MOST_FINDINGS:]), "", "", ""))
    if rows:
        yield from table(("Status", "Rule", "What it asks", "Observed", "Interval", "Limit"), rows)
    if len(rules) > MOST_RULES:
        yield from ("", f"{len(rules) - MOST_RULES:,} more rules are left out here; the json report holds them all.")


def left_out(findings: Sequence[FindingView]) -> str:
    """Say how many findings are not shown, and how many of them did not pass."""
    words: tuple[tuple[Look, str], ...] = (("fail", "failed"), ("undecided", "not shown yet"))
    stands = Counter(finding.look for finding in findings)
    told = ", ".join(f"{stands[look]:,} {word}" for look, word in words if stands[look])
    more = f"and {len(findings):,} more {'finding' if len(findings) == 1 else 'findings'}"
    return f"{more}: {told}" if told else more


def rule_title(rule: RuleView, first: FindingView | None) -> str:
    """Return what a rule asks, and of what its first finding speaks."""
    return f"{escaped(rule.title)}: {escaped(first.name)}" if first and first.name else escaped(rule.title)


def _numbers(finding: FindingView | None) -> tuple[str, str, str]:
    if finding is None:
        return ("", "", "")
    observed = escaped(finding.observed) or escaped(finding.cause)
    observed += f"; {escaped(finding.models)}" if finding.models else ""
    interval = "; ".join(escaped(text) for text in (finding.interval, finding.together) if text)
    return (observed, interval, escaped(finding.limit))


def _groups(rules: Sequence[RuleView]) -> Iterator[Block]:
    compared = [(rule, finding) for rule in rules[:MOST_RULES] for finding in rule.findings if finding.groups]
    for rule, finding in compared[:MOST_TABLES]:
        title = f"Groups of {escaped(rule.id)} {escaped(finding.name)}".rstrip()
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
        lines = ["", f"<details><summary>{title}</summary>", ""]
        lines += table(("Group", "Rows", "Value", "Interval", "Note"), rows)
        if len(finding.groups) > MOST_GROUPS:
            lines += ["", f"{len(finding.groups) - MOST_GROUPS:,} more groups are in the json report."]
        yield Block("groups", tuple(lines), whole=5, end=("", "</details>"))
    if len(compared) > MOST_TABLES:
        left = len(compared) - MOST_TABLES
        told = f"The groups of {left:,} more {'finding' if left == 1 else 'findings'} are in the json report."
        yield Block("groups", ("", told))


def _record(layout: Layout) -> Iterator[Block]:
    sources = (
        f"- {escaped(row.source)}: {row.findings:,} {'finding' if row.findings == 1 else 'findings'} ({row.meaning})"
        for row in layout.provenance
    )
    data = (
        f"- {escaped(row.role)}: {escaped(row.rows)} rows, sha256 {escaped(row.digest)}" for row in layout.materials
    )
    yield _section("Evidence", [*sources, *data])
    policies = (*layout.applied, *layout.not_applied)
    yield _section("Policies", [
        f"- {escaped(row.ref)} {'applied' if row.matched else 'did not apply'}: {escaped(row.why)}" for row in policies
    ])  # fmt: skip
    standing = [f"- {fact.name}: {escaped(fact.value)}" for fact in layout.facts if fact.name in ("trust", "ledger")]
    yield _section("Trust and ledger", standing)
    earlier = [f"- {escaped(row.at)}: {escaped(row.bundle)}, {escaped(row.decision)}" for row in layout.attempts]
    yield _section("Earlier attempts against this held-out data", cut(earlier, MOST_REASONS))
    yield _section("Digests", _facts(layout))
    yield _section("What a pass does not prove", [f"- {escaped(line)}" for line in layout.unproven])


def _facts(layout: Layout) -> Sequence[str]:
    facts: Iterable[str] = (f"- {fact.name}: {escaped(fact.value)}" for fact in layout.digests)
    return [*facts]
