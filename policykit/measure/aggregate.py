"""Measures as aggregates: what each asks of one pass over the rows, and how its state is read from what comes back.

Every pass is layers over the scanned frame: expressions (`x…`), values made whole, kept where a condition is TRUE, kept where
they are finite (`v…`), and aggregates (`a…`). Equal parts are asked for once, whichever measures want them. Each aggregate
says how parts of it add up (`sum`, `min`, `max`), so that a large table of cells can be rolled up into smaller ones.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from math import isinf
from typing import Any, Literal, TypeAlias

import narwhals as nw

from policykit.measure.compile import Columns, compiled
from policykit.terms.expr import Col, Expr, IsMissing, Not
from policykit.terms.kinds import yields
from policykit.terms.measure import Count, Extreme, Histogram, Sum
from policykit.terms.state import Binned, Counted, Extremes, Plain, Summed
from policykit.terms.verdict import Cause, Unmeasured

Additive: TypeAlias = Count | Sum | Extreme | Histogram
Row: TypeAlias = Mapping[str, Any]
_LARGEST = 1e28  # of one value in fixed point: 10^10 of them still fit Decimal(38, 0)
_SMALLEST = 1_000  # of the largest value in fixed point, where it is a fraction: three digits at least
_LAYERS = 7
_LIMB_BITS = 26
_MOST_IN_LIMBS = 2**26
_ROUNDER = 1.5 * 2.0**52
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Output:
    """One aggregate of a pass, and how parts of it add up."""

    name: str
    expr: nw.Expr
    roll: Literal["sum", "min", "max"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How one measure reads its state from a row of aggregates, and what it says of all rows together.

    `again` says that the quick way was not exact for these rows: then it must be asked carefully.
    """

    state: Callable[[Row], Plain]
    trouble: Callable[[Sequence[Row]], Unmeasured | None] = lambda _: None
    again: Callable[[Sequence[Row]], bool] = lambda _: False


@dataclass(slots=True)
class Layers:
    """What one pass computes, gathered measure by measure; equal parts are kept once.

    A `careful` pass sets infinite values apart before it compares and adds, and adds decimals. That costs, and is rarely
    needed: a first pass sees from its extremes whether it was.
    """

    columns: Columns
    careful: bool = False
    expressions: dict[Expr, tuple[str, nw.Expr]] = field(default_factory=dict)
    kept: dict[Hashable, tuple[str, nw.Expr, int]] = field(default_factory=dict)
    outputs: dict[Hashable, Output] = field(default_factory=dict)

    def column(self, expr: Expr) -> nw.Expr:
        """Return the column that holds `expr`."""
        if expr not in self.expressions:
            name = f"x{len(self.expressions)}"
            self.expressions[expr] = (name, compiled(expr, self.columns).alias(name))
        return nw.col(self.expressions[expr][0])

    def keep(self, what: Hashable, expr: nw.Expr, layer: int) -> nw.Expr:
        """Return the column that holds `expr`, which is built from columns of the layers below."""
        if what not in self.kept:
            name = f"v{len(self.kept)}"
            self.kept[what] = (name, expr.alias(name), layer)
        return nw.col(self.kept[what][0])

    def ask(self, what: Hashable, expr: nw.Expr, roll: Literal["sum", "min", "max"] = "sum") -> str:
        """Return the name of the aggregate `expr`."""
        if what not in self.outputs:
            name = f"a{len(self.outputs)}"
            self.outputs[what] = Output(name, expr.alias(name), roll)
        return self.outputs[what].name

    def trues(self, condition: nw.Expr) -> nw.Expr:
        """Return how often `condition` is TRUE; an engine that cannot add booleans overrides this with a cast."""
        return condition.sum()

    def kind(self, expr: Expr) -> str:
        """Return what kind of value `expr` yields."""
        return yields(expr, {name: placed.kind for name, placed in self.columns.items()})

    def over(self, frame: nw.LazyFrame[Any], keys: Iterable[nw.Expr] = ()) -> nw.LazyFrame[Any]:
        """Return `frame` with everything below the aggregates computed, and the keys."""
        expressions = [expr for _, expr in self.expressions.values()]
        kept = [[expr for _, expr, layer in self.kept.values() if layer == which] for which in range(1, _LAYERS)]
        for several in (expressions, [*keys, *kept[0]], *kept[1:]):
            if several:
                frame = frame.with_columns(*several)
        return frame


