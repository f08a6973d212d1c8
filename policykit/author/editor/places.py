"""Where things stand in a document: its rules or cases as an outline, and where a `$parameter` is declared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from policykit.author.editor.context import kind_of
from policykit.author.editor.outline import Entry, Outline
from policykit.load.diagnose import visible
from policykit.load.yaml import LARGEST

MOST: Final = 2_000  # symbols: longer lists are not looked through
_NAMED = {"policy": ("rules", "id", "title"), "test": ("cases", "name", ""), "gate": ("policies", "path", "")}


@dataclass(frozen=True, slots=True)
class Symbol:
    """One thing of a document: from `line` to `last_line`, its name beginning at `column` of `name_line`."""

    name: str
    detail: str
    line: int
    last_line: int
    name_line: int
    column: int
    length: int
    inside: tuple[Symbol, ...] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the text, counted from 1."""

    line: int
    column: int
    length: int


def symbols(text: str) -> tuple[Symbol, ...]:
    """Return the outline of a document: its keys, and under them rules, cases or whatever has a name. Never raises.

    The first of them where there are more than `MOST`.
    """
    if len(text) > LARGEST:
        return ()
    root, end = Outline(text).root, text.count("\n") + 1
    listed, name, detail = _NAMED.get(kind_of(text), ("", "", ""))
    found: list[Symbol] = []
    left = MOST
    for entry, last in islice(_spans(root.children, end), MOST):
        if left <= 0:
            break
        inside = tuple(islice(_named(entry, last, name, detail), left - 1)) if entry.key == listed else ()
        left -= 1 + len(inside)
        found.append(
            Symbol(
                _shown(entry.key),
                _shown(entry.plain),
                entry.line,
                last,
                entry.line,
                entry.column,
                len(entry.key),
                inside,
            )
        )
    return tuple(found)


def definition(text: str, line: int, column: int) -> Spot | None:
    """Return where the `$parameter` at a place is declared, or None."""
    if len(text) > LARGEST:
        return None
    root = Outline(text).root
    for entry in root.walk():
        within = entry.value_column and entry.value_column <= column <= entry.value_column + len(entry.value)
        if entry.line == line and within and entry.plain.startswith("$"):
            declared = root.child("parameters")
            found = declared.child(entry.plain[1:]) if declared is not None else None
            return None if found is None else Spot(found.line, found.column, len(found.key))
    return None


def _spans(entries: list[Entry], end: int) -> Iterator[tuple[Entry, int]]:
    """Yield each entry with the last line that is its own."""
    for place, entry in enumerate(entries):
        following = entries[place + 1].line - 1 if place + 1 < len(entries) else end
        yield entry, max(entry.line, following)


def _named(entry: Entry, last: int, name: str, detail: str) -> Iterator[Symbol]:
    for item, until in _spans(entry.children, last):
        said, more = item.child(name), item.child(detail) if detail else None
        if said is not None and said.plain:
            start = said.value_column or said.column
            told = _shown(more.plain) if more is not None else ""
            until = max(until, said.line)
            yield Symbol(_shown(said.plain), told, item.line, until, said.line, start, len(said.value))


def _shown(text: str) -> str:
    return visible(text)[:200] or "?"
