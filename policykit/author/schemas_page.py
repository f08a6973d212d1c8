"""The page of all documents and their keys, as `docs/schemas.md` shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from policykit.author.schemas import schemas


def schemas_page() -> str:
    """Return `docs/schemas.md`: each document, its schema, and what each of its keys says."""
    lines = [
        "# Documents and their keys",
        "",
        "Each document has a JSON Schema, for editors and for whoever writes it by program; `policykit schema NAME` prints it.",
        "The comment `# yaml-language-server: $schema=PATH` in a document's first line gives completion in most editors.",
    ]
    for name, text in schemas().items():
        schema = json.loads(text)
        lines += ["", f"## `{name.split('.')[0]}`", "", f"{schema.get('title', '')}. [{name}](../schemas/{name})", ""]
        lines += _keys(schema)
        for key, inner in schema.get("properties", {}).items():
            one = inner.get("items", {})
            one = schema["$defs"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one
            if one.get("properties"):
                lines += ["", f"### One of `{key}` of `{name.split('.')[0]}`", "", *_keys(one)]
    return "\n".join(lines) + "\n"


def _keys(schema: Mapping[str, Any]) -> list[str]:
    known = schema.get("properties", {})
    if not known:
        return ["It has no keys of its own: the schema says what it may be."]
    required = set(schema.get("required", ()))
    rows = [
        f"| `{key}` | {'yes' if key in required else ''} | {_cell(body.get('description', ''))} |"
        for key, body in known.items()
    ]
    return ["| key | required | what it says |", "|---|---|---|", *rows]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
