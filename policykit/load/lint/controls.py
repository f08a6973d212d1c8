"""Controls: a rule can only answer to a control that exists."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Any

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
    return frozenset(f"{framework['id']}/{control}" for framework in _frameworks() for control in framework["controls"])


def title(control: str) -> str:
    """Return what the framework of a control is called; empty where it is not in the catalogue."""
    framework = control.partition("/")[0]
    return next((each["title"] for each in _frameworks() if each["id"] == framework), "")


@cache
def _frameworks() -> tuple[dict[str, Any], ...]:
    with (Path(__file__).parent / "controls.toml").open("rb") as stream:
        return tuple(tomllib.load(stream)["framework"])
