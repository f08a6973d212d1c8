"""The folder a site is written to: empty or its own; each file written in one step, and nothing deleted that is not its own."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Collection, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from policykit.errors import StorageError, UsageError
from policykit.load.write import storage_error
from policykit.stories.site_state import FILE, is_ours

GENERATOR: Final = b'<meta name="generator" content="policykit site">'
_LOOKED_AT: Final = 600  # bytes: the mark stands at the top of every page
_DIRECTORY: Final = re.compile(r"models|stages|reports|reports/(?:\d{4}-\d{2}|undated)")
_PAGE: Final = re.compile(r"(?:(?:models|stages|reports)/(?:(?:\d{4}-\d{2}|undated)/)?)?[a-z0-9-]+\.html")
_COPY: Final = re.compile(r"reports/(?:\d{4}-\d{2}|undated)/[a-z0-9-]+-(?P<sha>[0-9a-f]{24})\.report\.json")
_LEFT: Final = re.compile(r"(?:.*/)?\.policykit-[0-9a-f]{16}\.tmp")


def own_folder(folder: Path) -> None:
    """Make the folder of the site, or go on with the one there.

    Raises:
        UsageError: it holds something, and is no site of ours.
        StorageError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = next(os.scandir(folder), None)
    except OSError as error:
        raise storage_error(f"cannot make the folder `{folder}`", error, folder) from error
    if there is not None and not is_ours(folder):
        raise UsageError(
            f"`{folder}` is not empty, and is no site that policykit wrote",
            hint="name an empty folder, or one that `policykit site` wrote before",
        )


def put(folder: Path, path: str, data: bytes) -> None:
    """Write one file of the site in one step: either all of it is there, or what was there before still is.

    It is not flushed to the disk: what a power cut takes is seen by its digest and written again.
    """
    goal = folder / path
    fresh = goal.parent / f".policykit-{secrets.token_hex(8)}.tmp"
    try:
        _plain_parents(folder, path)
        with fresh.open("xb") as file:
            file.write(data)
        fresh.replace(goal)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise storage_error(f"cannot write `{goal}`", error, goal) from error


def digest_at(folder: Path, path: str) -> str:
    """Return the SHA-256 of a file of the site; empty where there is none that could be read."""
    try:
        with (folder / path).open("rb") as file:
            return sha256(file.read()).hexdigest() if not (folder / path).is_symlink() else ""
    except OSError:
        return ""


def tidy(folder: Path, *, keep: Collection[str], known: Collection[str]) -> tuple[int, int]:
    """Delete what earlier runs wrote and this one did not; return how many files went, and how many of others were left alone.

    `known` are the paths that a sealed state names; any other file goes only where it carries our own mark.
    """
    gone = left = 0
    for path in sorted(_files(folder)):
        if path in keep or path == FILE:
            continue
        if _LEFT.fullmatch(path) or (path in known and _of_ours(path)) or _marked(folder, path):
            (folder / path).unlink(missing_ok=True)
            gone += 1
        else:
            left += 1
    for path in sorted(_folders(folder), reverse=True):
        if not any((folder / path).iterdir()):
            (folder / path).rmdir()
    return gone, left


def _of_ours(path: str) -> bool:
    return _PAGE.fullmatch(path) is not None or _COPY.fullmatch(path) is not None


def _marked(folder: Path, path: str) -> bool:
    """Say whether a file that no state names was written by us: by its name, and by a mark in it."""
    copy = _COPY.fullmatch(path)
    if copy is not None:
        return digest_at(folder, path).startswith(copy["sha"])
    if not _PAGE.fullmatch(path) or (folder / path).is_symlink():
        return False
    try:
        with (folder / path).open("rb") as file:
            return GENERATOR in file.read(_LOOKED_AT)
    except OSError:
        return False


def _files(folder: Path, within: str = "") -> Iterator[str]:
    """Yield every file of the folder; of folders, only those that a site has are looked into."""
    with os.scandir(folder / within) as found:
        for each in found:
            path = f"{within}/{each.name}" if within else each.name
            if each.is_dir(follow_symlinks=False):
                if _DIRECTORY.fullmatch(path):
                    yield from _files(folder, path)
            else:
                yield path


def _folders(folder: Path, within: str = "") -> Iterator[str]:
    with os.scandir(folder / within) as found:
        for each in found:
            path = f"{within}/{each.name}" if within else each.name
            if each.is_dir(follow_symlinks=False) and _DIRECTORY.fullmatch(path):
                yield path
                yield from _folders(folder, path)


def _plain_parents(folder: Path, path: str) -> None:
    """Make the folders of a path; refuse one that is a link to somewhere else."""
    at = folder
    for name in path.split("/")[:-1]:
        at = at / name
        if at.is_symlink():
            raise StorageError(
                f"`{at}` is a link, and a site is written to folders of its own", hint="delete the link", where=str(at)
            )
        at.mkdir(exist_ok=True)
