"""A closed language for one row: what a measure counts or adds.

Expressions compare by structure, which is how the planner notices that two checks ask for the same thing; that is why
equality is spelled `equals(a, b)`. Logic is three-valued, as in SQL: a comparison with NULL or NaN is unknown on every
engine, and `where` keeps only rows that are TRUE.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from policykit.terms.literal import Lit as Lit
from policykit.terms.literal import Scalar as Scalar

Arithmetic: TypeAlias = Literal["+", "-", "*", "/"]
Comparison: TypeAlias = Literal["=", "<>", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Col:
    """A column of the dataset."""

    name: str


@dataclass(frozen=True, slots=True)
class Calc:
    """Arithmetic between two numbers; division by zero is unknown."""

    op: Arithmetic
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison between two expressions of one type; unknown when either side is missing."""

    op: Comparison
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class And:
    """TRUE where all are TRUE."""

    of: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """TRUE where any is TRUE."""

    of: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """TRUE where `of` is FALSE; unknown stays unknown."""

    of: Expr


@dataclass(frozen=True, slots=True)
class Floor:
    """The largest whole number not above `of`."""

    of: Expr


@dataclass(frozen=True, slots=True)
class Abs:
    """The size of a number without its sign."""

    of: Expr


@dataclass(frozen=True, slots=True)
class IsMissing:
    """TRUE where `of` is NULL or NaN, else FALSE: never unknown."""

    of: Expr


@dataclass(frozen=True, slots=True)
class IsNaN:
    """TRUE where `of` is a float NaN, else FALSE (a NULL is not NaN): never unknown."""

    of: Expr


@dataclass(frozen=True, slots=True)
class IsIn:
    """TRUE where `of` equals one of `values` (one type); unknown where `of` is missing."""

    of: Expr
    values: tuple[Lit, ...]


@dataclass(frozen=True, slots=True)
class Matches:
    """TRUE where the linear-time regular expression `pattern` is found in the text `of` (search, not full match)."""

    of: Expr
    pattern: str


@dataclass(frozen=True, slots=True)
class Length:
    """The length of a text in code points."""

    of: Expr


@dataclass(frozen=True, slots=True)
class Recode:
    """The value renamed as `pairs` say (old → new text); any other value becomes its own text, missing stays missing."""

    of: Expr
    pairs: tuple[tuple[Lit, str], ...]


@dataclass(frozen=True, slots=True)
class Band:
    """The band a number falls in, as text: `labels[i]` where exactly i of the rising `edges` are ≤ the number.

    There is one label more than edges. Missing stays missing.
    """

    of: Expr
    edges: tuple[float, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cross:
    """The texts of all parts joined by ` × `, for intersections of groups; a missing part reads `(missing)`, never NULL."""

    of: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Bin:
    """The number of the bin, a whole number: floor((of − start) / width), clipped to 0 … count − 1; missing stays missing.

    Serves score bins (start 0, width 1/count).
    """

    of: Expr
    start: float
    width: float
    count: int


Expr: TypeAlias = (
    Col
    | Lit
    | Calc
    | Compare
    | And
    | Or
    | Not
    | Floor
    | Abs
    | IsMissing
    | IsNaN
    | IsIn
    | Matches
    | Length
    | Recode
    | Band
    | Bin
    | Cross
)


def equals(left: Expr, right: Expr) -> Compare:
    """Return the expression `left = right`."""
    return Compare("=", left, right)


def both(left: Expr | None, right: Expr | None) -> Expr | None:
    """Return `left and right`, where None asks for nothing."""
    if left is None or right is None:
        return left if right is None else right
    parts = (*(left.of if isinstance(left, And) else (left,)), *(right.of if isinstance(right, And) else (right,)))
    return And(tuple(dict.fromkeys(parts)))


def children(expr: Expr) -> tuple[Expr, ...]:
    """Return the expressions directly inside `expr`."""
    match expr:
        case Col() | Lit():
            return ()
        case Calc(_, left, right) | Compare(_, left, right):
            return (left, right)
        case And(of) | Or(of) | Cross(of):
            return of
        case (
            Not(of)
            | Floor(of)
            | Abs(of)
            | IsMissing(of)
            | IsNaN(of)
            | IsIn(of)
            | Matches(of)
            | Length(of)
            | Recode(of)
            | Band(of)
            | Bin(of)
        ):
            return (of,)


def columns(expr: Expr | None) -> frozenset[str]:
    """Return the names of the columns that `expr` reads."""
    if expr is None:
        return frozenset()
    if isinstance(expr, Col):
        return frozenset({expr.name})
    return frozenset().union(*(columns(child) for child in children(expr)))
