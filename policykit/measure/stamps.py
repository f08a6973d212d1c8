"""Stamps: whether the files that are scanned are still those that were hashed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from policykit.errors import VerificationError
from policykit.terms.bundle import Bundle

Stamps: TypeAlias = Mapping[str, tuple[int, int, int] | None]
"""Inode, size and time (ns) of each file, by its path in the bundle; None where it is not there."""


def stamps(bundle: Bundle, paths: Iterable[str]) -> Stamps:
    """Return the stamps of files of a bundle; raise VerificationError where one is not as it was when it was hashed."""
    if bundle.root is None:
        return {}
    if bundle.archive:
        return {bundle.root.name: _stamp(bundle.root)}
    found = {path: _stamp(bundle.root / path) for path in paths}
    hashed = {file.path: file for file in bundle.files}
    for path, stamp in found.items():
        file = hashed.get(path)
        if file is None or stamp is None:
            continue
        inode, size, time = stamp
        if size != file.size or file.stamp not in {None, (inode, time)}:
            raise changed(path)
    return found


def compare(bundle: Bundle, before: Stamps) -> None:
    """Raise VerificationError where a file is not as it was `before`."""
    for path, stamp in stamps(bundle, () if bundle.archive else before).items():
        if stamp != before[path]:
            raise changed(path)


def changed(path: str) -> VerificationError:
    """Return the error that says that a file changed between being hashed and having been scanned."""
    message = f"`{path}` changed while it was read"
    return VerificationError(
        "changed_while_reading", message, hint="run again when nothing writes to the bundle", where=path
    )


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        held = path.stat()
    except FileNotFoundError:
        return None
    return held.st_ino, held.st_size, held.st_mtime_ns
