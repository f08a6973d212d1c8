"""Which files an argument names: a file, every `*.yaml` and `*.yml` under a folder, or a pack."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from policykit.errors import Diagnostic
from policykit.load import packs
from policykit.load.scalars import Problems, shown
from policykit.terms.nearest import nearest

MOST_FILES = 10_000
_ENDINGS = (".yaml", ".yml")
_GIT = ".git"  # git's own, in every repository and submodule


@dataclass(frozen=True, slots=True)
class Found:
    """One file. `shown` is what people know it by, `inside` its path relative to the argument, `named` whether it was the argument.

    `data` are its bytes where they are known already: then nothing is read at `path`.
    """

    path: Path
    shown: str
    inside: str
    named: bool
    data: bytes | None = None


def find(
    argument: str, problems: Problems, *, hint: str = "give a file, a folder, or `pack:NAME`", whole: bool = True
) -> tuple[Found, ...]:
    """Return the files that `argument` names, sorted by path; what cannot be reached is a problem, with `hint`.

    So is an empty folder below, where what is there must be `whole`: most likely something was not checked out.
    """
    if argument.startswith(packs.PREFIX):
        return _pack(argument, problems)
    try:
        mode = Path(argument).stat().st_mode
    except (OSError, ValueError):
        name = printable(argument)
        problems.append(Diagnostic("PK016", f"`{shown(name)}` is not there", name, hint=hint))
        return ()
    if not stat.S_ISDIR(mode):
        path = Path(argument)
        return (Found(path, printable(argument), printable(path.name), True),)
    return _folder(Path(argument), printable(argument).rstrip("/") or "/", "", problems, whole=whole)


def printable(name: str) -> str:
    """Return a file name as text that can be printed, whatever bytes it is made of."""
    return os.fsencode(name).decode("utf-8", "replace") if any("\udc80" <= each <= "\udcff" for each in name) else name


def _aside(place: Path, folder: Path) -> bool:
    """Return whether a folder below `folder` is no place of policies: a hidden one, or part of an environment of Python."""
    inside = place.relative_to(folder)
    above = [folder, *(folder.joinpath(*inside.parts[:depth]) for depth in range(1, len(inside.parts)))]
    return (
        place == folder
        or any(part.startswith(".") for part in inside.parts)
        or any((each / "pyvenv.cfg").is_file() for each in above)
    )


def _pack(argument: str, problems: Problems) -> tuple[Found, ...]:
    name = argument.removeprefix(packs.PREFIX)
    folder = packs.folder(name)
    if folder is None:
        near = nearest(name, packs.names())
        hint = "" if near else f"there are: {', '.join(packs.names())}"
        suggestion = f"{packs.PREFIX}{near}" if near else ""
        problems.append(
            Diagnostic("PK028", f"no pack is called `{shown(name)}`", argument, hint=hint, suggestion=suggestion)
        )
        return ()
    return _folder(folder, argument, argument, problems, whole=True)


def _folder(
    folder: Path, shown_folder: str, inside_folder: str, problems: Problems, *, whole: bool
) -> tuple[Found, ...]:
    found: list[Found] = []

    def unreadable(error: OSError) -> None:
        name = printable(str(error.filename or folder))
        problems.append(Diagnostic("PK016", f"`{shown(name)}` cannot be read: {(error.strerror or '').lower()}", name))

    def known_by(path: Path) -> str:
        return printable(f"{shown_folder}/{path.relative_to(folder).as_posix()}")

    for place, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if name != _GIT)
        if whole and not folders and set(files) <= {_GIT} and not _aside(Path(place), folder):
            where = known_by(Path(place))
            hint = "where it is a submodule, `git submodule update --init` fills it; else delete it"
            problems.append(Diagnostic("PK030", f"`{shown(where)}` is an empty folder", where, hint=hint))
        for name in folders:
            if (Path(place) / name).is_symlink():
                where = known_by(Path(place) / name)
                hint = "name the folder it leads to as an argument of its own"
                problems.append(Diagnostic("PK029", f"`{shown(where)}` is a link to a folder", where, hint=hint))
        for name in sorted(files):
            if not name.lower().endswith(_ENDINGS):
                continue
            path = Path(place) / name
            inside = printable(path.relative_to(folder).as_posix())
            kept = f"{inside_folder}/{inside}" if inside_folder else inside
            found.append(Found(path, f"{shown_folder}/{inside}", kept, False))
            if len(found) > MOST_FILES:
                message = f"there are more than {MOST_FILES:,} documents in `{shown(shown_folder)}`"
                problems.append(Diagnostic("PK016", message, shown_folder, hint="name a folder of policies"))
                return ()
    return tuple(found)
