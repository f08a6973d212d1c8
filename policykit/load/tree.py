"""A bundle that is a folder: every regular file in it, and nothing that is not one."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from policykit.errors import Diagnostic
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

_KINDS = {
    stat.S_IFLNK: "link",
    stat.S_IFSOCK: "socket",
    stat.S_IFIFO: "pipe",
    stat.S_IFBLK: "device",
    stat.S_IFCHR: "device",
}


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder and the regular files found in it."""

    root: Path
    sizes: Mapping[str, int]
    archive: bool = False

    def read(self, path: str, most: int) -> bytes:
        """Return the bytes of one file, or the first `most` + 1 of them where there are more."""
        with self._open(path) as stream:
            return stream.read(most + 1)

    def hashed(self, path: str) -> tuple[str, int]:
        """Return the SHA-256 (hex) and the size of the bytes as they are now."""
        with self._open(path) as stream:
            return hashed_stream(stream)

    def close(self) -> None:
        """Nothing is held open."""

    @contextmanager
    def _open(self, path: str) -> Iterator[BinaryIO]:
        full = self.root / path
        try:
            # NONBLOCK and NOFOLLOW: a file that became a pipe or a link since it was listed is not waited for, not followed
            handle = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(handle, "rb") as stream:
                kind = stat.S_IFMT(os.fstat(stream.fileno()).st_mode)
                if kind != stat.S_IFREG:
                    raise refused([_not_a_file(path, kind, str(self.root))], str(self.root))
                yield stream
        except OSError as error:
            raise read_error(f"cannot read `{path}`", error, full) from error


def open_tree(root: Path) -> Tree:
    """Return the files of the folder `root`, without reading them.

    Raises:
        BundleError: a git repository, links, sockets, pipes, devices, names that some systems cannot tell apart, more than
            10,000 files.
        StorageError: a folder that cannot be listed.
    """
    sizes: dict[str, int] = {}
    problems: list[Diagnostic] = []
    where = str(root)
    waiting = [""]
    seen = 0
    while waiting:
        under = waiting.pop()
        for name, status in _listed(root / under):
            seen += 1
            if seen > 2 * MOST_FILES or len(sizes) > MOST_FILES:  # empty folders count too: a walk has an end
                raise refused([too_many(where)], where)
            path = f"{under}/{name}" if under else name
            wrong = unsafe(path)
            if wrong:
                shown = path.encode("utf-8", "backslashreplace").decode("utf-8")
                hint = "rename the file: letters, digits, `-`, `_`, `.` and blanks are safe everywhere"
                problems.append(Diagnostic("PK303", f"the path `{shown}` {wrong}", where, hint=hint))
                continue
            kind = stat.S_IFMT(status.st_mode)
            if is_repository(name):
                problems.append(repository(path, where))
            elif kind == stat.S_IFDIR:
                waiting.append(path)
            elif kind == stat.S_IFREG:
                sizes[path] = status.st_size
            else:
                problems.append(_not_a_file(path, kind, where))
    if len(sizes) > MOST_FILES:
        raise refused([too_many(where)], where)
    problems.sort(key=lambda problem: problem.message)
    problems += twin_problems(sizes, where)
    if problems:
        raise refused(problems, where)
    return Tree(root, sizes)


def _listed(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                yield entry.name, entry.stat(follow_symlinks=False)
    except OSError as error:
        raise read_error(f"cannot list `{folder}`", error, folder) from error


def _not_a_file(path: str, kind: int, where: str) -> Diagnostic:
    name = _KINDS.get(kind, "thing that is neither file nor folder")
    hint = "put the file itself in its place" if kind == stat.S_IFLNK else "take it out of the bundle"
    return Diagnostic("PK302", f"`{path}` is a {name}", where, hint=hint)
