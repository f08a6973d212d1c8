"""A document as far as it has been typed: keys, items and values with their places, however incomplete.

The strict reader (`load/yaml.py`) refuses what is not YAML yet; an editor has to say something useful at every stroke. So this
looks at indentation and brackets alone, believes nothing, and never raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_KEY = re.compile(
    r"""(?P<key>"(?:[^"\\]|\\.)*"|'[^']*'|[^\s:#,\[\]{}"'&*!|>%@`-][^:#]*?|-[^\s:#][^:#]*?)\s*:(?=\s|$)"""
)
_TOKEN = re.compile(
    r"""\s+|#.*|"(?:[^"\\]|\\.)*"?|'[^']*'?|[{}\[\],]|:(?=[\s,\[\]{}]|$)|(?:[^\s,\[\]{}:"'#]|:(?=\S))(?:[^,\[\]{}:#]|:(?=[^\s,\[\]{}])|(?<=\S)#)*"""
)
_LONGEST = 2000  # characters of a line that are looked at
_DEEPEST = 64  # twice as deep as a document may be
_BLOCK = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?$")


@dataclass(slots=True, eq=False)
class Entry:
    """One key, or one item of a list (`-`). `line` and `column` count from 1; `indent` is of the block it belongs to."""

    key: str
    line: int
    column: int
    indent: float
    parent: Entry | None = None
    value: str = ""
    value_column: int = 0  # 0: nothing was written on its line
    children: list[Entry] = field(default_factory=list)

    @property
    def path(self) -> tuple[str, ...]:
        """Return the keys from the root down to this one."""
        above = self.parent.path if self.parent is not None else ()
        return (*above, self.key) if self.parent is not None else ()

    @property
    def plain(self) -> str:
        """Return the value without its quotes."""
        quoted = len(self.value) > 1 and self.value[0] == self.value[-1] and self.value[0] in "\"'"
        return self.value[1:-1] if quoted else self.value

    def child(self, key: str) -> Entry | None:
        """Return the entry under `key`, or None."""
        return next((each for each in self.children if each.key == key), None)

    def walk(self) -> Iterator[Entry]:
        """Yield this entry and everything below it, in order."""
        waiting = [self]
        while waiting:
            entry = waiting.pop()
            yield entry
            waiting.extend(reversed(entry.children))


@dataclass(slots=True)
class _Flow:
    """An open bracket: what it belongs to, and where in it the reading stands."""

    bracket: str
    entry: Entry
    key: Entry | None = None
    maybe: tuple[str, int, int] | None = None


class Outline:
    """The reading of a text, line by line; after it, `root` holds everything and the rest says where the text broke off."""

    def __init__(self, text: str) -> None:
        self.root = Entry("", 0, 0, -1)
        self.stack: list[Entry] = [self.root]
        self.flows: list[_Flow] = []
        self.opened = 0.0  # the indentation of what opened the outermost bracket
        self.block: float | None = None  # the indentation of the key whose block of text is being read
        self.last: Entry | None = None  # the last entry of the last line
        self.commented = False
        self.lines = text.split("\n")
        for number, line in enumerate(self.lines, 1):
            self._line(line[:_LONGEST].rstrip("\r"), number)

    def _line(self, line: str, number: int) -> None:
        self.last, self.commented = None, False
        body = line.lstrip(" ")
        indent = len(line) - len(body)
        if self.block is not None:
            if not body or indent > self.block:
                return
            self.block = None
        if self.flows and body and indent <= self.opened and (body.startswith("- ") or _KEY.match(line, indent)):
            self.flows = []  # a bracket that was never closed: the block goes on
        if self.flows:
            self._flow(line, number, 0)
            return
        if body.startswith("#"):
            self.commented = True
        if not body or body.startswith("#"):
            return
        self._block_line(line, number, indent)

    def _block_line(self, line: str, number: int, at: int) -> None:
        while line[at : at + 2] == "- " or line[at:] == "-":
            self.last = self._push("-", number, at + 1, at + 0.5)
            at += 1
            at += len(line[at:]) - len(line[at:].lstrip(" "))
        found = _KEY.match(line, at)
        if found is not None:
            name = found["key"]
            self.last = self._push(name[1:-1] if name[0] in "\"'" else name, number, at + 1, at)
            at = found.end()
            at += len(line[at:]) - len(line[at:].lstrip(" "))
        elif self.last is None:
            return  # a key that is not finished yet, or text that goes on
        rest = line[at:]
        entry = self.last
        if rest[:1] in ("{", "["):
            self.opened = entry.indent
            self._flow(line, number, at)
        elif _BLOCK.fullmatch(rest) and found is not None:
            self.block = entry.indent
        elif rest:
            entry.value, entry.value_column = _uncommented(rest), at + 1
            self.commented = len(entry.value) < len(rest.rstrip())

    def _push(self, key: str, line: int, column: int, indent: float) -> Entry:
        while self.stack[-1].indent >= indent:
            self.stack.pop()
        entry = _add(self.stack[-1], key, line, column, indent)
        if len(self.stack) < _DEEPEST:
            self.stack.append(entry)
        return entry

    def _flow(self, line: str, number: int, at: int) -> None:
        while at < len(line):
            found = _TOKEN.match(line, at)
            if found is None:
                at += 1
                continue
            word, column = found[0], at + 1
            at = found.end()
            if word[0] == "#":
                self.commented = True
                return
            if not word.isspace():
                self._token(word.rstrip(), number, column)
            if not self.flows:
                return

    def _token(self, word: str, line: int, column: int) -> None:
        here = self.flows[-1] if self.flows else None
        if word in "{[" and len(self.flows) < _DEEPEST:
            self.flows.append(_Flow(word, self._opening(here, line, column)))
        elif here is None:
            return
        elif word in "}]":
            self.flows.pop()
        elif word == ",":
            here.key, here.maybe = None, None
        elif word == ":" and here.maybe is not None:
            name, at, start = here.maybe
            here.key, here.maybe = _add(here.entry, name.strip("\"'"), at, start, here.entry.indent), None
        elif here.key is not None and word != ":":
            here.key.value, here.key.value_column = word, column
        elif word != ":":
            here.maybe = (word, line, column)
            if here.bracket == "[":
                item = _add(here.entry, "-", line, column, here.entry.indent)
                item.value, item.value_column = word, column
                here.maybe = None

    def _opening(self, here: _Flow | None, line: int, column: int) -> Entry:
        """Return the entry that a bracket belongs to: the key before it, or a new item of the list it stands in."""
        if here is None:
            return self.last or self.root
        if here.key is not None:
            return here.key
        return _add(here.entry, "-", line, column, here.entry.indent)


def _add(parent: Entry, key: str, line: int, column: int, indent: float) -> Entry:
    entry = Entry(key, line, column, indent, parent)
    parent.children.append(entry)
    return entry


def _uncommented(text: str) -> str:
    """Return a value without the comment behind it."""
    if text[:1] in ("'", '"'):
        end = text.find(text[0], 1)
        return text[: end + 1] if end > 0 else text.rstrip()
    return re.split(r"\s+#", text, maxsplit=1)[0].rstrip()
