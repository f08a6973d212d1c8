"""The report as text for a terminal: the decision first, then why, every rule, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit.render.console.changes import changes
from policykit.render.console.paper import Paper
from policykit.render.console.rules import rules_table
from policykit.render.console.waivers import waivers
from policykit.render.visible import visible
from policykit.terms.layout import Layout, Look, Reason, Step
from policykit.terms.report import Report

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

MOST_RULES = 200
MOST_STEPS = 12
MOST_NEEDED = 4
MOST_REASONS = 12
MOST_NOTICES = 20
SCREEN = 40
"""Lines: what is longer has its first line scrolled away, and ends with it again."""
STYLES: dict[Look, str] = {
    "pass": "green", "caution": "yellow", "fail": "bold red", "undecided": "yellow", "waived": "magenta",
    "not_applicable": "dim",
}  # fmt: skip
_TONES = {"allowed": "bold green", "blocked": "bold red", "held": "yellow"}  # bold yellow is white on white
_TONE_LOOK: dict[str, Look] = {"allowed": "pass", "blocked": "fail", "held": "undecided"}


def text(report: Report, layout: Layout, *, width: int, color: bool, encoding: str = "utf-8") -> str:
    """Write the report for a terminal `width` columns wide; signs that `encoding` lacks become plain letters."""
    paper = Paper(width=width, color=color, encoding=encoding)
    _banner(paper, report, layout)
    _reasons(paper, layout.deciding_title, layout.decided)
    _reasons(paper, "Also not shown yet", layout.also_open)
    waivers(paper, layout.waivers, STYLES)
    changes(paper, layout)
    _reasons(paper, "Not blocking yet", layout.coming)
    _reasons(paper, "To watch", layout.watch)
    _notices(paper, layout)
    _heading(paper, "Rules", "")
    _counts(paper, layout)
    paper.draw(rules_table(paper, layout.rules[:MOST_RULES], STYLES))
    left = len(layout.rules) - MOST_RULES
    if left > 0:
        paper.draw(_text(f"  and {left:,} more rules: `--output json` and `--output html` list them", "dim"))
    _steps(paper, layout)
    _foot(paper, layout)
    said = paper.text()
    if said.count("\n") < SCREEN:
        return said
    _close(paper, layout)
    return paper.text()


def _banner(paper: Paper, report: Report, layout: Layout) -> None:
    from rich import box
    from rich.panel import Panel
    from rich.text import Text

    style = _TONES[layout.tone]
    sign = paper.signs.status[_TONE_LOOK[layout.tone]]
    edge = " " if paper.color else ""
    what = Text(f"{edge}{sign} {layout.decision}:{edge}", style=f"{style} reverse")
    what.append(f" {visible(layout.reason)}", f"{style} not reverse")
    stage = f" {paper.signs.arrow} {visible(layout.stage)}" if layout.stage else ""
    what.append(f"\n{visible(layout.subject)}{stage}, as of {visible(report.as_of)}", "default not bold not reverse")
    what.append(f"\n{layout.meaning}", "default dim not bold not reverse" if paper.color else "")
    for name, meaning in layout.stamps:
        what.append(f"\n{name.upper()} ", "bold magenta not reverse")
        what.append(meaning.removeprefix(f"{name}: "), "default not bold not reverse")
    if layout.attempt:
        what.append(f"\n{visible(layout.attempt)}", "default not bold not reverse")
        what.append(
            f"; {visible(layout.spent)}" if layout.spent else "",
            "default dim not bold not reverse" if paper.color else "",
        )
    for name, meaning in layout.alarms:
        what.append(f"\n{name.upper()} ", "bold white on red")
        what.append(f" {visible(meaning)}", "bold red")
    what.overflow = "fold"
    paper.draw(Panel(what, box=box.ASCII if paper.plain else box.ROUNDED, border_style=style, padding=(0, 1)))


def _reasons(paper: Paper, title: str, reasons: tuple[Reason, ...]) -> None:
    if not reasons:
        return
    _heading(paper, title, "")
    grid = _grid()
    grid.add_column(width=1)
    grid.add_column(overflow="fold", max_width=18)
    grid.add_column(overflow="fold", ratio=1)
    for reason in reasons[:MOST_REASONS]:
        where = f" [{visible(reason.where)}]" if reason.where else ""
        body = _text(visible(reason.title) + where if reason.title else "", "bold")
        body.append(("\n" if body else "") + visible(reason.what), "default not bold not reverse")
        body.append(f"\n{reason.when}" if reason.when else "", "bold")
        sign = paper.signs.status[reason.look]
        grid.add_row("", _text(sign, STYLES[reason.look]), _text(visible(reason.rule), STYLES[reason.look]), body)
    paper.draw(grid)
    _more(paper, len(reasons) - MOST_REASONS)


def _notices(paper: Paper, layout: Layout) -> None:
    said = [notice for notice in layout.notices if notice[0] != "error"]
    if not said:
        return
    _heading(paper, "Also said", "")
    grid = _grid()
    grid.add_column(width=8)
    grid.add_column(overflow="fold", max_width=18)
    grid.add_column(overflow="fold", ratio=1)
    for level, code, what in said[:MOST_NOTICES]:
        style = "yellow" if level == "warning" else "cyan"
        grid.add_row("", _text(level, style), _text(visible(code), "dim"), _text(visible(what), ""))
    paper.draw(grid)
    _more(paper, len(said) - MOST_NOTICES)


def _counts(paper: Paper, layout: Layout) -> None:
    line, used = _text("", ""), 0
    for count in layout.counts:
        advisory = f" ({count.advisory:,} advisory)" if count.advisory else ""
        said = f"  {paper.signs.status[count.look]} {count.rules:,} {count.word}{advisory}"
        used += len(said)
        if used > paper.width:
            line.append("\n")
            used = len(said)
        line.append(said, STYLES[count.look])
    paper.draw(line if layout.counts else _text("  none was asked", "yellow"))


def _steps(paper: Paper, layout: Layout) -> None:
    if not layout.steps:
        return
    _heading(paper, "What to do next", "")
    grid = _grid()
    grid.add_column(overflow="fold", max_width=30 if paper.width < 120 else 44)
    grid.add_column(overflow="fold", ratio=1)
    for step in layout.steps[:MOST_STEPS]:
        grid.add_row("", _text(visible(step.who) or "whoever owns the bundle", "cyan"), _step(step))
    paper.draw(grid)
    _more(paper, len(layout.steps) - MOST_STEPS)
    if layout.ways_out:
        _heading(paper, "Ways out when rows are few", "")
        ways = _grid()
        ways.add_column(width=2)
        ways.add_column(overflow="fold", ratio=1)
        for number, way in enumerate(layout.ways_out, start=1):
            ways.add_row("", _text(f"{number}.", "dim"), _text(way, ""))
        paper.draw(ways)


def _step(step: Step) -> Text:
    body = _text(f"{visible(step.rule)}: " if step.rule else "", "bold")
    if step.brief:
        body.append(f"{visible(step.brief)}\n", "bold")
    body.append(visible(step.what), "default not bold not reverse")
    for needed in step.needed[:MOST_NEEDED]:
        body.append(f"\n{visible(needed)}", "dim not bold")
    left = len(step.needed) - MOST_NEEDED
    body.append(f"\nand {left:,} more" if left > 0 else "", "dim not bold")
    return body


def _foot(paper: Paper, layout: Layout) -> None:
    _heading(paper, "Evidence and digests", "")
    grid = _grid()
    grid.add_column(overflow="fold", max_width=22)
    grid.add_column(overflow="fold", ratio=1)
    for row in layout.provenance:
        what = f"{row.findings:,} {'finding' if row.findings == 1 else 'findings'}"
        grid.add_row(
            "", _text(visible(row.source), "dim"), _text(f"{what}; {row.meaning}" if row.meaning else what, "")
        )
    for data in layout.materials:
        grid.add_row(
            "", _text(visible(data.role), "dim"), _text(f"{data.rows} rows, sha256 {visible(data.digest[:16])}…", "")
        )
    for policy in layout.applied:
        grid.add_row("", _text("policy", "dim"), _text(f"{visible(policy.ref)} applied", ""))
    for policy in layout.not_applied:
        grid.add_row(
            "", _text("policy", "dim"), _text(f"{visible(policy.ref)} did not apply: {visible(policy.why)}", "")
        )
    for fact in layout.facts:
        if fact.name in ("trust", "ledger"):
            grid.add_row("", _text(fact.name, "dim"), _text(visible(fact.value), ""))
    paper.draw(grid)
    marks = _grid()
    marks.add_column(width=11)
    marks.add_column(overflow="fold", ratio=1)
    for fact in layout.digests:
        marks.add_row("", _text(fact.name, "dim"), _text(visible(fact.value), ""))
    paper.draw(marks)


def _close(paper: Paper, layout: Layout) -> None:
    sign = paper.signs.status[_TONE_LOOK[layout.tone]]
    stage = f" {paper.signs.arrow} {visible(layout.stage)}" if layout.stage else ""
    line = _text(f"\n{sign} {layout.decision}: {visible(layout.reason)}", _TONES[layout.tone])
    line.append(f"  {visible(layout.subject)}{stage}", "default dim not bold")
    paper.draw(line)


def _more(paper: Paper, left: int) -> None:
    if left > 0:
        paper.draw(_text(f"  and {left:,} more", "dim"))


def _heading(paper: Paper, title: str, beside: Text | str) -> None:
    line = _text(f"\n{title}", "bold")
    line.append(beside)
    paper.draw(line)


def _grid() -> Table:
    from rich.table import Table

    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(width=0)
    return grid


def _text(content: str, style: str) -> Text:
    from rich.text import Text

    return Text(content, style=style, overflow="fold")
