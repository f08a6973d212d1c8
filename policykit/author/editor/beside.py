"""What lies beside a document on disk: the gate file with its vocabulary, and the policy that a test is of."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from policykit.author.editor.complete import Beside
from policykit.author.editor.context import kind_of
from policykit.errors import PolicykitError
from policykit.load.gate_file import load_gate_file
from policykit.load.lint.tested import policies_named
from policykit.load.one_document import policies_in
from policykit.load.yaml import LARGEST
from policykit.terms.policy import Policy

GATE_FILE = "policykit.yaml"
_HIGHEST = 12  # folders above a document in which its gate file is looked for
_MOST_FILES = 300  # of a folder that are looked at for a policy
_POLICY = re.compile(r"(?m)^policy:[ \t]*[\"']?([^\s\"'#]+)")


def beside(path: Path, text: str) -> Beside:
    """Return what lies beside a document; what cannot be read there is as if it were not there."""
    policies = _tested(path, text) if kind_of(text) == "test" else ()
    return Beside(_vocabulary(path), policies)


def _vocabulary(path: Path) -> dict[str, tuple[str, ...]]:
    for folder in [path.parent, *path.parent.parents][:_HIGHEST]:
        file = folder / GATE_FILE
        try:
            if file.is_file():
                return dict(_vocabulary_of(str(file), file.stat().st_mtime_ns))
            if (folder / ".git").exists():
                return {}  # the repository ends here
        except OSError:
            return {}
    return {}


@lru_cache(maxsize=32)
def _vocabulary_of(file: str, changed: int) -> tuple[tuple[str, tuple[str, ...]], ...]:  # noqa: ARG001 - part of the key
    try:
        return tuple(load_gate_file(Path(file)).vocabulary.items())
    except (PolicykitError, OSError):
        return ()


def _tested(path: Path, text: str) -> tuple[Policy, ...]:
    named = _POLICY.search(text)
    if named is None:
        return ()
    found: list[Policy] = []
    for folder in (path.parent, path.parent.parent):
        try:
            files = sorted(each for each in folder.iterdir() if each.suffix in (".yaml", ".yml"))[:_MOST_FILES]
        except OSError:
            continue
        for file in files:
            found.extend(_policies(file))
        if policies_named(named[1], found):
            return policies_named(named[1], found)
    return tuple(found)


def _policies(file: Path) -> tuple[Policy, ...]:
    try:
        known = file.stat()
        if not file.is_file() or known.st_size > LARGEST:
            return ()
        return _read(str(file), known.st_mtime_ns)
    except OSError:
        return ()


@lru_cache(maxsize=2 * _MOST_FILES)
def _read(file: str, changed: int) -> tuple[Policy, ...]:  # noqa: ARG001 - part of the key
    return policies_in(Path(file).read_bytes().decode("utf-8", "replace"), Path(file).name)
