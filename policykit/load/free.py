"""Values that no schema reads: the facts of a bundle, and the front matter of a model card."""

from __future__ import annotations

from typing import Any

from policykit.load.node import Node
from policykit.load.scalars import literal


def free(node: Node, key: str = "") -> Any:
    """Return what was written: true, false and numbers where they are plain, else text (so are dates, and a `version`)."""
    match node.kind:
        case "map":
            return {name.text: free(value, name.text) for name, value in node.pairs}
        case "list":
            return [free(item, key) for item in node.items]
        case "scalar":
            return _scalar(node, key)


def _scalar(node: Node, key: str) -> Any:
    if node.empty:
        return None
    found = None if key == "version" else literal(node, [])  # 1.10 is a version, not 1.1
    return node.text if found is None else found.value
