"""Measures that need rows themselves: which keys two data sets share, and the same sample of rows every time."""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from typing import TYPE_CHECKING

import narwhals as nw

from policykit.measure.compile import compiled
from policykit.measure.local import in_order, key_value
from policykit.measure.scanned import Scanned
from policykit.terms.expr import Col, Cross
from policykit.terms.measure import Overlap, Sample
from policykit.terms.state import Overlapped, Table, Values, order

if TYPE_CHECKING:
    import polars as pl

_BATCH = 100_000


def overlap(left: Scanned, right: Scanned, measure: Overlap) -> Overlapped:
    """Return how many distinct keys are on the left, on the right and on both; NULL equals NULL, which no join would say."""
    import polars as pl

    sides = [_distinct_keys(table, measure.keys, side) for side, table in (("left", left), ("right", right))]
    names = [f"k{place}" for place in range(len(measure.keys))]
    both = pl.concat(sides, how="vertical_relaxed").group_by(names).agg(pl.col("left").max(), pl.col("right").max())
    found = both.select(pl.col("left").sum(), pl.col("right").sum(), both=(pl.col("left") & pl.col("right")).sum())
    ((first, second, shared),) = found.collect(engine="streaming").rows()
    return Overlapped(first or 0, second or 0, shared or 0)


def sample(table: Scanned, measure: Sample, key: tuple[str, ...]) -> Table:
    """Return the `rows` rows whose keys have the smallest blake2b digests: the same ones wherever and however often asked.

    The key is that of the data set, or all asked columns where it has none; rows of one digest are told apart by their values.
    """
    placed = table.placed()
    told_by = Cross(tuple(Col(name) for name in (key or measure.columns)))
    frame = nw.from_native(table.frame)
    values = [compiled(Col(name), placed).alias(f"k{place}") for place, name in enumerate(measure.columns)]
    native: pl.LazyFrame = frame.select(compiled(told_by, placed).alias("key"), *values).to_native()
    kept: list[tuple[bytes, object, Values]] = []
    for batch in native.collect_batches(chunk_size=_BATCH, maintain_order=False):
        rows = (_ranked(key, tuple(key_value(value) for value in row)) for key, *row in batch.iter_rows())
        kept = heapq.nsmallest(measure.rows, [*kept, *rows], key=lambda row: row[:2])
    return Table(in_order(Counter(row for *_, row in kept).items()))


def _ranked(key: str, row: Values) -> tuple[bytes, object, Values]:
    return hashlib.blake2b(key.encode(), digest_size=16).digest(), order(row), row


def _distinct_keys(table: Scanned, keys: tuple[str, ...], side: str) -> pl.LazyFrame:
    import polars as pl

    placed = table.placed()
    names = [f"k{place}" for place in range(len(keys))]
    columns = [pl.col(placed[name].clean).alias(alias) for name, alias in zip(keys, names, strict=True)]
    marks = (pl.lit(value=side == which).alias(which) for which in ("left", "right"))
    return table.frame.select(columns).unique().with_columns(*marks)
