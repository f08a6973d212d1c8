"""Which rows a rule is about: a comparator on a column, or `all_of`, `any_of`, `not` of such."""

from __future__ import annotations

from policykit.load.fields import fields
from policykit.load.lint import patterns, rows
from policykit.load.node import Node
from policykit.load.scalars import Problems, choice, is_list, literal, literals, shown, text
from policykit.load.words import WHERE
from policykit.terms.expr import And, Col, Compare, Comparison, Expr, IsIn, IsMissing, Lit, Matches, Not, Or

_ORDER: dict[str, Comparison] = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}
_JOINS = ("all_of", "any_of", "not")


def read_where(node: Node, problems: Problems) -> Expr | None:
    """Return the condition a row must meet; None where it cannot be read."""
    found = fields(node, "`where`", problems, known=tuple(WHERE))
    joins = [key for key in _JOINS if key in found]
    comparators = [key for key in found if key not in (*_JOINS, "column")]
    if not found:
        if node.kind == "map" and not node.pairs:
            problems.append(node.problem("PK119", "`where` is empty", hint=_EXAMPLE))
        return None
    if joins and (comparators or "column" in found or len(joins) > 1):
        message = f"`{joins[0]}` stands alone in its map"
        problems.append(found[joins[0]].problem("PK119", message, hint="put what else must hold into `all_of`"))
        return None
    if joins:
        return _joined(joins[0], found[joins[0]], problems)
    if "column" not in found:
        problems.append(node.problem("PK119", "`where` names no column", hint=_EXAMPLE))
        return None
    name = text(found["column"], problems)
    if not comparators:
        problems.append(node.problem("PK119", "`where` does not say what the column must be", hint=_EXAMPLE))
        return None
    parts = [_comparison(key, found[key], Col(name or ""), problems) for key in comparators]
    problems.extend(rows.problems(found))
    whole = tuple(part for part in parts if part is not None)
    if name is None or len(whole) < len(parts):
        return None
    return whole[0] if len(whole) == 1 else And(whole)


def _joined(key: str, node: Node, problems: Problems) -> Expr | None:
    if key == "not":
        inner = read_where(node, problems)
        return None if inner is None else Not(inner)
    if not is_list(node, problems):
        return None
    if not node.items:
        problems.append(node.problem("PK119", f"`{key}` holds no condition", hint=_EXAMPLE))
        return None
    parts = [read_where(item, problems) for item in node.items]
    whole = tuple(part for part in parts if part is not None)
    if len(whole) < len(parts):
        return None
    return And(whole) if key == "all_of" else Or(whole)


def _comparison(key: str, node: Node, column: Col, problems: Problems) -> Expr | None:
    match key:
        case "at_least" | "at_most" | "above" | "below":
            limit = _ordered(node, problems)
            return None if limit is None else Compare(_ORDER[key], column, limit)
        case "between":
            return _between(node, column, problems)
        case "equals":
            value = literal(node, problems)
            return None if value is None else Compare("=", column, value)
        case "is_one_of" | "none_of":
            values = literals(node, problems)
            if values is None or not _one_type(node, values, problems):
                return None
            return IsIn(column, values) if key == "is_one_of" else Not(IsIn(column, values))
        case "matches":
            pattern = text(node, problems)
            problems.extend(patterns.problems(node) if pattern is not None else ())
            return None if pattern is None else Matches(column, node.text)
        case _:
            word = choice(node, ("present", "absent"), problems)
            return {None: None, "present": Not(IsMissing(column)), "absent": IsMissing(column)}[word]


def _between(node: Node, column: Col, problems: Problems) -> Expr | None:
    if not is_list(node, problems):
        return None
    if len(node.items) != 2:
        problems.append(node.problem("PK020", "`between` needs two values", hint="write `between: [10, 20]`"))
        return None
    low, high = (_ordered(item, problems) for item in node.items)
    if low is None or high is None or not _one_type(node, (low, high), problems):
        return None
    if low.value > high.value:  # type: ignore[operator]  # one type, as just checked
        hint = f"write `between: [{shown(str(high.value))}, {shown(str(low.value))}]`"
        problems.append(node.problem("PK202", "no row lies between these two", hint=hint))
        return None
    return And((Compare(">=", column, low), Compare("<=", column, high)))


def _ordered(node: Node, problems: Problems) -> Lit | None:
    """Return a number or a text (a date is text); true and false have no order."""
    value = literal(node, problems)
    if value is not None and isinstance(value.value, bool):
        problems.append(node.problem("PK119", f"`{node.text}` has no order", hint="write `equals:`"))
        return None
    return value


def _one_type(node: Node, values: tuple[Lit, ...], problems: Problems) -> bool:
    kinds = {"number" if value.kind in ("int", "float") else value.kind for value in values}
    if len(kinds) == 1:
        return True
    hint = "put all of them in quotes, or none"
    problems.append(node.problem("PK119", "the values are of different types", hint=hint))
    return False


_EXAMPLE = "write for example `where: {column: channel, equals: online}`"
