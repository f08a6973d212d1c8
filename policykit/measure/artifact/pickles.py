"""Every pickle of a file, one after the other, followed to the last byte."""

from __future__ import annotations

from typing import Final

from policykit.measure.artifact.machine import Hidden, Machine, Refused, Seen
from policykit.measure.artifact.opcodes import OPCODES
from policykit.measure.artifact.tape import Short, Tape

MOST_STREAMS: Final = 1_000
TORCH_MAGIC: Final = 0x1950A86A20F9469CFC6C


def read_pickles(tape: Tape, *, persistent: bool = False, arrays: bool = False, first: bool = False) -> Seen:
    """Return what the pickles on the tape would import, to the last byte of it; nothing is imported, called or built.

    `persistent`: ids of storages are looked up by whoever loads, as torch does. `arrays`: numbers lie between the opcodes, as
    joblib writes them; a loader that is not joblib would read those as opcodes, so both have to be tried.
    `first`: only the first pickle is followed.
    """
    seen = Seen()
    try:
        while True:
            result = Machine(tape, seen, OPCODES, persistent=persistent or seen.torch, arrays=arrays).run()
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
