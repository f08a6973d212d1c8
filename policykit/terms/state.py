"""States: what was counted. Exact, JSON-able, and where they can be, mergeable across days, sites and engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from policykit.canon import integer

Value: TypeAlias = bool | int | float | str | None
"""One key value as measured; None is missing (NULL or NaN)."""
Values: TypeAlias = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """State of `Count`."""

    rows: int


@dataclass(frozen=True, slots=True)
class Summed:
    """State of `Sum`: `total` is the sum times 10^scale; `rows` were added, `missing` were NULL or NaN, `infinite` were ±inf."""

    total: int
    scale: int
    rows: int
    missing: int = 0
    infinite: int = 0


@dataclass(frozen=True, slots=True)
class Extremes:
    """State of `Extreme`; `low` and `high` are None where `rows` is 0. `infinite` values are counted, not compared."""

    low: int | float | None
    high: int | float | None
    rows: int
    missing: int = 0
    infinite: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """State of `Cells`: how many rows have each key, sorted by key."""

    cells: tuple[tuple[Values, int], ...]

    @property
    def rows(self) -> int:
        """Return how many rows were counted in all."""
        return sum(count for _, count in self.cells)


@dataclass(frozen=True, slots=True)
class Binned:
    """State of `Histogram`: len(counts) = len(edges) − 1."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    below: int
    above: int
    missing: int


@dataclass(frozen=True, slots=True)
class Repeats:
    """State of `Distinct`: (k, how many combinations occur exactly k times), k rising."""

    times: tuple[tuple[int, int], ...]

    @property
    def rows(self) -> int:
        """Return how many rows were looked at."""
        return sum(k * count for k, count in self.times)

    @property
    def distinct(self) -> int:
        """Return how many different combinations there are."""
        return sum(count for _, count in self.times)


