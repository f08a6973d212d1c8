"""A lock on a folder: one process at a time writes into it. It goes with the process that holds it, however that ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock inside the `with`; waits for whoever holds it.

    The folder itself is locked, so that nothing is left behind; where folders cannot be (Windows), a file `.lock` in it.

    Raises:
        OSError: the folder is not there, or cannot be opened.
    """
    if sys.platform == "win32":
        import msvcrt

        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
            yield
        finally:
            os.close(descriptor)
    else:
        import fcntl

        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
