"""Opening data: a dataset of the bundle as one table, from Parquet, CSV, a zip or memory."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from policykit.errors import VerificationError
from policykit.measure.csv_files import MISSING, read_csv
from policykit.measure.memory import in_memory
from policykit.measure.scanned import Scanned, scanned
from policykit.terms.bundle import Bundle, Dataset, File
from policykit.terms.verdict import Cause, Unmeasured

if TYPE_CHECKING:
    import polars as pl

T = TypeVar("T")
LARGEST_MEMBER = 2**30
_PARQUET = (b"PAR1", b"PARE")  # the marks at both ends of the file
_SMALLEST = 12  # bytes: two marks, and the length of what lies before the second


def opened(bundle: Bundle, dataset: Dataset) -> Scanned | Unmeasured:
    """Return the table of `dataset` (without its predictions), or why it cannot be read.

    Raises:
        BundleError: a CSV file that is no table, naming the line.
        VerificationError: bytes that are not those that were hashed.
    """
    missing = dataset.missing_values
    if dataset.table is not None:
        return attempt(lambda: in_memory(dataset.table, missing), "the table in memory")
    if not dataset.files:
        return Unmeasured(Cause.MISSING, f"the data set `{dataset.role}` has no file")
    parts: list[tuple[str, Scanned]] = []
    for path in dataset.files:
        part = opened_file(bundle, path, dataset)
        if isinstance(part, Unmeasured):
            return part
        parts.append((path, part))
    return _together(parts)


def opened_file(bundle: Bundle, path: str, dataset: Dataset) -> Scanned | Unmeasured:
    """Return the table in one file of the bundle, or why it cannot be read."""
    if bundle.root is None:
        return Unmeasured(Cause.MISSING, f"`{path}` is not at hand: this bundle has no folder")
    found = next((file for file in bundle.files if file.path == path), None)
    shown = f"`{path}`"
    if path.casefold().endswith((".csv", ".csv.txt")) or (dataset.format == "csv" and not path.endswith(".parquet")):
        outer = bundle.root if bundle.archive else bundle.root / path
        missing = MISSING if dataset.missing_values is None else dataset.missing_values
        stated = tuple(sorted(dataset.columns.items()))
        try:
            held = outer.stat()
        except FileNotFoundError:
            return Unmeasured(Cause.MISSING, f"{shown} is not there")
        mark = (held.st_ino, held.st_size, held.st_mtime_ns)
        return attempt(
            lambda: scanned(_csv(bundle.root, path, bundle.archive, found, stated, missing, mark).lazy()), shown
        )
    if bundle.archive:
        return attempt(lambda: _parquet(_bytes(bundle, path, found), shown, dataset), shown)
    where = bundle.root / path
    return attempt(lambda: _parquet(where, shown, dataset), shown)


def attempt(read: Callable[[], T | Unmeasured], shown: str) -> T | Unmeasured:
    """Return what `read` returns; where the data cannot be read, say what was the matter with `shown`."""
    import polars as pl

    try:
        return read()
    except pl.exceptions.DuplicateError as error:
        return Unmeasured(Cause.CRASHED, f"{shown} has a column twice: {first_line(error)}")
    except FileNotFoundError:
        return Unmeasured(Cause.MISSING, f"{shown} is not there")
    except unreadable() as error:
        return Unmeasured(Cause.CRASHED, f"{shown} cannot be read: {first_line(error)}")


def first_line(error: BaseException) -> str:
    """Return the first line of an engine's own words."""
    lines = str(error).strip().splitlines()
    return lines[0].strip().removesuffix(".") if lines else type(error).__name__


def unreadable() -> tuple[type[BaseException], ...]:
    """Return the errors by which engines and files say that data cannot be read or computed."""
    import narwhals as nw
    import polars as pl
    from pyarrow import ArrowException

    engines = (pl.exceptions.PolarsError, pl.exceptions.PanicException, nw.exceptions.NarwhalsError, ArrowException)
    return (*engines, OSError, OverflowError, EOFError, zipfile.BadZipFile, zlib.error)


def _parquet(source: Path | io.BytesIO, shown: str, dataset: Dataset) -> Scanned | Unmeasured:
    import polars as pl

    if isinstance(source, Path):
        with source.open("rb") as stream:
            broken = _cut_short(stream, shown)
    else:
        broken = _cut_short(source, shown)
    if broken is not None:
        return broken
    return scanned(pl.scan_parquet(source, glob=False, hive_partitioning=False), missing=dataset.missing_values)


