"""Did you mean: what a diagnostic suggests, as a change of the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from policykit.errors import Diagnostic

_WORD = re.compile(r"[^\s,:\[\]{}\"'#]+(?::[^\s,\[\]{}]+)*")
_KEY_MEANT = ("PK203", "PK207")  # the value is underlined, and its key is what should be another
_UNIT = re.compile(r"[A-Za-z%]+$")


@dataclass(frozen=True, slots=True)
class Change:
    """Text to put in place of `length` characters from `column` of `line`."""

    title: str
    line: int
    column: int
    length: int
    text: str


def change(text: str, problem: Diagnostic) -> Change | None:
    """Return the change that a problem suggests, or None where it suggests nothing that stands there."""
    lines = text.split("\n")
    if not problem.suggestion or not 0 < problem.line <= len(lines):
        return None
    line = lines[problem.line - 1].rstrip("\r")
    start, end = _span(line, problem)
    if start >= end:
        return None
    if problem.code == "PK204":
        unit = _UNIT.search(line[start:end])
        if unit is None:
            return None
        start += unit.start()
    title = f"change to `{problem.suggestion}`"
    return Change(title, problem.line, start + 1, end - start, problem.suggestion)


def _span(line: str, problem: Diagnostic) -> tuple[int, int]:
    """Return from where to where the wrong word stands in its line, counted from 0."""
    start = problem.column - 1
    if problem.code in _KEY_MEANT:
        keys = list(re.finditer(r"([A-Za-z_]+)\s*:\s", line[: start + 1]))
        return keys[-1].span(1) if keys else (0, 0)
    if problem.length > 1:
        return start, min(start + problem.length, len(line))
    word = _WORD.match(line, start)
    return word.span() if word is not None else (0, 0)
