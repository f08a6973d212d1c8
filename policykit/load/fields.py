"""The keys of one map: those it may have, those it must have, and those that come in a later version."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from policykit.load.node import Node
from policykit.load.scalars import Problems, is_map, shown
from policykit.terms.nearest import nearest


def fields(
    node: Node,
    what: str,
    problems: Problems,
    *,
    known: Collection[str],
    needed: Collection[str] = (),
    later: Mapping[str, str] | None = None,
) -> dict[str, Node]:
    """Return the values of the map `node` by key; `what` names it in messages ("a policy").

    A key that is not `known` is an error that says which was probably meant; so is a `needed` key that is not there, and
    one of `later`, which a later version of policykit will read (its value says what to do until then).
    """
    if not is_map(node, problems):
        return {}
    found: dict[str, Node] = {}
    meant: set[str] = set()
    for name, value in node.pairs:
        key = name.text
        if later is not None and key in later:
            problems.append(name.problem("PK105", f"`{key}` is not supported yet", hint=later[key]))
        elif key in known:
            found.setdefault(key, value)
        else:
            near = nearest(key, known)
            meant.add(near)
            hint = "" if near else f"{what} has: {', '.join(known)}"
            problems.append(name.problem("PK101", f"`{shown(key)}` is not a key of {what}", suggestion=near, hint=hint))
    for key in needed:
        if key not in found and key not in meant:
            problems.append(node.problem("PK102", f"{what} needs `{key}`", hint=f"add `{key}:`"))
    return found
