"""What may stand at a place of a document, by the schemas that are published for it: nothing is written twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from policykit.author.editor.outline import Entry
from policykit.author.schemas import schemas
from policykit.terms.quantity import Unit


@dataclass(slots=True)
class Shape:
    """Keys with what they mean, words that may be a value, and the unit of a number; `items` says that a list may stand here."""

    keys: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    units: list[Unit] = field(default_factory=list)
    parameter: bool = False
    about: str = ""


def shape(kind: str, path: Sequence[str], entry: Entry) -> Shape:
    """Return what may stand at `path` of a document of this kind; `entry` is the nearest that is there already."""
    document = _schema(kind)
    found = Shape()
    if document is None:
        return found
    refused: set[str] = set()
    for each in _down(document, path, _along(entry, len(path))):
        _note(each, found, refused)
    for key in refused:
        found.keys.pop(key, None)
    return found


@cache
def _schema(kind: str) -> dict[str, Any] | None:
    text = schemas().get(f"{kind}.v1.json")
    return None if text is None else json.loads(text)


def _along(entry: Entry, depth: int) -> list[Entry | None]:
    """Return the entry at each step of the path, from the root on, as far as they are there."""
    chain: list[Entry] = []
    at: Entry | None = entry
    while at is not None:
        chain.append(at)
        at = at.parent
    chain.reverse()
    return [chain[step] if step < len(chain) else None for step in range(depth + 1)]


def _down(document: dict[str, Any], path: Sequence[str], along: Sequence[Entry | None]) -> list[dict[str, Any]]:
    here = list(_open(document, document, along[0]))
    for step, key in enumerate(path, 1):
        below = [sub for each in here for sub in _step(each, key)]
        here = [opened for sub in below for opened in _open(sub, document, along[step])]
    return here


def _step(schema: Mapping[str, Any], key: str) -> Iterator[Any]:
    if key == "-":
        yield schema.get("items")
        return
    properties = schema.get("properties", {})
    yield properties[key] if key in properties else schema.get("additionalProperties")


def _open(schema: Any, document: Mapping[str, Any], entry: Entry | None) -> Iterator[dict[str, Any]]:
    """Yield a schema and all that it refers to, with the branch that the check of `entry` chooses."""
    if not isinstance(schema, dict):
        return
    yield schema
    reference = schema.get("$ref")
    if reference is not None:
        yield from _open(document["$defs"][reference.rpartition("/")[2]], document, entry)
    for word in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(word, ()):
            yield from _open(each, document, entry)
    if "if" in schema and entry is not None:
        check = entry.child("check")
        if check is not None and check.plain == schema["if"]["properties"]["check"]["const"]:
            yield from _open(schema["then"], document, entry)


def _note(schema: Mapping[str, Any], found: Shape, refused: set[str]) -> None:
    said = schema.get("description", "")
    found.about = found.about or said
    for key, sub in schema.get("properties", {}).items():
        if sub is False:
            refused.add(key)
        else:
            found.keys.setdefault(key, sub.get("description", "") if isinstance(sub, dict) else "")
    for word in (*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())):
        if isinstance(word, str):
            found.words.setdefault(word, "")
    reference = str(schema.get("$ref", "")).rpartition("/")[2].removesuffix(".relative")
    if reference in [unit.value for unit in Unit] and Unit(reference) not in found.units:
        found.units.append(Unit(reference))
    if str(schema.get("pattern", "")).startswith(r"^\$"):
        found.parameter = True
