"""The one door through which a ledger is written: each step can fail, and after each the ledger is whole.

A file is written beside, flushed, and takes its name in one step; names are flushed with their folder. Whoever holds the
lock is the only one who writes; the lock goes with the process that held it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from policykit.errors import StorageError

DRAFTS: Final = "drafts"
LOCK: Final = "lock"
_PAUSE: Final = 0.005


class Disk:
    """What a ledger does to a disk, step by step; a test can take the place of any step."""

    def make_folder(self, path: Path) -> None:
        """Make one folder whose parent is there."""
        path.mkdir(exist_ok=True)

    def write(self, path: Path, data: bytes) -> None:
        """Write a file that was not there."""
        with path.open("xb") as file:
            file.write(data)

    def sync(self, path: Path) -> None:
        """Make a file, or the names in a folder, survive a power cut."""
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def rename(self, draft: Path, path: Path) -> None:
        """Give a file its name in one step, in place of what was there."""
        draft.replace(path)

    def remove(self, path: Path) -> None:
        """Remove a folder of files that nothing needs any more."""
        shutil.rmtree(path, ignore_errors=True)


def put(disk: Disk, root: Path, files: Mapping[str, bytes]) -> None:
    """Write files by their paths under `root`, each whole or not at all, and make their names survive.

    Raises:
        OSError: a step failed; of the files, some may be there whole.
    """
    folders = set[Path]()
    for path, data in files.items():
        goal = root / path
        _make(disk, goal.parent)
        draft = root / DRAFTS / secrets.token_hex(8)
        disk.write(draft, data)
        disk.sync(draft)
        disk.rename(draft, goal)
        folders.add(goal.parent)
    for folder in sorted(folders):
        disk.sync(folder)


@contextlib.contextmanager
def locked(root: Path, disk: Disk, *, wait: float = 60.0) -> Iterator[None]:
    """Hold the ledger's lock: nobody else appends meanwhile. What a killed appender left half-written is cleared away.

    Raises:
        StorageError: somebody else holds it for longer than `wait` seconds.
    """
    import fcntl

    descriptor = os.open(root / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        until = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    hint = "wait until the other append is done, or end it"
                    raise StorageError("somebody else is writing to the ledger", hint=hint, where=str(root)) from None
                time.sleep(_PAUSE)
        drafts = root / DRAFTS
        if any(drafts.iterdir()) if drafts.is_dir() else False:
            disk.remove(drafts)
        disk.make_folder(drafts)
        yield
    finally:
        os.close(descriptor)


def _make(disk: Disk, folder: Path) -> None:
    if folder.is_dir():
        return
    _make(disk, folder.parent)
    disk.make_folder(folder)
    disk.sync(folder.parent)
