"""The local engine: Polars, streaming. One pass for all ungrouped measures of a table, one for each set of keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any, TypeAlias

import narwhals as nw

from policykit.measure.aggregate import Layers, Output, Reading, reading, rows_where
from policykit.measure.compile import compiled
from policykit.measure.cubes import Cube, Part, bounded, parts, together
from policykit.measure.scanned import Scanned
from policykit.measure.source import first_line, unreadable
from policykit.terms.expr import Col, Expr, columns
from policykit.terms.kinds import kind_of, refusal
from policykit.terms.measure import MOST_CELLS, Cells, Count, Distinct, Extreme, Histogram, Key, Quantile, Scan, Sum
from policykit.terms.state import Counted, Grouped, Plain, Ranked, Repeats, State, Table, Value, Values, order
from policykit.terms.verdict import Cause, Unmeasured

if TYPE_CHECKING:
    import polars as pl

Result: TypeAlias = "dict[Scan, State | Unmeasured]"
_LOOKED_AT = 10_000
TOO_MANY = Unmeasured(Cause.TOO_LARGE, f"more than {MOST_CELLS:,} different keys")


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over the rows, and the measures it serves."""

    measures: tuple[Scan, ...]


def version() -> str:
    """Return the name and version of this engine: part of every cache key."""
    import polars as pl

    return f"polars {pl.__version__}"


def passes(table: Scanned, measures: Iterable[Scan]) -> tuple[Pass, ...]:
    """Return the fewest passes that serve all `measures`.

    One for everything without keys; one for each set of keys, or for several whose cells are few; and one for each
    `Distinct` and `Quantile`, which need the rows themselves.
    """
    shared: dict[frozenset[Expr], list[Scan]] = {}
    alone = []
    for measure in measures:
        if isinstance(measure, Distinct | Quantile):
            alone.append(Pass((measure,)))
        else:
            shared.setdefault(frozenset(_key(measure)), []).append(measure)
    whole = shared.pop(frozenset(), [])
    key_sets = list(shared)
    cubes = [[place] for place in range(len(key_sets))]
    if len(key_sets) > 1:
        cubes = together(key_sets, _sizes(table, key_sets))
    counted = [tuple(m for place in cube for m in shared[key_sets[place]]) for cube in cubes]
    kept, cubed = _folded(table, whole, counted)
    return (*([Pass(kept)] if kept else []), *map(Pass, cubed), *alone)


def _folded(
    table: Scanned, whole: Sequence[Scan], counted: Sequence[tuple[Scan, ...]]
) -> tuple[tuple[Scan, ...], list[tuple[Scan, ...]]]:
    """Return what goes with which pass: a condition on columns that a cube groups by is looked at cell by cell, not row by row."""
    decimal = {Col(column.name) for column in table.columns if column.kind == "decimal"}  # whose NaN are NULL in a cube
    there = [{part.of for part in _parts(measures) if not part.edges} - decimal for measures in counted]
    homes: list[list[Scan]] = [[] for _ in counted]
    kept: list[Scan] = []
    for measure in whole:
        fit = [place for place, cells in enumerate(there) if _conditions(measure) and _conditions(measure) <= cells]
        (homes[fit[0]] if fit else kept).append(measure)
    return tuple(kept), [(*measures, *more) for measures, more in zip(counted, homes, strict=True)]


def _conditions(measure: Scan) -> frozenset[Col]:
    """Return the columns of the condition of a count without keys."""
    if not isinstance(measure, Count) or measure.by:
        return frozenset()
    return frozenset(Col(name) for name in columns(measure.where))


def _parts(measures: Iterable[Scan]) -> dict[Part, None]:
    return dict.fromkeys(part for measure in measures for key in _key(measure) for part in parts(key))


def run(table: Scanned, one: Pass) -> Result:
    """Return the state of every measure of one pass; where the pass fails, halve it until only the guilty are left out."""
    kinds = {column.name: column.kind for column in table.columns}
    refused = {measure: refusal(measure, kinds) for measure in one.measures}
    found: Result = {measure: why for measure, why in refused.items() if why is not None}
    able = tuple(measure for measure in one.measures if measure not in found)
    if not able:
        return found
    try:
        return found | _once(table, able)
    except unreadable() as error:
        if len(able) == 1:
            return found | {able[0]: Unmeasured(Cause.CRASHED, first_line(error))}
        half = len(able) // 2
        return found | run(table, Pass(able[:half])) | run(table, Pass(able[half:]))


def _once(table: Scanned, measures: tuple[Scan, ...]) -> Result:
    match measures[0]:
        case Distinct() as measure:
            return {measure: _distinct(table, measure)}
        case Quantile() as measure:
            return {measure: _quantile(table, measure)}
        case _ if any(_key(measure) for measure in measures):
            return _cube(table, measures, careful=False)
        case _:
            return _whole(table, measures, careful=False)


def _whole(table: Scanned, measures: tuple[Scan, ...], *, careful: bool) -> Result:
    layers = Layers(table.placed(), careful=careful)
    readings = {measure: _asked(measure, layers) for measure in measures}
    frame = layers.over(nw.from_native(table.frame))
    rows = collected(frame.select(*(output.expr for output in layers.outputs.values()))).rows(named=True)
    again = tuple(measure for measure, how in readings.items() if how.again(rows))
    found: Result = {m: how.trouble(rows) or how.state(rows[0]) for m, how in readings.items() if m not in again}
    return found | (_whole(table, again, careful=True) if again else {})


