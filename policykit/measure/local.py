"""The local engine: Polars, streaming. One pass for all ungrouped measures of a table, one for each set of keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any, TypeAlias

import narwhals as nw

from policykit.measure.aggregate import Layers, Reading, reading, rows_where
from policykit.measure.scanned import Scanned
from policykit.measure.source import first_line, unreadable
from policykit.terms.kinds import refusal
from policykit.terms.measure import MOST_CELLS, Cells, Count, Distinct, Extreme, Histogram, Key, Quantile, Scan, Sum
from policykit.terms.state import Grouped, Plain, Ranked, Repeats, State, Table, Value, Values, order
from policykit.terms.verdict import Cause, Unmeasured

if TYPE_CHECKING:
    import polars as pl

Result: TypeAlias = "dict[Scan, State | Unmeasured]"
TOO_MANY = Unmeasured(Cause.TOO_LARGE, f"more than {MOST_CELLS:,} different keys")


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over the rows: the keys it groups by (none: all rows are one), and the measures it serves."""

    key: Key
    measures: tuple[Scan, ...]


def version() -> str:
    """Return the name and version of this engine: part of every cache key."""
    import polars as pl

    return f"polars {pl.__version__}"


def passes(measures: Iterable[Scan]) -> tuple[Pass, ...]:
    """Return the fewest passes that serve all `measures`: one without keys, one for each set of keys, and one for each
    `Distinct` and `Quantile`, which need the rows themselves."""
    shared: dict[frozenset[object], tuple[Key, list[Scan]]] = {}
    alone = []
    for measure in measures:
        match measure:
            case Distinct() | Quantile():
                alone.append(Pass(measure.by, (measure,)))
            case _:
                key = tuple(dict.fromkeys(_key(measure)))
                shared.setdefault(frozenset(key), (key, []))[1].append(measure)
    return (*(Pass(key, tuple(served)) for key, served in shared.values()), *alone)


def run(table: Scanned, one: Pass) -> Result:
    """Return the state of every measure of one pass; where the pass fails, halve it until only the guilty are left out."""
    kinds = {column.name: column.kind for column in table.columns}
    refused = {measure: refusal(measure, kinds) for measure in one.measures}
    found: Result = {measure: why for measure, why in refused.items() if why is not None}
    able = tuple(measure for measure in one.measures if measure not in found)
    if not able:
        return found
    try:
        return found | _once(table, Pass(one.key, able))
    except unreadable() as error:
        if len(able) == 1:
            return found | {able[0]: Unmeasured(Cause.CRASHED, first_line(error))}
        half = len(able) // 2
        return found | run(table, Pass(one.key, able[:half])) | run(table, Pass(one.key, able[half:]))


def _once(table: Scanned, one: Pass) -> Result:
    match one.measures[0]:
        case Distinct() as measure:
            return {measure: _distinct(table, measure)}
        case Quantile() as measure:
            return {measure: _quantile(table, measure)}
        case _:
            return _aggregated(table, one)


def _aggregated(table: Scanned, one: Pass) -> Result:
    layers = Layers(table.placed())
    readings: dict[Scan, Reading | str] = {}
    for measure in one.measures:
        match measure:
            case Cells(where=where):
                readings[measure] = rows_where(layers, where)
            case Count() | Sum() | Extreme() | Histogram():
                readings[measure] = reading(measure, layers)
            case Distinct() | Quantile():
                raise AssertionError("repeats and ranks have a pass of their own")
    keys = keyed(layers, one.key)
    frame = layers.over(nw.from_native(table.frame), keys)
    outputs = [output.expr for output in layers.outputs.values()]
    if not keys:
        rows = collected(frame.select(*outputs)).rows(named=True)
    else:
        cube = collected(
            frame.group_by(*(f"k{place}" for place in range(len(keys)))).agg(*outputs).head(MOST_CELLS + 1)
        )
        if len(cube) > MOST_CELLS:
            return dict.fromkeys(one.measures, TOO_MANY)
        rows = cube.rows(named=True)
    places = {expr: f"k{place}" for place, expr in enumerate(one.key)}
    return {measure: _state(measure, how, rows, places) for measure, how in readings.items()}


def _state(
    measure: Scan, how: Reading | str, rows: Sequence[Mapping[str, Any]], places: Mapping[Any, str]
) -> State | Unmeasured:
    by = [places[expr] for expr in measure.by]
    if isinstance(how, str):
        assert isinstance(measure, Cells), "only cells are read from a bare count"
        return _cells([places[expr] for expr in measure.of], by, how, rows)
    trouble = how.trouble(rows)
    if trouble is not None:
        return trouble
    if not measure.by:
        return how.state(rows[0])
    return grouped((_values(row, by), how.state(row)) for row in rows)


