"""From what a manifest names to the files that are there: patterns expanded, roles given, what is missing named."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath

from policykit.load.bundle_words import MANIFEST
from policykit.load.contents import Contents, unsafe
from policykit.load.manifest_document import Declared, Manifest, Named
from policykit.load.scalars import Problems, shown
from policykit.terms.bundle import Dataset, Predictions
from policykit.terms.nearest import nearest

LARGEST_IN_ZIP = 2**30
FORMATS = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv"}


@dataclass(slots=True)
class Resolved:
    """The data sets with their files, and the role of every file that the manifest names."""

    datasets: dict[str, Dataset] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=lambda: {MANIFEST: "manifest"})


def resolve(manifest: Manifest, contents: Contents, problems: Problems) -> Resolved:
    """Return the files that the manifest names, adding what is wrong with them to `problems`.

    A file named twice keeps its first role, in this order: model, data sets as written, documents, champion.
    """
    sizes = contents.sizes
    resolved = Resolved()
    if manifest.model is not None:
        _claim(resolved, _model_files(manifest.model, sizes, problems), "model")
    for declared in manifest.datasets:
        dataset = _dataset(declared, contents, problems)
        resolved.datasets[declared.role] = dataset
        joined = (dataset.predictions.path,) if dataset.predictions else ()
        _claim(resolved, (*dataset.files, *joined), f"dataset:{declared.role}")
    for name, named in manifest.documents.items():
        _claim(resolved, _one(named, sizes, problems), f"document:{name}")
    if manifest.champion is not None:
        _claim(resolved, _one(manifest.champion, sizes, problems), "champion")
    return resolved


def _claim(resolved: Resolved, files: Iterable[str], role: str) -> None:
    for path in files:
        resolved.roles.setdefault(path, role)


def _dataset(declared: Declared, contents: Contents, problems: Problems) -> Dataset:
    source = declared.source
    files = _files(source, contents.sizes, problems)
    if source.sha256 is not None and len(files) > 1:
        hint = "leave it out: every file is hashed, and the digest of the bundle covers them all"
        problems.append(source.node.problem("PK316", f"one SHA-256 cannot be that of {len(files)} files", hint=hint))
    joined = None
    if declared.predictions is not None:
        table = _one(declared.predictions, contents.sizes, problems)
        _format(table, declared.predictions, problems)
        _readable(table, declared.predictions, contents, problems)
        joined = Predictions(declared.predictions.path, declared.predictions_key, declared.predictions.sha256)
    _readable(files, source, contents, problems)
    return Dataset(
        role=declared.role,
        files=files,
        format=_format(files, source, problems),
        sha256=source.sha256,
        collected=declared.collected,
        key=declared.key,
        columns=declared.columns,
        missing_values=declared.missing_values,
        predictions=joined,
    )


def _format(files: tuple[str, ...], named: Named, problems: Problems) -> str:
    found = {FORMATS.get(PurePosixPath(path).suffix.lower(), "") for path in files}
    if "" in found:
        odd = next(path for path in files if PurePosixPath(path).suffix.lower() not in FORMATS)
        hint = "save it as Parquet or CSV, and name it `.parquet` or `.csv`"
        problems.append(named.node.problem("PK315", f"`{shown(odd)}` is neither Parquet nor CSV", hint=hint))
    elif len(found) > 1:
        hint = "give each format a role of its own, or save them alike"
        problems.append(named.node.problem("PK315", "these files are part Parquet, part CSV", hint=hint))
    return min(found, default="parquet") or "parquet"


def _readable(files: tuple[str, ...], named: Named, contents: Contents, problems: Problems) -> None:
    large = [path for path in files if contents.archive and contents.sizes[path] > LARGEST_IN_ZIP]
    if large:
        hint = "data in a zip is read from memory, 1 GiB a file at most: judge the folder instead"
        problems.append(named.node.problem("PK320", f"`{shown(large[0])}` is too large to be read in a zip", hint=hint))


def _files(named: Named, sizes: Mapping[str, int], problems: Problems) -> tuple[str, ...]:
    if named.path in sizes:  # brackets in the name of a file that is there mean themselves
        return _one(named, sizes, problems)
    if not any(mark in named.path for mark in "*?["):
        return _one(named, sizes, problems)
    if not _sound(named, problems):
        return ()
    files = tuple(sorted(path for path in sizes if path != MANIFEST and _matches(named.path, path)))
    if not files:
        hint = "`*` matches within one folder, `**` across folders"
        problems.append(named.node.problem("PK314", f"no file matches `{shown(named.path)}`", hint=hint))
    return files


def _one(named: Named, sizes: Mapping[str, int], problems: Problems) -> tuple[str, ...]:
    if not _sound(named, problems):
        return ()
    if named.path == MANIFEST:
        problems.append(named.node.problem("PK319", "the manifest cannot be one of the files it describes"))
        return ()
    if named.path in sizes:
        return (named.path,)
    if any(path.startswith(named.path.rstrip("/") + "/") for path in sizes):
        pattern = f"{named.path.rstrip('/')}/*.parquet"
        hint = f"name one file in it; for data in parts, write `{pattern}`"
        problems.append(named.node.problem("PK313", f"`{shown(named.path)}` is a folder", hint=hint))
        return ()
    near = nearest(named.path, sizes)
    hint = "" if near else "paths are counted from the folder of the manifest"
    problems.append(named.node.problem("PK313", f"there is no file `{shown(named.path)}`", suggestion=near, hint=hint))
    return ()


def _model_files(named: Named, sizes: Mapping[str, int], problems: Problems) -> tuple[str, ...]:
    folder = named.path.rstrip("/")
    under = tuple(sorted(path for path in sizes if path.startswith(f"{folder}/")))
    if named.path in sizes or not under:
        return _one(named, sizes, problems)
    if not _sound(Named(folder, named.node), problems):
        return ()
    if named.sha256 is not None:
        problems.append(named.node.problem("PK316", f"one SHA-256 cannot be that of {len(under)} files"))
    return under


def _sound(named: Named, problems: Problems) -> bool:
    wrong = unsafe(named.path)
    if wrong:
        hint = "write the path from the folder of the manifest, with `/` between folders"
        problems.append(named.node.problem("PK303", f"the path `{shown(named.path)}` {wrong}", hint=hint))
    return not wrong


def _matches(pattern: str, path: str) -> bool:
    return _parts_match(tuple(pattern.split("/")), tuple(path.split("/")))


@lru_cache(maxsize=100_000)
def _parts_match(pattern: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """Match folder by folder: `**` is any number of folders; a name that begins with a dot is matched by one only."""
    if not pattern:
        return not parts
    first, rest = pattern[0], pattern[1:]
    if first == "**":
        return _parts_match(rest, parts) or (bool(parts) and _parts_match(pattern, parts[1:]))
    if not parts or (parts[0].startswith(".") and not first.startswith(".")):
        return False
    return _expression(first).fullmatch(parts[0]) is not None and _parts_match(rest, parts[1:])


@lru_cache(maxsize=1000)
def _expression(segment: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(segment))
