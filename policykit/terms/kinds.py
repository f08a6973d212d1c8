"""Kinds: what an expression yields over columns of known kinds, or why it cannot be asked of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

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
from policykit.terms.nearest import nearest
from policykit.terms.verdict import Cause, Unmeasured

NUMBERS = frozenset({"integer", "decimal"})
_ADDABLE = frozenset({*NUMBERS, "boolean", "null"})
_ORDERED = frozenset({*NUMBERS, "boolean", "date", "datetime", "null"})
_LITERALS = {"bool": "boolean", "int": "integer", "float": "decimal", "str": "text"}
_NAMES = {
    "text": "text",
    "integer": "whole numbers",
    "decimal": "numbers",
    "boolean": "true and false",
    "date": "dates",
    "datetime": "times",
    "other": "lists or other nested values",
}


def refusal(measure: Scan, kinds: Mapping[str, str]) -> Unmeasured | None:
    """Return why `measure` cannot be taken over columns of these kinds; None where it can."""
    try:
        for part in (measure.where, *measure.by):
            if part is not None:
                yields(part, kinds)
        if measure.where is not None:
            _expect(measure.where, kinds, frozenset({"boolean", "null"}), "the condition")
        match measure:
            case Count():
                keys = measure.by
            case Sum(of=of):
                keys = measure.by
                _expect(of, kinds, _ADDABLE, "what is added")
            case Extreme(of=of):
                keys = measure.by
                _expect(of, kinds, _ORDERED, "what is compared")
            case Histogram(of=of) | Quantile(of=of):
                keys = measure.by
                _expect(of, kinds, _ADDABLE, "what is ranked")
            case Cells(of=several) | Distinct(columns=several):
                keys = (*measure.by, *several)
        for key in keys:
            if yields(key, kinds) == "other":
                raise _wrong(f"{_name(key)} holds {_NAMES['other']}, which cannot tell groups apart")
    except _Refused as refused:
        return refused.why
    return None


def kind_of(expr: Expr, kinds: Mapping[str, str]) -> str | Unmeasured:
    """Return the kind of value that `expr` yields, or why it cannot be evaluated over columns of these kinds."""
    try:
        return yields(expr, kinds)
    except _Refused as refused:
        return refused.why


def yields(expr: Expr, kinds: Mapping[str, str]) -> str:
    """Return the kind of value that `expr` yields; inside this module and the compiler, which has refused before."""
    match expr:
        case Col(name):
            if name not in kinds:
                raise _Refused(lacking(name, kinds))
            return kinds[name]
        case Lit(kind=kind):
            return _LITERALS[kind]
        case Calc(_, left, right):
            for side in (left, right):
                _expect(side, kinds, _ADDABLE, "arithmetic")
            return "decimal"
        case Compare(op, left, right):
            _comparable(op, left, right, kinds)
            return "boolean"
        case And(of) | Or(of):
            for part in of:
                _expect(part, kinds, frozenset({"boolean", "null"}), "a combined condition")
            return "boolean"
        case Not(of):
            _expect(of, kinds, frozenset({"boolean", "null"}), "a negated condition")
            return "boolean"
        case Floor(of) | Abs(of):
            _expect(of, kinds, _ADDABLE, "arithmetic")
            found = yields(of, kinds)
            return "integer" if found in {"integer", "boolean"} else "decimal"
        case IsMissing(of) | IsNaN(of):
            yields(of, kinds)
            return "boolean"
        case IsIn(of, values):
            for value in values:
                _comparable("=", of, value, kinds)
            return "boolean"
        case Matches(of, _):
            _expect(of, kinds, frozenset({"text", "null"}), "a pattern")
            return "boolean"
        case Length(of):
            _expect(of, kinds, frozenset({"text", "null"}), "a length")
            return "integer"
        case Recode(of, pairs):
            for old, _ in pairs:
                _comparable("=", of, old, kinds)
            if yields(of, kinds) == "other":
                raise _wrong(f"{_name(of)} holds {_NAMES['other']}, which cannot be renamed")
            return "text"
        case Cross(of):
            for part in of:
                if yields(part, kinds) == "other":
                    raise _wrong(f"{_name(part)} holds {_NAMES['other']}, which cannot tell groups apart")
            return "text"
        case Band(of, _, _):
            _expect(of, kinds, _ADDABLE, "a band")
            return "text"
        case Bin(of, _, _, _):
            _expect(of, kinds, _ADDABLE, "a bin")
            return "integer"


def lacking(name: str, known: Iterable[str], role: str = "") -> Unmeasured:
    """Return that there is no column `name`, and which one was probably meant."""
    near = nearest(name, known)
    meant = f"; did you mean `{near}`?" if near else ""
    where = f" in the data set `{role}`" if role else ""
    return Unmeasured(Cause.MISSING, f"no column is called `{name}`{where}{meant}")


class _Refused(Exception):
    def __init__(self, why: Unmeasured) -> None:
        super().__init__(why.detail)
        self.why = why


def _wrong(detail: str) -> _Refused:
    return _Refused(Unmeasured(Cause.WRONG_TYPE, detail))


def _expect(expr: Expr, kinds: Mapping[str, str], wanted: frozenset[str], what: str) -> None:
    found = yields(expr, kinds)
    if found not in wanted and found != "null":
        needed = "true and false" if "decimal" not in wanted and "boolean" in wanted else "numbers"
        needed = "text" if "text" in wanted else needed
        raise _wrong(f"{_name(expr)} holds {_NAMES[found]}, {what} needs {needed}")


def _comparable(op: str, left: Expr, right: Expr, kinds: Mapping[str, str]) -> None:
    first, second = yields(left, kinds), yields(right, kinds)
    if "null" in (first, second) and "other" not in (first, second):
        return
    if first == second and first != "other" and not (first == "boolean" and op not in {"=", "<>"}):
        return
    if {first, second} <= NUMBERS:
        return
    if {first, second} <= {"date", "datetime"} or _dated(left, second) or _dated(right, first):
        return
    if first == second == "boolean":
        raise _wrong(f"{_name(left)} holds true and false, which are not larger or smaller than each other")
    if isinstance(left, Lit) and not isinstance(right, Lit):
        left, right, first, second = right, left, second, first
    if isinstance(right, Lit):
        raise _wrong(f"{_name(left)} holds {_NAMES[first]}, the policy asks for {_literal(right)}")
    raise _wrong(f"{_name(left)} holds {_NAMES[first]}, {_name(right)} holds {_NAMES[second]}")


def _dated(expr: Expr, other: str) -> bool:
    """Say whether `expr` is the text of an ISO date or time, to be compared with a column of them."""
    if not (isinstance(expr, Lit) and isinstance(expr.value, str)) or other not in {"date", "datetime"}:
        return False
    try:
        (date if other == "date" else datetime).fromisoformat(expr.value)
    except ValueError:
        return False
    return True


def _name(expr: Expr) -> str:
    if isinstance(expr, Col):
        return f"the column `{expr.name}`"
    return _literal(expr) if isinstance(expr, Lit) else "an expression of the check"


def _literal(literal: Lit) -> str:
    match literal.value:
        case bool():
            return f"`{str(literal.value).lower()}`"
        case int() | float():
            return f"the number {literal.value}"
        case str():
            return f"the text `{literal.value}`"
