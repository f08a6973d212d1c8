"""Every pickle of a file, one after the other, followed to the last byte."""

from __future__ import annotations

from typing import Final

from policykit.measure.artifact.allowance import MOST_BYTES, Allowance
from policykit.measure.artifact.machine import Machine
from policykit.measure.artifact.marks import Hidden, Refused, Seen
from policykit.measure.artifact.opcodes import OPCODES
from policykit.measure.artifact.tape import Short, Tape

MOST_STREAMS: Final = 1_000
TORCH_MAGIC: Final = 0x1950A86A20F9469CFC6C
TORCH_STREAMS: Final = 5


def read_pickles(
    tape: Tape,
    *,
    persistent: bool = False,
    arrays: bool = False,
    first: bool = False,
    allowance: Allowance | None = None,
) -> Seen:
    """Return what the pickles on the tape would import, to the last byte of it; nothing is imported, called or built.

    A file holds one pickle, but for the older form of torch: what lies behind the first is followed too, and refused all the same,
    since whoever reads on may have remembered something of the first.

    `persistent`: ids of storages are looked up by whoever loads, as torch does. `arrays`: numbers lie between the opcodes of the
    first pickle, as joblib writes them; a loader that is not joblib would read those as opcodes, so both have to be tried.
    `first`: only the first pickle is followed.

    Raises:
        Spent: the opcodes allowed for the file have been followed.
    """
    seen = Seen()
    allowance = allowance or Allowance(MOST_BYTES)
    try:
        while True:
            machine = Machine(
                *(tape, seen, OPCODES, allowance),
                persistent=persistent or seen.torch,
                arrays=arrays and not seen.streams,
            )
            result = machine.run()
            seen.streams += 1
            if seen.streams == 1 and isinstance(result, int) and result == TORCH_MAGIC:
                seen.torch = True
            if first or (seen.torch and seen.streams == TORCH_STREAMS) or not tape.more():
                break  # the older form of torch ends with raw numbers
            if not seen.torch and seen.streams == 1:
                seen.refused.append("something follows the pickle")
            if seen.streams >= MOST_STREAMS:
                raise Hidden(f"there are more than {MOST_STREAMS:,} pickles in it")
    except Short:
        seen.refused.append("it ends in the middle of a pickle")
    except Hidden as error:
        seen.hide(f"{error}, before byte {tape.place:,}")
    except Refused as error:
        seen.refused.append(f"{error}, before byte {tape.place:,}")
    if seen.torch and seen.joblib:
        seen.hide("arrays of joblib lie in a file of torch")
    return seen
