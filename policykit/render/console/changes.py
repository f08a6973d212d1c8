"""What changed since the last release, as a table: better, worse or other, what it was and what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit.render.console.paper import Paper
from policykit.render.visible import visible
from policykit.terms.layout import ChangeRow, Layout

if TYPE_CHECKING:
    from rich.text import Text

MOST_CHANGES = 12
_STYLES = {"better": "green", "worse": "bold red"}


def changes(paper: Paper, layout: Layout) -> None:
    """Draw what changed since the release this one is compared with; nothing where it is compared with none."""
    if not layout.before:
        return
    from rich.table import Table

    paper.draw(_text(f"\nWhat changed since {visible(layout.before)}", "bold"))
    if not layout.changes:
        paper.draw(_text("  nothing that a release manager would notice", "dim"))
        return
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(width=0)
    grid.add_column(width=7, overflow="fold")
    grid.add_column(ratio=1, overflow="fold")
    for row in layout.changes[:MOST_CHANGES]:
        grid.add_row("", _text(row.word, _STYLES.get(row.word, "dim")), _change(row, paper.signs.arrow))
    paper.draw(grid)
    left = len(layout.changes) - MOST_CHANGES
    if left > 0:
        paper.draw(_text(f"  and {left:,} more", "dim"))


def _change(row: ChangeRow, arrow: str) -> Text:
    line = _text(visible(row.what), "bold")
    where = ", ".join(visible(part) for part in (row.rule, row.about) if part)
    line.append(f" [{where}]" if where else "", "dim not bold")
    line.append(
        f"\n{visible(row.before) or '(nothing)'} {arrow} {visible(row.after) or '(nothing)'}", "default not bold"
    )
    return line


def _text(content: str, style: str) -> Text:
    from rich.text import Text

    return Text(content, style=style, overflow="fold")
