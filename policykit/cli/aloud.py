"""Pages and policies for whoever looks: wrapped and in bold on a terminal, plain for other programs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from policykit.cli.options import screen

if TYPE_CHECKING:
    from policykit.render.console import Spoken

_WIDEST: Final = 100
"""Columns: longer lines are hard to read."""


def as_seen(said: str | Sequence[Spoken], color: str) -> str:
    """Return a page of Markdown, or lines of policies, as standard output shows them best."""
    from policykit.render.console import aloud, page_aloud

    shown, watched = screen(color), sys.stdout.isatty()
    width, encoding = min(shown.width, _WIDEST), "utf-8" if shown.unicode else "ascii"
    match said:
        case str() if watched:
            return page_aloud(said, width=width, color=shown.color, encoding=encoding)
        case str():
            return said
        case lines:
            return aloud(lines, width=width if watched else None, color=shown.color, encoding=encoding)
