"""A pickle machine that does nothing: it follows every opcode, and writes down what would be imported.

It keeps a stack of small marks instead of objects. Text is kept while it could be a name; arrays and long texts are passed over.
What it does not understand it refuses. Where the real machine would stop with an error it may go on: it sees more, never less.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from policykit.measure.artifact.allowance import Allowance
from policykit.measure.artifact.kinds import WRAPPER, array_bytes, built, expect_honest_call
from policykit.measure.artifact.marks import DTYPE, NOTHING, SPOILT, Global, Hidden, Made, Refused, Seen
from policykit.measure.artifact.tape import Short, Tape

MOST_ON_STACK: Final = 5_000_000
MOST_KEPT: Final = 300_000
MOST_MAPPINGS: Final = 50_000
MOST_GLOBALS: Final = 10_000
DEEPEST: Final = 20
_STEP: Final = 1024


Opcodes: TypeAlias = Mapping[int, Callable[["Machine"], None]]
"""What each opcode does to a machine."""


_ACROSS: Final = "something in it lies across the end of a frame, which Python's two machines read differently"


class Machine:
    """One run from the first opcode to STOP."""

    def __init__(
        self,
        tape: Tape,
        seen: Seen,
        opcodes: Opcodes,
        allowance: Allowance,
        *,
        persistent: bool,
        arrays: bool,
        depth: int = 0,
    ) -> None:
        self.tape, self.seen, self.opcodes, self.allowance = tape, seen, opcodes, allowance
        self.persistent, self.arrays, self.depth = persistent, arrays, depth
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        self.first_free = 0  # every number below is remembered,
        self.others: set[int] = set()  # and these above it: MEMOIZE takes how many there are as its number
        self.mappings = 0  # how many of them were remembered
        self.protocol = 0
        self.frame = 0  # where the open frame ends; 0: none is open

    def run(self) -> Any:
        """Follow the opcodes up to STOP and return what would be the result, as far as it is kept."""
        try:
            return self._followed()
        except Short:
            if self.frame:
                raise Hidden("it ends in the middle of a frame") from None
            raise
        except Refused:
            if self.frame and self.tape.place > self.frame:
                raise Hidden(_ACROSS) from None
            raise

    def _followed(self) -> Any:
        tape, opcodes, stack = self.tape, self.opcodes, self.stack
        byte, count = tape.byte, 0
        while True:
            if not count % _STEP:
                self.allowance.follow(_STEP)
                if len(stack) > MOST_ON_STACK:
                    raise Hidden("it holds more at once than is followed")
            count += 1
            code = byte()
            if code == 0x2E:  # STOP
                result = self.pop()
                self.between_frames()
                return result
            act = opcodes.get(code)
            if act is None:
                raise Refused(f"the opcode {code:#04x} is not one")
            act(self)
            if self.frame and tape.before + tape.at >= self.frame:
                if tape.before + tape.at > self.frame:
                    raise Hidden(_ACROSS)
                self.frame = 0

    def between_frames(self) -> None:
        """Refuse to follow what ends while a frame is open: one machine goes on behind the frame, the other inside of it."""
        if self.frame and self.tape.place != self.frame:
            raise Hidden(_ACROSS)
        self.frame = 0

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
        self.seen.joblib = self.seen.joblib or found == WRAPPER
        return found

    def called(self, of: Any, args: Any, *, plainly: bool = False) -> None:
        """Push what a call gives. What is called is a global, or came out of one: both are written down already.

        `plainly`: made without its own constructor, so that only the state it is given counts.
        """
        if not isinstance(of, Global | Made) and of is not NOTHING:
            raise Refused("it calls something that cannot be called")
        expect_honest_call(of, args, plainly=plainly)
        self.push(Made(of, args) if isinstance(of, Global) and of in (WRAPPER, DTYPE) else NOTHING)

    def changed(self, what: Any) -> None:
        """Refuse to change what is shared by everybody: a class, a function, a module."""
        if isinstance(what, Global):
            raise Hidden(f"it changes `{what.module}.{what.name}` itself")

    def build(self) -> None:
        state = self.pop()
        made = self.top()
        self.changed(made)
        if isinstance(made, Made) and made.of == DTYPE:
            built(made, state)
        elif isinstance(made, Made) and self.arrays:
            self.stack[-1] = NOTHING
            self.array(made, state)

    def array(self, made: Made, state: Any) -> None:
        """Pass the numbers that joblib writes in the middle of its pickles; of objects, follow the pickle that they are."""
        self.between_frames()
        count, padded = array_bytes(made, state)
        if count is None:
            if self.depth >= DEEPEST:
                raise Hidden("arrays of objects lie in each other too deep")
            nested = Machine(
                *(self.tape, self.seen, self.opcodes, self.allowance),
                persistent=False,
                arrays=False,
                depth=self.depth + 1,
            )
            nested.run()
            return
        if padded:
            self.tape.skip(self.tape.byte())
        self.tape.skip(count)

    def remember(self, at: int) -> None:
        """Keep what a name or a size may hang on; of the rest, a later look gives nothing, which nothing can be made of."""
        value = self.top()
        self.memo.pop(at, None)
        if isinstance(value, dict) and not self.seen.joblib and self.mappings >= MOST_MAPPINGS:
            value.clear()  # it may be changed through the memory, unseen
            value[SPOILT] = True
        elif isinstance(value, Global | Made | dict):
            if len(self.memo) >= 2 * MOST_KEPT:
                raise Hidden("it remembers more than is followed")
            self.memo[at] = value
            self.mappings += isinstance(value, dict)
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
        if at >= self.first_free and at not in self.others:
            raise Refused("it looks up what it does not remember")
        self.push(self.memo.get(at, NOTHING))


def renamed(module: str, name: str) -> tuple[str, str]:
    """Return what Python 3 imports where a pickle of Python 2 asks for this."""
    from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

    if (module, name) in NAME_MAPPING:
        return NAME_MAPPING[(module, name)]
    return IMPORT_MAPPING.get(module, module), name
