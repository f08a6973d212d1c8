"""What is said of a gate file that is wrong, without what may open something: its lines with addresses are not shown.

A problem anywhere on such a line, whoever finds it, would print the whole line: into terminals, pipelines, and reports that lie
open for years.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from policykit.errors import Diagnostic
from policykit.load.node import Node

_BREAK: Final = re.compile("\r\n|\n|\r")
_ADDRESS: Final = re.compile(r"://|@")
_NOTIFY: Final = re.compile(r"""(?:^|[\s{,"'-])notify["']?\s*:""", re.IGNORECASE)
_MEANT: Final = ("notify", "git")
_ITS_OWN: Final = ("PK404", "PK405")  # their messages show an address without what opens it, and a name of git


def without_secrets(problems: Iterable[Diagnostic], data: bytes | str, root: Node | None) -> list[Diagnostic]:
    """Return the problems of a gate file; those on a line that may hold a secret without that line.

    Such lines hold an address, or stand under `notify`. `root` is what could be read of the file, None where it is no YAML.
    """
    text = data if isinstance(data, str) else data.decode("utf-8-sig", "replace")
    lines = _BREAK.split(text)
    secret = set(_written(lines, parsed=root is not None))
    secret.update(() if root is None else _read(root))
    return [_said(problem, kept=problem.line not in secret) for problem in problems]


def _said(problem: Diagnostic, *, kept: bool) -> Diagnostic:
    message = problem.message
    if problem.code not in _ITS_OWN:
        message = re.sub(r"(?s)(?<=://).*(?=`)", "…", message)
        message = re.sub(r"(?s)(?<=`)[^`]*@.*(?=`)", "…", message)
    if kept and problem.suggestion not in _MEANT and _ADDRESS.search(problem.excerpt) is None:
        return replace(problem, message=message)
    return replace(problem, message=message, excerpt="")


def _written(lines: Sequence[str], *, parsed: bool) -> Iterator[int]:
    """Walk the numbers of lines that hold an address or stand under `notify`; of what is no YAML, also all that hangs on one."""
    below: int | None = None
    for number, line in enumerate(lines, 1):
        indent = len(line) - len(line.lstrip(" \t"))
        inside = below is not None and (
            not line.strip() or indent > below or line.lstrip().startswith(("- ", "]", "}", '"', "'"))
        )
        if inside:
            yield number
            continue
        below = None
        notify = _NOTIFY.search(line) is not None
        if notify or _ADDRESS.search(line) is not None:
            yield number
            below = indent if notify or not parsed else None


def _read(root: Node) -> Iterator[int]:
    """Walk the numbers of lines that a value stands on which is an address, however it is written."""
    open_ones, starts, found = [(root, False)], set[int](), list[int]()
    while open_ones:
        node, secret = open_ones.pop()
        starts.add(node.line)
        if node.kind == "scalar" and (secret or _ADDRESS.search(node.text) is not None):
            found.append(node.line)
        open_ones.extend((item, secret) for item in node.items)
        open_ones.extend((name, False) for name, _ in node.pairs)
        open_ones.extend((value, secret or name.text in _MEANT) for name, value in node.pairs)
    last = max(starts, default=0)
    for line in found:
        yield line
        following = line + 1
        while following not in starts and following <= last:
            yield following
            following += 1
