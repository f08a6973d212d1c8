"""What measures are, row by row in plain Python: slow, obvious, independent of any engine. And tables and questions to try."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from policykit.terms.expr import (
    Abs,
    And,
    Band,
    Bin,
    Calc,
    Col,
    Compare,
    Cross,
    Expr,
    Floor,
    IsIn,
    IsMissing,
    IsNaN,
    Length,
    Lit,
    Matches,
    Not,
    Or,
    Recode,
)
from policykit.terms.measure import Cells, Count, Distinct, Extreme, Histogram, Quantile, Scan, Sum
from policykit.terms.state import (
    Binned,
    Counted,
    Extremes,
    Grouped,
    Plain,
    Ranked,
    Repeats,
    State,
    Summed,
    Table,
    Value,
    order,
)
from policykit.terms.verdict import Cause, Unmeasured

Row = dict[str, Any]
NUMBER, WHOLE, TEXT, FLAG, DAY = "^n.*$", "*", 'q"`.[0]\n😀', "r0", "day"
KINDS = {NUMBER: "decimal", WHOLE: "integer", TEXT: "text", FLAG: "boolean", DAY: "date"}
ROLE = "evaluation"


# ---------------------------------------------------------------------------------------------- one expression, one row


def value(expr: Expr, row: Row) -> Any:
    """Return the value of `expr` in one row; None is missing or unknown."""
    match expr:
        case Col(name):
            found = row[name]
            return None if isinstance(found, float) and math.isnan(found) else found
        case Lit(constant):
            return constant
        case Calc():
            return _known(_calculated(expr, row, value))
        case Compare(op, left, right):
            return compared(op, value(left, row), value(right, row))
        case And(of):
            found = [value(part, row) for part in of]
            return False if False in found else None if None in found else True
        case Or(of):
            found = [value(part, row) for part in of]
            return True if True in found else None if None in found else False
        case Not(of):
            found = value(of, row)
            return None if found is None else not found
        case Floor(of):
            found = value(of, row)
            return found if found is None or math.isinf(found) else type(found)(math.floor(found))
        case Abs(of):
            found = value(of, row)
            return None if found is None else abs(found)
        case IsMissing(of):
            return value(of, row) is None
        case IsNaN(of):
            found = raw(of, row)
            return isinstance(found, float) and math.isnan(found)
        case IsIn(of, values):
            found = value(of, row)
            return None if found is None else any(found == literal.value for literal in values)
        case Matches(of, pattern):
            found = value(of, row)
            return None if found is None else re.search(pattern, found) is not None
        case Length(of):
            found = value(of, row)
            return None if found is None else len(found)
        case Recode(of, pairs):
            found = value(of, row)
            return (
                None
                if found is None
                else next((new for old, new in pairs if compared("=", found, old.value)), _kept(found, pairs))
            )
        case Cross(of):
            parts = [value(part, row) for part in of]
            return " × ".join("(missing)" if part is None else _part(spelt(part)) for part in parts)
        case Band(of, edges, labels):
            found = value(of, row)
            return None if found is None else labels[sum(1 for edge in edges if edge <= found)]
        case Bin(of, start, width, count):
            found = value(of, row)
            if found is None:
                return None
            place = (float(found) - start) / width
            return max(0, min(count - 1, place)) if math.isinf(place) else max(0, min(count - 1, math.floor(place)))


def raw(expr: Expr, row: Row) -> Any:
    """Return the value of `expr` with NaN left in it, which only `IsNaN` asks for."""
    match expr:
        case Col(name):
            return row[name]
        case Calc():
            return _calculated(expr, row, raw)
        case Abs(of):
            found = raw(of, row)
            return None if found is None else abs(found)
        case Floor(of):
            return raw(of, row)
        case _:
            return value(expr, row)


def compared(op: str, left: Any, right: Any) -> bool | None:
    """Return a comparison, unknown where a side is missing; an ISO text stands for its date."""
    if left is None or right is None:
        return None
    if isinstance(left, date) and isinstance(right, str):
        right = date.fromisoformat(right)
    return {
        "=": left == right,
        "<>": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[op]


def spelt(found: Any) -> str:
    """Return a value as text."""
    match found:
        case bool():
            return str(found).lower()
        case float():
            return str(int(found)) if math.isfinite(found) and found == int(found) else str(found)
        case date():
            return found.isoformat()
        case _:
            return str(found)


def _calculated(expr: Calc, row: Row, side: Callable[[Expr, Row], Any]) -> float | None:
    left, right = side(expr.left, row), side(expr.right, row)
    if left is None or right is None:
        return None
    left, right = float(left), float(right)
    match expr.op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return None if right == 0 else left / right


def _known(found: float | None) -> float | None:
    return None if found is None or math.isnan(found) else found


# ------------------------------------------------------------------------------------------------ one measure, all rows


def take(measure: Scan, rows: Sequence[Row]) -> State | Unmeasured:
    """Return the state of `measure` over `rows`; a group that its condition empties is still a group."""
    trouble = _trouble(measure, rows)
    if trouble is not None:
        return trouble
    if not measure.by:
        return _plain(measure, rows)
    groups: dict[tuple[Value, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(_key(measure.by, row), []).append(row)
    parts = [(key, _plain(measure, group)) for key, group in groups.items()]
    return Grouped(tuple(sorted(parts, key=lambda part: order(part[0]))))


def _plain(measure: Scan, rows: Sequence[Row]) -> Plain:
    kept = [row for row in rows if measure.where is None or value(measure.where, row) is True]
    match measure:
        case Count():
            return Counted(len(kept))
        case Cells(of=of):
            counts = Counter(_key(of, row) for row in kept)
            return Table(tuple(sorted(counts.items(), key=lambda cell: order(cell[0]))))
        case Distinct(columns=of):
            counts = Counter(_key(of, row) for row in kept)
            return Repeats(tuple(sorted(Counter(counts.values()).items())))
        case Sum(of=of, scale=scale):
            finite, missing, infinite = _spread(of, kept)
            total = sum(_fixed(number, scale) for number in finite)
            return Summed(total, scale, len(finite), missing, infinite)
        case Extreme(of=of):
            finite, missing, infinite = _spread(of, kept)
            return Extremes(min(finite, default=None), max(finite, default=None), len(finite), missing, infinite)
        case Histogram(of=of, edges=edges):
            found = [value(of, row) for row in kept]
            known = [number for number in found if number is not None]
            counts = [sum(1 for x in known if a <= x < b) for a, b in pairwise(edges)]
            below, above = sum(1 for x in known if x < edges[0]), sum(1 for x in known if x >= edges[-1])
            return Binned(edges, tuple(counts), below, above, len(found) - len(known))
        case Quantile(of=of, shares=shares):
            known = sorted(number for row in kept if (number := value(of, row)) is not None)
            places = [max(1, math.ceil(Fraction(repr(share)) * len(known))) for share in shares]
            ranked = tuple((share, known[place - 1]) for share, place in zip(shares, places, strict=True) if known)
            return Ranked(ranked, len(known))


def _spread(of: Expr, rows: Sequence[Row]) -> tuple[list[Any], int, int]:
    found = [_day(value(of, row)) for row in rows]
    known = [number for number in found if number is not None]
    finite = [number for number in known if not math.isinf(number)]
    return finite, len(found) - len(known), len(known) - len(finite)


def _day(found: Any) -> Any:
    return (found - date(1970, 1, 1)).days if isinstance(found, date) else found


def _fixed(number: float, scale: int) -> int:
    return number * 10**scale if isinstance(number, int) else math.floor(number * float(10**scale) + 0.5)


def _trouble(measure: Scan, rows: Sequence[Row]) -> Unmeasured | None:
    if not isinstance(measure, Sum):
        return None
    kept = [row for row in rows if measure.where is None or value(measure.where, row) is True]
    finite = [number for number in _spread(measure.of, kept)[0] if isinstance(number, float)]
    largest = max((abs(number) for number in finite), default=0.0)
    fixed = largest * 10**measure.scale
    return Unmeasured(Cause.TOO_LARGE) if fixed > 1e28 or (0 < largest < 1 and fixed < 1_000) else None


def _key(key: Sequence[Expr], row: Row) -> tuple[Value, ...]:
    found = (value(part, row) for part in key)
    return tuple(part.isoformat() if isinstance(part, date) else part for part in found)


# ------------------------------------------------------------------------------------------------- tables and questions

_numbers = st.one_of(
    st.sampled_from([0.0, -0.0, 0.5, 1.0, -1.0, 2.0, 1e15, math.nan, math.inf, -math.inf]),
    st.integers(-5_000, 5_000).map(lambda n: n / 1_000),
)
_texts = st.sampled_from(["a", "b", "", "A", "é", "😀", "null", "a b", "1", "x\ny", "^a$", "مرحبا"])
_days = st.dates(date(2026, 1, 1), date(2026, 1, 6))
_row = st.fixed_dictionaries(
    {
        NUMBER: st.none() | _numbers,
        WHOLE: st.none() | st.integers(-4, 4),
        TEXT: st.none() | _texts,
        FLAG: st.none() | st.booleans(),
        DAY: st.none() | _days,
    }
)
tables = st.lists(_row, max_size=25)
_ops = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
_columns = st.sampled_from([Col(name) for name in KINDS])


def numbers(depth: int = 2) -> st.SearchStrategy[Expr]:
    """Return expressions that yield numbers."""
    leaf = st.one_of(st.sampled_from([Col(NUMBER), Col(WHOLE)]), st.sampled_from([0, 1, 2, 0.5, -1.0, 0.0]).map(Lit))
    if depth == 0:
        return leaf
    inner = numbers(depth - 1)
    return st.one_of(
        leaf,
        st.builds(Calc, st.sampled_from(["+", "-", "*", "/"]), inner, inner),
        st.just(Calc("-", Col(NUMBER), Compare("=", Col(WHOLE), Lit(1)))),
        st.builds(Floor, inner),
        st.builds(Abs, inner),
        st.just(Length(Col(TEXT))),
        st.builds(Bin, inner, st.just(-1.0), st.just(0.5), st.just(4)),
    )


def texts() -> st.SearchStrategy[Expr]:
    """Return expressions that yield text."""
    pairs = st.lists(
        st.tuples(_texts.map(Lit), st.sampled_from(["man", "woman"])), max_size=2, unique_by=lambda p: p[0]
    )
    return st.one_of(
        st.just(Col(TEXT)),
        st.builds(Recode, st.just(Col(TEXT)), pairs.map(tuple)),
        st.just(Recode(Col(WHOLE), ((Lit(1), "one"), (Lit(-2), "minus two")))),
        st.just(Recode(Col(NUMBER), ((Lit(1), "one"), (Lit(0.5), "half")))),
        st.just(Recode(Col(FLAG), ((Lit(True), "yes"),))),
        st.just(Recode(Col(DAY), ((Lit("2026-01-02"), "second"),))),
        st.just(Band(Col(NUMBER), (-1.0, 0.5, 2.0), ("low", "middle", "high", "top"))),
        st.builds(Cross, st.lists(_columns, min_size=1, max_size=3).map(tuple)),
    )


def conditions(depth: int = 2) -> st.SearchStrategy[Expr]:
    """Return expressions that are TRUE, FALSE or unknown."""
    leaf = st.one_of(
        st.just(Col(FLAG)),
        st.builds(Compare, _ops, numbers(1), numbers(1)),
        st.builds(Compare, _ops, texts(), _texts.map(Lit)),
        st.builds(Compare, _ops, st.just(Col(DAY)), _days.map(lambda day: Lit(day.isoformat()))),
        st.builds(IsMissing, st.one_of(_columns, numbers(1))),
        st.builds(IsNaN, st.one_of(_columns, numbers(1))),
        st.builds(IsIn, st.just(Col(TEXT)), st.lists(_texts.map(Lit), max_size=3).map(tuple)),
        st.builds(IsIn, numbers(1), st.lists(st.sampled_from([Lit(0), Lit(1), Lit(0.5)]), max_size=2).map(tuple)),
        st.builds(Matches, st.just(Col(TEXT)), st.sampled_from(["a", "^a", "é|b", "^$", "[0-9]"])),
    )
    if depth == 0:
        return leaf
    inner = conditions(depth - 1)
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(leaf, st.builds(And, several), st.builds(Or, several), st.builds(Not, inner))


keys = st.one_of(
    _columns,
    texts(),
    conditions(0),
    st.just(Bin(Col(NUMBER), 0.0, 0.5, 3)),
    st.just(Calc("+", Col(NUMBER), Col(WHOLE))),
)
_key_sets = st.lists(keys, min_size=1, max_size=2).map(tuple)
_by = st.just(()) | _key_sets
_where = st.none() | conditions()
additive: st.SearchStrategy[Scan] = st.one_of(
    st.builds(Count, st.just(ROLE), _where, _by),
    st.builds(Sum, st.just(ROLE), numbers() | conditions(0), _where, st.sampled_from([0, 3, 9]), _by),
    st.builds(Extreme, st.just(ROLE), numbers() | st.just(Col(DAY)), _where, _by),
    st.builds(Cells, st.just(ROLE), _key_sets, _where, _by),
    st.builds(Histogram, st.just(ROLE), numbers(1), st.sampled_from([(0.0, 1.0), (-1.0, 0.0, 0.5, 2.0)]), _where, _by),
)
measures: st.SearchStrategy[Scan] = additive | st.one_of(
    st.builds(Distinct, st.just(ROLE), _key_sets, _where, _by),
    st.builds(Quantile, st.just(ROLE), numbers(1), st.sampled_from([(0.5,), (0.07, 0.95, 1.0), (0.0,)]), _where, _by),
)


def _kept(found, pairs):
    text = spelt(found)
    return f"{text} (as it stands)" if text in [new for _, new in pairs] else text


def _part(text):
    doubled = text.replace("×", "××")
    return f'"{doubled}"' if doubled.strip('"') == "(missing)" else doubled