def reading(measure: Additive, layers: Layers) -> Reading:
    """Ask `layers` for what `measure` needs, and return how its state is read."""
    match measure:
        case Count(where=IsMissing(of)):
            every, known = layers.ask("rows", nw.len()), _known(layers, of, None)
            return Reading(lambda row: Counted(row[every] - row[known]))
        case Count(where=Not(IsMissing(of))):
            known = _known(layers, of, None)
            return Reading(lambda row: Counted(row[known]))
        case Count(where=where):
            rows = rows_where(layers, where)
            return Reading(lambda row: Counted(row[rows] or 0))
        case Sum(of=of, where=where, scale=scale):
            return _sum(layers, of, where, scale)
        case Extreme(of=of, where=where):
            return _extreme(layers, of, where)
        case Histogram(of=of, edges=edges, where=where):
            return _histogram(layers, of, edges, where)


def rows_where(layers: Layers, where: Expr | None) -> str:
    """Ask how many rows there are where `where` is TRUE."""
    if where is None:
        return layers.ask("rows", nw.len())
    return layers.ask(("rows", where), layers.trues(layers.column(where)))


def _known(layers: Layers, of: Expr, where: Expr | None) -> str:
    return layers.ask(("known", of, where), _value(layers, of, where).count())


def _value(layers: Layers, of: Expr, where: Expr | None) -> nw.Expr:
    column = layers.column(of)
    if layers.kind(of) in {"boolean", "null"}:
        column = layers.keep(("whole", of), column.cast(nw.Int64), 1)
    if where is None:
        return column
    return layers.keep(("value", of, where), nw.when(layers.column(where)).then(column), 2)


@dataclass(frozen=True, slots=True)
class _Spread:
    """The aggregates that a sum and an extreme share."""

    rows: str
    known: str
    finite: str
    low: str
    high: str

    def counts(self, row: Row) -> tuple[int, int, int]:
        """Return how many values are finite, missing and infinite."""
        rows, known, finite = (row[name] or 0 for name in (self.rows, self.known, self.finite))
        return finite, rows - known, known - finite

    def infinite(self, rows: Sequence[Row]) -> bool:
        """Say whether an extreme is infinite, which after a careful pass none is."""
        ends = (row[end] for row in rows for end in (self.low, self.high))
        return any(isinstance(end, float) and isinf(end) for end in ends)

    def largest(self, rows: Sequence[Row]) -> float:
        """Return the largest size of any finite value; 0 where there is none."""
        return max(
            (abs(float(row[end])) for row in rows for end in (self.low, self.high) if row[end] is not None), default=0.0
        )


def _spread(layers: Layers, of: Expr, where: Expr | None) -> tuple[nw.Expr, _Spread]:
    value = _value(layers, of, where)
    finite = value
    if layers.careful and layers.kind(of) == "decimal":
        finite = layers.keep(("finite", of, where), nw.when(value.is_finite()).then(value), 3)
    key = (of, where)
    return finite, _Spread(
        rows_where(layers, where),
        _known(layers, of, where),
        layers.ask(("finite", *key), finite.count()),
        layers.ask(("low", *key), finite.min(), "min"),
        layers.ask(("high", *key), finite.max(), "max"),
    )


