"""The report as one comment on a pull request: what was decided, why, what to do and who, the rest folded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from policykit.render.markdown import SIGNS, TONES, escaped, reason_line, table
from policykit.terms.layout import ChangeRow, Layout, RuleView, Step
from policykit.terms.report import Report

MOST_UNITS = 65_000
"""GitHub takes 65,536; counted as UTF-16 units, which are never fewer than characters."""
MOST_REASONS = 3
MOST_STEPS = 3
MOST_NEEDED = 2
_SAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_MARK = 80


def comment(report: Report, layout: Layout) -> str:
    """Write the report as Markdown under 65,000 UTF-16 units; its first line is the marker by which it is found again."""
    head = [*_head(report, layout)]
    tail = [*_tail(report, layout)]
    room = MOST_UNITS - units("\n".join((*head, *tail))) - 400
    body: list[str] = []
    left: list[str] = []
    for title, part in _folded(layout):
        made = [*_details(title, part)]
        cost = units("\n".join(made)) + 1
        if cost > room:
            made = [*_details(title, _fitting(part, room - 400))] if room > 2_000 else []
            left.append(title.lower())
            cost = units("\n".join(made)) + 1
        body += made
        room -= cost
    cut = ["", f"_Shortened here: {', '.join(left)}. The report holds everything._"] if left else []
    return "\n".join((*head, *body, *cut, *tail)) + "\n"


def marker(name: str) -> str:
    """Return the first line of a comment: by it the one comment of a gate is found and written anew."""
    safe = _SAFE.sub("-", name).strip("-.")[:_LONGEST_MARK].strip("-.")
    while "--" in safe:
        safe = safe.replace("--", "-")
    if safe != name:
        safe = f"{safe or 'gate'}-{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    return f"<!-- policykit: {safe} -->"


def units(text: str) -> int:
    """Return how many UTF-16 units a text has."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _head(report: Report, layout: Layout) -> Iterator[str]:
    yield marker(report.gate_id or report.name)
    yield f"## {TONES[layout.tone]} {layout.decision}: {escaped(layout.reason)}"
    yield ""
    stage = f" → {escaped(layout.stage)}" if layout.stage else ""
    yield f"**{escaped(layout.subject)}**{stage}. {layout.meaning}"
    for _, meaning in layout.stamps:
        yield from ("", f"> **{escaped(meaning)}**")
    for name, meaning in layout.alarms:
        yield from ("", f"> 🚨 **{escaped(name.upper())}: {escaped(meaning)}**")
    if layout.deciding:
        yield from ("", f"### {layout.deciding_title}", "")
        yield from (reason_line(reason) for reason in layout.deciding[:MOST_REASONS])
        yield from _more(len(layout.deciding) - MOST_REASONS)
    if layout.steps:
        yield from ("", "### What to do next", "")
        for step in layout.steps[:MOST_STEPS]:
            yield from step_lines(step, MOST_NEEDED)
        yield from _more(len(layout.steps) - MOST_STEPS)
    yield ""
    counts = (f"{SIGNS[count.look]} {count.rules:,} {count.word}" for count in layout.counts)
    yield " · ".join(counts) if layout.counts else "No rule was asked."


def step_lines(step: Step, most: int) -> Iterator[str]:
    """Return one thing to do: who, what, and what else it needs."""
    rule = f" for {escaped(step.rule)}" if step.rule else ""
    yield f"1. **{escaped(step.who) or 'whoever owns the bundle'}**{rule}: {escaped(step.what)}"
    yield from (f"   - {escaped(needed)}" for needed in step.needed[:most])


def _more(count: int) -> Iterator[str]:
    if count > 0:
        yield f"- and {count:,} more, in the report"


def _folded(layout: Layout) -> Iterator[tuple[str, Sequence[str]]]:
    """Return the parts that are folded, the more useful first."""
    stops = [rule for rule in layout.rules if rule.look in ("fail", "undecided")]
    rest = [rule for rule in layout.rules if rule.look not in ("fail", "undecided")]
    changes = [*map(_change, layout.changes)]
    yield f"What changed since {layout.before or 'the last release'}", changes
    yield "Rules that are not shown", [*_rules(stops)]
    yield (
        "Waivers",
        [
            f"- {escaped(row.id)} {row.word}: {escaped(row.rule)}, until {escaped(row.until)}, {escaped(row.left)}"
            for row in layout.waivers
        ],
    )
    yield "To watch", [reason_line(reason) for reason in layout.watch]
    yield "Rules that passed or do not apply", [*_rules(rest)]


def _change(row: ChangeRow) -> str:
    about = f" ({escaped(row.about)})" if row.about else ""
    rule = f"{escaped(row.rule)} " if row.rule else ""
    return f"- {SIGNS[row.look]} {rule}{escaped(row.what)}{about}: {escaped(row.before) or '–'} → {escaped(row.after) or '–'}"


def _rules(rules: Sequence[RuleView]) -> Iterator[str]:
    rows = []
    for rule in rules:
        first = rule.findings[0] if rule.findings else None
        shown = (escaped(first.observed) or escaped(first.cause)) if first else ""
        limit = escaped(first.limit) if first else ""
        about = f"{escaped(rule.title)}: {escaped(first.name)}" if first and first.name else escaped(rule.title)
        rows.append((f"{SIGNS[rule.look]} {rule.word}", escaped(rule.id), about, shown, limit))
    if rows:
        yield from table(("Status", "Rule", "What it asks", "Observed", "Limit"), rows)


def _details(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield from ("", f"<details><summary>{escaped(title)}</summary>", "", *lines, "", "</details>")


def _fitting(lines: Sequence[str], room: int) -> Sequence[str]:
    """Return as many lines as there is room for, and how many are left out."""
    kept: list[str] = []
    for line in lines:
        room -= units(line) + 1
        if room < 0:
            break
        kept.append(line)
    return (*kept, "", f"{len(lines) - len(kept):,} more are left out here; the report holds them all.")


def _tail(report: Report, layout: Layout) -> Iterator[str]:
    yield from ("", "<details><summary>Digests, and how to check this</summary>", "")
    yield from (f"- {fact.name}: {escaped(fact.value)}" for fact in layout.digests)
    yield f"- engine: {escaped(report.engine)}, as of {escaped(report.as_of)}"
    yield from ("", "```", *_again(report), "```", "", "</details>")


def _again(report: Report) -> Iterable[str]:
    stage = report.stage or ""
    asked = f" --stage {stage}" if re.fullmatch(r"[a-z0-9][a-z0-9-]*", stage) else ""
    yield f"policykit gate BUNDLE --policies POLICIES{asked}"
    yield f"policykit verify REPORT --trust trust.yaml{asked} --bundle BUNDLE --rejudge"
