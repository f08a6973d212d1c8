"""The paper a terminal's text is written on: a width, colour or none, and the signs its encoding has."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from policykit.render.console.safe import fits, writable
from policykit.render.orders import harmless
from policykit.terms.layout import Look

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs for statuses and for drawing an interval."""

    status: dict[Look, str]
    line: str
    wider: str
    point: str
    good: str
    bad: str
    limit: str
    surely: str
    caution: str
    runs_low: str
    runs_high: str
    dot: str
    arrow: str


_RICH_SIGNS = Signs(
    {"pass": "✔", "caution": "▲", "fail": "✖", "undecided": "◐", "waived": "◇", "not_applicable": "○"},
    line="━", wider="╌", point="●", good="─", bad="·", limit="┃", surely="╎", caution="┊",
    runs_low="◀", runs_high="▶", dot="·", arrow="→",
)  # fmt: skip
_PLAIN_SIGNS = Signs(
    {"pass": "+", "caution": "!", "fail": "x", "undecided": "?", "waived": "w", "not_applicable": "o"},
    line="=", wider="~", point="*", good="-", bad=".", limit="|", surely=":", caution="'",
    runs_low="<", runs_high=">", dot="-", arrow="->",
)  # fmt: skip
_SAMPLE = "✔▲✖◐◇○━╌●─·┃╎┊◀▶→≤╭╰│"


class Paper:
    """Collects what is drawn and hands it back as one text, safe to print."""

    def __init__(self, *, width: int, color: bool, encoding: str) -> None:
        """Prepare an empty sheet `width` columns wide."""
        from rich.console import Console

        self.width = max(width, 40)
        self.color = color
        self._encoding = encoding
        self.plain = not fits(_SAMPLE, encoding)
        self.signs = _PLAIN_SIGNS if self.plain else _RICH_SIGNS
        self._sheet = StringIO()
        self._console: Console = Console(
            file=self._sheet,
            width=self.width,
            force_terminal=color,
            color_system="standard" if color else None,
            no_color=not color,
            markup=False,
            emoji=False,
            highlight=False,
            legacy_windows=False,
            safe_box=self.plain,
            _environ={},
        )

    def draw(self, thing: RenderableType = "") -> None:
        """Add one thing below what is there."""
        self._console.print(thing)

    def text(self) -> str:
        """Return everything drawn, without blanks at line ends."""
        lines = (line.rstrip() for line in self._sheet.getvalue().split("\n"))
        return writable(harmless("\n".join(lines)), self._encoding)
