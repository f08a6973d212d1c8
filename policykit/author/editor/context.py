"""Where a cursor stands: in which map, at a key or at a value, and what of it is typed already."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from policykit.author.editor.outline import Entry, Outline

Found: TypeAlias = Callable[[Entry], Entry]
_LONGEST = 300  # characters before the cursor that can be one word
_HEAD = re.compile(r"(?m)^policykit:[ \t]*[\"']?([a-z]+)/")


@dataclass(frozen=True, slots=True)
class Context:
    """`container` is the entry whose map or list the cursor is in; `key` is set at a value; `start` is where `prefix` begins."""

    kind: str
    at: Literal["key", "value", "item", "nothing"]
    container: Entry
    root: Entry
    key: str = ""
    prefix: str = ""
    start: int = 1

    @property
    def path(self) -> tuple[str, ...]:
        """Return the keys down to where the cursor is: those of a value end in its own key."""
        return (*self.container.path, self.key) if self.at == "value" else self.container.path

    @property
    def siblings(self) -> Mapping[str, str]:
        """Return the keys beside the cursor with what they hold."""
        return {each.key: each.plain for each in self.container.children}


def kind_of(text: str) -> str:
    """Return the kind that a document says it is: `policy`, `test` and so on; empty where it says nothing."""
    found = _HEAD.search(text[:4096])
    return found[1] if found is not None else ""


def context(text: str, line: int, column: int) -> Context:
    """Return where the cursor stands; `line` and `column` count from 1, and a place outside the text is brought inside."""
    lines = text.split("\n")
    line = min(max(line, 1), len(lines))
    current = lines[line - 1].rstrip("\r")[: max(column - 1, 0)]
    before = Outline("\n".join([*lines[: line - 1], current]))
    whole = Outline(text).root
    kind = kind_of(text)

    def found(entry: Entry) -> Entry:
        return _same(entry, whole) or entry

    if before.commented or before.block is not None:
        return Context(kind, "nothing", whole, whole)
    if before.flows:
        return _in_brackets(before, kind, current, whole, found)
    return _in_block(before, kind, current, whole, found)


def _in_brackets(before: Outline, kind: str, current: str, whole: Entry, found: Found) -> Context:
    here = before.flows[-1]
    prefix = _typed(current)
    start = len(current) - len(prefix) + 1
    if here.key is not None:
        return Context(kind, "value", found(here.entry), whole, here.key.key, prefix, start)
    at: Literal["key", "item"] = "key" if here.bracket == "{" else "item"
    return Context(kind, at, found(here.entry), whole, "", prefix, start)


def _in_block(before: Outline, kind: str, current: str, whole: Entry, found: Found) -> Context:
    body = current.lstrip(" ")
    last = before.last
    if last is None or not body:
        indent = len(current) - len(body)
        parent = next((each for each in reversed(before.stack) if each.indent < indent), before.root)
        return Context(kind, "key", found(parent), whole, "", body, indent + 1)
    if last.key != "-":
        rest = current[last.value_column - 1 :] if last.value_column else ""
        return Context(
            kind, "value", found(last.parent or before.root), whole, last.key, rest, len(current) - len(rest) + 1
        )
    rest = current[last.value_column - 1 :] if last.value_column else ""
    return Context(kind, "item", found(last), whole, "", rest, len(current) - len(rest) + 1)


def _typed(current: str) -> str:
    """Return what of a word or value inside brackets stands right before the cursor."""
    found = re.search(
        r"""(?:"[^"]*|'[^']*|[^\s,\[\]{}:"'][^,\[\]{}:"']*(?::[^\s,\[\]{}"':][^,\[\]{}"':]*)*)?$""", current
    )
    return found[0] if found is not None else ""


def _same(entry: Entry, whole: Entry) -> Entry | None:
    """Return the entry of the whole document that stands where `entry` does: it knows what comes after the cursor."""
    if entry.parent is None:
        return whole
    above = _same(entry.parent, whole)
    if above is None:
        return None
    return next(
        (
            each
            for each in above.children
            if (each.line, each.key) == (entry.line, entry.key) and each.column == entry.column
        ),
        None,
    )
