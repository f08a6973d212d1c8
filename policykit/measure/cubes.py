"""Cubes: key sets that are counted together and told apart afterwards.

A key is taken apart into what is cheap to group by: an intersection into its parts, a renamed value into the value, a band into
its number. Several key sets whose parts have few values share one pass over the rows, the cube; each measure then rolls
the cube up to its own keys. That gives the same states, since the states of parts add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

import narwhals as nw

from policykit.measure.compile import Placed, compiled
from policykit.terms.expr import Band, Bin, Col, Cross, Expr, Recode
from policykit.terms.kinds import yields

MOST_TOGETHER = 20_000


@dataclass(frozen=True, slots=True)
class Part:
    """What rows are grouped by: the value of an expression, or, with edges, how many of them it reaches."""

    of: Expr
    edges: tuple[float, ...] = ()


def parts(key: Expr) -> tuple[Part, ...]:
    """Return what `key` can be put together from."""
    match key:
        case Cross(of):
            return tuple(part for inner in of for part in parts(inner))
        case Recode(of, _):
            return parts(of)
        case Band(of, edges, _) if edges:
            return (Part(of, edges),)
        case _:
            return (Part(key),)


@dataclass(slots=True)
class Cube:
    """The columns of one cube: the parts that rows are grouped by, and the keys that are put together from them."""

    columns: Mapping[str, Placed]
    names: dict[Part, str] = field(default_factory=dict)

    def grouping(self, keys: Iterable[Expr]) -> list[nw.Expr]:
        """Return the columns to group by so that every one of `keys` can be put together again."""
        for part in dict.fromkeys(part for key in keys for part in parts(key)):
            self.names.setdefault(part, f"g{len(self.names)}")
        return [self._grouped(part).alias(name) for part, name in self.names.items()]

    def key(self, key: Expr) -> nw.Expr:
        """Return `key`, put together from the columns of the cube."""
        placed = {name: Placed(name, name, self._kind(part)) for part, name in self.names.items()}
        return compiled(self._from_parts(key), placed)

    def condition(self, where: Expr) -> nw.Expr:
        """Return a condition on columns that are parts of the cube, to be looked at in each cell."""
        placed = {
            part.of.name: Placed(name, name, self._kind(part))
            for part, name in self.names.items()
            if isinstance(part.of, Col) and not part.edges
        }
        return compiled(where, placed)

    def _grouped(self, part: Part) -> nw.Expr:
        found = compiled(part.of, self.columns)
        if part.edges:
            reached = [(found >= edge).cast(nw.Int16) for edge in part.edges]
            return sum(reached[1:], reached[0])
        return found + 0.0 if self._kind(part) == "decimal" else found  # no negative zero

    def _kind(self, part: Part) -> str:
        return (
            "integer" if part.edges else yields(part.of, {name: placed.kind for name, placed in self.columns.items()})
        )

    def _from_parts(self, key: Expr) -> Expr:
        match key:
            case Cross(of):
                return Cross(tuple(self._from_parts(inner) for inner in of))
            case Recode(of, pairs):
                return Recode(self._from_parts(of), pairs)
            case Band(of, edges, labels) if edges:
                steps = tuple(float(step) for step in range(1, len(edges) + 1))
                return Band(Col(self.names[Part(of, edges)]), steps, labels)
            case _:
                return Col(self.names[Part(key)])


def together(key_sets: Sequence[frozenset[Expr]], sizes: Mapping[Part, int]) -> list[list[int]]:
    """Return which of `key_sets` are counted together, by their places; `sizes` guesses how many values each part has.

    A wrong guess costs time, never truth.
    """
    needed = [frozenset(part for key in keys for part in parts(key)) for keys in key_sets]
    order = sorted(range(len(key_sets)), key=lambda place: _cells(needed[place], sizes))
    cubes: list[tuple[set[Part], list[int]]] = []
    for place in order:
        home = next((cube for cube in cubes if _cells(cube[0] | needed[place], sizes) <= MOST_TOGETHER), None)
        if home is None:
            cubes.append((set(needed[place]), [place]))
        else:
            home[0].update(needed[place])
            home[1].append(place)
    return [sorted(places) for _, places in cubes]


def bounded(part: Part, kind: str) -> int | None:
    """Return the most values `part` can have, where that is known without looking."""
    if part.edges:
        return len(part.edges) + 2
    if isinstance(part.of, Bin):
        return part.of.count + 1
    return 3 if kind == "boolean" else None


def _cells(needed: Iterable[Part], sizes: Mapping[Part, int]) -> int:
    return prod(sizes[part] for part in needed)
