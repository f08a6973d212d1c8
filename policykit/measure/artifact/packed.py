"""Compressed streams, unpacked piece by piece, and stopped where they give far more than they took."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, Any, Final

from policykit.measure.artifact.allowance import MOST_RATIO, Allowance
from policykit.measure.artifact.tape import CHUNK, Swollen

RATIO_COUNTS_FROM: Final = 32 * 2**20
MOST_DICTIONARY: Final = 128 * 2**20
DAMAGED: Final = (*(OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile),)


def packing(head: bytes) -> tuple[str, Callable[[IO[bytes]], Any]] | None:
    """Return how a file is compressed that begins so, and what unpacks it; None where it is not."""
    for magic, form, opened in _COMPRESSED:
        if head.startswith(magic):
            return form, opened
    if head[0] == 0x78 and len(head) > 1 and (head[0] * 256 + head[1]) % 31 == 0:
        return "zlib", _Inflating
    return None


class Watched:
    """A decompressor that is stopped where it gives far more than it took."""

    def __init__(self, source: Any, packed: IO[bytes], allowance: Allowance) -> None:
        self.source, self.packed, self.allowance, self.given = source, packed, allowance, 0

    def read(self, size: int, /) -> bytes:
        found: bytes = self.source.read(size)
        self.given += len(found)
        self.allowance.unpack(len(found))
        if self.given > RATIO_COUNTS_FROM and self.given > MOST_RATIO * max(1, self.packed.tell()):
            raise Swollen
        return found


class _Unpacking:
    """An LZMA stream, unpacked piece by piece; its own header may ask for gigabytes, and does not get them."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.unpack = file, lzma.LZMADecompressor(memlimit=MOST_DICTIONARY)

    def read(self, size: int, /) -> bytes:
        while not self.unpack.eof:
            data = self.file.read(CHUNK) if self.unpack.needs_input else b""
            if self.unpack.needs_input and not data:
                raise EOFError
            found = self.unpack.decompress(data, size)
            if found:
                return found
        if self.unpack.unused_data or self.file.read(1):
            raise ValueError("something follows")
        return b""


class _Inflating:
    """A zlib stream, inflated piece by piece."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.inflate, self.rest = file, zlib.decompressobj(), b""

    def read(self, size: int, /) -> bytes:
        while not self.inflate.eof:
            data = self.rest or self.file.read(CHUNK)
            if not data:
                raise EOFError
            found = self.inflate.decompress(data, size)
            self.rest = self.inflate.unconsumed_tail
            if found:
                return found
        if self.inflate.unused_data or self.file.read(1):
            raise ValueError("something follows")
        return b""


def _gunzip(file: IO[bytes]) -> Any:
    return gzip.GzipFile(fileobj=file, mode="rb")


_COMPRESSED: Final[tuple[tuple[bytes, str, Callable[[IO[bytes]], Any]], ...]] = (
    (b"\x1f\x8b", "gzip", _gunzip),
    (b"BZh", "bzip2", bz2.BZ2File),
    (b"\xfd7zXZ\0", "xz", _Unpacking),
    (b"\x5d\0", "lzma", _Unpacking),
)
