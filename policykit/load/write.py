"""Write a file all at once: either the whole new file is there, or what was there before still is."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from pathlib import Path

from policykit.errors import StorageError

_HINTS = {
    errno.ENOSPC: "free some space there, or write to another disk",
    errno.EDQUOT: "free some space there, or write to another disk",
    errno.EFBIG: "this process may not write files that large: raise the limit, or write to another disk",
    errno.EROFS: "choose a folder that can be written to",
    errno.EACCES: "choose a folder that you may write to",
    errno.EPERM: "choose a folder that you may write to",
    errno.ENOENT: "make the folder first",
    errno.ENOTDIR: "one of the folders in this path is a file",
    errno.EISDIR: "this is a folder: name a file in it",
    errno.ENAMETOOLONG: "choose a shorter name",
}

_READ_HINTS = {
    errno.ENOENT: "check the path: it may have been moved or deleted",
    errno.ENOTDIR: "one of the folders in this path is a file",
    errno.EISDIR: "this is a folder: name a file in it",
    errno.EACCES: "ask for the right to read it",
    errno.EPERM: "ask for the right to read it",
    errno.EIO: "the disk could not give it back: copy it there again",
    errno.EMFILE: "too many files are open at once: raise the limit",
    errno.ENAMETOOLONG: "choose a shorter name",
}


def replace_file(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that nobody ever sees half of it.

    The bytes go to a temporary file in the same folder, are flushed to the disk, and take the name in one step. A link is
    followed to what it names; a pipe or a terminal is written to directly.

    Raises:
        StorageError: where the file cannot be written; nothing is left behind.
    """
    try:
        goal = path.resolve()
        mode = _mode(goal)
        if mode is None or stat.S_ISREG(mode):
            _replace(goal, data, mode)
        elif stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        else:
            with goal.open("wb") as stream:
                stream.write(data)
    except OSError as error:
        raise storage_error(f"cannot write `{path}`", error, path) from error


def storage_error(message: str, error: OSError, path: Path) -> StorageError:
    """Return the error of what cannot be written, with what can be done about it."""
    said = (error.strerror or type(error).__name__).lower()
    return StorageError(f"{message}: {said}", hint=_HINTS.get(error.errno or 0, ""), where=str(path))


def read_error(message: str, error: OSError, path: Path) -> StorageError:
    """Return the error of what cannot be read, with what can be done about it."""
    said = (error.strerror or type(error).__name__).lower()
    return StorageError(f"{message}: {said}", hint=_READ_HINTS.get(error.errno or 0, ""), where=str(path))


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _replace(goal: Path, data: bytes, mode: int | None) -> None:
    fresh = goal.parent / f".policykit-{secrets.token_hex(8)}.tmp"
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with os.fdopen(handle, "wb") as stream:
            if mode is not None:
                os.fchmod(stream.fileno(), stat.S_IMODE(mode))
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(goal)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    sync_folder(goal.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
