"""How much of one file is followed: a number of opcodes and of bytes, shared by all that lies in it, however deep."""

from __future__ import annotations

import io
import os
from typing import IO, Final

MOST_OPCODES: Final = 200_000_000
FREE_OPCODES: Final = 4_000_000
OPCODES_PER_BYTE: Final = 3
MOST_BYTES: Final = 256 * 2**30
FREE_BYTES: Final = 64 * 2**20
MOST_RATIO: Final = 200


class Spent(Exception):
    """A file holds more than is followed."""


class Allowance:
    """What is left for one file; all its members, and what lies in them, draw on the same."""

    def __init__(self, size: int) -> None:
        """Allow what an honest file of `size` bytes needs, with much room."""
        self.opcodes = min(MOST_OPCODES, FREE_OPCODES + OPCODES_PER_BYTE * size)
        self.bytes = min(MOST_BYTES, FREE_BYTES + MOST_RATIO * size)

    def follow(self, opcodes: int) -> None:
        """Take away what is about to be followed."""
        self.opcodes -= opcodes
        if self.opcodes < 0:
            raise Spent("it has more opcodes than are followed in a file of its size")

    def unpack(self, count: int) -> None:
        """Take away what was unpacked."""
        self.bytes -= count
        if self.bytes < 0:
            raise Spent(f"it grows more than {MOST_RATIO} times when read, with all that lies in it")


class Metered(io.RawIOBase):
    """A member of a zip that pays for what is unpacked: also for what a step back makes it unpack again."""

    def __init__(self, source: IO[bytes], allowance: Allowance, size: int) -> None:
        self._source, self._allowance, self._size = source, allowance, size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._source.tell()

    def read(self, size: int = -1, /) -> bytes:
        found = self._source.read(size)
        self._allowance.unpack(len(found))
        return found

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        here = self._source.tell()
        goal = offset + {os.SEEK_SET: 0, os.SEEK_CUR: here}.get(whence, self._size)
        self._allowance.unpack(max(0, goal if goal < here else goal - here))
        return self._source.seek(offset, whence)