def _cube(table: Scanned, measures: tuple[Scan, ...], *, careful: bool) -> Result:
    layers = Layers(table.placed(), careful=careful)
    grouped_by = {part.of for part in _parts(measures) if not part.edges}
    folded = [m for m in measures if isinstance(m, Count) and _conditions(m) and _conditions(m) <= grouped_by]
    strays = tuple(m for m in measures if not _key(m) and m not in folded)
    readings = {measure: _asked(measure, layers) for measure in measures if _key(measure)}
    every = layers.ask("rows", nw.len()) if folded else ""
    cube = Cube(table.placed())
    grouping = cube.grouping(key for measure in measures for key in _key(measure))
    frame = layers.over(nw.from_native(table.frame), grouping).group_by(*cube.names.values())
    cells = nw.from_native(collected(frame.agg(*(output.expr for output in layers.outputs.values()))))
    found: Result = _whole(table, strays, careful=careful) if strays else {}
    again: list[Scan] = []
    for counted in folded:
        assert counted.where is not None, "only conditions are folded"
        true = cells.with_columns(cube.condition(counted.where).alias("true")).filter(nw.col("true"))
        found[counted] = Counted(int(true[every].sum()))
    for keys, several in _by_key(readings).items():
        rows = _rolled(cells, cube, keys, layers)
        places = {key: f"k{place}" for place, key in enumerate(keys)}
        for measure in several:
            if len(rows) > MOST_CELLS:
                found[measure] = TOO_MANY
            elif readings[measure].again(rows):
                again.append(measure)
            else:
                found[measure] = _state(measure, readings[measure], rows, places)
    return found | (_cube(table, tuple(again), careful=True) if again else {})


def _rolled(cells: nw.DataFrame[Any], cube: Cube, keys: Key, layers: Layers) -> list[dict[str, Any]]:
    """Return the cells of a cube added up to the cells of `keys`."""
    names = [f"k{place}" for place in range(len(keys))]
    keyed_cells = cells.with_columns(*(cube.key(key).alias(name) for key, name in zip(keys, names, strict=True)))
    added = [_added(output) for output in layers.outputs.values()]
    rolled: pl.DataFrame = keyed_cells.group_by(*names).agg(*added).head(MOST_CELLS + 1).to_native()
    return rolled.rows(named=True)


def _added(output: Output) -> nw.Expr:
    column = nw.col(output.name)
    match output.roll:
        case "sum":
            return column.sum()
        case "min":
            return column.min()
        case "max":
            return column.max()


def _asked(measure: Scan, layers: Layers) -> Reading:
    match measure:
        case Cells(where=where):
            return reading(Count(measure.dataset, where), layers)
        case Count() | Sum() | Extreme() | Histogram():
            return reading(measure, layers)
        case Distinct() | Quantile():
            raise AssertionError("repeats and ranks have a pass of their own")


def _state(
    measure: Scan, how: Reading, rows: Sequence[Mapping[str, Any]], places: Mapping[Expr, str]
) -> State | Unmeasured:
    by = [places[expr] for expr in measure.by]
    if isinstance(measure, Cells):
        return _cells([places[expr] for expr in measure.of], by, how, rows)
    return how.trouble(rows) or grouped((_values(row, by), how.state(row)) for row in rows)


def _cells(of: list[str], by: list[str], how: Reading, rows: Sequence[Mapping[str, Any]]) -> State:
    tables: dict[Values, list[tuple[Values, int]]] = {}
    for row in rows:
        cells = tables.setdefault(_values(row, by), [])
        counted = how.state(row)
        if isinstance(counted, Counted) and counted.rows:
            cells.append((_values(row, of), counted.rows))
    if not by:
        return Table(in_order(tables.get((), [])))
    return grouped((key, Table(in_order(cells))) for key, cells in tables.items())


def _sizes(table: Scanned, key_sets: Iterable[frozenset[Expr]]) -> dict[Part, int]:
    """Return about how many values each part of the keys has: known, or as seen in the first rows."""
    placed = table.placed()
    kinds = {column.name: column.kind for column in table.columns}
    sizes: dict[Part, int] = {}
    unknown: list[Part] = []
    for part in dict.fromkeys(part for keys in key_sets for key in keys for part in parts(key)):
        kind = kind_of(part.of, kinds)
        known = bounded(part, kind) if isinstance(kind, str) else 1
        if known is None:
            unknown.append(part)
        else:
            sizes[part] = known
    first = nw.from_native(table.frame).head(_LOOKED_AT)
    if unknown:
        asked = [compiled(part.of, placed).n_unique().alias(f"n{place}") for place, part in enumerate(unknown)]
        try:
            (found,) = collected(first.select(*asked)).rows()
        except unreadable():
            found = (MOST_CELLS,) * len(unknown)
        sizes |= {part: count + 1 for part, count in zip(unknown, found, strict=True)}
    return sizes


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


def _by_key(measures: Iterable[Scan]) -> dict[Key, list[Scan]]:
    """Return the measures of each set of keys, in whatever order they name them."""
    found: dict[frozenset[Expr], tuple[Key, list[Scan]]] = {}
    for measure in measures:
        key = tuple(dict.fromkeys(_key(measure)))
        found.setdefault(frozenset(key), (key, []))[1].append(measure)
    return dict(found.values())
