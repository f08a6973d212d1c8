"""One promotion at a time: a lock that goes with the process that holds it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from policykit.decide.promote.copying import storage_error
from policykit.errors import StorageError

LONGEST = 60.0  # seconds


@contextmanager
def locked(path: Path, *, longest: float = LONGEST) -> Iterator[None]:
    """Hold the lock at `path`; wait for whoever holds it, at most `longest` seconds. A process that dies lets go of it."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
    except OSError as error:
        raise storage_error(f"cannot lock `{path.parent}`", error, path) from error
    try:
        _wait(handle, path, time.monotonic() + longest)
        yield
    finally:
        os.close(handle)


def _wait(handle: int, path: Path, end: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() >= end:
                hint = "wait until it is done, and try again"
                raise StorageError(f"another promotion holds `{path.parent}`", hint=hint, where=str(path)) from error
            time.sleep(0.05)
