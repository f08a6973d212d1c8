"""The first key of each document: `policykit: policy/1` says what it is and which version of the language it speaks."""

from __future__ import annotations

from policykit.load.node import Node
from policykit.load.scalars import Problems, shown
from policykit.load.words import KINDS
from policykit.terms.nearest import nearest

_VERSION = "1"


def read_header(root: Node, problems: Problems) -> str | None:
    """Return the kind of the document: `policy`, `bundle`, `gate` and so on; None, with a problem, where it has none."""
    if root.kind != "map" or root.get("policykit") is None:
        hint = "begin the file with `policykit: policy/1`, or move it out of this folder"
        near = nearest(root.keys()[0], ("policykit",)) if root.keys() else ""
        problems.append(root.problem("PK017", "the document does not say what it is", hint=hint, suggestion=near))
        return None
    name, value = root.pairs[0]
    if name.text != "policykit":
        later = next(key for key, _ in root.pairs if key.text == "policykit")
        problems.append(later.problem("PK017", "`policykit` is not the first key", hint="move this line to the top"))
        value = next(inner for key, inner in root.pairs if key.text == "policykit")
    kind, _, version = value.text.partition("/")
    if value.kind != "scalar" or kind not in KINDS:
        near = nearest(kind, KINDS) if value.kind == "scalar" else ""
        suggestion = f"{near}/{_VERSION}" if near else ""
        listed = ", ".join(f"`{each}/{_VERSION}`" for each in KINDS)
        message = f"`{shown(value.text)}` is no kind of document"
        problems.append(
            value.problem("PK018", message, suggestion=suggestion, hint="" if near else f"it is one of {listed}")
        )
        return None
    if version != _VERSION:
        hint = f"this version of policykit reads `{kind}/{_VERSION}`"
        problems.append(value.problem("PK018", f"`{shown(value.text)}` is not known here", hint=hint))
        return None
    return kind
