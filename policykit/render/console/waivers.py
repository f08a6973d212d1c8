"""Waivers as a table: which rule, what is excused, by whom, until when, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from policykit.render.console.paper import Paper
from policykit.render.visible import visible
from policykit.terms.layout import Look, WaiverRow

if TYPE_CHECKING:
    from rich.text import Text

MOST_WAIVERS = 20


def waivers(paper: Paper, rows: Sequence[WaiverRow], styles: Mapping[Look, str]) -> None:
    """Draw the waivers of a report; nothing where there are none."""
    if not rows:
        return
    from rich.table import Table

    paper.draw(_text("\nWaivers", "bold"))
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(width=0)
    grid.add_column(width=16, overflow="fold")
    grid.add_column(max_width=24 if paper.width >= 120 else 14, overflow="fold")
    grid.add_column(ratio=1, overflow="fold")
    for row in rows[:MOST_WAIVERS]:
        status = _text(f"{paper.signs.status[row.look]} {row.word}", styles[row.look])
        body = _text(f"{visible(row.rule)}: {visible(row.excuses)}", "bold" if row.state == "used" else "")
        body.append(f"\nuntil {visible(row.until)}, {visible(row.left)}", "default not bold")
        body.append(
            f"; approved by {visible(row.approved_by)}; asked for by {visible(row.asked_by)}", "default not bold"
        )
        body.append(f"; {visible(row.ticket)}" if row.ticket else "", "default not bold")
        body.append(f"\n{visible(row.told if row.state != 'used' else row.reason)}", "dim not bold")
        grid.add_row("", status, _text(visible(row.id), styles[row.look]), body)
    paper.draw(grid)
    left = len(rows) - MOST_WAIVERS
    if left > 0:
        paper.draw(_text(f"  and {left:,} more", "dim"))


def _text(content: str, style: str) -> Text:
    from rich.text import Text

    return Text(content, style=style, overflow="fold")
