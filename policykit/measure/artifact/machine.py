"""A pickle machine that does nothing: it follows every opcode, and writes down what would be imported.

It keeps a stack of small marks instead of objects. Text is kept while it could be a name; arrays and long texts are passed over.
What it does not understand it refuses. Where the real machine would stop with an error it may go on: it sees more, never less.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias

from policykit.measure.artifact.tape import Tape

MOST_ON_STACK: Final = 5_000_000
MOST_KEPT: Final = 300_000
MOST_OPCODES: Final = 200_000_000
MOST_GLOBALS: Final = 10_000
DEEPEST: Final = 20

_WRAPPER: Final = ("joblib.numpy_pickle", "NumpyArrayWrapper")
_DTYPE: Final = ("numpy", "dtype")
_WIDTHS: Final = {"?": 1, "b": 1, "B": 1, "h": 2, "H": 2, "e": 2, "i": 4, "I": 4, "f": 4, "g": 16, "D": 16, "G": 32}
_PLAIN_DTYPE: Final = re.compile(r"[<>|=]?([?bBhHiIlLqQefdgFDG]|[biufcmMSUVa]\d{1,9}|O\d?)", re.ASCII)


class Refused(Exception):
    """Something that is not understood, or that no honest file does."""


class Hidden(Refused):
    """Something that is written so that nobody can tell what it would import or change."""


class Global(NamedTuple):
    """What would be imported."""

    module: str
    name: str


class Made:
    """What calling a global would give; kept for the few whose state says how many bytes follow."""

    __slots__ = ("args", "of", "size")

    def __init__(self, of: Global, args: Any) -> None:
        self.of, self.args = of, args
        self.size: int | None = None  # of one entry in bytes, for a kind of number; 0 for objects


@dataclass
class Seen:
    """What was seen in the pickles of one file."""

    globals: Counter[Global] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    streams: int = 0
    torch: bool = False  # the older file form of torch
    joblib: bool = False  # arrays of joblib lie in it


NOTHING: Final = object()
SPOILT: Final = "\0"
"""Stands in a mapping that may say something else than what is known of it."""


Opcodes: TypeAlias = Mapping[int, Callable[["Machine"], None]]
"""What each opcode does to a machine."""


class Machine:
    """One run from the first opcode to STOP."""

    def __init__(
        self, tape: Tape, seen: Seen, opcodes: Opcodes, *, persistent: bool, arrays: bool, depth: int = 0
    ) -> None:
        self.tape, self.seen, self.opcodes = tape, seen, opcodes
        self.persistent, self.arrays, self.depth = persistent, arrays, depth
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        self.first_free = 0  # every number below is remembered,
        self.others: set[int] = set()  # and these above it: MEMOIZE takes how many there are as its number
        self.protocol = 0

    def run(self) -> Any:
        """Follow the opcodes up to STOP and return what would be the result, as far as it is kept."""
        byte, opcodes = self.tape.byte, self.opcodes
        for count in range(MOST_OPCODES):
            code = byte()
            if code == 0x2E:  # STOP
                return self.pop()
            act = opcodes.get(code)
            if act is None:
                raise Refused(f"the opcode {code:#04x} is not one")
            act(self)
            if not count % 1024 and len(self.stack) > MOST_ON_STACK:
                raise Hidden("it holds more at once than is followed")
        raise Hidden("it has more opcodes than are followed")

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def pop(self) -> Any:
        if not self.stack or (self.marks and self.marks[-1] >= len(self.stack)):
            raise Refused("it takes from an empty stack")
        return self.stack.pop()

    def top(self) -> Any:
        if not self.stack or (self.marks and self.marks[-1] >= len(self.stack)):
            raise Refused("it looks at an empty stack")
        return self.stack[-1]

    def to_mark(self) -> list[Any]:
        if not self.marks:
            raise Refused("it goes back to a mark that is not there")
        at = self.marks.pop()
        found = self.stack[at:]
        del self.stack[at:]
        return found

    def imported(self, module: Any, name: Any) -> Global:
        """Write down an import; under the old protocols, by the name that Python 3 gives it."""
        if not isinstance(module, str) or not isinstance(name, str):
            raise Hidden("a name to import is computed, or longer than names are")
        found = Global(*renamed(module, name)) if self.protocol < 3 else Global(module, name)
        if found in self.seen.globals or len(self.seen.globals) < MOST_GLOBALS:
            self.seen.globals[found] += 1
        else:
            raise Hidden(f"it imports more than {MOST_GLOBALS:,} different things")
        self.seen.joblib = self.seen.joblib or found == _WRAPPER
        return found

    def called(self, of: Any, args: Any, *, plainly: bool = False) -> None:
        """Push what a call gives. What is called is a global, or came out of one: both are written down already.

        `plainly`: made without its own constructor, so that only the state it is given counts.
        """
        if not isinstance(of, Global | Made) and of is not NOTHING:
            raise Refused("it calls something that cannot be called")
        if _mentions_wrapper(args) or (of == _WRAPPER and not plainly):
            raise Hidden("it makes an array of joblib in a way that joblib does not")
        self.push(Made(of, args) if isinstance(of, Global) and of in (_WRAPPER, _DTYPE) else NOTHING)

    def changed(self, what: Any) -> None:
        """Refuse to change what is shared by everybody: a class, a function, a module."""
        if isinstance(what, Global):
            raise Hidden(f"it changes `{what.module}.{what.name}` itself")

    def build(self) -> None:
        state = self.pop()
        made = self.top()
        self.changed(made)
        if isinstance(made, Made) and made.of == _DTYPE:
            made.size = _size(made, state)
        elif isinstance(made, Made):
            self.stack[-1] = NOTHING
            if self.arrays:
                self.array(state)

    def array(self, state: Any) -> None:
        """Pass the numbers that joblib writes in the middle of its pickles; of objects, follow the pickle that they are."""
        said = state if isinstance(state, dict) and SPOILT not in state else {}
        shape, dtype, aligned = said.get("shape"), said.get("dtype"), said.get("numpy_array_alignment_bytes")
        if not isinstance(shape, tuple) or not all(isinstance(each, int) and each >= 0 for each in shape):
            raise Hidden("an array of joblib does not say its shape")
        if not isinstance(dtype, Made) or dtype.of != _DTYPE or not isinstance(aligned, int | None):
            raise Hidden("an array of joblib does not say of what it is")
        if dtype.size is None:
            raise Hidden("an array of joblib is of a kind that is not understood")
        if dtype.size == 0:
            if self.depth >= DEEPEST:
                raise Hidden("arrays of objects lie in each other too deep")
            nested = Machine(self.tape, self.seen, self.opcodes, persistent=False, arrays=False, depth=self.depth + 1)
            nested.run()
            return
        count = 1
        for each in shape:
            count *= each
        if aligned is not None:
            padding = self.tape.byte()
            if padding > 127:
                raise Hidden("an array of joblib is moved by less than nothing")
            self.tape.skip(padding)
        self.tape.skip(count * dtype.size)

    def remember(self, at: int) -> None:
        """Keep what a name or a size may hang on; of the rest, a later look gives nothing, which nothing can be made of."""
        value = self.top()
        self.memo.pop(at, None)
        if isinstance(value, dict) and not self.seen.joblib:
            value.clear()  # it may be changed through the memory, unseen
            value[SPOILT] = True
        elif isinstance(value, Global | Made | dict):
            if len(self.memo) >= 2 * MOST_KEPT:
                raise Hidden("it remembers more than is followed")
            self.memo[at] = value
        elif isinstance(value, str) and len(self.memo) < MOST_KEPT:
            self.memo[at] = value

    def number(self, at: int) -> None:
        """Count what is remembered, each number once."""
        if at == self.first_free:
            self.first_free += 1
            while self.others and self.first_free in self.others:
                self.others.discard(self.first_free)
                self.first_free += 1
        elif at > self.first_free:
            self.others.add(at)
            if len(self.others) > MOST_KEPT:
                raise Hidden("it remembers more than is followed")

    def recall(self, at: int) -> None:
        self.push(self.memo.get(at, NOTHING))


def renamed(module: str, name: str) -> tuple[str, str]:
    """Return what Python 3 imports where a pickle of Python 2 asks for this."""
    from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

    if (module, name) in NAME_MAPPING:
        return NAME_MAPPING[(module, name)]
    return IMPORT_MAPPING.get(module, module), name


def _size(dtype: Made, state: Any) -> int | None:
    """Return how many bytes an entry takes by a dtype and the state it is given; 0 for objects, None where the two differ.

    The state may give it other parts, another size, and the flag that makes its entries objects: then bytes would hide in it.
    """
    name = dtype.args[0] if isinstance(dtype.args, tuple) and dtype.args else None
    form = _PLAIN_DTYPE.fullmatch(name) if isinstance(name, str) else None
    if form is None or not isinstance(state, tuple) or len(state) < 8 or not isinstance(state[7], int):
        return None
    kind, (inner, names, fields, size, _, flags) = form.group(1), state[2:8]
    if kind[0] == "O":
        return 0 if (inner, names, fields) == (None, None, None) and flags & 1 else None
    if inner is not None or flags & 1 or size not in (-1, _width(kind)):
        return None
    if names is None and fields is None:
        return _width(kind)
    sound = (
        kind[0] == "V" and isinstance(fields, dict) and SPOILT not in fields and all(map(_is_number, fields.values()))
    )
    return _width(kind) if sound else None


def _is_number(field: Any) -> bool:
    return isinstance(field, tuple) and bool(field) and isinstance(field[0], Made) and bool(field[0].size)


def _width(kind: str) -> int:
    if len(kind) == 1:
        return _WIDTHS.get(kind, 8)
    return int(kind[1:]) * (4 if kind[0] == "U" else 1)


def _mentions_wrapper(args: Any) -> bool:
    if isinstance(args, tuple):
        return any(_mentions_wrapper(each) for each in args)
    return isinstance(args, Global) and args == _WRAPPER
