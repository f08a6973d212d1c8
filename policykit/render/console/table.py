"""Plain tables for terminals: headers, rows, a width."""

from __future__ import annotations

from collections.abc import Sequence

from policykit.render.console.paper import Paper


def table(
    headers: Sequence[str], rows: Sequence[Sequence[str]], *, width: int, color: bool, encoding: str = "utf-8"
) -> str:
    """Write `rows` under `headers`, folded to `width` columns; long words break, nothing is lost."""
    from rich.table import Table
    from rich.text import Text

    from policykit.render.visible import visible

    paper = Paper(width=width, color=color, encoding=encoding)
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold" if color else "", show_edge=False)
    longest = max((len(visible(row[0])) for row in rows if row), default=0)
    for place, header in enumerate(headers):
        whole = place == 0 and longest <= width * 2 // 3  # names are copied from here: on one line where they can be
        grid.add_column(Text(visible(header)), overflow="fold", min_width=longest if whole else min(len(header), 6))
    for row in rows:
        grid.add_row(*(Text(visible(cell), overflow="fold") for cell in row))
    paper.draw(grid)
    return paper.text()
