"""Limits: what is enough, in the unit of the check it is asked of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from policykit.load.lint import champion, direction, interval, possible, second_limits
from policykit.load.node import Node
from policykit.load.scalars import Problems, choice, is_list, literal, literals, shown, text
from policykit.load.words import DEMANDS, NUMERIC, RELATIVE, SETS
from policykit.terms.check import Check
from policykit.terms.expr import Lit
from policykit.terms.nearest import nearest
from policykit.terms.policy import Constraint, Relative
from policykit.terms.quantity import Quantity, Unit, UnitError, parse

_LARGEST = 10**18  # past this a number is a mistake, and no float holds it to the last digit
_QUANTITIES = (
    "at_least",
    "at_most",
    "above",
    "below",
    "surely_at_least",
    "surely_at_most",
    "caution_above",
    "caution_below",
)


def read_limit(
    written: Mapping[str, Node], at: Node, check: type[Check], problems: Problems, *, was_set: bool = False
) -> Constraint:
    """Return the constraint that the limit keys in `written` state; `at` is where a missing one is reported.

    Where the gate file tightened the limit (`was_set`), a caution may come to lie outside it: it then never shows.
    """
    if not any(key in written for key in DEMANDS) and "compared_with" not in written:
        problems.append(at.problem("PK201", "the rule has no limit", hint=_offer(check)))
        return Constraint()
    before = len(problems)
    given: dict[str, Any] = {}
    for key in (*_QUANTITIES, "between", "equals", *SETS, "is"):
        if (node := written.get(key)) is not None and _fits(key, node, check, problems):
            given["presence" if key == "is" else key] = _value(key, node, check, problems)
    given["relative"] = _relative(written, check, problems)
    constraint = Constraint(**given)
    if len(problems) == before:
        problems.extend(champion.problems(written, check))
        problems.extend(interval.problems(written, constraint))
        problems.extend(direction.problems(written, check))
        problems.extend(possible.problems(written, constraint, check))
        problems.extend(second_limits.problems(written, constraint, cautions=not was_set))
    return constraint


def quantity(node: Node, unit: Unit, problems: Problems) -> Quantity | None:
    """Return a number with its unit."""
    word = text(node, problems)
    if word is None:
        return None
    try:
        found, large = _parsed(word, unit)
    except UnitError as error:
        problems.append(
            node.problem("PK204", _short(str(error), word), hint=_short(error.hint, word), suggestion=_unit(word))
        )
        return None
    if large:
        problems.append(node.problem("PK022", f"`{shown(word)}` is too large a number"))
        return None
    return found


@lru_cache(maxsize=4096)  # the same few limits, again and again
def _parsed(word: str, unit: Unit) -> tuple[Quantity, bool]:
    found = parse(word, unit)
    return found, abs(found.value) > _LARGEST


def _value(key: str, node: Node, check: type[Check], problems: Problems) -> Any:
    if key in _QUANTITIES:
        return quantity(node, check.unit, problems)
    if key == "between":
        return _between(node, check.unit, problems)
    if key == "equals":
        return _equals(node, check.unit, problems)
    if key == "is":
        return choice(node, ("present", "absent"), problems)
    return literals(node, problems)


def _fits(key: str, node: Node, check: type[Check], problems: Problems) -> bool:
    """Say whether a check that answers with a number, or with a thing, can be held to this comparator."""
    number = check.unit is not Unit.PRESENCE
    if key == "equals" or number == (key not in SETS and key != "is"):
        return True
    kind = "a number" if number else "something that is there or is not"
    problems.append(node.problem("PK208", f"`{key}` does not fit `{check.id}`, which gives {kind}", hint=_offer(check)))
    return False


def _between(node: Node, unit: Unit, problems: Problems) -> tuple[Quantity, Quantity] | None:
    if not is_list(node, problems):
        return None
    if len(node.items) != 2:
        problems.append(node.problem("PK020", "`between` needs two numbers", hint="write `between: [10, 20]`"))
        return None
    low, high = (quantity(item, unit, problems) for item in node.items)
    return None if low is None or high is None else (low, high)


def _equals(node: Node, unit: Unit, problems: Problems) -> Quantity | Lit | None:
    return literal(node, problems) if unit is Unit.PRESENCE else quantity(node, unit, problems)


def _relative(written: Mapping[str, Node], check: type[Check], problems: Problems) -> Relative | None:
    to, none = written.get("compared_with"), written.get("if_no_champion")
    if_none = None if none is None else choice(none, ("undecided", "advisory"), problems)
    name = None if to is None else text(to, problems)
    if to is not None and name is not None and name != "champion":
        hint = "write `compared_with: champion`"
        problems.append(
            to.problem("PK215", f"`{shown(name)}` cannot be compared with yet, only `champion` can", hint=hint)
        )
    ways: tuple[Literal["worse_by_at_most"], Literal["better_by_at_least"]] = ("worse_by_at_most", "better_by_at_least")
    for way in ways:
        if (node := written.get(way)) is not None:
            amount = _amount(node, check, problems)
            if amount is not None:
                amount_of, relative = amount
                return Relative(
                    way, amount_of, relative, "champion", "advisory" if if_none == "advisory" else "undecided"
                )
    return None


def _amount(node: Node, check: type[Check], problems: Problems) -> tuple[Quantity, bool] | None:
    if check.unit is Unit.PRESENCE:
        problems.append(node.problem("PK208", f"`{check.id}` gives no number to compare", hint=_offer(check)))
        return None
    word = text(node, problems)
    if word is None:
        return None
    if word.endswith("relative"):
        share = Node("scalar", node.line, node.column, node.length, node.source, word.removesuffix("relative").strip())
        found = quantity(share, Unit.SHARE, problems)
        return None if found is None else (Quantity(found.value, found.unit, word), True)
    found = quantity(node, Unit.DIFFERENCE if check.unit is Unit.SHARE else check.unit, problems)
    return None if found is None else (found, False)


def _offer(check: type[Check]) -> str:
    if check.unit is Unit.PRESENCE:
        return "write `is: present`, or what it `equals`"
    keys = {"higher": "`at_least`", "lower": "`at_most`", "neither": "`at_least`, `at_most` or `between`"}[check.better]
    example = {
        Unit.SHARE: "80 %",
        Unit.DIFFERENCE: "10 pp",
        Unit.DURATION: "200 ms",
        Unit.SIZE: "20 MB",
        Unit.COUNT: "2000 rows",
        Unit.NUMBER: "0.8",
    }[check.unit]
    return f"write {keys} with a limit such as `{example}`"


def _unit(word: str) -> str:
    """Return the unit that was probably meant, where the one written is a near miss of a unit."""
    written = word.strip().lstrip("+-.0123456789/ ")
    units = ("%", "pp", "ms", "s", "minutes", "hours", "days", "KB", "MB", "GB", "rows")
    near = nearest(written, units) if len(written) > 1 and written.isalpha() and written not in units else ""
    return near


def _short(message: str, word: str) -> str:
    return message.replace(word, shown(word))


assert set(NUMERIC) | set(RELATIVE) | set(SETS) | {"equals", "is"} == set(DEMANDS)
