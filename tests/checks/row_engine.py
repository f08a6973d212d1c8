"""A tiny measuring engine in plain Python, row by row, so that checks are tested before and apart from the real one."""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from policykit.terms import expr as e
from policykit.terms.check import Check, Example
from policykit.terms.frame import Frame, cut_prediction
from policykit.terms.measure import Cells, Count, Distinct, Extreme, Measure, Quantile, Sum
from policykit.terms.state import Counted, Extremes, Ranked, Repeats, State, Summed, Table, order

Row = Mapping[str, Any]


def rows_of(table: Mapping[str, Iterable[Any]]) -> list[Row]:
    """Turn columns into rows."""
    names = list(table)
    return [dict(zip(names, values, strict=True)) for values in zip(*table.values(), strict=True)]


def ask(check: Check, frame: Frame, rows: list[Row]) -> dict[str, State]:
    """Measure what a check asks for, in at most three rounds."""
    got: dict[str, State] = {}
    for _ in range(3):
        new = {name: m for name, m in check.measures(frame, got).items() if name not in got}
        if not new:
            return got
        got |= {name: measure(m, rows) for name, m in new.items()}
    assert not set(check.measures(frame, got)) - set(got), "a check asks in at most three rounds"
    return got


def answer(check: Check, frame: Frame, rows: list[Row], level: float = 0.9) -> Any:
    """Return what a check says about rows."""
    return check.estimate(frame, ask(check, frame, rows), level)


def compare(check: Check, frame: Frame, rows: list[Row], level: float = 0.9) -> Any:
    """Return what a check says about candidate minus champion."""
    return check.contrast(frame, ask(check, frame, rows), level)


def frame_of(task: Mapping[str, Any], group: str | None = None, **more: Any) -> Frame:
    """Build the frame of a bundle's task, as the planner would."""
    lit = {name: e.Lit(task[name]) for name in ("positive", "favourable") if name in task}
    prediction, score, cut = task.get("prediction"), task.get("score"), None
    said: e.Expr | None = None
    if isinstance(prediction, Mapping):
        cut = float(prediction["at_least"])
        said = cut_prediction(score, cut)
    elif prediction:
        said = e.Col(prediction)
    return Frame(
        "evaluation",
        kind=task.get("kind"),
        label=e.Col(task["target"]) if "target" in task else None,
        prediction=said,
        score=e.Col(score) if score else None,
        cut=cut,
        group=e.Col(group) if group else None,
        attribute=group or "",
        **lit,
        **more,
    )


def verdict(check: Check, example: Example) -> str:
    """Judge an example by the bound against its one limit, roughly as the gate does."""
    from policykit.terms.quantity import parse
    from policykit.terms.verdict import Unmeasured

    rule = dict(example.rule)
    groups = rule.pop("for_each", None)
    frame = frame_of(example.task, groups[0] if groups else None)
    found = answer(check, frame, table_of(example.rows))
    if isinstance(found, Unmeasured):
        return f"undecided({found.cause})"
    ((word, text),) = [(w, t) for w, t in rule.items() if w in ("at_most", "at_least")]
    limit = float(parse(str(text), check.unit).value)
    low, high = (found.low, found.high) if word == "at_most" else (-found.high, -found.low)
    limit = limit if word == "at_most" else -limit
    return "pass" if high <= limit + 1e-9 else "fail" if low > limit else "undecided(straddles)"


def table_of(text: str) -> list[Row]:
    """Read the text table of an example."""
    names, *lines = [line.split() for line in text.strip().splitlines()]
    found: list[Row] = []
    for line in lines:
        row = dict(zip(names, map(_value, line), strict=True))
        found += [row] * int(row.pop("x", 1) or 0)
    return found


def measure(asked: Measure, rows: list[Row]) -> State:
    """Measure one thing."""
    kept = [row for row in rows if asked.where is None or value(asked.where, row) is True]  # type: ignore[union-attr]
    match asked:
        case Count():
            return Counted(len(kept))
        case Cells(of=of):
            counts = Counter(tuple(_plain(value(part, row)) for part in of) for row in kept)
            return Table(tuple(sorted(counts.items(), key=lambda cell: order(cell[0]))))
        case Extreme(of=of):
            found = [value(of, row) for row in kept]
            finite = [x for x in found if x is not None and math.isfinite(x)]
            missing = sum(x is None or math.isnan(x) for x in found)
            ends = (min(finite), max(finite)) if finite else (None, None)
            return Extremes(*ends, len(finite), missing, len(found) - len(finite) - missing)
        case Sum(of=of, scale=scale):
            found = [value(of, row) for row in kept]
            finite = [x for x in found if x is not None and math.isfinite(x)]
            missing = sum(x is None or math.isnan(x) for x in found)
            total = sum(math.floor(x * 10.0**scale + 0.5) for x in finite)
            return Summed(total, scale, len(finite), missing, len(found) - len(finite) - missing)
        case Quantile(of=of, shares=shares):
            ranked = sorted(x for row in kept if (x := _plain(value(of, row))) is not None)
            picked = tuple((q, ranked[max(1, math.ceil(q * len(ranked))) - 1]) for q in shares) if ranked else ()
            return Ranked(picked, len(ranked))
        case Distinct(columns=columns):
            times = Counter(Counter(tuple(_plain(value(part, row)) for part in columns) for row in kept).values())
            return Repeats(tuple(sorted(times.items())))
    raise AssertionError(f"the tests do not measure {asked}")


def value(of: e.Expr, row: Row) -> Any:
    """Evaluate an expression on a row; None is unknown."""
    match of:
        case e.Col(name):
            return row[name]
        case e.Lit(constant):
            return constant
        case e.Compare(op, left, right):
            return _known(_COMPARE[op], value(left, row), value(right, row))
        case e.Calc(op, left, right):
            return _calc(op, value(left, row), value(right, row))
        case e.Abs(inner):
            return _known1(abs, value(inner, row))
        case e.Floor(inner):
            return _known1(math.floor, value(inner, row))
        case e.And(parts):
            found = [value(part, row) for part in parts]
            return False if False in found else None if None in found else True
        case e.Or(parts):
            found = [value(part, row) for part in parts]
            return True if True in found else None if None in found else False
        case e.Not(inner):
            inside = value(inner, row)
            return None if inside is None else not inside
        case e.IsMissing(inner):
            return _plain(value(inner, row)) is None
        case e.IsNaN(inner):
            inside = value(inner, row)
            return isinstance(inside, float) and math.isnan(inside)
        case e.Bin(inner, start, width, count):
            inside = _plain(value(inner, row))
            if inside is None:
                return None
            return max(0, min(count - 1, math.floor((inside - start) / width))) if math.isfinite(inside) else 0
    raise AssertionError(f"the tests do not evaluate {of}")


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _calc(op: str, left: Any, right: Any) -> Any:
    if left is None or right is None or (op == "/" and right == 0):
        return None
    return {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}[op](left, right)


def _known(function: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    return None if _plain(left) is None or _plain(right) is None else function(left, right)


def _known1(function: Callable[[Any], Any], inner: Any) -> Any:
    return None if _plain(inner) is None else function(inner)


def _plain(found: Any) -> Any:
    return None if isinstance(found, float) and math.isnan(found) else found


def _value(text: str) -> Any:
    if text == "-":
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
