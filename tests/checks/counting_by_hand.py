"""Measures taken row by row in plain Python: slow, obvious, and independent of the engine. For tests alone."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from policykit.terms.check import Answer, Check
from policykit.terms.expr import Abs, And, Calc, Col, Compare, Expr, IsIn, IsMissing, Lit, Matches, Not, Or
from policykit.terms.frame import Frame
from policykit.terms.measure import Count, Distinct, Extreme, Fact, Measure, Sum
from policykit.terms.state import Counted, Extremes, Repeats, State, Stated, Summed
from policykit.terms.verdict import Cause, Unmeasured

Row = Mapping[str, Any]
MISSING = object()


def ask(
    check: Check,
    rows: Sequence[Row] = (),
    facts: Mapping[str, Any] | None = None,
    *,
    level: float = 0.9,
    **frame: Any,
) -> Answer:
    """Return what `check` answers about `rows` and `facts`: measured by hand, in as many rounds as it asks for."""
    where = Frame(dataset="evaluation", as_of=frame.pop("as_of", "2026-11-22"), **frame)
    got: dict[str, State] = {}
    for _ in range(3):
        wanted = check.measures(where, got)
        if set(wanted) <= set(got):
            break
        for name, measure in wanted.items():
            state = take(measure, rows, facts or {})
            if isinstance(state, Unmeasured):
                return state
            got[name] = state
    return check.estimate(where, got, level)


def take(measure: Measure, rows: Sequence[Row], facts: Mapping[str, Any]) -> State | Unmeasured:
    """Return the state of one measure over `rows`."""
    match measure:
        case Count(_, where):
            return Counted(sum(1 for row in rows if _kept(where, row)))
        case Sum(_, of, where, scale):
            values = [_value(of, row) for row in rows if _kept(where, row)]
            numbers = [Fraction(value) for value in values if value is not None and math.isfinite(value)]
            total = sum(math.floor(number * Fraction(10) ** scale + Fraction(1, 2)) for number in numbers)
            infinite = sum(1 for value in values if value is not None and math.isinf(value))
            return Summed(total, scale, len(numbers), len(values) - len(numbers) - infinite, infinite)
        case Extreme(_, of, where):
            values = [_value(of, row) for row in rows if _kept(where, row)]
            finite = [value for value in values if value is not None and math.isfinite(value)]
            infinite = sum(1 for value in values if value is not None and math.isinf(value))
            missing = len(values) - len(finite) - infinite
            return Extremes(min(finite, default=None), max(finite, default=None), len(finite), missing, infinite)
        case Distinct(_, key, where):
            keys = Counter(tuple(_value(part, row) for part in key) for row in rows if _kept(where, row))
            return Repeats(tuple(sorted(Counter(keys.values()).items())))
        case Fact(path):
            found: Any = facts
            for step in path:
                found = found.get(step, MISSING) if isinstance(found, Mapping) else MISSING
                if found is MISSING:
                    return Unmeasured(Cause.MISSING, f"nothing is stated under `{'.'.join(path)}`")
            return Stated(found)
        case _:
            raise NotImplementedError(measure)


def _kept(where: Expr | None, row: Row) -> bool:
    return where is None or _value(where, row) is True


def _value(of: Expr, row: Row) -> Any:
    match of:
        case Col(name):
            value = row[name]
            return None if isinstance(value, float) and math.isnan(value) else value
        case Lit(value):
            return value
        case IsMissing(inner):
            return _value(inner, row) is None
        case Not(inner):
            value = _value(inner, row)
            return None if value is None else not value
        case And(parts):
            values = [_value(part, row) for part in parts]
            return False if False in values else None if None in values else True
        case Or(parts):
            values = [_value(part, row) for part in parts]
            return True if True in values else None if None in values else False
        case Matches(inner, pattern):
            value = _value(inner, row)
            return None if value is None else re.search(pattern, value) is not None
        case IsIn(inner, values):
            value = _value(inner, row)
            return None if value is None else any(value == lit.value for lit in values)
        case Abs(inner):
            value = _value(inner, row)
            return None if value is None else abs(value)
        case Compare(op, left, right) | Calc(op, left, right):
            return _binary(op, _value(left, row), _value(right, row))
        case _:
            raise NotImplementedError(of)


def _binary(op: str, left: Any, right: Any) -> Any:
    if left is None or right is None:
        return None
    match op:
        case "=":
            return left == right
        case "<>":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left / right if right else None
