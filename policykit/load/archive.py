"""A bundle that is a zip: read in place, never extracted, and refused where two programs could read it in two ways."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from policykit.errors import BundleError, Diagnostic
from policykit.load.contents import (
    MOST_FILES,
    hashed_stream,
    is_repository,
    refused,
    repository,
    too_many,
    twin_problems,
    unsafe,
)
from policykit.load.write import read_error

MOST_BYTES: Final = 64 * 2**30
MOST_RATIO: Final = 200
RATIO_COUNTS_FROM: Final = 32 * 2**20
_MOST_DIRECTORY: Final = 4 * 2**20
_END: Final = b"PK\x05\x06"
_STREAMED: Final = 0x8  # the sizes follow the data
_DESCRIPTORS: Final = (12, 16, 20, 24)  # bytes of them: with and without a signature, of four bytes each or eight
_ZIP64: Final = 0xFFFFFFFF  # the size stands in the extra field
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, struct.error, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Archive:
    """An open zip and the files found in it."""

    root: Path
    sizes: Mapping[str, int]
    source: zipfile.ZipFile
    archive: bool = True

    def read(self, path: str, most: int) -> bytes:
        """Return the bytes of one file, or the first `most` + 1 of them where there are more."""
        with self._open(path) as stream:
            return stream.read(most + 1)

    def hashed(self, path: str) -> tuple[str, int]:
        """Return the SHA-256 (hex) and the size of the bytes; the whole member is read, so its checksum is tested too."""
        with self._open(path) as stream:
            return hashed_stream(stream)  # type: ignore[arg-type]  # IO[bytes] reads as BinaryIO does

    def close(self) -> None:
        """Close the zip."""
        self.source.close()

    @contextmanager
    def _open(self, path: str) -> Iterator[IO[bytes]]:
        try:
            with self.source.open(path) as stream:
                yield stream
        except _DAMAGED as error:
            raise _damaged(self.root, f"`{path}` in the zip cannot be read: {_first(error)}") from error
        except OSError as error:
            raise read_error(f"cannot read `{path}` in the zip", error, self.root) from error


def open_archive(path: Path) -> Archive:
    """Return the files of the zip at `path`, without reading them.

    Raises:
        BundleError: members named twice (also where only case differs), climbing or absolute paths, links, devices, encrypted
            members, more than 10,000 members, members that swell too much, overlapping members, a damaged zip.
        StorageError: a zip that cannot be read.
    """
    try:
        _look_at_the_end(path)
        source = zipfile.ZipFile(path)
    except _DAMAGED as error:
        raise _damaged(path, f"the zip cannot be read: {_first(error)}") from error
    except OSError as error:
        raise read_error(f"cannot read `{path}`", error, path) from error
    try:
        return Archive(path, _members(source, path), source)
    except BaseException:
        source.close()
        raise


def _look_at_the_end(path: Path) -> None:
    """Refuse a directory of too many members before it is built, and an archive that hides another in front or behind."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        start = stream.read(4)
        stream.seek(max(0, size - 65_557))
        tail = stream.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) - at < 22:
            raise zipfile.BadZipFile("it has no end record, so it may be cut short")
        members, directory, comment = struct.unpack("<10xHI4xH", tail[at : at + 22])
        if len(tail) != at + 22 + comment or _another_end(tail, at):
            raise zipfile.BadZipFile("something follows its end record")
        if at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07":
            (offset,) = struct.unpack("<Q", tail[at - 12 : at - 4])
            if offset + 56 > size:
                raise zipfile.BadZipFile("its end record lies outside the file")
            stream.seek(offset)
            members, directory = struct.unpack("<32xQQ8x", stream.read(56))
    if members > MOST_FILES or directory > _MOST_DIRECTORY:
        raise refused([too_many(str(path))], str(path))
    if members and start != b"PK\x03\x04":
        raise zipfile.BadZipFile("something lies in front of its first member")


def _another_end(tail: bytes, at: int) -> bool:
    """Return whether an earlier end record claims the last one as its comment: programs differ on which one counts."""
    earlier = tail.find(_END)
    while earlier < at:
        if earlier + 22 + int.from_bytes(tail[earlier + 20 : earlier + 22], "little") == len(tail):
            return True
        earlier = tail.find(_END, earlier + 1)
    return False


def _members(source: zipfile.ZipFile, path: Path) -> dict[str, int]:
    where = str(path)
    sizes: dict[str, int] = {}
    problems: list[Diagnostic] = []
    infos = source.infolist()
    if len(infos) > MOST_FILES:
        raise refused([too_many(where)], where)
    for info in infos:
        problem = _wrong(info, where)
        if problem:
            problems.append(problem)
        elif info.filename.endswith("/"):
            continue
        elif info.filename in sizes:
            hint = "write the zip again: programs differ on which of the two they read"
            problems.append(Diagnostic("PK305", f"`{info.filename}` is in the zip twice", where, hint=hint))
        else:
            sizes[info.filename] = info.file_size
    problems += twin_problems(sizes, where)
    problems += _swollen(infos, path) or _unlisted(source, infos, where)
    if problems:
        raise refused(problems, where)
    return sizes


