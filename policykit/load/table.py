"""Look into one table, on disk or in memory: its columns, and the values of a few of them."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from policykit.errors import BundleError, Diagnostic, UsageError
from policykit.load.write import read_error
from policykit.terms.expr import Scalar

_HEADER: Final = 2**20
_MISSING: Final = ("", "NA", "NaN", "null")
_FORMS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("integer", re.compile(r"-?(0|[1-9][0-9]*)")),
    ("decimal", re.compile(r"-?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|-?inf")),
    ("boolean", re.compile(r"true|false|True|False|TRUE|FALSE")),
    ("date", re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one column: its kind (text integer decimal boolean date other) and its values, sorted, none missing."""

    kind: str
    values: tuple[Any, ...]


class Table(Protocol):
    """A table that can be looked into."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns in order."""
        ...

    def seen(self, column: str) -> Seen:
        """Return the kind of a column and its different values."""
        ...


def open_table(source: Path | Any) -> Table:
    """Return the CSV or Parquet file, or the pandas, Polars or Arrow table, ready to be looked into.

    Raises:
        UsageError: a thing that is no table.
        BundleError: a file that cannot be read as a table.
        StorageError: a file that cannot be read at all.
    """
    if not isinstance(source, Path):
        return _in_memory(source)
    try:
        return _Csv(source, _csv_header(source)) if source.suffix.lower() == ".csv" else _parquet(source)
    except OSError as error:
        raise read_error(f"cannot read `{source}`", error, source) from error


def as_kind(written: str, kind: str) -> Scalar | None:
    """Return a value given as text in the type of a column, or None where it is none of that type."""
    form = dict(_FORMS).get(kind)
    if form is not None and not form.fullmatch(written):
        return None
    match kind:
        case "integer":
            return int(written) if len(written) < 20 else None
        case "decimal":
            return float(written)
        case "boolean":
            return written.lower() == "true"
        case _:
            return written


@dataclass(frozen=True, slots=True)
class _Csv:
    path: Path
    columns: tuple[str, ...]

    def seen(self, column: str) -> Seen:
        from pyarrow import ArrowInvalid, large_string
        from pyarrow import csv as arrow

        names = [f"c{place}" for place in range(len(self.columns))]
        name = names[self.columns.index(column)]
        try:
            table = arrow.read_csv(
                str(self.path),
                read_options=arrow.ReadOptions(column_names=names, skip_rows=0, skip_rows_after_names=0),
                parse_options=arrow.ParseOptions(newlines_in_values=True, ignore_empty_lines=len(names) > 1),
                convert_options=arrow.ConvertOptions(include_columns=[name], column_types={name: large_string()}),
            )
        except ArrowInvalid as error:
            raise _unreadable(self.path, str(error)) from error
        texts = table.column(name).slice(1).unique().to_pylist()  # the first row is the header
        return _typed([text for text in texts if text not in _MISSING])


@dataclass(frozen=True, slots=True)
class _Columns:
    """A table whose columns some library holds; `names` are the library's own for them."""

    names: Mapping[str, Any]
    unique: Any

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.names)

    def seen(self, column: str) -> Seen:
        return _native(self.unique(self.names[column]))


def _csv_header(path: Path) -> tuple[str, ...]:
    with path.open("rb") as stream:
        start = stream.read(_HEADER)
    try:
        text = start.decode("utf-8-sig", "strict" if len(start) < _HEADER else "ignore")
        header = next(csv.reader(io.StringIO(text, newline=""), strict=True), [])
    except UnicodeDecodeError as error:
        line = start.count(b"\n", 0, error.start) + 1
        raise _unreadable(path, "it is not UTF-8", line=line, hint="save the file as UTF-8") from error
    except csv.Error as error:
        raise _unreadable(path, str(error), line=1) from error
    if not header:
        hint = "write the names of the columns on its first line"
        raise _unreadable(path, "it is empty, not even a header", hint=hint)
    return _once(header, path)


def _parquet(path: Path) -> Table:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        file = ParquetFile(path)
    except ArrowException as error:
        raise _unreadable(path, str(error)) from error

    def unique(name: str) -> list[Any]:
        try:
            found: list[Any] = file.read(columns=[name]).column(name).unique().to_pylist()
        except (ArrowException, KeyError, OSError) as error:
            raise _unreadable(path, str(error)) from error
        return found

    names = _once(file.schema_arrow.names, path)
    return _Columns({name: name for name in names}, unique)


def _in_memory(table: Any) -> Table:
    match type(table).__module__.split(".")[0], type(table).__name__:
        case "pandas", "DataFrame":
            return _Columns(
                {str(name): name for name in table.columns}, lambda name: table[name].dropna().unique().tolist()
            )
        case "polars", "DataFrame":
            return _Columns(
                {name: name for name in table.columns}, lambda name: table.get_column(name).unique().to_list()
            )
        case "polars", "LazyFrame":
            names = table.collect_schema().names()
            return _Columns({n: n for n in names}, lambda name: table.select(name).unique().collect()[name].to_list())
        case "pyarrow", "Table":
            return _Columns({n: n for n in table.column_names}, lambda name: table.column(name).unique().to_pylist())
        case _:
            hint = "give a CSV or Parquet file, or a pandas, Polars or Arrow table"
            raise UsageError("this is not a table that policykit can read", hint=hint)


def _once(names: list[str], path: Path) -> tuple[str, ...]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        hint = "give every column its own name"
        raise _unreadable(path, f"its header names `{twice[0]}` twice", line=1, hint=hint)
    return tuple(names)


def _typed(texts: list[str]) -> Seen:
    for kind, form in _FORMS:
        if texts and all(form.fullmatch(text) for text in texts):
            values = {as_kind(text, kind) for text in texts}
            return Seen(kind, tuple(sorted(values, key=_order)))
    return Seen("text", tuple(sorted(texts)))


def _native(values: list[Any]) -> Seen:
    found = [value for value in values if value is not None and not (isinstance(value, float) and math.isnan(value))]
    kinds = {type(value) for value in found}
    for kind, types in (("boolean", {bool}), ("integer", {int}), ("decimal", {int, float}), ("text", {str})):
        if kinds and kinds <= types:
            return Seen(kind, tuple(sorted(found)))
    return Seen("other", tuple(sorted(found, key=_order)))


def _order(value: Any) -> tuple[bool, Any]:
    number = isinstance(value, int | float)
    return (not number, value if number else str(value))


def _unreadable(path: Path, why: str, *, line: int = 0, hint: str = "") -> BundleError:
    reason = (why.splitlines() or [""])[0].rstrip(".")
    begun = reason if reason[1:2].isupper() else reason[:1].lower() + reason[1:]
    message = f"`{path}` cannot be read as a table: {begun}"
    problem = Diagnostic("PK321", message, str(path), line, 1 if line else 0, hint=hint)
    return BundleError(message, problems=[problem], hint=hint, where=problem.where)
