"""Strict YAML: the paper that policies, bundles and gate files are written on.

A subset of YAML in which nothing is guessed and nothing is hidden: UTF-8, at most 256 KiB, 32 deep, 20,000 values; no
anchors, aliases, tags, merge keys, directives, second documents, duplicate keys or invisible characters, as they are or as
escapes. Read from the events of libyaml, never through its constructors, so no value is expanded and nothing recurses.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from policykit.errors import Diagnostic, DocumentError
from policykit.load.node import Node, Source

LARGEST = 256 * 1024  # bytes
DEEPEST = 32
MOST_NODES = 20_000
MOST_PROBLEMS = 100  # of one file: past that, the list helps nobody

# C0 and C1 controls, the breaks that only YAML 1.1 sees as breaks, zero-width marks, bidirectional overrides, fillers and
# tags. (The joiners U+200C and U+200D stay: Persian, Hindi and emoji are written with them.)
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u2028\u2029\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u2069\u3164\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_BREAK = re.compile("\r\n|\n|\r")


def read_file(path: Path, shown: str | None = None) -> Node:
    """Return the one document in the file at `path`, called `shown` in messages.

    The size is asked of the file system first: a file that is too large is refused without being read. Raises
    `DocumentError` with every problem of the file.
    """
    name = shown or path.as_posix()
    node, problems = parse_file(path, name)
    return _sound(node, problems, name)


def read(data: bytes, path: str) -> Node:
    """Return the one document in `data`, called `path` in messages; raise `DocumentError` with every problem of it."""
    node, problems = parse(data, path)
    return _sound(node, problems, path)


def parse_file(path: Path, shown: str) -> tuple[Node | None, tuple[Diagnostic, ...]]:
    """Return what could be read of a file, and every problem found on the way."""
    data, problems = read_data(path, shown)
    return (None, problems) if data is None else parse(data, shown)


def read_data(path: Path, shown: str) -> tuple[bytes | None, tuple[Diagnostic, ...]]:
    """Return the bytes of the document at `path`; None, with the problem, where it is too large or cannot be read."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            return None, (Diagnostic("PK016", f"`{shown}` is not a file", shown),)
        if found.st_size > LARGEST:
            return None, (_too_large(shown, found.st_size),)
        with path.open("rb") as stream:
            return stream.read(LARGEST + 1), ()
    except (OSError, ValueError) as error:
        why = (error.strerror or "").lower() if isinstance(error, OSError) else "its name cannot be a path"
        return None, (Diagnostic("PK016", f"`{shown}` cannot be read: {why}", shown),)


def parse(data: bytes, path: str, *, escapes: bool = False) -> tuple[Node | None, tuple[Diagnostic, ...]]:
    """Return what could be read of `data`, and every problem found on the way; None where nothing of use is left.

    `escapes` says that values may hold what cannot be seen, written as escapes: they name what somebody's data holds.
    """
    if len(data) > LARGEST:
        return None, (_too_large(path, len(data)),)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, (_not_utf8(data, error, path),)
    source = Source(path, tuple(_BREAK.split(text)))
    unseen = tuple(_hidden(source))
    if unseen:
        return None, unseen
    return _Reading(source, escapes=escapes).run(text)


def hidden(text: str) -> str:
    """Return the first character that cannot be seen, as `U+200B`; empty where there is none."""
    found = _HIDDEN.search(text)
    return "" if found is None else f"U+{ord(found[0]):04X}"


def _sound(node: Node | None, problems: tuple[Diagnostic, ...], path: str) -> Node:
    if node is None or problems:
        raise DocumentError(f"`{path}` is not a document policykit can read", problems=problems, where=path)
    return node


def _too_large(path: str, size: int) -> Diagnostic:
    return Diagnostic(
        "PK001",
        f"the file has {size:,} bytes; a document has at most {LARGEST:,}",
        path,
        hint="split it into several documents, or check that this is the file you meant",
    )


def _not_utf8(data: bytes, error: UnicodeDecodeError, path: str) -> Diagnostic:
    before = _BREAK.split(data[: error.start].decode("utf-8", "replace").removeprefix("\ufeff"))
    line = _BREAK.split(data.decode("utf-8", "replace"))[len(before) - 1]
    return Diagnostic(
        "PK002",
        f"the byte 0x{data[error.start]:02x} is not UTF-8",
        path,
        line=len(before),
        column=len(before[-1]) + 1,
        hint="save the file as UTF-8",
        excerpt=line[:160],
    )


def _hidden(source: Source) -> Iterator[Diagnostic]:
    found = 0
    for number, line in enumerate(source.lines, 1):
        for match in _HIDDEN.finditer(line):
            found += 1
            if found > MOST_PROBLEMS:
                return
            yield Diagnostic(
                "PK015",
                f"the character U+{ord(match[0]):04X} cannot be seen, and is not allowed",
                source.path,
                line=number,
                column=match.start() + 1,
                hint="delete it, and type the line again where in doubt",
                excerpt=_HIDDEN.sub("\ufffd", source.line(number)),
            )


_SCALAR, _MAP, _LIST = yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent
_MAP_END, _LIST_END = yaml.MappingEndEvent, yaml.SequenceEndEvent


@dataclass(slots=True)
class _Open:
    """A list or map whose end has not been seen yet."""

    is_map: bool
    line: int
    column: int
    children: list[Node] = field(default_factory=list)
    keys: dict[str, int] = field(default_factory=dict)  # key → line of its first use


