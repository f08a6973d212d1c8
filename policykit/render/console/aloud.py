"""Pages and policies read aloud on a terminal: wrapped at words, headings in bold; plain Markdown where nobody looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policykit.render.console.paper import Paper
from policykit.render.visible import visible


@dataclass(frozen=True, slots=True)
class Spoken:
    """One line of what is read aloud: how deep it stands, a name in bold before it, and the text, in which nothing is hidden."""

    text: str = ""
    deep: int = 0
    name: str = ""


def page_aloud(page: str, *, width: int, color: bool, encoding: str = "utf-8") -> str:
    """Write a page of Markdown of our own for a terminal."""
    from rich.markdown import Markdown

    paper = Paper(width=width, color=color, encoding=encoding)
    paper.draw(Markdown(page, code_theme="ansi_dark", hyperlinks=False))
    return paper.text().strip("\n")


def aloud(lines: Sequence[Spoken], *, width: int | None, color: bool, encoding: str = "utf-8") -> str:
    """Write lines, each wrapped at words under its own beginning; `width` None: as long as they are, for other programs."""
    from rich.padding import Padding
    from rich.text import Text

    paper = Paper(width=width or 1_000_000, color=color, encoding=encoding)
    for line in lines:
        blanks = " " if line.name.endswith(":") else "  "
        said = Text(f"{visible(line.name)}{blanks}" if line.name else "", style="bold", overflow="fold")
        said.append(visible(line.text), "bold" if line.name else "not bold")
        paper.draw(Padding(said, (0, 0, 0, line.deep), expand=False) if line.text or line.name else "")
    return paper.text().rstrip("\n")
