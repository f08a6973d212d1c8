"""Parameters: values that the gate file may set within bounds, and the rules that write `$name` for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from policykit.load.fields import fields
from policykit.load.node import Node
from policykit.load.scalars import IDENTIFIER, Problems, is_list, is_map, shown, text
from policykit.load.words import PARAMETER
from policykit.terms.nearest import nearest
from policykit.terms.policy import Parameter
from policykit.terms.quantity import Quantity, Unit, UnitError, parse

_USE = re.compile(r"\$([A-Za-z][A-Za-z0-9._-]*)")
_UNITS = (Unit.SHARE, Unit.DIFFERENCE, Unit.DURATION, Unit.SIZE, Unit.COUNT, Unit.NUMBER)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one policy, with the values that hold now."""

    stated: Mapping[str, Parameter]
    places: Mapping[str, Node]  # name → the key it is declared with
    values: Mapping[str, Node]  # name → the value that holds: the policy's own, or the one that was set
    settings: Mapping[str, str]  # those of the settings that this policy took
    body: str = "$"  # the text of the policy: without a `$` there is nothing to resolve

    def resolve(self, node: Node, problems: Problems, used: set[str], *, quoted: bool = False) -> Node:
        """Return `node` with the value of the parameter in place of each `$name` in it.

        In quotes, `"$name"` is text, but where only numbers can stand (`quoted`).
        """
        if node.kind == "list" and node.items:
            items = tuple(self.resolve(item, problems, used, quoted=quoted) for item in node.items)
            return node if items == node.items else node._replace(items=items)
        if node.kind == "map":
            pairs = tuple((key, self.resolve(value, problems, used, quoted=quoted)) for key, value in node.pairs)
            return node if pairs == node.pairs else node._replace(pairs=pairs)
        if not (node.plain or quoted) or not node.text.startswith("$") or (use := _USE.fullmatch(node.text)) is None:
            return node
        name = use[1]
        if name in self.values:
            used.add(name)
            value = self.values[name]
            return value._replace(line=node.line, column=node.column, length=node.length, source=node.source)
        near = nearest(name, self.places)
        hint = "" if near else "declare it under `parameters:`"
        suggestion = f"${near}" if near else ""
        problems.append(
            node.problem("PK114", f"no parameter is called `{shown(name)}`", suggestion=suggestion, hint=hint)
        )
        return node


def read_parameters(node: Node | None, body: str, settings: Mapping[str, str], problems: Problems) -> Parameters:
    """Return the parameters a policy declares, with the `settings` that are within their bounds."""
    stated: dict[str, Parameter] = {}
    places: dict[str, Node] = {}
    values: dict[str, Node] = {}
    taken: dict[str, str] = {}
    if node is None or not is_map(node, problems):
        return Parameters(stated, places, values, taken, body)
    for name, entry in node.pairs:
        places[name.text] = name
        if IDENTIFIER.fullmatch(name.text) is None:
            problems.append(
                name.problem("PK103", f"`{shown(name.text)}` is not an id", hint="letters, digits, `.`, `-`, `_`")
            )
        found = fields(entry, "a parameter", problems, known=tuple(PARAMETER), needed=("title", "value"))
        title = text(found["title"], problems) if "title" in found else None
        value = text(found["value"], problems) if "value" in found else None
        bounds = _bounds(found["may_be_set_between"], problems) if "may_be_set_between" in found else None
        if value is None:
            continue
        values[name.text] = found["value"]
        stated[name.text] = Parameter(title or "", value, bounds)
        if bounds is not None and not _within(value, bounds):
            message, hint = _outside(value, bounds)
            hint = hint or "state a value within the bounds, or other bounds"
            problems.append(found["value"].problem("PK115", f"`{shown(value)}` lies {message}", hint=hint))
        if name.text in settings:
            setting = settings[name.text]
            fault = refusal(name.text, setting, bounds)
            if fault:
                problems.append(name.problem("PK115" if bounds else "PK116", fault[0], hint=fault[1]))
            else:
                taken[name.text] = setting
                values[name.text] = found["value"]._replace(text=setting.strip(), plain=True)
    return Parameters(stated, places, values, taken, body)


def _bounds(node: Node, problems: Problems) -> tuple[str, str] | None:
    if not is_list(node, problems):
        return None
    if len(node.items) != 2:
        hint = "write `may_be_set_between: [2 pp, 10 pp]`"
        problems.append(node.problem("PK020", "`may_be_set_between` needs two values", hint=hint))
        return None
    low, high = (text(item, problems) for item in node.items)
    if low is None or high is None:
        return None
    if not any(first.value <= second.value for first, second in _readings((low, high))):
        message = f"nothing lies between `{shown(low)}` and `{shown(high)}`"
        problems.append(node.problem("PK202", message, hint="two numbers of one unit, the smaller one first"))
        return None
    return low, high


def refusal(name: str, setting: str, bounds: tuple[str, str] | None) -> tuple[str, str] | None:
    """Return why a parameter cannot be set so, and how to mend it; None where it can."""
    if bounds is None:
        return f"`{name}` may not be set", "add `may_be_set_between:` to it, or leave it as it is"
    if not _within(setting, bounds):
        message, hint = _outside(setting, bounds)
        hint = hint or "set it within the bounds, or ask the owner of the policy"
        return f"`{name}` is set to `{shown(setting)}`, {message}", hint
    return None


def _outside(value: str, bounds: tuple[str, str]) -> tuple[str, str]:
    """Return what is wrong with a value that is not within its bounds, and how to mend it where that is its unit."""
    low, high = bounds
    if _readings((*bounds, value)):
        return f"outside `{low}` to `{high}`", ""
    return f"outside `{low}` to `{high}`: it has another unit", f"write it in that unit, such as `{low}`"


def _within(value: str, bounds: tuple[str, str]) -> bool:
    return any(low.value <= asked.value <= high.value for low, high, asked in _readings((*bounds, value)))


def _readings(words: tuple[str, ...]) -> list[list[Quantity]]:
    """Return the words as quantities, once for each unit in which all of them can be read."""
    found = []
    for unit in _UNITS:
        try:
            found.append([parse(word, unit) for word in words])
        except UnitError:
            continue
    return found
