"""The `policies` of a gate file: files and folders beside it, packs, and folders of git repositories elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from policykit.load.exact import sha256
from policykit.load.fields import fields
from policykit.load.git_address import is_ref, public_address, wrong_address
from policykit.load.node import Node
from policykit.load.packs import PREFIX
from policykit.load.scalars import Problems, is_list, is_map, shown, text
from policykit.load.words import GATE_POLICY
from policykit.terms.gate_file import PolicySource

_OF_GIT = frozenset({"git", "at", "digest"})


def read_sources(node: Node, folder: Path, problems: Problems) -> tuple[PolicySource, ...]:
    """Return where the policies are; paths are resolved against `folder`, but for those inside a repository."""
    if not is_list(node, problems):
        return ()
    if not node.items:
        problems.append(node.problem("PK021", "the list is empty", hint="write `policies: [{path: policies/}]`"))
    found = (_source(item, folder, problems) for item in node.items)
    return tuple(source for source in found if source is not None)


def resolved(node: Node | None, folder: Path, problems: Problems) -> str | None:
    """Return a path counted from `folder`; the name of a pack is no path."""
    word = None if node is None else text(node, problems)
    if word is None or word.startswith(PREFIX):
        return word
    return str(folder / word)


def _source(item: Node, folder: Path, problems: Problems) -> PolicySource | None:
    if item.kind == "scalar":
        return _here(item, item, {}, folder, problems)
    remote = bool(_OF_GIT & set(item.keys()))
    needed = ("git", "at") if remote else ("path",)
    entry = fields(item, "an entry of `policies`", problems, known=tuple(GATE_POLICY), needed=needed)
    settings = read_settings(entry["set"], problems) if "set" in entry else {}
    if remote:
        return _remote(item, entry, settings, problems)
    return _here(item, entry.get("path"), settings, folder, problems)


def _here(
    item: Node, path: Node | None, settings: Mapping[str, str], folder: Path, problems: Problems
) -> PolicySource | None:
    place = resolved(path, folder, problems)
    if place is None:
        return None
    return PolicySource(place, settings, item.source.path, line=item.line, column=item.column)


def _remote(
    item: Node, entry: Mapping[str, Node], settings: Mapping[str, str], problems: Problems
) -> PolicySource | None:
    before = len(problems)
    address = _address(entry["git"], problems) if "git" in entry else None
    at = _ref(entry["at"], problems) if "at" in entry else None
    digest = sha256(entry["digest"], problems) if "digest" in entry else ""
    path = _inside(entry["path"], problems) if "path" in entry else ""
    if len(problems) > before or address is None or at is None or digest is None or path is None:
        return None
    place = item.source.path
    return PolicySource(path, settings, place, address, at, digest, line=item.line, column=item.column)


def _address(node: Node, problems: Problems) -> str | None:
    word = text(node, problems)
    wrong = None if word is None else wrong_address(word)
    if word is None or wrong is None:
        return word
    said, hint = wrong
    problems.append(node.problem("PK404", f"`{shown(public_address(word))}` {said}", hint=hint))
    return None


def _ref(node: Node, problems: Problems) -> str | None:
    word = text(node, problems)
    if word is None or is_ref(word):
        return word
    hint = "write a tag, a branch, or the whole id of a commit"
    problems.append(node.problem("PK405", f"`{shown(word)}` is no tag, branch or commit", hint=hint))
    return None


def _inside(node: Node, problems: Problems) -> str | None:
    """Return a path inside a repository, without a slash at its end; empty for all of it."""
    word = text(node, problems)
    if word is None:
        return None
    parts = [part for part in word.rstrip("/").split("/") if part != "."]
    if word.startswith("/") or ".." in parts or "" in parts[:-1]:
        hint = "count it from the root of the repository, such as `policies/`"
        problems.append(node.problem("PK607", f"the path `{shown(word)}` climbs out of its folder", hint=hint))
        return None
    return "/".join(part for part in parts if part)


def read_settings(node: Node, problems: Problems) -> dict[str, str]:
    """Return the values that are set of parameters, by name."""
    if not is_map(node, problems):
        return {}
    read = {name: text(value, problems) for name, value in node.entries()}
    return {name: value for name, value in read.items() if value is not None}
