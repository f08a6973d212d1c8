"""Controls: a rule can only answer to a control that exists."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

from policykit.errors import Diagnostic
from policykit.load.node import Node
from policykit.load.scalars import shown
from policykit.terms.nearest import nearest


def problems(node: Node, own: Collection[str] = ()) -> Iterator[Diagnostic]:
    """Find a control that is neither in the catalogue nor among the `own` ones of the gate file."""
    name = node.text.strip()
    if name in known() or name in own:
        return
    framework = name.split("/", 1)[0]
    near = nearest(name, [*known(), *own])
    hint = ""
    if not near and any(control.startswith(f"{framework}/") for control in known()):
        hint = f"`{framework}` has no such control; `policykit explain PK121` says where the list is from"
    elif not near:
        hint = "name controls of your own under `vocabulary: {controls: [...]}` of the gate file"
    yield node.problem("PK121", f"no control is called `{shown(name)}`", suggestion=near, hint=hint)


@cache
def known() -> frozenset[str]:
    """Return the ids of the catalogue: `framework@edition/control`."""
    with (Path(__file__).parent / "controls.toml").open("rb") as stream:
        frameworks = tomllib.load(stream)["framework"]
    return frozenset(f"{framework['id']}/{control}" for framework in frameworks for control in framework["controls"])
