"""What the files of a model were found to be, as its checks read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from policykit.terms.check import Got
from policykit.terms.measure import Fact, Measure
from policykit.terms.state import Stated
from policykit.terms.verdict import Cause, Unmeasured

PICKLES: Final = ("pickle", "joblib", "compressed", "torch", "torch (old form)", "npy with objects")
"""Forms that import what they name when they are loaded."""


@dataclass(frozen=True, slots=True)
class Content:
    """One file: its form by content (empty: not understood), what it would import, and why it is not trusted."""

    path: str
    form: str
    imports: tuple[tuple[str, str], ...]
    refused: tuple[str, ...]


def contents_asked() -> Mapping[str, Measure]:
    """Return the one measurement that every check of the model's files reads."""
    return {"contents": Fact(("model", "contents"))}


def contents_of(got: Got) -> tuple[Content, ...] | Unmeasured:
    """Return the files of the model; at least one, or why there is none."""
    state = got["contents"]
    said: Any = state.value if isinstance(state, Stated) else None
    files = said.get("files") if isinstance(said, Mapping) else None
    if not isinstance(files, list | tuple):
        return Unmeasured(Cause.WRONG_TYPE, "what the model's files are is not written as it should be")
    if not files:
        return Unmeasured(Cause.EMPTY, "the model has no files")
    try:
        return tuple(_content(entry) for entry in files)
    except (KeyError, TypeError, ValueError):
        return Unmeasured(Cause.WRONG_TYPE, "what the model's files are is not written as it should be")


def told(found: list[str], *, most: int = 8) -> str:
    """Return the first few findings as one line."""
    more = f"; and {len(found) - most:,} more" if len(found) > most else ""
    return "; ".join(found[:most]) + more


def _content(entry: Any) -> Content:
    path, form = entry["path"], entry["form"]
    imports = tuple((module, name) for module, name, _ in entry["globals"])
    words = [path, form, *entry["refused"], *(word for pair in imports for word in pair)]
    if not all(isinstance(word, str) for word in words):
        raise TypeError("not a text")
    return Content(path, form, imports, tuple(entry["refused"]))