@dataclass(frozen=True, slots=True)
class Ranked:
    """State of `Quantile`: (share, value) pairs over `rows` non-missing values."""

    values: tuple[tuple[float, int | float], ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Overlapped:
    """State of `Overlap`: distinct keys on the left, on the right, and on both."""

    left: int
    right: int
    both: int


@dataclass(frozen=True, slots=True)
class Stated:
    """State of `Fact`: the declared value, as JSON; absent facts are `Unmeasured(missing)`."""

    value: Any


@dataclass(frozen=True, slots=True)
class Grouped:
    """State of a measure with `by`: one state a key, sorted by key."""

    parts: tuple[tuple[Values, Plain], ...]

    def part(self, key: Values) -> Plain | None:
        """Return the state of one group, or None where no row has that key."""
        return next((state for found, state in self.parts if found == key), None)


Plain: TypeAlias = Counted | Summed | Extremes | Table | Binned | Repeats | Ranked | Overlapped | Stated
State: TypeAlias = Plain | Grouped


def order(key: Values) -> tuple[tuple[int, str, float | str], ...]:
    """Return a sort key for mixed values: missing first, then booleans, numbers, texts."""
    return tuple(_order(value) for value in key)


def _order(value: Value) -> tuple[int, str, float | str]:
    match value:
        case None:
            return (0, "", "")
        case bool():
            return (1, "", float(value))
        case int() | float():
            return (2, "", value)  # compared exactly: identifiers beyond 2^53 stay apart
        case str():
            return (3, value, "")


def to_json(state: State) -> dict[str, Any]:
    """Write a state as JSON; integers beyond 2^53 − 1 become decimal strings, floats are tagged."""
    match state:
        case Counted(rows):
            body: dict[str, Any] = {"rows": integer(rows)}
        case Summed(total, scale, rows, missing, infinite):
            body = {
                "total": str(total),
                "scale": scale,
                "rows": integer(rows),
                "missing": integer(missing),
                "infinite": integer(infinite),
            }
        case Extremes(low, high, rows, missing, infinite):
            body = {
                "low": _out(low),
                "high": _out(high),
                "rows": integer(rows),
                "missing": integer(missing),
                "infinite": integer(infinite),
            }
        case Table(cells):
            body = {"cells": [[[_out(v) for v in key], integer(count)] for key, count in cells]}
        case Binned(edges, counts, below, above, missing):
            body = {
                "edges": [_out(edge) for edge in edges],
                "counts": [integer(count) for count in counts],
                "below": integer(below),
                "above": integer(above),
                "missing": integer(missing),
            }
        case Repeats(times):
            body = {"times": [[integer(k), integer(count)] for k, count in times]}
        case Ranked(values, rows):
            body = {"values": [[_out(share), _out(value)] for share, value in values], "rows": integer(rows)}
        case Overlapped(left, right, both):
            body = {"left": integer(left), "right": integer(right), "both": integer(both)}
        case Stated(value):
            body = {"value": _safe(value)}
        case Grouped(parts):
            body = {"parts": [[[_out(v) for v in key], to_json(part)] for key, part in parts]}
    return {"kind": type(state).__name__, **body}


def from_json(body: Mapping[str, Any]) -> State:
    """Read a state; raise ValueError where it is none."""
    try:
        return _read(body)
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError("a measurement's state is not written as it should be") from error


def _read(body: Mapping[str, Any]) -> State:
    match body["kind"]:
        case "Counted":
            return Counted(_whole(body["rows"]))
        case "Summed":
            counts = (_whole(body[name]) for name in ("rows", "missing", "infinite"))
            return Summed(_whole(body["total"]), _whole(body["scale"]), *counts)
        case "Extremes":
            counts = (_whole(body[name]) for name in ("rows", "missing", "infinite"))
            return Extremes(_number(body["low"]), _number(body["high"]), *counts)
        case "Table":
            return Table(tuple((_key(key), _whole(count)) for key, count in body["cells"]))
        case "Binned":
            edges = tuple(float(_in(edge)) for edge in body["edges"])
            tails = (_whole(body[name]) for name in ("below", "above", "missing"))
            return Binned(edges, tuple(_whole(count) for count in body["counts"]), *tails)
        case "Repeats":
            return Repeats(tuple((_whole(k), _whole(count)) for k, count in body["times"]))
        case "Ranked":
            values = tuple((float(_in(share)), _in(value)) for share, value in body["values"])
            return Ranked(values, _whole(body["rows"]))
        case "Overlapped":
            return Overlapped(_whole(body["left"]), _whole(body["right"]), _whole(body["both"]))
        case "Stated":
            return Stated(_unsafe(body["value"]))
        case "Grouped":
            parts = ((_key(key), _read(part)) for key, part in body["parts"])
            return Grouped(tuple((key, part) for key, part in parts if not isinstance(part, Grouped)))
        case other:
            raise ValueError(f"`{other}` is not a state that this version knows")


def _out(value: Value) -> Any:
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, int) and not isinstance(value, bool):
        whole = integer(value)
        return {"int": whole} if isinstance(whole, str) else whole
    return value


def _in(value: Any) -> Any:
    if isinstance(value, dict):
        found = float(value["float"]) if "float" in value else int(value["int"])
        if found != found:
            raise ValueError("a state holds no NaN: missing is missing")
        return found
    return value


def _key(key: Any) -> Values:
    return tuple(_in(value) for value in key)


def _number(value: Any) -> int | float | None:
    found = _in(value)
    if isinstance(found, bool) or not (found is None or isinstance(found, int | float)):
        raise TypeError("not a number")
    return found


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError("not a whole number")
    return int(value)


def _safe(value: Any) -> Any:
    match value:
        case dict():
            return {"object": {str(name): _safe(inner) for name, inner in value.items()}}
        case list() | tuple():
            return [_safe(inner) for inner in value]
        case _:
            return _out(value)


def _unsafe(value: Any) -> Any:
    match value:
        case {"object": dict() as inner}:
            return {name: _unsafe(part) for name, part in inner.items()}
        case list():
            return [_unsafe(part) for part in value]
        case _:
            return _in(value)
