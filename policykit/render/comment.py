"""The report as one comment on a pull request: what was decided, why, what to do and who, the rest folded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from policykit.render.fitting import Block, fitted
from policykit.render.markdown import left_out, rule_title
from policykit.render.marks import NOBODYS, marker
from policykit.render.markup import (
    SIGNS,
    change_line,
    counts,
    escaped,
    heading,
    reason_line,
    step_lines,
    table,
    warnings,
)
from policykit.terms.layout import Layout, Reason, RuleView
from policykit.terms.report import Report
from policykit.terms.result import UNVERIFIED

MOST_UNITS = 64_000
"""GitHub takes 65,536, counted as UTF-16 units; the rest is for the lines of the action: which commit, which run."""
MOST_REASONS = 3
MOST_STEPS = 3
MOST_NEEDED = 2
MOST_WARNINGS = 6
LONGEST = 240
_STAGE = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")


def comment(report: Report, layout: Layout) -> str:
    """Write the report as Markdown under 64,000 UTF-16 units; its first line is the marker by which it is found again."""
    return fitted(_blocks(report, layout), MOST_UNITS, units)


def units(text: str) -> int:
    """Return how many UTF-16 units a text has."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _blocks(report: Report, layout: Layout) -> Iterator[Block]:
    yield Block("the decision", tuple(_head(report, layout)), kept=True)
    yield _section(layout.deciding_title, [*_reasons(layout.decided)])
    yield _section("Also not shown yet", [*_reasons(layout.also_open)])
    steps = [line for step in layout.steps[:MOST_STEPS] for line in step_lines(step, MOST_NEEDED, longest=LONGEST)]
    yield _section("What to do next", [*steps, *_more(len(layout.steps) - MOST_STEPS)])
    yield Block("counts", ("", counts(layout)))
    said = [
        f"- {escaped(code, longest=LONGEST)}: {escaped(text, longest=LONGEST)}"
        for level, code, text in layout.notices
        if level == "warning"
    ]
    yield _section("Also said", [*said[:MOST_WARNINGS], *_more(len(said) - MOST_WARNINGS)])
    yield _section("Not blocking yet", [*_reasons(layout.coming)])
    since = f" since {escaped(layout.before, longest=LONGEST)}" if layout.before else ""
    yield _folded(f"What changed{since}", [change_line(row, longest=LONGEST) for row in layout.changes], "what changed")
    stops = [rule for rule in layout.rules if rule.look in ("fail", "undecided")]
    yield _folded("Rules that are not met", [*_rules(stops)])
    yield _folded("Waivers", [
        f"- {escaped(row.id)} {row.word}: {escaped(row.rule)}, until {escaped(row.until)}, {escaped(row.left)}"
        for row in layout.waivers
    ])  # fmt: skip
    yield _folded("To watch", [reason_line(reason, longest=LONGEST) for reason in layout.watch])
    yield _folded(
        "The other rules", [*_rules([rule for rule in layout.rules if rule.look not in ("fail", "undecided")])]
    )
    yield Block("digests", tuple(_tail(report, layout)), kept=True)


def _head(report: Report, layout: Layout) -> Iterator[str]:
    if any(name == UNVERIFIED for name, _ in layout.stamps):
        yield f"<!-- policykit: {NOBODYS} -->"  # it takes the place of no gate's comment
    else:
        yield marker(report.gate_id or report.name, report.stage or "")
    yield heading(layout, longest=LONGEST)
    yield ""
    stage = f" → {escaped(layout.stage, longest=LONGEST)}" if layout.stage else ""
    yield f"**{escaped(layout.subject, longest=LONGEST)}**{stage}. {layout.meaning}"
    yield from warnings(layout, longest=LONGEST)


def _section(title: str, lines: Sequence[str]) -> Block:
    return Block(title.lower(), ("", f"### {title}", "", *lines) if lines else (), whole=3)


def _folded(title: str, lines: Sequence[str], named: str = "") -> Block:
    """Return lines that are folded away; `title` is escaped already."""
    opened = ("", f"<details><summary>{title}</summary>", "", *lines) if lines else ()
    return Block(named or title.lower(), opened, whole=5, end=("", "</details>") if lines else ())


def _reasons(reasons: Sequence[Reason]) -> Iterator[str]:
    yield from (reason_line(reason, longest=LONGEST) for reason in reasons[:MOST_REASONS])
    yield from _more(len(reasons) - MOST_REASONS)


def _more(count: int) -> Iterator[str]:
    if count > 0:
        yield f"- and {count:,} more, in the report"


def _rules(rules: Sequence[RuleView]) -> Iterator[str]:
    rows = []
    for rule in rules:
        first = rule.findings[0] if rule.findings else None
        shown = (escaped(first.observed) or escaped(first.cause)) if first else escaped(rule.cause)
        shown += f"; {escaped(first.models)}" if first and first.models else ""
        limit = escaped(first.limit) if first else ""
        status = f"{SIGNS[rule.look]} {rule.word}" + (f" ({rule.advisory})" if rule.advisory else "")
        title = rule_title(rule, first)
        title += f" {left_out(rule.findings[1:])}" if len(rule.findings) > 1 else ""
        rows.append((status, escaped(rule.id), title, shown, limit))
    if rows:
        yield from table(("Status", "Rule", "What it asks", "Observed", "Limit"), rows)


def _tail(report: Report, layout: Layout) -> Iterator[str]:
    yield from ("", "<details><summary>Digests, and how to check this</summary>", "")
    yield from (f"- {fact.name}: {escaped(fact.value, longest=LONGEST)}" for fact in layout.digests[:20])
    engine, day = escaped(report.engine, longest=LONGEST), escaped(report.as_of, longest=LONGEST)
    yield f"- engine: {engine}, as of {day}"
    asked = f" --stage {report.stage}" if report.stage and _STAGE.fullmatch(report.stage) else ""
    yield from ("", "```", f"policykit gate BUNDLE --policies POLICIES{asked}")
    yield f"policykit verify REPORT --trust trust.yaml --trust-root ROOT.pub.pem{asked} --bundle BUNDLE --rejudge"
    yield from ("```", "", "</details>")
