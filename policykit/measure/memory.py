"""Tables in memory: pandas, Polars and Arrow enter through Arrow, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from policykit.measure.scanned import Scanned, scanned
from policykit.terms.verdict import Cause, Unmeasured

if TYPE_CHECKING:
    import polars as pl


def in_memory(table: Any, missing: Sequence[str] | None) -> Scanned | Unmeasured:
    """Return a table in memory ready to be scanned, or why it is none.

    A pandas column whose values Arrow cannot hold together (a mix of texts and numbers) is kept as one whose missing values
    can be counted and nothing else.
    """
    import narwhals as nw
    import polars as pl

    if isinstance(table, pl.LazyFrame | pl.DataFrame):
        return scanned(table.lazy(), missing=missing)
    if nw.dependencies.is_pandas_dataframe(table):
        return _from_pandas(table, missing)
    if not hasattr(table, "__arrow_c_stream__"):
        return Unmeasured(Cause.CRASHED, "the table in memory is none of pandas, Polars or Arrow")
    names = list(getattr(table, "column_names", []) or getattr(getattr(table, "schema", None), "names", []))
    twice = _twice([str(name) for name in names])
    return twice or scanned(pl.DataFrame(table).lazy(), missing=missing)


def _from_pandas(table: Any, missing: Sequence[str] | None) -> Scanned | Unmeasured:
    import polars as pl

    names = [str(name) for name in table.columns]
    twice = _twice(names)
    if twice is not None:
        return twice
    columns = [_series(name, table.iloc[:, place]) for place, name in enumerate(names)]
    return scanned(pl.DataFrame(columns).lazy(), missing=missing)


def _series(name: str, column: Any) -> pl.Series:
    import polars as pl
    import pyarrow as pa

    try:
        held = pa.Array.from_pandas(column)
        held = held.combine_chunks() if isinstance(held, pa.ChunkedArray) else held
        found = pl.from_arrow(held)
    except (pa.ArrowException, OverflowError):
        lists: list[list[None] | None] = [None if missing else [] for missing in column.isna()]
        found = pl.Series(name, lists, dtype=pl.List(pl.Null))
    assert isinstance(found, pl.Series), "an Arrow array comes back as a column"
    return found.alias(name)


def _twice(names: list[str]) -> Unmeasured | None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    return Unmeasured(Cause.CRASHED, f"the table has the column `{repeated[0]}` twice") if repeated else None
