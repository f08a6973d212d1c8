"""Key files on disk: written whole or not at all, never over another file, never readable by others."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import Final

from policykit.attest.whole import settle
from policykit.errors import SigningError, StorageError, UsageError

_LARGEST: Final = 64 * 1024
_PUBLIC: Final = b"-----BEGIN PUBLIC KEY-----"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def write_pair(private: tuple[Path, bytes], public: tuple[Path, bytes]) -> tuple[Path, Path]:
    """Write both halves of a key, or neither, and never over a file that is there.

    Raises:
        UsageError: one of the files exists already.
        StorageError: the folder cannot be written.
    """
    for path, _ in (private, public):
        if path.exists() or path.is_symlink():
            raise _taken(path)
    _write_new(*private, mode=0o600)
    try:
        _write_new(*public, mode=0o644)
    except BaseException:
        private[0].unlink()
        raise
    return private[0], public[0]


def read_private(path: Path) -> bytes:
    """Return the text of a key file that only its owner can read.

    Raises:
        SigningError: it is not there, not a plain file, too large, or open to the group or to everybody.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # a pipe must not hang us
    except OSError as error:
        raise SigningError(
            f"cannot read the signing key: {(error.strerror or str(error)).lower()}",
            hint="make one with `policykit keys new NAME`, or hand it over as `env:VARIABLE`",
            where=str(path),
        ) from error
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode) or state.st_size > _LARGEST:
            raise SigningError(
                "the signing key is not a file of the size of a key", hint="give a `NAME.key.pem`", where=str(path)
            )
        text = os.read(descriptor, _LARGEST)
        if text.lstrip().startswith(_PUBLIC):
            raise SigningError(
                "this is the public half of a key, which signs nothing",
                hint="give the `NAME.key.pem` that was made with it; this file is for whoever verifies",
                where=str(path),
            )
        if os.name == "posix" and state.st_mode & _OTHERS:
            raise SigningError(
                "the signing key is open to others than its owner, so anybody may have signed with it",
                hint="make a new key, or if nobody can have read this one: `chmod 600`",
                where=str(path),
            )
        return text
    finally:
        os.close(descriptor)


def _write_new(path: Path, data: bytes, *, mode: int) -> None:
    """Write a file that was not there: beside its place first, then linked into it, which never replaces anything."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            os.link(draft, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                draft.unlink()
        settle(path.parent)
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError as error:
        raise StorageError(
            f"cannot write the key: {(error.strerror or str(error)).lower()}",
            hint="choose a folder you may write to",
            where=str(path),
        ) from error


def _taken(path: Path) -> UsageError:
    return UsageError(
        "there is a file of that name already, and a key is never overwritten",
        hint="choose another name, or move the old key away yourself",
        where=str(path),
    )