def _wrong(info: zipfile.ZipInfo, where: str) -> Diagnostic | None:
    raw = info.orig_filename
    folder = raw.endswith("/")
    name = raw.removesuffix("/")
    wrong = unsafe(name)
    if wrong:
        return Diagnostic(
            "PK303", f"the path `{raw}` in the zip {wrong}", where, hint="write the zip again with plain paths"
        )
    if is_repository(name):
        return repository(name, where)
    if not raw.isascii() and not info.flag_bits & 0x800:
        hint = "rename the file in plain letters, or write the zip with Python's zipfile, which marks names as UTF-8"
        return Diagnostic("PK303", f"the path `{raw}` in the zip is not marked as UTF-8", where, hint=hint)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return Diagnostic("PK302", f"`{name}` in the zip is a link", where, hint="put the file itself in its place")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or (folder and info.file_size):
        return Diagnostic("PK302", f"`{name}` in the zip is not a plain file", where, hint="take it out of the bundle")
    if info.flag_bits & 0x2041:
        return Diagnostic("PK306", f"`{name}` in the zip is encrypted", where, hint="write the zip without a password")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        hint = "write the zip with deflate, or without compression"
        return Diagnostic("PK306", f"`{name}` in the zip is compressed by an unusual method", where, hint=hint)
    return None


def _swollen(infos: list[zipfile.ZipInfo], path: Path) -> list[Diagnostic]:
    hint = "write the zip again from the bundle's folder; data that shrinks this much is better kept as Parquet"
    problems = [
        Diagnostic("PK307", f"`{info.filename}` grows {MOST_RATIO} times or more when read", str(path), hint=hint)
        for info in infos
        if info.file_size > RATIO_COUNTS_FROM and info.file_size > MOST_RATIO * max(1, info.compress_size)
    ]
    total = sum(info.file_size for info in infos)
    if total > MOST_BYTES:
        problems.append(Diagnostic("PK307", f"the zip holds more than {MOST_BYTES >> 30} GB", str(path), hint=hint))
    elif total > RATIO_COUNTS_FROM and total > MOST_RATIO * path.stat().st_size and not problems:
        problems.append(
            Diagnostic("PK307", f"the zip grows {MOST_RATIO} times or more when read", str(path), hint=hint)
        )
    return problems


def _unlisted(source: zipfile.ZipFile, infos: list[zipfile.ZipInfo], where: str) -> list[Diagnostic]:
    """Return a problem where members share bytes, or where bytes lie that belong to no member.

    A program that reads a zip from its beginning goes by what lies before each member, not by the directory at the end: it
    would find what no directory lists. So members follow each other from the first byte to the directory.
    """
    hint = "write the zip again from the bundle's folder"
    ordered = sorted(infos, key=lambda info: info.header_offset)
    expected = 0
    for info, end in zip(ordered, [*(info.header_offset for info in ordered[1:]), source.start_dir], strict=True):
        if info.header_offset > expected and info is ordered[0]:
            message = f"something lies in front of `{info.filename}`, the first member of the zip"
            return [Diagnostic("PK306", message, where, hint=hint)]
        data = _begin(source, info)
        if data is None:
            message = f"`{info.filename}` is something else where it lies in the zip than in its directory"
            return [Diagnostic("PK306", message, where, hint=hint)]
        expected = data + info.compress_size
        if expected > end:
            return [Diagnostic("PK307", f"`{info.filename}` in the zip overlaps its neighbour", where, hint=hint)]
        if end - expected not in (_DESCRIPTORS if info.flag_bits & _STREAMED else (0,)):
            message = f"something that the zip does not list lies behind `{info.filename}`"
            return [Diagnostic("PK306", message, where, hint=hint)]
    return []


def _begin(source: zipfile.ZipFile, info: zipfile.ZipInfo) -> int | None:
    """Return where the data of a member begin; None where what lies before them says otherwise than the directory does."""
    assert source.fp is not None, "an open zip"
    source.fp.seek(info.header_offset)
    fixed = source.fp.read(30)
    if len(fixed) < 30 or fixed[:4] != b"PK\x03\x04":
        return None
    flags, method, packed, size, name, extra = struct.unpack("<6xHH8xIIHH", fixed)
    same = method == info.compress_type and (flags ^ info.flag_bits) & (_STREAMED | 0x2041) == 0
    raw = info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437")
    if not same or source.fp.read(name) != raw:
        return None
    if info.flag_bits & _STREAMED:
        told = info.compress_type == zipfile.ZIP_DEFLATED or not info.file_size  # else nothing says where it ends
    else:
        told = packed in (info.compress_size, _ZIP64) and size in (info.file_size, _ZIP64)
    return info.header_offset + 30 + name + extra if told else None


def _damaged(path: Path, message: str) -> BundleError:
    hint = "the file may be cut short or changed: fetch or write it again"
    return refused([Diagnostic("PK306", message, str(path), hint=hint)], str(path))


def _first(error: Exception) -> str:
    line = (str(error).splitlines() or [""])[0][:200]
    return (line[:1].lower() + line[1:]).replace("`", "'") or "it is damaged"
