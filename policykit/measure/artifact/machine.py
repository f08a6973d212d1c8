"""A pickle machine that does nothing: it follows every opcode, and writes down what would be imported.

It keeps a stack of small marks instead of objects. Text is kept while it could be a name; arrays and long texts are passed over.
What it does not understand it refuses. Where the real machine would stop with an error it may go on: it sees more, never less.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from policykit.measure.artifact.tape import LONGEST_LINE, Short, Tape

LONGEST_NAME: Final = 512
MOST_ON_STACK: Final = 5_000_000
MOST_KEPT: Final = 300_000
MOST_OPCODES: Final = 200_000_000
MOST_GLOBALS: Final = 10_000
MOST_STREAMS: Final = 1_000
DEEPEST: Final = 20
TORCH_MAGIC: Final = 0x1950A86A20F9469CFC6C

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


def read_pickles(tape: Tape, *, persistent: bool = False, arrays: bool = False, first: bool = False) -> Seen:
    """Return what the pickles on the tape would import, to the last byte of it; nothing is imported, called or built.

    `persistent`: ids of storages are looked up by whoever loads, as torch does. `arrays`: numbers lie between the opcodes, as
    joblib writes them; a loader that is not joblib would read those as opcodes, so both have to be tried.
    `first`: only the first pickle is followed.
    """
    seen = Seen()
    try:
        while True:
            result = _Machine(tape, seen, persistent=persistent or seen.torch, arrays=arrays).run()
            seen.streams += 1
            if seen.streams == 1 and result == TORCH_MAGIC:
                seen.torch = True
            if first or (seen.torch and seen.streams == 5) or not tape.more():
                break  # the older form of torch ends with raw numbers
            if seen.streams >= MOST_STREAMS:
                raise Refused(f"there are more than {MOST_STREAMS:,} pickles in it")
    except Short:
        seen.refused.append("it ends in the middle of a pickle")
    except Hidden as error:
        seen.hidden.append(f"{error}, before byte {tape.place:,}")
    except Refused as error:
        seen.refused.append(f"{error}, before byte {tape.place:,}")
    return seen


_NOTHING: Final = object()
_SPOILT: Final = "\0"
"""Stands in a mapping that may say something else than what is known of it."""


class _Machine:
    """One run from the first opcode to STOP."""

    def __init__(self, tape: Tape, seen: Seen, *, persistent: bool, arrays: bool, depth: int = 0) -> None:
        self.tape, self.seen, self.persistent, self.arrays, self.depth = tape, seen, persistent, arrays, depth
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        self.first_free = 0  # every number below is remembered,
        self.others: set[int] = set()  # and these above it: MEMOIZE takes how many there are as its number
        self.protocol = 0

    def run(self) -> Any:
        """Follow the opcodes up to STOP and return what would be the result, as far as it is kept."""
        byte, opcodes = self.tape.byte, _OPCODES
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
        if not isinstance(of, Global | Made) and of is not _NOTHING:
            raise Refused("it calls something that cannot be called")
        if _mentions_wrapper(args) or (of == _WRAPPER and not plainly):
            raise Hidden("it makes an array of joblib in a way that joblib does not")
        self.push(Made(of, args) if isinstance(of, Global) and of in (_WRAPPER, _DTYPE) else _NOTHING)

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
            self.stack[-1] = _NOTHING
            if self.arrays:
                self.array(state)

    def array(self, state: Any) -> None:
        """Pass the numbers that joblib writes in the middle of its pickles; of objects, follow the pickle that they are."""
        said = state if isinstance(state, dict) and _SPOILT not in state else {}
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
            _Machine(self.tape, self.seen, persistent=False, arrays=False, depth=self.depth + 1).run()
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
            value[_SPOILT] = True
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
        self.push(self.memo.get(at, _NOTHING))


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
        kind[0] == "V" and isinstance(fields, dict) and _SPOILT not in fields and all(map(_is_number, fields.values()))
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


def _text(data: bytes) -> Any:
    if len(data) > LONGEST_NAME:
        return _NOTHING
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise Refused("a text in it is not UTF-8") from error


def _plain(data: bytes) -> Any:
    """Return the text of a string of Python 2, as the default encoding reads it."""
    return data.decode("ascii") if data.isascii() and len(data) <= LONGEST_NAME else _NOTHING


def _number(line: bytes) -> Any:
    if len(line) > 32:
        return _NOTHING
    try:
        return int(line.removesuffix(b"L"))
    except ValueError as error:
        raise Refused("a number in it is none") from error


def _line_text(m: _Machine) -> str:
    line = m.tape.line()
    if len(line) > LONGEST_LINE:
        raise Refused("a name to import is longer than names are")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("a name in it is not UTF-8") from error


def _sized(width: int, keep: Callable[[bytes], Any] | None) -> Callable[[_Machine], None]:
    """Return the opcode of something that says its length first, in `width` bytes."""

    def act(m: _Machine) -> None:
        count = int.from_bytes(m.tape.take(width), "little")
        if width == 4 and count >= 1 << 31 and keep is _plain:
            raise Refused("a text in it has a negative length")
        if keep is None or count > LONGEST_NAME:
            m.tape.skip(count)
            m.push(_NOTHING)
        else:
            m.push(keep(m.tape.take(count)))

    return act


def _fixed(width: int, *, signed: bool | None) -> Callable[[_Machine], None]:
    """Return the opcode of a number of `width` bytes; `signed` None: its value is not needed."""

    def act(m: _Machine) -> None:
        data = m.tape.take(width)
        m.push(_NOTHING if signed is None else int.from_bytes(data, "little", signed=signed))

    return act


def _long(width: int) -> Callable[[_Machine], None]:
    def act(m: _Machine) -> None:
        count = int.from_bytes(m.tape.take(width), "little")
        if count > 16:
            m.tape.skip(count)
            m.push(_NOTHING)
        else:
            m.push(int.from_bytes(m.tape.take(count), "little", signed=True))

    return act


def _gathered(count: int) -> Callable[[_Machine], None]:
    def act(m: _Machine) -> None:
        m.push(tuple(reversed([m.pop() for _ in range(count)])))

    return act


def _constant(value: Any) -> Callable[[_Machine], None]:
    return lambda m: m.stack.append(value)


def _tuple(m: _Machine) -> None:
    found = m.to_mark()
    m.push(tuple(found) if len(found) <= 64 else _NOTHING)


def _dropped(m: _Machine) -> None:
    m.to_mark()


def _made_of_mark(m: _Machine) -> None:
    m.to_mark()
    m.push(_NOTHING)


def _popped(m: _Machine) -> None:
    if m.marks and m.marks[-1] == len(m.stack):
        m.marks.pop()
    else:
        m.pop()


def _dict(m: _Machine) -> None:
    found = m.to_mark()
    m.push({})
    _set(m, found)


def _set(m: _Machine, found: list[Any]) -> None:
    if len(found) % 2:
        raise Refused("a mapping in it has a key without a value")
    goal = m.top()
    m.changed(goal)
    if isinstance(goal, dict) and _SPOILT not in goal:
        if len(goal) + len(found) > 64 or any(key is _NOTHING for key in found[::2]):
            goal.clear()
            goal[_SPOILT] = True
        else:
            goal.update(
                {key: value for key, value in zip(found[::2], found[1::2], strict=True) if isinstance(key, str)}
            )


def _set_item(m: _Machine) -> None:
    value, key = m.pop(), m.pop()
    _set(m, [key, value])


def _set_items(m: _Machine) -> None:
    _set(m, m.to_mark())


def _append(m: _Machine) -> None:
    m.pop()
    m.changed(m.top())


def _extend(m: _Machine) -> None:
    m.to_mark()
    m.changed(m.top())


def _global(m: _Machine) -> None:
    module, name = _line_text(m), _line_text(m)
    m.push(m.imported(module, name))


def _stack_global(m: _Machine) -> None:
    name, module = m.pop(), m.pop()
    m.push(m.imported(module, name))


def _inst(m: _Machine) -> None:
    module, name = _line_text(m), _line_text(m)
    args = m.to_mark()
    m.called(m.imported(module, name), tuple(args[:8]))


def _obj(m: _Machine) -> None:
    found = m.to_mark()
    if not found:
        raise Refused("it makes an object of nothing")
    m.called(found[0], tuple(found[1:9]))


def _reduce(m: _Machine) -> None:
    args, of = m.pop(), m.pop()
    m.called(of, args)


def _new(m: _Machine) -> None:
    args, of = m.pop(), m.pop()
    m.called(of, args, plainly=True)


def _new_with_names(m: _Machine) -> None:
    m.pop()
    _new(m)


def _persistent_line(m: _Machine) -> None:
    m.tape.line()
    _expect_persistent(m)
    m.push(_NOTHING)


def _persistent(m: _Machine) -> None:
    m.pop()
    _expect_persistent(m)
    m.push(_NOTHING)


def _expect_persistent(m: _Machine) -> None:
    if not m.persistent:
        raise Refused("it asks whoever loads it for something by a persistent id")


def _extension(width: int) -> Callable[[_Machine], None]:
    def act(m: _Machine) -> None:
        code = int.from_bytes(m.tape.take(width), "little")
        raise Hidden(f"it imports by the extension code {code}, which means something else on every machine")

    return act


def _memoize(m: _Machine) -> None:
    at = m.first_free + len(m.others)
    m.remember(at)
    m.number(at)


def _put(read: Callable[[_Machine], Any]) -> Callable[[_Machine], None]:
    def act(m: _Machine) -> None:
        at = read(m)
        if not isinstance(at, int) or at < 0:
            raise Refused("it remembers something under no number")
        m.remember(at)
        m.number(at)

    return act


def _get(read: Callable[[_Machine], Any]) -> Callable[[_Machine], None]:
    def act(m: _Machine) -> None:
        at = read(m)
        m.recall(at if isinstance(at, int) else -1)

    return act


def _string(m: _Machine) -> None:
    line = m.tape.line().strip()
    if len(line) > LONGEST_NAME:
        m.push(_NOTHING)
        return
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b"'", b'"'):
        raise Refused("a text in it has no quotes")
    try:
        plain, _ = codecs.escape_decode(line[1:-1])
    except ValueError as error:
        raise Refused("a text in it is not escaped as it should be") from error
    m.push(_plain(plain))


def _unicode(m: _Machine) -> None:
    line = m.tape.line()
    try:
        m.push(line.decode("raw-unicode-escape") if len(line) <= LONGEST_NAME else _NOTHING)
    except UnicodeDecodeError as error:
        raise Refused("a text in it is not escaped as it should be") from error


def _line_number(m: _Machine) -> None:
    line = m.tape.line()
    m.push(_NOTHING if line in (b"00", b"01") else _number(line.strip()))


def _float(m: _Machine) -> None:
    m.tape.line()
    m.push(_NOTHING)


def _protocol(m: _Machine) -> None:
    m.protocol = m.tape.byte()
    if m.protocol > 5:
        raise Refused(f"it is of protocol {m.protocol}, which is not known")


def _frame(m: _Machine) -> None:
    m.tape.take(8)  # only says how much may be read at once


def _duplicate(m: _Machine) -> None:
    m.push(m.top())


def _next_buffer(m: _Machine) -> None:
    raise Hidden(f"it takes a buffer from outside the file, after {m.tape.place:,} bytes")


def _look(m: _Machine) -> None:
    m.top()


def _set_mark(m: _Machine) -> None:
    m.marks.append(len(m.stack))
    if len(m.marks) > MOST_ON_STACK:
        raise Hidden("it holds more at once than is followed")


_OPCODES: Final[dict[int, Callable[[_Machine], None]]] = {
    ord("("): _set_mark,
    ord("0"): _popped,
    ord("1"): _dropped,
    ord("2"): _duplicate,
    ord("F"): _float,
    ord("I"): _line_number,
    ord("J"): _fixed(4, signed=True),
    ord("K"): _fixed(1, signed=False),
    ord("L"): _line_number,
    ord("M"): _fixed(2, signed=False),
    ord("N"): _constant(None),
    ord("P"): _persistent_line,
    ord("Q"): _persistent,
    ord("R"): _reduce,
    ord("S"): _string,
    ord("T"): _sized(4, _plain),
    ord("U"): _sized(1, _plain),
    ord("V"): _unicode,
    ord("X"): _sized(4, _text),
    ord("a"): _append,
    ord("b"): _Machine.build,
    ord("c"): _global,
    ord("d"): _dict,
    ord("}"): lambda m: m.stack.append({}),
    ord("e"): _extend,
    ord("g"): _get(lambda m: _number(m.tape.line())),
    ord("h"): _get(lambda m: m.tape.byte()),
    ord("i"): _inst,
    ord("j"): _get(lambda m: int.from_bytes(m.tape.take(4), "little")),
    ord("l"): _made_of_mark,
    ord("]"): _constant(_NOTHING),
    ord("o"): _obj,
    ord("p"): _put(lambda m: _number(m.tape.line())),
    ord("q"): _put(lambda m: m.tape.byte()),
    ord("r"): _put(lambda m: int.from_bytes(m.tape.take(4), "little")),
    ord("s"): _set_item,
    ord("t"): _tuple,
    ord(")"): _constant(()),
    ord("u"): _set_items,
    ord("G"): _fixed(8, signed=None),
    0x80: _protocol,
    0x81: _new,
    0x82: _extension(1),
    0x83: _extension(2),
    0x84: _extension(4),
    0x85: _gathered(1),
    0x86: _gathered(2),
    0x87: _gathered(3),
    0x88: _constant(True),
    0x89: _constant(False),
    0x8A: _long(1),
    0x8B: _long(4),
    ord("B"): _sized(4, None),
    ord("C"): _sized(1, None),
    0x8C: _sized(1, _text),
    0x8D: _sized(8, _text),
    0x8E: _sized(8, None),
    0x8F: _constant(_NOTHING),
    0x90: _extend,
    0x91: _made_of_mark,
    0x92: _new_with_names,
    0x93: _stack_global,
    0x94: _memoize,
    0x95: _frame,
    0x96: _sized(8, None),
    0x97: _next_buffer,
    0x98: _look,
}
