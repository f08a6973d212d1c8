"""Merging: the states of two parts of the data add up to the state of the whole."""

from __future__ import annotations

from collections import Counter

from policykit.terms.state import (
    Binned,
    Counted,
    Extremes,
    Grouped,
    Plain,
    State,
    Summed,
    Table,
    Values,
    order,
)


def merge(a: State, b: State) -> State:
    """Return the state over the rows of `a` and `b` together.

    Raise ValueError where the two do not measure the same thing, or where such states cannot be merged: repeats, ranks and
    overlaps need the rows themselves.
    """
    if isinstance(a, Grouped) and isinstance(b, Grouped):
        parts: dict[object, tuple[Values, Plain]] = {}
        for key, state in (*a.parts, *b.parts):
            same = _same(key)
            parts[same] = (key, merge_plain(parts[same][1], state) if same in parts else state)
        return Grouped(tuple(sorted(parts.values(), key=lambda part: order(part[0]))))
    if isinstance(a, Grouped) or isinstance(b, Grouped):
        raise ValueError("a measurement by group and one without groups do not add up")
    return merge_plain(a, b)


def merge_plain(a: Plain, b: Plain) -> Plain:
    """Return the state over the rows of two states without groups."""
    match a, b:
        case Counted(), Counted():
            return Counted(a.rows + b.rows)
        case Summed(), Summed() if a.scale == b.scale:
            return Summed(a.total + b.total, a.scale, a.rows + b.rows, a.missing + b.missing, a.infinite + b.infinite)
        case Extremes(), Extremes():
            lows = [low for low in (a.low, b.low) if low is not None]
            highs = [high for high in (a.high, b.high) if high is not None]
            return Extremes(
                min(lows, default=None),
                max(highs, default=None),
                a.rows + b.rows,
                a.missing + b.missing,
                a.infinite + b.infinite,
            )
        case Table(), Table():
            counts = Counter({_same(key): count for key, count in a.cells})
            counts.update({_same(key): count for key, count in b.cells})
            names = {_same(key): key for key, _ in (*b.cells, *a.cells)}
            return Table(
                tuple((names[same], counts[same]) for same in sorted(counts, key=lambda same: order(names[same])))
            )
        case Binned(), Binned() if a.edges == b.edges:
            return Binned(
                a.edges,
                tuple(x + y for x, y in zip(a.counts, b.counts, strict=True)),
                a.below + b.below,
                a.above + b.above,
                a.missing + b.missing,
            )
        case _:
            raise ValueError(f"{type(a).__name__} and {type(b).__name__} of this kind do not add up")


def _same(key: Values) -> tuple[tuple[bool, object], ...]:
    """Return what tells keys apart: `1` and `1.0` are one key, `true` is another."""
    return tuple((isinstance(value, bool), value) for value in key)
