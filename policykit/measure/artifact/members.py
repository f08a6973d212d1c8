"""A zip inside a model: read in place, never extracted, and refused where two programs could read two things in it."""

from __future__ import annotations

import struct
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final

MOST_MEMBERS: Final = 10_000
MOST_DIRECTORY: Final = 4 * 2**20
MOST_RATIO: Final = 200
RATIO_COUNTS_FROM: Final = 32 * 2**20
MOST_BYTES: Final = 256 * 2**30
_END: Final = b"PK\x05\x06"


class Bad(Exception):
    """The zip is not one that everybody reads in the same way."""


@dataclass(frozen=True)
class Zipped:
    """An open zip and the size of every member, by name."""

    source: zipfile.ZipFile
    sizes: Mapping[str, int]

    @contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        """Give one member to read."""
        with self.source.open(name) as stream:
            yield stream


@contextmanager
def open_zip(file: IO[bytes], size: int) -> Iterator[Zipped]:
    """Open a zip after its directory was found to be small, whole, and in agreement with its members.

    Raises:
        Bad: too many members, one that swells, two of one name (also where only case differs), two that overlap, one that
            climbs out, is encrypted or oddly compressed, or whose own header says something else than the directory.
    """
    _expect_end(file, size)
    try:
        source = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError) as error:
        raise Bad("the zip cannot be read") from error
    with source:
        infos = source.infolist()
        if len(infos) > MOST_MEMBERS:
            raise Bad(f"the zip has more than {MOST_MEMBERS:,} members")
        _expect_modest(infos, size)
        _expect_apart(source, infos)
        sizes: dict[str, int] = {}
        folded: set[str] = set()
        for info in infos:
            _expect_plain(info)
            _expect_agreement(file, info)
            if info.is_dir():
                continue
            twin = unicodedata.normalize("NFC", info.filename).casefold()
            if twin in folded:
                raise Bad(f"`{info.filename}` is in the zip twice")
            folded.add(twin)
            sizes[info.filename] = info.file_size
        yield Zipped(source, sizes)


def _expect_end(file: IO[bytes], size: int) -> None:
    """Refuse a directory that is too large before it is read, and anything after the zip or hidden in its comment."""
    file.seek(max(0, size - 65_557))
    tail = file.read(65_557)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        raise Bad("the zip is cut short")
    members, directory, comment = struct.unpack("<10xHI4xH", tail[at : at + 22])
    if len(tail) != at + 22 + comment:
        raise Bad("something follows the zip")
    if comment or tail.find(_END) != at:
        raise Bad("the zip has a comment, or two ends")
    if at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        (offset,) = struct.unpack("<Q", tail[at - 12 : at - 4])
        if offset + 56 > size:
            raise Bad("the zip is cut short")
        file.seek(offset)
        members, directory = struct.unpack("<32xQQ8x", file.read(56))
    if members > MOST_MEMBERS or directory > MOST_DIRECTORY:
        raise Bad(f"the zip has more than {MOST_MEMBERS:,} members")
    file.seek(0)


def _expect_modest(infos: list[zipfile.ZipInfo], size: int) -> None:
    for info in infos:
        if info.file_size > RATIO_COUNTS_FROM and info.file_size > MOST_RATIO * max(1, info.compress_size):
            raise Bad(f"`{info.filename}` in the zip grows more than {MOST_RATIO} times when read")
    total = sum(info.file_size for info in infos)
    if total > MOST_BYTES or (total > RATIO_COUNTS_FROM and total > MOST_RATIO * size):
        raise Bad(f"the zip grows more than {MOST_RATIO} times when read")


def _expect_apart(source: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> None:
    ordered = sorted(infos, key=lambda info: info.header_offset)
    ends = [info.header_offset for info in ordered[1:]] + [source.start_dir]
    for info, end in zip(ordered, ends, strict=True):
        if info.header_offset + 30 + len(info.orig_filename.encode()) + info.compress_size > end:
            raise Bad(f"`{info.filename}` in the zip overlaps its neighbour")
    if ordered and ordered[0].header_offset != 0:
        raise Bad("something lies in front of the zip")


def _expect_plain(info: zipfile.ZipInfo) -> None:
    name = info.orig_filename
    parts = name.removesuffix("/").split("/")
    if (
        not name
        or name.startswith("/")
        or "\\" in name
        or "\0" in name
        or ":" in parts[0]
        or {"..", ".", ""} & set(parts)
    ):
        raise Bad(f"the path `{name}` in the zip climbs out of it, or is not plain")
    if info.flag_bits & 0x2041:
        raise Bad(f"`{name}` in the zip is encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Bad(f"`{name}` in the zip is compressed by an unusual method")
    if (info.external_attr >> 16) & 0o170000 not in (0, 0o100000, 0o040000):
        raise Bad(f"`{name}` in the zip is a link, or no plain file")
    if info.compress_type == zipfile.ZIP_STORED and info.file_size != info.compress_size:
        raise Bad(f"`{name}` in the zip has two sizes")


def _expect_agreement(file: IO[bytes], info: zipfile.ZipInfo) -> None:
    """Refuse a member whose own header says something else than the directory: some programs read one, some the other."""
    file.seek(info.header_offset)
    header = file.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise Bad(f"`{info.filename}` in the zip has no header")
    flags, method, crc, packed, whole, length = struct.unpack("<6xHH4xIIIH2x", header)
    own = file.read(length)
    listed = info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437", "replace")
    later = bool(flags & 8)  # sizes follow the data, and may be zero here
    same = (packed, whole) in ((info.compress_size, info.file_size), (0xFFFFFFFF, 0xFFFFFFFF))
    if own != listed or method != info.compress_type or not (same or (later and (packed, whole) == (0, 0))):
        raise Bad(f"`{info.filename}` in the zip says two different things of itself")
    if not later and crc != info.CRC:
        raise Bad(f"`{info.filename}` in the zip says two different things of itself")
