"""What lies in a bundle, whether it is a folder or a zip: paths, sizes, bytes, digests."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from typing import BinaryIO, Final, Protocol

from policykit.errors import BundleError, Diagnostic

MOST_FILES: Final = 10_000
MOST_PROBLEMS: Final = 50
_CHUNK: Final = 1 << 20


class Contents(Protocol):
    """A folder or a zip, read in place. Paths are relative, with `/` between their parts."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """Return every regular file and its size in bytes."""
        ...

    @property
    def archive(self) -> bool:
        """Return whether this is a zip."""
        ...

    def read(self, path: str, most: int) -> bytes:
        """Return the bytes of one file, or the first `most` + 1 of them where there are more."""
        ...

    def hashed(self, path: str) -> tuple[str, int]:
        """Return the SHA-256 (hex) and the size of the bytes as they are now."""
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...


def hashed_stream(stream: BinaryIO) -> tuple[str, int]:
    """Return the SHA-256 (hex) and the number of bytes of what is left in `stream`."""
    state = hashlib.sha256()
    size = 0
    while chunk := stream.read(_CHUNK):
        state.update(chunk)
        size += len(chunk)
    return state.hexdigest(), size


def unsafe(path: str) -> str | None:
    """Return what is wrong with a relative path, as the end of a sentence; None where nothing is."""
    if not path:
        return "is empty"
    if path.startswith("/") or (len(path) > 1 and path[1] == ":" and path[0].isalpha()):
        return "is absolute"
    if "\\" in path:
        return "holds a backslash"
    if "\0" in path:
        return "holds a NUL"
    parts = path.split("/")
    if ".." in parts:
        return "climbs out of the bundle"
    if "." in parts or "" in parts:
        return "is not written in its plain form"
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return "is not UTF-8"
    return None


def twins(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Return pairs of paths that are one file where upper and lower case, or ways to write an accent, do not differ."""
    first: dict[str, str] = {}
    found = []
    for path in sorted(paths):
        other = first.setdefault(unicodedata.normalize("NFC", path).casefold(), path)
        if other != path:
            found.append((other, path))
    return found


def refused(problems: list[Diagnostic], where: str) -> BundleError:
    """Return the error that carries every problem of a bundle (the first fifty, where there are more)."""
    return BundleError(f"`{where}` is not a bundle policykit can read", problems=problems[:MOST_PROBLEMS], where=where)


def too_many(path: str) -> Diagnostic:
    """Return the problem of a bundle with more files than may be."""
    hint = "a bundle is one model with its data and documents: leave out caches, virtual environments and raw dumps"
    return Diagnostic("PK304", f"more than {MOST_FILES:,} files in the bundle", path, hint=hint)


def is_repository(path: str) -> bool:
    """Return whether a path is git's own place: a folder in a clone, a file in a work tree or a submodule."""
    return any(part.casefold() == ".git" for part in path.split("/"))


def repository(path: str, where: str) -> Diagnostic:
    """Return the problem of a bundle that is a git repository, or holds one."""
    hint = (
        "put what is judged into a folder of its own; of a clone, `git archive --format=zip --output=bundle.zip HEAD` "
        "makes a bundle as it is"
    )
    return Diagnostic("PK325", f"`{path}` is there: a bundle is not a git repository", where, hint=hint)


def twin_problems(paths: Iterable[str], where: str) -> list[Diagnostic]:
    """Return one problem for each pair of paths that some systems cannot tell apart."""
    hint = "rename one of them: on some systems the second overwrites the first"
    return [
        Diagnostic("PK305", f"`{first}` and `{second}` differ only in case or accents", where, hint=hint)
        for first, second in twins(paths)
    ]
