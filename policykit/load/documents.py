"""The documents of a bundle: JSON, Markdown with front matter, or one column of CSV."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final

from policykit.load.free import free
from policykit.load.yaml import LARGEST as LARGEST_YAML
from policykit.load.yaml import parse
from policykit.strict_json import NotJSON, strict_json

LARGEST: Final = 16 * 2**20
_MARK: Final = b"\xef\xbb\xbf"  # of UTF-8, which some editors write
_MOST_VALUES: Final = 2_000_000
_MOST_SECTIONS: Final = 10_000
_HEADING: Final = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#*)?[ \t]*$")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_MILLISECONDS: Final = {
    "ms": 1.0,
    "millis": 1.0,
    "milliseconds": 1.0,
    "s": 1000.0,
    "sec": 1000.0,
    "seconds": 1000.0,
    "us": 0.001,
    "microseconds": 0.001,
    "ns": 1e-6,
    "nanoseconds": 1e-6,
}


class Unreadable(ValueError):
    """A document that cannot be read; the message says why, as the end of a sentence about its path."""


def read_document(path: str, data: bytes) -> Any:
    """Return what a document says, as a JSON value.

    JSON is itself. Markdown is `{"front": {…}, "sections": [{"title", "level", "text"}, …], "text"}`. CSV is
    `{"unit": "ms", "samples": […]}`, from the one column whose name says a unit of time.

    Raises:
        Unreadable: with the reason; the rules that need the document are then undecided.
    """
    if len(data) > LARGEST:
        raise Unreadable(f"has more than {LARGEST >> 20} MB")
    match PurePosixPath(path).suffix.lower():
        case ".json":
            try:
                return strict_json(data.removeprefix(_MARK), most_values=_MOST_VALUES)
            except NotJSON as error:
                raise Unreadable(str(error)) from error
        case ".md" | ".markdown":
            return _markdown(_text(data))
        case ".csv":
            return _samples(_text(data))
        case _:
            raise Unreadable("is neither JSON, Markdown nor CSV")


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not UTF-8: see byte {error.start}") from error


def _markdown(text: str) -> dict[str, Any]:
    lines = text.splitlines()
    front: dict[str, Any] = {}
    if lines and lines[0].rstrip() == "---":
        end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), None)
        if end is None:
            raise Unreadable("opens a front matter with `---` and never closes it")
        front = _front("\n".join(lines[:end]) + "\n")
        lines = lines[end + 1 :]
    return {"front": front, "sections": _sections(lines), "text": text}


def _front(text: str) -> dict[str, Any]:
    if len(text) > LARGEST_YAML:
        raise Unreadable("has too large a front matter")
    if not text.removeprefix("---").strip():
        return {}
    node, problems = parse(text.encode("utf-8"), "", escapes=True)
    if problems:
        first = problems[0]
        raise Unreadable(f"has a front matter that cannot be read: line {first.line}: {first.message}")
    value = None if node is None else free(node)
    if not isinstance(value, dict):
        raise Unreadable("has a front matter that is no map of keys and values")
    return value


def _sections(lines: list[str]) -> list[dict[str, Any]]:
    """Return the headings with the text up to the next one; what stands before the first heading has no title."""
    found: list[dict[str, Any]] = []
    title, level, body = "", 0, list[str]()
    fence = ""
    for line in lines:
        mark = _FENCE.match(line)
        if mark and (not fence or (mark[1][0] == fence[0] and len(mark[1]) >= len(fence))):
            fence = "" if fence else mark[1]
        heading = None if fence or mark else _HEADING.match(line[:500])
        if heading is None:
            body.append(line)
            continue
        found.append({"title": title, "level": level, "text": "\n".join(body).strip()})
        title, level, body = heading[2], len(heading[1]), []
        if len(found) > _MOST_SECTIONS:
            raise Unreadable(f"has more than {_MOST_SECTIONS:,} headings")
    found.append({"title": title, "level": level, "text": "\n".join(body).strip()})
    return [section for section in found if section["level"] or section["text"]]


def _samples(text: str) -> dict[str, Any]:
    rows = _rows(text)
    header = next(rows, None)
    if header is None:
        raise Unreadable("is empty")
    units = {place: factor for place, name in enumerate(header[1]) if (factor := _factor(name)) is not None}
    if len(units) != 1:
        raise Unreadable("must have one column whose name ends in its unit, such as `ms`, `latency_ms` or `seconds`")
    ((place, factor),) = units.items()
    samples = []
    for line, row in rows:
        if not row:
            continue
        try:
            number = float(row[place])
        except (ValueError, IndexError) as error:
            raise Unreadable(f"has no number on line {line}") from error
        if not math.isfinite(number):
            raise Unreadable(f"has no finite number on line {line}")
        samples.append(number if factor == 1.0 else number * factor)
    return {"unit": "ms", "samples": samples}


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise Unreadable(f"is not CSV at line {reader.line_num}") from error


def _factor(name: str) -> float | None:
    """Return how many milliseconds the unit at the end of a column's name is; None where it names none."""
    words = re.findall(r"[a-z]+", name.lower())
    return _MILLISECONDS.get(words[-1]) if words else None
