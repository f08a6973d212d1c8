"""Bytes from a bundle to where they shall lie: written whole, flushed, and only inside."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from pathlib import Path
from typing import Final

from policykit.errors import StorageError
from policykit.terms.bundle import Bundle

_CHUNK: Final = 1 << 20
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


def copy_bundle(bundle: Bundle, goal: Path) -> None:
    """Copy every file of the bundle to `goal`, a folder or, for a zip, one file. Links are not followed.

    What was copied is not trusted: whoever calls this hashes what lies there afterwards.

    Raises:
        StorageError: a file that cannot be read or written, or that grew since it was hashed.
    """
    if bundle.root is None:
        raise StorageError("a bundle of tables in memory cannot be promoted", hint="write it to a folder first")
    try:
        if bundle.archive:
            goal.parent.mkdir(parents=True)
            _copy(bundle.root, goal, bundle.root.stat().st_size)
            sync_folder(goal.parent)
            return
        goal.mkdir(parents=True)
        for file in bundle.files:
            path = goal / _inside(file.path)
            path.parent.mkdir(parents=True, exist_ok=True)
            _copy(bundle.root / file.path, path, file.size)
        for folder in {(goal / file.path).parent for file in bundle.files} | {goal}:
            sync_folder(folder)
    except OSError as error:
        raise storage_error(f"cannot copy the bundle to `{goal}`", error, goal) from error


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that nobody ever sees half of it; raise OSError, leaving nothing behind."""
    fresh = path.parent / f".{secrets.token_hex(8)}.tmp"
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def read_whole(path: Path, *, most: int) -> bytes | None:
    """Return the bytes of a small file, None where there is none."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as stream:
            data = stream.read(most + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise storage_error(f"cannot read `{path}`", error, path) from error
    if len(data) > most:
        raise StorageError(f"`{path}` is larger than {most >> 20} MB", hint="it is not what policykit wrote there")
    return data


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def storage_error(message: str, error: OSError, path: Path) -> StorageError:
    """Return the error of a registry that cannot be read or written, with what can be done about it."""
    hint = "free some space there" if error.errno in _FULL else "check the path and its permissions"
    return StorageError(f"{message}: {(error.strerror or type(error).__name__).lower()}", hint=hint, where=str(path))


def _inside(path: str) -> str:
    if path.startswith("/") or ".." in path.split("/"):
        raise StorageError(f"`{path}` climbs out of the bundle", hint="do not promote this bundle")
    return path


def _copy(source: Path, goal: Path, size: int) -> None:
    reading = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(reading, "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise StorageError(f"`{source}` is not a file any more", hint="promote a folder that nobody writes to")
        writing = os.open(goal, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        with os.fdopen(writing, "wb") as copy:
            left = size
            while chunk := stream.read(min(_CHUNK, left + 1)):
                left -= len(chunk)
                if left < 0:
                    raise StorageError(f"`{source}` grew while it was read", hint="promote what nobody writes to")
                copy.write(chunk)
            copy.flush()
            os.fsync(copy.fileno())
        goal.chmod(0o444)  # bytes under their digest are never changed
