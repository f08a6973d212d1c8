"""Expressions as Narwhals expressions: written once for every engine.

Columns come in under plain names (`source.py` renames them), with NaN already made NULL, so that a comparison with NaN is
unknown and never TRUE. Arithmetic can make a NaN or divide by zero again, so its result is guarded too. The one word that
asks for NaN itself, `IsNaN`, reads the raw column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from typing import Any, TypeAlias

import narwhals as nw

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
from policykit.terms.group_name import AS_IT_STANDS, MISSING_GROUP
from policykit.terms.kinds import NUMBERS, yields

Columns: TypeAlias = Mapping[str, "Placed"]
_WHOLE = 2.0**53


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a column of the data lies in the scanned frame: its plain names with and without NaN, and its kind."""

    clean: str
    raw: str
    kind: str


def compiled(expr: Expr, columns: Columns) -> nw.Expr:
    """Return `expr` over the scanned frame; NaN never comes out of it."""
    return _Compiler(columns).value(expr)


class _Compiler:
    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._kinds = {name: placed.kind for name, placed in columns.items()}

    def kind(self, expr: Expr) -> str:
        return yields(expr, self._kinds)

    def value(self, expr: Expr) -> nw.Expr:
        match expr:
            case Col(name):
                return nw.col(self._columns[name].clean)
            case Lit(value):
                return nw.lit(value)
            case Calc():
                return _without_nan(self._calculated(expr, raw=False))
            case Compare(op, left, right):
                return self._compared(op, left, right)
            case And(of):
                return reduce(lambda a, b: a & b, map(self.logical, of)) if of else nw.lit(value=True)
            case Or(of):
                return reduce(lambda a, b: a | b, map(self.logical, of)) if of else nw.lit(value=False)
            case Not(of):
                return ~self.logical(of)
            case Floor(of):
                whole = self.kind(of) in {"integer", "boolean"}
                return self.whole(of) if whole else self.fraction(of).floor()
            case Abs(of):
                whole = self.kind(of) in {"integer", "boolean"}
                return self.whole(of).abs() if whole else self.fraction(of).abs()
            case IsMissing(of):
                return self.value(of).is_null()
            case IsNaN(of):
                return self._is_nan(of)
            case IsIn(of, values):
                found = [self._compared("=", of, value) for value in values]
                known = nw.when(~self.value(of).is_null()).then(nw.lit(value=False))
                return reduce(lambda a, b: a | b, found, known)
            case Matches(of, pattern):
                return self.text(of).str.contains(pattern)
            case Length(of):
                return self.text(of).str.len_chars()
            case Recode(of, pairs):
                return self._recoded(of, pairs)
            case Band(of, edges, labels):
                return self._banded(of, edges, labels)
            case Cross(of):
                return nw.concat_str([self._part(part) for part in of], separator=" × ")
            case Bin(of, start, width, count):
                place = ((self.value(of).cast(nw.Float64) - start) / width).floor().clip(0, count - 1)
                return place.cast(nw.Int64)

    def number(self, expr: Expr) -> nw.Expr:
        """Return a number as Float64: arithmetic is done in one width, so that nothing wraps around in silence.

        Inside arithmetic NaN may stay: it stays NaN to the outermost operation, whose result is guarded.
        """
        found = self._calculated(expr, raw=False) if isinstance(expr, Calc) else self.value(expr)
        return found if self.kind(expr) == "decimal" else found.cast(nw.Float64)

    def whole(self, expr: Expr) -> nw.Expr:
        return self.value(expr).cast(nw.Int64)

    def fraction(self, expr: Expr) -> nw.Expr:
        found = self.value(expr)
        return found.cast(nw.Float64) if self.kind(expr) == "null" else found

    def text(self, expr: Expr) -> nw.Expr:
        found = self.value(expr)
        return found.cast(nw.String) if self.kind(expr) == "null" else found

    def logical(self, expr: Expr) -> nw.Expr:
        found = self.value(expr)
        return found.cast(nw.Boolean) if self.kind(expr) == "null" else found

    def _calculated(self, expr: Calc, *, raw: bool) -> nw.Expr:
        left, right = (self._raw(side) if raw else self.number(side) for side in (expr.left, expr.right))
        match expr.op:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "/":
                return nw.when(right != 0).then(left / right)

    def _raw(self, expr: Expr) -> nw.Expr:
        match expr:
            case Col(name) if self._columns[name].kind == "decimal":
                return nw.col(self._columns[name].raw)
            case Calc():
                return self._calculated(expr, raw=True)
            case Abs(of) if self.kind(of) == "decimal":
                return self._raw(of).abs()
            case Floor(of) if self.kind(of) == "decimal":
                return self._raw(of).floor()
            case _:
                return self.number(expr)

    def _is_nan(self, expr: Expr) -> nw.Expr:
        if self.kind(expr) == "decimal":
            return self._raw(expr).is_nan().fill_null(value=False)
        return self.value(expr).is_null() & nw.lit(value=False)

    def _compared(self, op: str, left: Expr, right: Expr) -> nw.Expr:
        kinds = (self.kind(left), self.kind(right))
        if "null" in kinds:
            unknown = self.value(left if kinds[0] == "null" else right)
            return unknown.cast(nw.Boolean)
        left, right = _whole(left, kinds[1]), _whole(right, kinds[0])
        first, second = self._operand(left, self.kind(right)), self._operand(right, self.kind(left))
        match op:
            case "=":
                return first == second
            case "<>":
                return first != second
            case "<":
                return first < second
            case "<=":
                return first <= second
            case ">":
                return first > second
            case _:
                return first >= second

    def _operand(self, expr: Expr, other: str) -> nw.Expr:
        """Return one side of a comparison in the type that both sides are compared in."""
        mine = self.kind(expr)
        if isinstance(expr, Lit):
            return nw.lit(_literal(expr, other))
        found = self.value(expr)
        if {mine, other} == {"date", "datetime"}:
            return found.cast(nw.Datetime("us")) if mine == "date" else found
        if mine != other and {mine, other} <= NUMBERS:
            return found.cast(nw.Float64)
        return found

    def _part(self, of: Expr) -> nw.Expr:
        """Return one part of an intersection so that no two intersections read alike: `×` doubled, a text `(missing)` in quotes."""
        spelt = self._spelt(of).str.replace_all("×", "××", literal=True)
        quoted = nw.concat_str([nw.lit('"'), spelt, nw.lit('"')])
        return (
            nw.when(spelt.str.strip_chars('"') == MISSING_GROUP).then(quoted).otherwise(spelt).fill_null(MISSING_GROUP)
        )

    def _recoded(self, of: Expr, pairs: tuple[tuple[Lit, str], ...]) -> nw.Expr:
        """Return the new names; a value that is not renamed, and reads like a new name, says so: a map never merges groups."""
        spelt = self._spelt(of)
        kept = nw.concat_str([spelt, nw.lit(AS_IT_STANDS)])
        found = nw.when(spelt.is_in([new for _, new in pairs])).then(kept).otherwise(spelt)
        for old, new in reversed(pairs):
            found = nw.when(self._compared("=", of, old)).then(nw.lit(new)).otherwise(found)
        return found

    def _spelt(self, of: Expr) -> nw.Expr:
        """Return any value as text: whole numbers without a point, however they are stored."""
        found = self.value(of)
        match self.kind(of):
            case "decimal":
                whole = (found == found.floor()) & (found.abs() < _WHOLE)
                plain = nw.when(whole).then(found).cast(nw.Int64).cast(nw.String)
                return nw.when(whole).then(plain).otherwise(found.cast(nw.String))
            case "boolean":
                return nw.when(found).then(nw.lit("true")).otherwise(nw.when(~found).then(nw.lit("false")))
            case "date":
                return found.dt.to_string("%Y-%m-%d")
            case "datetime":
                return found.dt.to_string("%Y-%m-%dT%H:%M:%S")
            case _:
                return found.cast(nw.String)

    def _banded(self, of: Expr, edges: tuple[float, ...], labels: tuple[str, ...]) -> nw.Expr:
        found = self.value(of).cast(nw.Float64)
        name: nw.Expr = nw.when(~found.is_null()).then(nw.lit(labels[0]))
        for edge, label in zip(edges, labels[1:], strict=True):
            name = nw.when(found >= edge).then(nw.lit(label)).otherwise(name)
        return name


def _without_nan(found: nw.Expr) -> nw.Expr:
    return nw.when(~found.is_nan()).then(found)


def _whole(expr: Expr, other: str) -> Expr:
    """Return a number such as 18.0 as 18 where it is compared with whole numbers, which then need not become floats."""
    if other == "integer" and isinstance(expr, Lit) and isinstance(expr.value, float):
        return Lit(int(expr.value)) if expr.value.is_integer() and abs(expr.value) < _WHOLE else expr
    return expr


def _literal(literal: Lit, other: str) -> Any:
    """Return a constant in the type of what it is compared with."""
    if isinstance(literal.value, str) and other in {"date", "datetime"}:
        return (date if other == "date" else datetime).fromisoformat(literal.value)
    if isinstance(literal.value, int) and not isinstance(literal.value, bool) and other == "decimal":
        return float(literal.value)
    return literal.value