class _Reading:
    """One pass over the events of one document."""

    def __init__(self, source: Source, *, escapes: bool) -> None:
        self.source = source
        self.escapes = escapes
        self.problems: list[Diagnostic] = []

    def run(self, text: str) -> tuple[Node | None, tuple[Diagnostic, ...]]:
        """Return the root of the document and the problems met."""
        parser = yaml.CSafeLoader(text)
        try:
            root = self._build(parser)
        except yaml.YAMLError as error:
            self.problems.append(self._syntax(error))
            root = None
        finally:
            parser.dispose()
        return root, tuple(self.problems)

    def _build(self, parser: Any) -> Node | None:
        source, stack, nodes, root = self.source, list[_Open](), 0, None
        following = parser.get_event
        while len(self.problems) < MOST_PROBLEMS:
            event = following()
            kind = type(event)
            if kind is _SCALAR:
                if event.anchor or event.tag:
                    self._properties(event)
                node = self._scalar(event)
            elif kind is _MAP or kind is _LIST:
                if event.anchor or event.tag:
                    self._properties(event)
                mark = event.start_mark
                if len(stack) >= DEEPEST:
                    self._add("PK005", f"values are nested more than {DEEPEST} deep", mark, "")
                    return None
                stack.append(_Open(kind is _MAP, mark.line + 1, mark.column + 1))
                continue
            elif kind is _MAP_END or kind is _LIST_END:
                node = self._close(stack.pop())
            elif kind is yaml.AliasEvent:
                self._add("PK008", "aliases are not allowed", event.start_mark, "write the value out")
                node = Node("scalar", event.start_mark.line + 1, event.start_mark.column + 1, 1, source)
            elif kind is yaml.DocumentStartEvent:
                if event.version or event.tags:
                    advice = "delete the line that begins with `%`"
                    self._add("PK014", "directives are not allowed", event.start_mark, advice)
                if root is not None:
                    message = "a file holds one document; a second one begins here"
                    self._add("PK011", message, event.start_mark, "move it to a file of its own")
                    return root
                continue
            elif event is None or kind is yaml.StreamEndEvent:
                break
            else:
                continue
            nodes += 1
            if nodes > MOST_NODES:
                self._add("PK006", f"the document holds more than {MOST_NODES:,} values", event.start_mark, "")
                return None
            if not stack:
                root = node
                continue
            parent = stack[-1]
            if parent.is_map and not len(parent.children) & 1:  # every other node of a map is a key
                if node.kind != "scalar" or node.text in parent.keys or node.text == "<<":
                    self._odd_key(parent, node)
                parent.keys.setdefault(node.text, node.line)
            parent.children.append(node)
        if root is None or (root.empty and not root.text):
            if not self.problems:
                self.problems.append(Diagnostic("PK003", "the file is empty", self.source.path, hint=_EMPTY))
            return None
        return root

    def _scalar(self, event: Any) -> Node:
        start, end = event.start_mark, event.end_mark
        line, column = start.line, start.column
        width = end.column - column if end.line == line else len(self.source.line(line + 1)) - column
        node = Node(
            "scalar", line + 1, column + 1, width if width > 0 else 1, self.source, event.value, not event.style
        )
        if event.style == '"' and not self.escapes and (found := hidden(event.value)):
            message = f"the character {found} cannot be seen, and is not allowed as an escape either"
            self.problems.append(
                node.problem("PK015", message, hint="delete it: nobody sees it where the value is shown")
            )
        return node

    def _odd_key(self, parent: _Open, node: Node) -> None:
        """Say what is wrong with a key: it must be new, plain to see, and text."""
        if node.kind != "scalar":
            message, hint = "a key must be a word, not a list or a map", "quote a key that holds brackets"
            self.problems.append(node.problem("PK013", message, hint=hint))
        elif node.text in parent.keys:
            message = f"`{node.text}` is written twice; the first is on line {parent.keys[node.text]}"
            self.problems.append(node.problem("PK012", message, hint="keep one of the two"))
        elif node.plain:
            self.problems.append(node.problem("PK010", "merge keys are not allowed", hint="write the entries out"))

    def _close(self, done: _Open) -> Node:
        if not done.is_map:
            return Node("list", done.line, done.column, 1, self.source, items=tuple(done.children))
        pairs = tuple(zip(done.children[::2], done.children[1::2], strict=True))
        return Node("map", done.line, done.column, 1, self.source, pairs=pairs)

    def _properties(self, event: Any) -> None:
        if event.anchor:
            self._add("PK007", f"anchors are not allowed: `&{event.anchor}`", event.start_mark, "delete it")
        if event.tag:
            self._add(
                "PK009",
                f"tags are not allowed: `{event.tag}`",
                event.start_mark,
                "delete it; quote what must stay text",
            )

    def _add(self, code: str, message: str, mark: Any, hint: str) -> None:
        here = Node("scalar", mark.line + 1, mark.column + 1, 1, self.source)
        self.problems.append(here.problem(code, message, hint=hint))

    def _syntax(self, error: yaml.YAMLError) -> Diagnostic:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        said = str(getattr(error, "problem", None) or "it breaks off").split("\n")[0].lower()
        hint = next(
            (advice for part, advice in _ADVICE if part in said), "compare the indentation with the lines around it"
        )
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
        here = Node("scalar", line, column, 1, self.source)
        return here.problem("PK004", f"this is not YAML: {said}", hint=hint)


_EMPTY = "write `policykit: policy/1` as its first line, or delete the file"
_ADVICE = (
    ("mapping values are not allowed", "put text that holds `: ` in quotes, or check the indentation"),
    ("cannot start any token", "indent with spaces, and put text that begins with a special character in quotes"),
    ("unexpected end of stream", "a quote is opened and never closed"),
    ("while scanning a quoted scalar", "a quote is opened and never closed"),
    ("expected ',' or", "a bracket is opened and never closed, or a comma is missing"),
    ("could not find expected ':'", "a key needs `: ` after it"),
)
