"""Problems of documents, each at its line and column, with what was probably meant. Needs no library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policykit.errors import Diagnostic
from policykit.render.orders import harmless
from policykit.render.visible import visible

_WINDOW = 110
_RED, _YELLOW, _BOLD, _DIM, _UNDERLINE, _PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[1m", "\x1b[2m", "\x1b[4m", "\x1b[0m"


def diagnostics(problems: Sequence[Diagnostic], *, color: bool) -> str:
    """Write every problem with its excerpt and a caret under the place; one blank line between two."""
    return harmless("\n".join("\n".join(_one(problem, color=color)) + "\n" for problem in problems))


def _one(problem: Diagnostic, *, color: bool) -> Iterator[str]:
    tint = _RED if problem.level == "error" else _YELLOW
    level = "" if problem.level == "error" else "warning: "
    code = _paint(problem.code, _BOLD + tint, color=color)
    yield f"{_paint(visible(problem.where), _BOLD, color=color)}: {code} {level}{visible(problem.message)}"
    meant = f"did you mean `{visible(problem.suggestion)}`?" if problem.suggestion else ""
    said = [line for line in (meant, visible(problem.hint)) if line]
    if not (problem.excerpt.strip() and problem.line):
        yield from (f"  {line}" for line in said)
        return
    before, here, after = _cut(problem.excerpt, problem.column, problem.length)
    gutter = f"{problem.line:>4} | "
    blank = " " * (len(gutter) - 2) + "| "
    yield _paint(gutter, _DIM, color=color) + before + _paint(here, _UNDERLINE + tint, color=color) + after
    caret = " " * _cells(before) + _paint("^", _BOLD + tint, color=color)
    first, *rest = said or [""]
    yield (_paint(blank, _DIM, color=color) + caret + (f" {first}" if first else "")).rstrip()
    yield from (f"{_paint(blank, _DIM, color=color)}{' ' * (_cells(before) + 2)}{line}" for line in rest)


def _cut(excerpt: str, column: int, length: int) -> tuple[str, str, str]:
    """Return what stands before, at and after the place, at most about 110 characters of a longer line."""
    text = excerpt.rstrip("\r\n")
    at = min(max(column - 1, 0), len(text))
    start = max(0, at - _WINDOW // 2) if len(text) > _WINDOW else 0
    end = min(len(text), start + _WINDOW)
    stop = min(end, at + max(length, 1))
    head, tail = "…" if start else "", "…" if end < len(text) else ""
    return head + _tame(text[start:at]), _tame(text[at:stop]), _tame(text[stop:end]) + tail


def _tame(text: str) -> str:
    return visible(text.replace("\t", " "))


def _cells(text: str) -> int:
    """Return how many columns of a terminal `text` takes: wide letters take two."""
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text)


def _paint(text: str, style: str, *, color: bool) -> str:
    return f"{style}{text}{_PLAIN}" if color and text else text
