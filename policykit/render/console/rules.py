"""Every rule as a row: what became of it, what was observed, drawn against its limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from policykit.render.console.paper import Paper
from policykit.render.console.strip import strip
from policykit.render.visible import visible
from policykit.terms.layout import FindingView, Look, RuleView

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

MOST_FINDINGS = 8
MOST_GROUPS = 12
_WIDE = 120
_PARTS = {"good": "dim", "bad": "dim", "limit": "bold", "surely": "bold", "caution": "yellow"}


def rules_table(paper: Paper, rules: Sequence[RuleView], styles: Mapping[Look, str]) -> Table:
    """Return the rules as a table that fits the paper: drawings beside the titles where it is wide, below them where not."""
    from rich.table import Table

    wide = paper.width >= _WIDE
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(width=0)
    grid.add_column(width=16, overflow="fold")
    grid.add_column(max_width=24 if wide else 14, overflow="fold")
    grid.add_column(ratio=1, overflow="fold")
    if wide:
        grid.add_column(width=_cells(paper), no_wrap=True)
        grid.add_column(ratio=1, overflow="fold")
    for rule in rules:
        _add(paper, grid, rule, styles, wide=wide)
    return grid


def _add(paper: Paper, grid: Table, rule: RuleView, styles: Mapping[Look, str], *, wide: bool) -> None:
    style = styles[rule.look]
    shown = rule.findings[:MOST_FINDINGS]
    status = _text(f"{paper.signs.status[rule.look]} {rule.word}", style)
    title = _text(visible(rule.title), "" if rule.look in ("pass", "not_applicable") else "bold")
    if rule.advisory:
        title.append(f"  {rule.advisory}", "dim not bold")
    name = _text(visible(rule.id), style)
    left = len(rule.findings) - len(shown)
    if wide and len(rule.findings) == 1 and not rule.findings[0].groups and not rule.excused:
        _wide_row(paper, grid, (status, name, title), rule.findings[0], styles)
        return
    for said in rule.excused:
        title.append(f"\n{visible(said)}", "dim not bold")
    row = ("", status, name, title)
    grid.add_row(*row, *(("", "") if wide else ()))
    for finding in shown:
        if wide:
            label = _text(_label(paper, finding), styles[finding.look])
            _wide_row(paper, grid, (_text("", ""), _text("", ""), label), finding, styles)
        else:
            grid.add_row("", "", "", _narrow(paper, finding, styles, alone=len(rule.findings) == 1))
        if finding.groups and finding.look != "pass":
            grid.add_row("", "", "", _groups(finding), *(("", "") if wide else ()))
    if left > 0:
        grid.add_row("", "", "", _text(f"and {left:,} more findings", "dim"), *(("", "") if wide else ()))


def _wide_row(
    paper: Paper, grid: Table, cells: Sequence[Text], finding: FindingView, styles: Mapping[Look, str]
) -> None:
    status, name, title = cells
    if finding.name and status:
        title.append(f"  {visible(finding.name)}", "dim not bold")
    drawing = _drawing(paper, finding, _cells(paper), styles) if finding.bar else ""
    grid.add_row("", status, name, title, drawing, _numbers(finding))


def _label(paper: Paper, finding: FindingView) -> str:
    """Return the sign of one of several findings with its name, or the check of a part that has none."""
    return f"{paper.signs.status[finding.look]} {visible(finding.name or finding.check)}"


def _narrow(paper: Paper, finding: FindingView, styles: Mapping[Look, str], *, alone: bool) -> Text:
    line = _text("", "")
    if finding.name or not alone:
        line.append(f"{_label(paper, finding)}  ", styles[finding.look])
    line.append_text(_numbers(finding))
    if finding.bar and finding.look != "pass":  # what passes is a line, so that what does not is seen
        line.append("\n")
        line.append_text(_drawing(paper, finding, min(44, paper.width - 32), styles))
    return line


def _numbers(finding: FindingView) -> Text:
    line = _text("", "")
    if not finding.observed:
        line.append(visible(finding.cause or finding.reason), "dim")
        line.append(f", {visible(finding.limit)}" if finding.limit and finding.cause else "", "dim")
        return line
    line.append(finding.observed, "bold")
    line.append(f" ({finding.interval})" if finding.interval else "")
    line.append(f"; {finding.together}" if finding.together else "")
    line.append(f"; {visible(finding.models)}" if finding.models else "")
    much = finding.together or finding.models  # then nobody sees any more what the limit is the limit of
    line.append(f"{'; limit:' if much else ','} {visible(finding.limit)}" if finding.limit else "", "dim")
    return line


def _groups(finding: FindingView) -> Text:
    shown = [
        f"{visible(group.name)}: {group.value} of {group.rows}"
        if not group.hidden
        else f"{visible(group.name)}: {group.rows}"
        for group in finding.groups[:MOST_GROUPS]
    ]
    left = len(finding.groups) - MOST_GROUPS
    more = f" and {left:,} more groups" if left > 0 else ""
    return _text("  " + "; ".join(shown) + more, "dim")


def _drawing(paper: Paper, finding: FindingView, cells: int, styles: Mapping[Look, str]) -> Text:
    line = _text("", "")
    assert finding.bar is not None, "only asked for findings that have a drawing"
    for sign, part in strip(finding.bar, cells, paper.signs):
        line.append(sign, _PARTS.get(part, styles[finding.look]))
    return line


def _cells(paper: Paper) -> int:
    return min(44, max(24, paper.width // 4))


def _text(content: str, style: str) -> Text:
    from rich.text import Text

    return Text(content, style=style, overflow="fold")