def _cells(of: list[str], by: list[str], counted: str, rows: Sequence[Mapping[str, Any]]) -> State:
    tables: dict[Values, list[tuple[Values, int]]] = {}
    for row in rows:
        cells = tables.setdefault(_values(row, by), [])
        if row[counted]:
            cells.append((_values(row, of), row[counted]))
    if not by:
        return Table(in_order(tables.get((), [])))
    return grouped((key, Table(in_order(cells))) for key, cells in tables.items())


def _distinct(table: Scanned, measure: Distinct) -> State | Unmeasured:
    layers = Layers(table.placed())
    by = keyed(layers, measure.by, "b")
    keys = keyed(layers, measure.columns, "k")
    count = rows_where(layers, measure.where)
    frame = layers.over(nw.from_native(table.frame), (*by, *keys))
    groups = [f"b{place}" for place in range(len(by))]
    names = [*groups, *(f"k{place}" for place in range(len(keys)))]
    (output,) = layers.outputs.values()
    often = frame.group_by(*names).agg(output.expr).group_by(*groups, count).agg(nw.len().alias("combinations"))
    found = collected(often.head(MOST_CELLS + 1))
    if len(found) > MOST_CELLS:
        return TOO_MANY
    times: dict[Values, list[tuple[int, int]]] = {}
    for row in found.rows(named=True):
        known = times.setdefault(_values(row, groups), [])
        if row[count]:
            known.append((row[count], row["combinations"]))
    if not by:
        return Repeats(tuple(sorted(times.get((), []))))
    return grouped((key, Repeats(tuple(sorted(known)))) for key, known in times.items())


def _quantile(table: Scanned, measure: Quantile) -> State | Unmeasured:
    layers = Layers(table.placed())
    value = layers.column(measure.of)
    if layers.kind(measure.of) in {"boolean", "null"}:
        value = value.cast(nw.Int64)
    if measure.where is not None:
        value = nw.when(layers.column(measure.where)).then(value)
    by = keyed(layers, measure.by, "b")
    groups = [f"b{place}" for place in range(len(by))]
    frame = layers.over(nw.from_native(table.frame)).select(*by, value.alias("value"))
    if not by:
        ranked = collected(frame.filter(~nw.col("value").is_null()).sort("value"))
        return _ranks(ranked["value"], 0, len(ranked), measure.shares)
    ranked = collected(frame.sort(*groups, "value", nulls_last=True))
    sizes = nw.from_native(ranked).group_by(*groups).agg(nw.len().alias("rows"), nw.col("value").count().alias("known"))
    sizes = sizes.sort(*groups, nulls_last=True)
    if len(sizes) > MOST_CELLS:
        return TOO_MANY
    parts, start = [], 0
    for row in sizes.iter_rows(named=True):
        parts.append((_values(row, groups), _ranks(ranked["value"], start, row["known"], measure.shares)))
        start += row["rows"]
    return grouped(parts)


def _ranks(values: pl.Series, start: int, known: int, shares: tuple[float, ...]) -> Ranked:
    if not known:
        return Ranked((), 0)
    places = ((share, max(1, ceil(Fraction(repr(share)) * known))) for share in shares)
    return Ranked(tuple((share, values[start + place - 1] + 0) for share, place in places), known)


def collected(frame: nw.LazyFrame[Any]) -> pl.DataFrame:
    """Return what a lazy frame yields, computed in streams: memory holds batches of rows, never the table."""
    native: pl.LazyFrame = frame.to_native()
    return native.collect(engine="streaming")


def keyed(layers: Layers, key: Key, letter: str = "k") -> list[nw.Expr]:
    """Return the columns that rows are grouped by, as `k0`, `k1`, …; a negative zero is zero."""
    made = []
    for place, expr in enumerate(key):
        column = layers.column(expr)
        made.append((column + 0.0 if layers.kind(expr) == "decimal" else column).alias(f"{letter}{place}"))
    return made


def grouped(parts: Iterable[tuple[Values, Plain]]) -> Grouped:
    """Return one state a key, sorted by key."""
    return Grouped(tuple(sorted(parts, key=lambda part: order(part[0]))))


def in_order(cells: Iterable[tuple[Values, int]]) -> tuple[tuple[Values, int], ...]:
    """Return cells sorted by key."""
    return tuple(sorted(cells, key=lambda cell: order(cell[0])))


def key_value(found: Any) -> Value:
    """Return a key as a state holds it: dates as ISO text."""
    return found.isoformat() if isinstance(found, date | datetime) else found


def _values(row: Mapping[str, Any], names: Sequence[str]) -> Values:
    return tuple(key_value(row[name]) for name in names)


def _key(measure: Scan) -> Key:
    return (*measure.by, *measure.of) if isinstance(measure, Cells) else measure.by
