"""The opcodes of pickle, each as what it does to a machine that does nothing."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import Any, Final

from policykit.measure.artifact.kinds import gathered
from policykit.measure.artifact.machine import MOST_ON_STACK, Machine, Opcodes
from policykit.measure.artifact.marks import NOTHING, SPOILT, Hidden, Refused
from policykit.measure.artifact.tape import LONGEST_LINE

LONGEST_NAME: Final = 512
HIGHEST_PROTOCOL: Final = 5

_WHOLE: Final = re.compile(rb"-?(0|[1-9][0-9]*)L?")
_PLACE: Final = re.compile(rb"0|[1-9][0-9]{0,17}")
_NO_NUMBER: Final = re.compile(rb"[ \t\n\r\v\f]*[+-]?([^-+0-9 \t\n\r\v\f\x1c-\x1f\x80-\xff]|$)")
_NO_FLOAT: Final = re.compile(rb"[ \t\n\r\v\f]*[+-]?([^-+0-9.iInN \t\n\r\v\f\x1c-\x1f\x80-\xff]|$)")


def _text(data: bytes) -> Any:
    if len(data) > LONGEST_NAME:
        return NOTHING
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise Refused("a text in it is not UTF-8") from error


def _plain(data: bytes) -> Any:
    """Return the text of a string of Python 2, as the default encoding reads it."""
    return data.decode("ascii") if data.isascii() and len(data) <= LONGEST_NAME else NOTHING


def _place(m: Machine) -> int:
    """Return under which number something is remembered; Python's two machines read only plain ones in the same way."""
    line = m.tape.line()
    if _PLACE.fullmatch(line):
        return int(line)
    if _NO_NUMBER.match(line):
        raise Refused("a number in it is none")
    raise Hidden("it remembers something under a number that is oddly written")


def _line_text(m: Machine) -> str:
    line = m.tape.line(or_rest=True)
    if len(line) > LONGEST_LINE:
        raise Hidden("a name to import is longer than names are")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("a name in it is not UTF-8") from error


def _sized(width: int, keep: Callable[[bytes], Any] | None) -> Callable[[Machine], None]:
    """Return the opcode of something that says its length first, in `width` bytes."""

    def act(m: Machine) -> None:
        count = int.from_bytes(m.tape.take(width), "little")
        if width == 4 and count >= 1 << 31 and keep is _plain:
            raise Refused("a text in it has a negative length")
        if keep is None or count > LONGEST_NAME:
            m.tape.skip(count)
            m.push(NOTHING)
        else:
            m.push(keep(m.tape.take(count)))

    return act


def _fixed(width: int, *, signed: bool | None) -> Callable[[Machine], None]:
    """Return the opcode of a number of `width` bytes; `signed` None: its value is not needed."""

    def act(m: Machine) -> None:
        data = m.tape.take(width)
        m.push(NOTHING if signed is None else int.from_bytes(data, "little", signed=signed))

    return act


def _long(width: int) -> Callable[[Machine], None]:
    def act(m: Machine) -> None:
        count = int.from_bytes(m.tape.take(width), "little")
        if count > 16:
            m.tape.skip(count)
            m.push(NOTHING)
        else:
            m.push(int.from_bytes(m.tape.take(count), "little", signed=True))

    return act


def _gathered(count: int) -> Callable[[Machine], None]:
    def act(m: Machine) -> None:
        m.push(gathered([m.pop() for _ in range(count)][::-1]))

    return act


def _constant(value: Any) -> Callable[[Machine], None]:
    return lambda m: m.stack.append(value)


def _tuple(m: Machine) -> None:
    m.push(gathered(m.to_mark()))


def _dropped(m: Machine) -> None:
    m.to_mark()


def _made_of_mark(m: Machine) -> None:
    m.to_mark()
    m.push(NOTHING)


def _popped(m: Machine) -> None:
    if m.marks and m.marks[-1] == len(m.stack):
        m.marks.pop()
    else:
        m.pop()


def _dict(m: Machine) -> None:
    found = m.to_mark()
    m.push({})
    _set(m, found)


def _set(m: Machine, found: list[Any]) -> None:
    goal = m.top()
    m.changed(goal)
    if len(found) % 2:
        raise Refused("a mapping in it has a key without a value")
    if isinstance(goal, dict) and SPOILT not in goal:
        if len(goal) + len(found) > 64 or any(key is NOTHING for key in found[::2]):
            goal.clear()
            goal[SPOILT] = True
        else:
            goal.update(
                {key: value for key, value in zip(found[::2], found[1::2], strict=True) if isinstance(key, str)}
            )


def _set_item(m: Machine) -> None:
    value, key = m.pop(), m.pop()
    _set(m, [key, value])


def _set_items(m: Machine) -> None:
    _set(m, m.to_mark())


def _append(m: Machine) -> None:
    m.pop()
    m.changed(m.top())


def _extend(m: Machine) -> None:
    m.to_mark()
    m.changed(m.top())


def _global(m: Machine) -> None:
    module, name = _line_text(m), _line_text(m)
    m.push(m.imported(module, name))


