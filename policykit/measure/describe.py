"""What the data sets look like, before anything is scanned."""

from __future__ import annotations

from collections.abc import Mapping

from policykit.measure.scanned import Scanned
from policykit.measure.source import attempt
from policykit.measure.tables import digest_of, table_of
from policykit.terms.bundle import Bundle, Dataset, Schema
from policykit.terms.verdict import Unmeasured


def describe(bundle: Bundle) -> Mapping[str, Schema | Unmeasured]:
    """Return the columns, rows and digest of every data set by role; where one cannot be read, what was the matter.

    Parquet is described from its metadata; a CSV file is read whole, since its types come from all of its rows, and of
    predictions the keys are read, to see that every row has exactly one.

    Raises:
        BundleError: a CSV file that is no table (ragged, not UTF-8, a name twice), naming its line.
        VerificationError: bytes that are not those that were hashed.
    """
    return {role: _described(bundle, dataset) for role, dataset in bundle.datasets.items()}


def _described(bundle: Bundle, dataset: Dataset) -> Schema | Unmeasured:
    table = table_of(bundle, dataset, proven=False)
    if isinstance(table, Unmeasured):
        return table
    rows = attempt(lambda: _rows(table), f"`{dataset.files[0]}`" if dataset.files else "the table in memory")
    return rows if isinstance(rows, Unmeasured) else Schema(table.columns, rows, digest_of(bundle, dataset))


def _rows(table: Scanned) -> int:
    import polars as pl

    return int(table.frame.select(pl.len()).collect(engine="streaming").item())