def _cut_short(stream: BinaryIO, shown: str) -> Unmeasured | None:
    """Return why the bytes are no whole Parquet file, by the marks at its two ends, and the way out."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    head = stream.read(4)
    stream.seek(max(0, size - 4))
    tail = stream.read(4)
    stream.seek(0)
    if size == 0:
        return Unmeasured(Cause.CRASHED, f"{shown} is empty: it has not one byte; write the file again")
    if head not in _PARQUET:
        told = f"{shown} cannot be read: it is not Parquet, which begins with `PAR1`; write the file again as Parquet"
        return Unmeasured(Cause.CRASHED, told)
    if size < _SMALLEST or tail not in _PARQUET:
        return Unmeasured(Cause.CRASHED, f"{shown} cannot be read; write the file again: it is cut short")
    return None


@lru_cache(maxsize=4)
def _csv(
    root: Path,
    path: str,
    archive: bool,  # noqa: FBT001
    file: File | None,
    stated: tuple[tuple[str, str], ...],
    missing: tuple[str, ...],
    mark: tuple[int, int, int],  # noqa: ARG001
) -> pl.DataFrame:
    """Return a parsed CSV file; `mark` (inode, size, time) makes a changed file another question."""
    if archive:
        with zipfile.ZipFile(root) as source:
            data = _member(source, path)
    else:
        data = (root / path).read_bytes()
    _same_bytes(data, path, file)
    return read_csv(data, path, dict(stated), missing)


def _bytes(bundle: Bundle, path: str, file: File | None) -> io.BytesIO:
    assert bundle.root is not None, "a zip lies somewhere"
    with zipfile.ZipFile(bundle.root) as source:
        data = _member(source, path)
    _same_bytes(data, path, file)
    return io.BytesIO(data)


def _member(source: zipfile.ZipFile, path: str) -> bytes:
    try:
        info = source.getinfo(path)
    except KeyError as error:
        raise FileNotFoundError(path) from error
    if info.file_size > LARGEST_MEMBER:
        raise OSError(
            f"it holds {info.file_size:,} bytes, and at most {LARGEST_MEMBER:,} of a zip are read into memory"
        )
    return source.read(info)


def _same_bytes(data: bytes, path: str, file: File | None) -> None:
    if file is not None and file.sha256 and hashlib.sha256(data).hexdigest() != file.sha256:
        raise VerificationError(
            "changed_while_reading",
            f"`{path}` changed while it was read",
            hint="run again when nothing writes to the bundle",
            where=path,
        )


def _together(parts: list[tuple[str, Scanned]]) -> Scanned | Unmeasured:
    """Return the parts of a dataset as one table; their columns must have the same names and kinds, in any order."""
    import polars as pl

    first_path, first = parts[0]
    if len(parts) == 1:
        return first
    kinds = {column.name: column.kind for column in first.columns}
    frames = []
    for path, part in parts:
        for column in part.columns:
            known = kinds.get(column.name)
            if known is None:
                return Unmeasured(
                    Cause.WRONG_TYPE, f"`{path}` has a column `{column.name}` that `{first_path}` has not"
                )
            if known != column.kind and "null" not in (known, column.kind):
                detail = f"the column `{column.name}` holds {column.kind} in `{path}` and {known} in `{first_path}`"
                return Unmeasured(Cause.WRONG_TYPE, detail)
            kinds[column.name] = column.kind if known == "null" else known
        lacking = sorted(set(kinds) - {column.name for column in part.columns})
        if lacking:
            return Unmeasured(Cause.WRONG_TYPE, f"`{path}` lacks the column `{lacking[0]}` that `{first_path}` has")
        places = {column.name: place for place, column in enumerate(part.columns)}
        frames.append(
            part.frame.select(
                pl.col(f"r{places[column.name]}").alias(f"r{n}") for n, column in enumerate(first.columns)
            )
        )
    whole = scanned(pl.concat(frames, how="vertical_relaxed"))
    names = tuple(column.name for column in first.columns)
    columns = tuple(type(column)(name, column.kind) for name, column in zip(names, whole.columns, strict=True))
    return Scanned(whole.frame, columns)