def _stack_global(m: Machine) -> None:
    name, module = m.pop(), m.pop()
    m.push(m.imported(module, name))


def _inst(m: Machine) -> None:
    module, name = _line_text(m), _line_text(m)
    of = m.imported(module, name)  # before the mark is looked for, as the machine in Python does
    m.called(of, gathered(m.to_mark()))


def _obj(m: Machine) -> None:
    found = m.to_mark()
    if not found:
        raise Refused("it makes an object of nothing")
    m.called(found[0], gathered(found[1:]))


def _reduce(m: Machine) -> None:
    args, of = m.pop(), m.pop()
    m.called(of, args)


def _new(m: Machine) -> None:
    args, of = m.pop(), m.pop()
    m.called(of, args, plainly=True)


def _new_with_names(m: Machine) -> None:
    m.pop()
    _new(m)


def _persistent_line(m: Machine) -> None:
    _expect_persistent(m)
    m.tape.line()
    m.push(NOTHING)


def _persistent(m: Machine) -> None:
    m.pop()
    _expect_persistent(m)
    m.push(NOTHING)


def _expect_persistent(m: Machine) -> None:
    if not m.persistent:
        raise Refused("it asks whoever loads it for something by a persistent id")


def _extension(width: int) -> Callable[[Machine], None]:
    def act(m: Machine) -> None:
        code = int.from_bytes(m.tape.take(width), "little")
        raise Hidden(f"it imports by the extension code {code}, which means something else on every machine")

    return act


def _memoize(m: Machine) -> None:
    at = m.first_free + len(m.others)
    m.remember(at)
    m.number(at)


def _put(read: Callable[[Machine], int]) -> Callable[[Machine], None]:
    def act(m: Machine) -> None:
        m.top()
        at = read(m)
        m.remember(at)
        m.number(at)

    return act


def _get(read: Callable[[Machine], int]) -> Callable[[Machine], None]:
    return lambda m: m.recall(read(m))


def _string(m: Machine) -> None:
    line = m.tape.line()
    if line != line.strip() and line.strip()[:1] in (b"'", b'"'):
        m.seen.hide("a text in it has spaces beside its quotes, which not every machine takes")
        line = line.strip()
    if len(line) > LONGEST_NAME and line[:1] in (b"'", b'"'):
        m.push(NOTHING)
        return
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b"'", b'"'):
        raise Refused("a text in it has no quotes")
    try:
        plain, _ = codecs.escape_decode(line[1:-1])
    except ValueError as error:
        raise Refused("a text in it is not escaped as it should be") from error
    m.push(_plain(plain))


def _unicode(m: Machine) -> None:
    line = m.tape.line()
    try:
        m.push(line.decode("raw-unicode-escape") if len(line) <= LONGEST_NAME else NOTHING)
    except UnicodeDecodeError as error:
        raise Refused("a text in it is not escaped as it should be") from error


def _line_number(m: Machine) -> None:
    line = m.tape.line()
    if line in (b"00", b"01"):
        m.push(NOTHING)
    elif _WHOLE.fullmatch(line):
        m.push(int(line.removesuffix(b"L")) if len(line) <= 32 else NOTHING)
    elif _NO_NUMBER.match(line):
        raise Refused("a number in it is none")
    else:  # in another base, or with underscores, or with something behind a zero byte
        m.seen.hide("a number in it is oddly written")
        m.push(NOTHING)


def _float(m: Machine) -> None:
    if _NO_FLOAT.match(m.tape.line()):
        raise Refused("a number in it is none")
    m.push(NOTHING)


def _protocol(m: Machine) -> None:
    m.protocol = m.tape.byte()
    if m.protocol > HIGHEST_PROTOCOL:
        raise Refused(f"it is of protocol {m.protocol}, which is not known")


def _frame(m: Machine) -> None:
    """Keep where a frame ends: the machine in Python stops at its end, the one in C reads on, and forgets what it skipped."""
    size = int.from_bytes(m.tape.take(8), "little")
    if m.frame:
        raise Hidden("a frame in it begins before the last one ends")
    m.frame = m.tape.place + size


def _duplicate(m: Machine) -> None:
    m.push(m.top())


def _next_buffer(m: Machine) -> None:
    raise Hidden(f"it takes a buffer from outside the file, after {m.tape.place:,} bytes")


def _look(m: Machine) -> None:
    m.top()


def _set_mark(m: Machine) -> None:
    m.marks.append(len(m.stack))
    if len(m.marks) > MOST_ON_STACK:
        raise Hidden("it holds more at once than is followed")


OPCODES: Final[Opcodes] = {
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
    ord("b"): Machine.build,
    ord("c"): _global,
    ord("d"): _dict,
    ord("}"): lambda m: m.stack.append({}),
    ord("e"): _extend,
    ord("g"): _get(_place),
    ord("h"): _get(lambda m: m.tape.byte()),
    ord("i"): _inst,
    ord("j"): _get(lambda m: int.from_bytes(m.tape.take(4), "little")),
    ord("l"): _made_of_mark,
    ord("]"): _constant(NOTHING),
    ord("o"): _obj,
    ord("p"): _put(_place),
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
    0x8F: _constant(NOTHING),
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
