"""Measures: what to count. Frozen, compared by structure; the canonical form is dedupe key, cache key and evidence id."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from policykit.canon import canonical, digest
from policykit.terms import expr as words
from policykit.terms.expr import Expr, columns
from policykit.terms.literal import scalar_form, scalar_unform

Key: TypeAlias = tuple[Expr, ...]
MOST_CELLS = 100_000


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows, optionally only those where `where` is TRUE; with `by`, for each key."""

    dataset: str
    where: Expr | None = None
    by: Key = ()


@dataclass(frozen=True, slots=True)
class Sum:
    """The fixed-point sum of `of`: floor(x·10^scale + 0.5), added as whole numbers, over rows where `of` is a finite number."""

    dataset: str
    of: Expr
    where: Expr | None = None
    scale: int = 9
    by: Key = ()


@dataclass(frozen=True, slots=True)
class Extreme:
    """The smallest and largest finite value of `of`."""

    dataset: str
    of: Expr
    where: Expr | None = None
    by: Key = ()


@dataclass(frozen=True, slots=True)
class Cells:
    """A contingency table: how many rows have each combination of the values of `of` (at most 100,000 cells)."""

    dataset: str
    of: Key
    where: Expr | None = None
    by: Key = ()


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many rows fall between each two of the rising `edges` ([a, b)), below the first, at or above the last, and are missing."""

    dataset: str
    of: Expr
    edges: tuple[float, ...]
    where: Expr | None = None
    by: Key = ()


@dataclass(frozen=True, slots=True)
class Distinct:
    """How often each combination of `columns` occurs, told as: how many combinations occur k times, for each k.

    NULL equals NULL. Exact, not mergeable; its memory grows with the keys.
    """

    dataset: str
    columns: Key
    where: Expr | None = None
    by: Key = ()


@dataclass(frozen=True, slots=True)
class Quantile:
    """The order statistics of `of` at the given ranks' shares: inverse CDF, the ⌈q·n⌉-th smallest non-missing value for each q.

    Exact, not mergeable.
    """

    dataset: str
    of: Expr
    shares: tuple[float, ...]
    where: Expr | None = None
    by: Key = ()


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many distinct keys of `left` also occur in `right` (NULL equals NULL)."""

    left: str
    right: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """The same `rows` rows every time, ordered by blake2b of the key: an input to measuring, never a published measurement."""

    dataset: str
    columns: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Fact:
    """Declared evidence, by path: `facts.owners.model`, `documents.load_test.samples`, `datasets.evaluation.collected`.

    Roots: `facts`, `documents`, `datasets.<role>.collected | columns | rows`, `bundle.name | version`, and `model.contents`:
    what the model's files are by their bytes, which is recomputed, not declared.
    """

    path: tuple[str, ...]


Scan: TypeAlias = Count | Sum | Extreme | Cells | Histogram | Distinct | Quantile
Measure: TypeAlias = Scan | Overlap | Sample | Fact


def read(measure: Measure) -> frozenset[tuple[str, str]]:
    """Return the (dataset, column) pairs that `measure` reads."""
    match measure:
        case Count(dataset, where, by):
            parts: tuple[Expr | None, ...] = (where, *by)
        case Sum(dataset, of, where, _, by) | Extreme(dataset, of, where, by) | Histogram(dataset, of, _, where, by):
            parts = (of, where, *by)
        case Quantile(dataset, of, _, where, by):
            parts = (of, where, *by)
        case Cells(dataset, key, where, by) | Distinct(dataset, key, where, by):
            parts = (*key, where, *by)
        case Overlap(left, right, keys):
            return frozenset((role, key) for role in (left, right) for key in keys)
        case Sample(dataset, names, _):
            return frozenset((dataset, name) for name in names)
        case Fact():
            return frozenset()
    return frozenset((dataset, name) for part in parts for name in columns(part))


def datasets(measure: Measure) -> tuple[str, ...]:
    """Return the dataset roles that `measure` scans."""
    match measure:
        case Overlap(left, right, _):
            return (left, right)
        case Fact():
            return ()
        case _:
            return (measure.dataset,)


def form(thing: Any) -> Any:
    """Return the canonical JSON form of a measure or expression."""
    if is_dataclass(thing) and not isinstance(thing, type):
        body = {f.name: form(getattr(thing, f.name)) for f in fields(thing) if f.init}
        kept = {name: value for name, value in body.items() if value not in (None, [])}
        return {type(thing).__name__: kept}
    if isinstance(thing, tuple):
        return [form(part) for part in thing]
    return scalar_form(thing)


def unform(body: Any) -> Any:
    """Return the measure or expression whose canonical form is `body`; raise ValueError where it is none."""
    if isinstance(body, dict) and len(body) == 1:
        number = scalar_unform(body)
        if number is not body:
            return number
        ((name, inner),) = body.items()
        kind = _KINDS.get(name)
        if kind is not None and isinstance(inner, dict):
            try:
                return kind(**{field: unform(value) for field, value in inner.items()})
            except TypeError as error:
                raise ValueError(f"`{name}` is not written as it should be") from error
    if isinstance(body, list):
        return tuple(unform(part) for part in body)
    if isinstance(body, dict):
        raise ValueError("not a measure that this version knows")
    return body


@lru_cache(maxsize=100_000)
def identity(measure: Measure) -> str:
    """Return the evidence id of `measure`: the first 16 hex digits of the SHA-256 of its canonical form."""
    return digest(canonical(form(measure)))[:16]


_KINDS: dict[str, Any] = {
    kind.__name__: kind for kind in (Count, Sum, Extreme, Cells, Histogram, Distinct, Quantile, Overlap, Sample, Fact)
} | {name: kind for name, kind in vars(words).items() if isinstance(kind, type) and is_dataclass(kind)}
