"""CSV as RFC 4180 says, in UTF-8, each column's type read from all of its rows.

A column is integer (no leading zero), decimal, true/false or ISO date where every value that is not missing is one, else
text. The manifest may state types (`columns:`) and what counts as missing (`missing_values:`). A file that cannot be one
table raises BundleError naming the line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from policykit.errors import BundleError, Diagnostic

if TYPE_CHECKING:
    import polars as pl

MISSING = ("", "NA", "NaN", "null")
_BOM = b"\xef\xbb\xbf"
_INTEGER = r"^-?(0|[1-9][0-9]*)$"
_DECIMAL = r"^(-?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|-?inf)$"
_BOOLEAN = r"^(true|false|True|False|TRUE|FALSE)$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_FORMS = {"integer": _INTEGER, "decimal": _DECIMAL, "boolean": _BOOLEAN, "date": _DATE}
_MOST_PER_FIELD = 2**30
_HEADER = 2**20
_BLOCK = 2**24


def read_csv(data: bytes, path: str, stated: Mapping[str, str], missing: tuple[str, ...]) -> pl.DataFrame:
    """Return the table in `data`, its columns in order and in their types; raise BundleError where it is no table."""
    import polars as pl

    data = data[3:] if data.startswith(_BOM) else data
    data = data if b"\n" in data else data.replace(b"\r", b"\n")
    header, body = _header(data, path)
    _check_stated(header, stated, path)
    table = _texts(body, len(header), missing, data, path)
    typed = []
    for place, name in enumerate(header):
        texts = table.to_series(place)
        if name in stated:
            series = _as_stated(texts, name, stated[name], data, path)
        else:
            series = _inferred(texts)
        typed.append(series.alias(name))
    return pl.DataFrame(typed)


def _header(data: bytes, path: str) -> tuple[list[str], memoryview]:
    if not data.strip():
        raise _wrong(
            path, 0, "the file is empty, not even a header", "write the names of the columns on its first line"
        )
    start = data[: data.rfind(b"\n", 0, _HEADER) + 1] or data
    header, lines = next(_records(start, path))
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        names = ", ".join(f"`{name}`" for name in twice)
        raise _wrong(path, 1, f"the header names {names} twice", "give every column its own name")
    end = -1
    for _ in range(lines):
        end = data.find(b"\n", end + 1)
        if end == -1:
            return header, memoryview(b"")
    if len([*_records(data[: end + 1], path)]) != 1:
        raise _wrong(path, 1, "the header ends in another way than the other lines", "end every line in the same way")
    return header, memoryview(data)[end + 1 :]


def _texts(body: memoryview, width: int, missing: tuple[str, ...], data: bytes, path: str) -> pl.DataFrame:
    import polars as pl
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    names = [f"r{place}" for place in range(width)]
    if not body.nbytes:
        return pl.DataFrame({name: pl.Series([], dtype=pl.String) for name in names})
    try:
        table = arrow_csv.read_csv(
            pa.py_buffer(body),
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=_BLOCK),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=width > 1),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()),
                null_values=list(missing),
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        _find_ragged(data, width, path)
        raise _wrong(path, 0, f"cannot be read as CSV: {str(error).splitlines()[0]}", "") from error
    if data.count(b'"') % 2:
        _find_open_quote(data, path)
    found = pl.from_arrow(table)
    assert isinstance(found, pl.DataFrame), "an Arrow table comes back as a table"
    return found


def _inferred(texts: pl.Series) -> pl.Series:
    import polars as pl

    if texts.null_count() == len(texts):
        return texts.cast(pl.Null) if len(texts) else texts
    for kind, form in _FORMS.items():
        series = _converted(texts, kind)
        if series is not None:
            return series
        if kind == "integer" and _all_like(texts, form):
            return texts  # too long for a number without loss: an identifier
    return texts


def _all_like(texts: pl.Series, form: str) -> bool:
    return all(part.drop_nulls().str.contains(form).all() for part in (texts.head(1_000), texts))


def _converted(texts: pl.Series, kind: str) -> pl.Series | None:
    """Return the column as `kind`, or None where a value is not of it."""
    import polars as pl

    if not _all_like(texts, _FORMS[kind]):
        return None
    match kind:
        case "integer":
            series = texts.cast(pl.Int64, strict=False)
        case "decimal":
            series = texts.cast(pl.Float64, strict=False)
        case "boolean":
            series = texts.str.to_lowercase() == "true"
        case _:
            series = texts.str.to_date("%Y-%m-%d", strict=False)
    return series if series.null_count() == texts.null_count() else None


def _as_stated(texts: pl.Series, name: str, kind: str, data: bytes, path: str) -> pl.Series:
    if kind == "text":
        return texts
    series = _converted(texts, kind)
    if series is not None:
        return series
    for row, value in enumerate(texts):
        if value is not None and _converted(texts[row : row + 1], kind) is None:
            message = f"`{value}` in the column `{name}` is not {_said(kind)}, as the manifest states"
            raise _wrong(
                path, _line_of(data, row, path), message, "mend the value, or state another type under `columns`"
            )
    raise AssertionError("a column that does not convert holds a value that does not")


def _said(kind: str) -> str:
    return {
        "integer": "a whole number",
        "decimal": "a number",
        "boolean": "true or false",
        "date": "a date such as 2026-11-22",
    }[kind]


def _check_stated(header: list[str], stated: Mapping[str, str], path: str) -> None:
    for name, kind in stated.items():
        if name not in header:
            raise _wrong(path, 1, f"the manifest states a type for `{name}`, and the file has no such column", "")
        if kind != "text" and kind not in _FORMS:
            known = ", ".join(("text", *_FORMS))
            raise _wrong(path, 1, f"`{kind}` is not a type of column", f"the types are {known}")


def _find_ragged(data: bytes, width: int, path: str) -> None:
    for record, line in _records(data, path):
        if len(record) != width and (record or width == 1):
            fields = "1 field" if len(record) == 1 else f"{len(record)} fields"
            message = f"{fields} where the header has {width}"
            raise _wrong(path, line, message, "quote a field that holds a comma or a line break")


def _find_open_quote(data: bytes, path: str) -> None:
    """Raise where a quote stays open: an odd number of quotes says that one does."""
    for _ in _records(data, path):
        continue


def _line_of(data: bytes, row: int, path: str) -> int:
    records = (line for record, line in _records(data, path) if record)
    return next(line for place, line in enumerate(records) if place == row + 1)


def _records(data: bytes, path: str) -> Iterator[tuple[list[str], int]]:
    """Yield each record with the number of its last line, the slow and exact way."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"not UTF-8: the byte {data[error.start]:#04x} begins no character"
        raise _wrong(path, line, message, "save the file as UTF-8") from error
    limit = csv.field_size_limit(_MOST_PER_FIELD)
    reader: Any = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for record in reader:
            yield record, reader.line_num
    except csv.Error as error:
        raise _wrong(path, reader.line_num, f"not CSV: {error}", "close every quote that is opened") from error
    finally:
        csv.field_size_limit(limit)


def _wrong(path: str, line: int, message: str, hint: str) -> BundleError:
    problem = Diagnostic("PK350", message, path, line, 1 if line else 0, hint=hint)
    return BundleError(message, problems=(problem,), hint=hint, where=problem.where)
