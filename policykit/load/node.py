"""What a person wrote, with its place: text, lists and maps that know their line and column.

A scalar here is text and whether it was quoted, nothing more: its type comes from the schema that reads it
(`load/scalars.py`), never from YAML's guesses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from policykit.errors import Diagnostic
from policykit.terms.place import Place

EXCERPT = 160  # characters of a source line that a message shows
_WHO = re.compile(r"://\S*@")


@dataclass(frozen=True, slots=True)
class Source:
    """A document as it was read: the path people know it by, and its lines."""

    path: str
    lines: tuple[str, ...]

    def line(self, number: int) -> str:
        """Return line `number`, counted from 1, cut to what a message can show; empty where there is none.

        A line with an address that says who asks (`https://me:…@host`) is not shown: it may hold a password.
        """
        line = self.lines[number - 1] if 0 < number <= len(self.lines) else ""
        return line[:EXCERPT] if _WHO.search(line) is None else ""


class Node(NamedTuple):
    """One value of a document. `line` and `column` count from 1; `length` is what a caret underlines.

    `text` is set for a scalar (`plain`: written without quotes), `items` for a list, `pairs` for a map, in the order
    written. `source` only serves messages. (A named tuple, because a document makes thousands of them: it is made five
    times faster than a frozen dataclass.)
    """

    kind: Literal["map", "list", "scalar"]
    line: int
    column: int
    length: int
    source: Source
    text: str = ""
    plain: bool = True
    items: tuple[Node, ...] = ()
    pairs: tuple[tuple[Node, Node], ...] = ()

    def get(self, key: str) -> Node | None:
        """Return the value under `key`, or None where this is no map or has no such key."""
        return next((value for name, value in self.pairs if name.text == key), None)

    def keys(self) -> tuple[str, ...]:
        """Return the keys of a map in the order written."""
        return tuple(name.text for name, _ in self.pairs)

    def entries(self) -> Iterator[tuple[str, Node]]:
        """Walk the entries of a map as (key, value)."""
        return ((name.text, value) for name, value in self.pairs)

    @property
    def empty(self) -> bool:
        """Whether nothing was written here: `key:`, `key: ~` and `key: null`."""
        return self.kind == "scalar" and self.plain and self.text in ("", "~", "null", "Null", "NULL")

    @property
    def place(self) -> Place:
        """Return where this was written."""
        return Place(self.source.path, self.line, self.column)

    def problem(self, code: str, message: str, *, hint: str = "", suggestion: str = "") -> Diagnostic:
        """Return an error at this place, with the line it stands on."""
        return Diagnostic(
            code=code,
            message=message,
            path=self.source.path,
            line=self.line,
            column=self.column,
            length=self.length,
            hint=hint,
            suggestion=suggestion,
            excerpt=self.source.line(self.line),
        )

    def warning(self, code: str, message: str, *, hint: str = "", suggestion: str = "") -> Diagnostic:
        """Return a warning at this place, with the line it stands on; it never changes an exit code."""
        return Diagnostic(
            code=code,
            message=message,
            path=self.source.path,
            line=self.line,
            column=self.column,
            length=self.length,
            hint=hint,
            suggestion=suggestion,
            excerpt=self.source.line(self.line),
            level="warning",
        )