def _sum(layers: Layers, of: Expr, where: Expr | None, scale: int) -> Reading:
    finite, spread = _spread(layers, of, where)
    factor = 10**scale
    exact = layers.kind(of) != "decimal"
    added = _whole_sum(layers, of, where, finite) if exact else _fixed_sum(layers, of, where, scale, finite)

    def state(row: Row) -> Plain:
        rows, missing, infinite = spread.counts(row)
        total = sum(int(row[name] or 0) for name in added)
        return Summed(total * (factor if exact else 1), scale, rows, missing, infinite)

    def trouble(rows: Sequence[Row]) -> Unmeasured | None:
        largest = spread.largest(rows)
        if exact or largest == 0:
            return None
        if largest * factor > _LARGEST:
            return Unmeasured(
                Cause.TOO_LARGE, f"a value of {largest:.3g} is too large to be added exactly to {scale} decimals"
            )
        if largest < 1 and largest * factor < _SMALLEST:
            said = f"no value is above {largest:.3g}: too small to be added exactly to {scale} decimals"
            return Unmeasured(Cause.TOO_LARGE, said)
        return None

    def again(rows: Sequence[Row]) -> bool:
        if exact or layers.careful:
            return False
        count = sum(row[spread.known] or 0 for row in rows)
        top = spread.largest(rows) * factor / max(added.values()) + 1
        return spread.infinite(rows) or count >= _MOST_IN_LIMBS or count * top >= 2.0**53

    return Reading(state, trouble, again)


def _whole_sum(layers: Layers, of: Expr, where: Expr | None, finite: nw.Expr) -> Mapping[str, int]:
    return {layers.ask(("whole sum", of, where), finite.cast(nw.Decimal(38, 0)).sum()): 1}


def _fixed_sum(layers: Layers, of: Expr, where: Expr | None, scale: int, finite: nw.Expr) -> Mapping[str, int]:
    """Ask for the sum of floor(x·10^scale + 0.5), and return the aggregates that make it up with what each is worth.

    Decimal(38, 0) holds any of it and costs three times what floats do. So the whole number is cut into limbs of 26 bits,
    whose sums are whole numbers below 2^53: floats add those exactly, in any order. Where they may not be, the careful
    pass adds decimals. (Adding and subtracting 1.5·2^52 limbs rounds to whole limbs.)
    """
    key = (of, where, scale)
    shifted = finite * float(10**scale)
    if layers.careful:
        fixed = (shifted.clip(-_LARGEST, _LARGEST) + 0.5).floor().cast(nw.Decimal(38, 0))
        return {layers.ask(("fixed sum", *key), fixed.sum()): 1}
    rest = layers.keep(("fixed", *key), (shifted + 0.5).floor(), 4)
    added = {}
    several = 2 if isinstance(of, Col) else 3
    for limb in range(1, several):
        worth = 2.0 ** (_LIMB_BITS * limb)
        above = layers.keep(("above", limb, *key), (rest + worth * _ROUNDER) - worth * _ROUNDER, 4 + limb)
        added[layers.ask(("limb", limb, *key), (rest - above).sum())] = 2 ** (_LIMB_BITS * (limb - 1))
        rest = above
    added[layers.ask(("limb", several, *key), rest.sum())] = 2 ** (_LIMB_BITS * (several - 1))
    return added


def _extreme(layers: Layers, of: Expr, where: Expr | None) -> Reading:
    _, spread = _spread(layers, of, where)

    def state(row: Row) -> Plain:
        rows, missing, infinite = spread.counts(row)
        return Extremes(_plain(row[spread.low]), _plain(row[spread.high]), rows, missing, infinite)

    return Reading(state, again=spread.infinite)


def _histogram(layers: Layers, of: Expr, edges: tuple[float, ...], where: Expr | None) -> Reading:
    value = _value(layers, of, where)
    rows = rows_where(layers, where)
    known = _known(layers, of, where)
    reached = [layers.ask(("reaches", of, where, edge), layers.trues(value >= edge)) for edge in edges]

    def state(row: Row) -> Plain:
        above = [row[name] or 0 for name in reached]
        counts = tuple(low - high for low, high in pairwise(above))
        seen = row[known] or 0
        return Binned(edges, counts, seen - above[0], above[-1], (row[rows] or 0) - seen)

    return Reading(state)


def _plain(found: Any) -> int | float | None:
    """Return a number; a date as days and a time as seconds since 1970-01-01."""
    match found:
        case datetime():
            return (found - _EPOCH).total_seconds()
        case date():
            return (found - _EPOCH.date()).days
        case float():
            return found + 0.0  # no negative zero
        case _:
            return None if found is None else int(found)
