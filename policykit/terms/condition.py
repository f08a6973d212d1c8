"""A condition on a row, read aloud: "`channel` is `online` and `age` is at least 18"."""

from __future__ import annotations

from policykit.terms.expr import And, Col, Compare, Expr, IsIn, IsMissing, Lit, Matches, Not, Or

_SAID = {"=": "is", "<>": "is not", "<": "is below", "<=": "is at most", ">": "is above", ">=": "is at least"}


def condition(expr: Expr) -> str:
    """Return `expr` in words."""
    match expr:
        case And(of):
            return " and ".join(_inner(part) for part in of)
        case Or(of):
            return " or ".join(_inner(part) for part in of)
        case Not(IsMissing(of)):
            return f"{condition(of)} is filled in"
        case Not(IsIn(of, values)):
            return f"{condition(of)} is none of {_listed(values)}"
        case Not(of):
            return f"it is not so that {_inner(of)}"
        case Compare(op, left, right):
            return f"{condition(left)} {_SAID[op]} {condition(right)}"
        case IsMissing(of):
            return f"{condition(of)} is missing"
        case IsIn(of, values):
            return f"{condition(of)} is one of {_listed(values)}"
        case Matches(of, pattern):
            return f"{condition(of)} matches `{pattern}`"
        case Col(name):
            return f"`{name}`"
        case Lit():
            return _constant(expr)
        case _:
            return "a computed value"


def _inner(expr: Expr) -> str:
    return f"({condition(expr)})" if isinstance(expr, And | Or) else condition(expr)


def _listed(values: tuple[Lit, ...]) -> str:
    return ", ".join(_constant(value) for value in values)


def _constant(value: Lit) -> str:
    match value.value:
        case bool() as flag:
            return "true" if flag else "false"
        case str() as word:
            return f"`{word}`"
        case number:
            return f"{number:g}" if isinstance(number, float) else str(number)
