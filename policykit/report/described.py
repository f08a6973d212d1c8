"""What a report says it judged, beside the rules: labels, protected attributes, task and data sets, each as a text to compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from policykit.report.members import count, text
from policykit.report.numbers import several

_DIGITS: Final = 8
_TASK: Final = ("kind", "target", "prediction", "score", "positive", "favourable", "cut")


def described(bundle: Mapping[str, Any], materials: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Return what a predicate says of its bundle and data sets, by what it is called; nothing of what it does not say.

    Raises:
        TypeError, KeyError, AttributeError: it is not written as a report is.
    """
    return (*_labels(bundle["labels"]), *_task(bundle), *map(_dataset, materials))


def _labels(labels: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, values in labels.items():
        yield f"label {text(name)}", ", ".join(map(text, values))


def _task(bundle: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "protected_attributes" in bundle:
        yield "protected attributes", ", ".join(map(text, bundle["protected_attributes"])) or "none"
    task = bundle.get("task") or {}
    for name in _TASK:
        if task.get(name) is not None:
            yield f"task: {name}", _plain(task[name])


def _plain(said: object) -> str:
    """Return a member of the task as a text; a number stands as its shortest text."""
    match said:
        case {"float": value} | {"int": value}:
            return str(value)
        case _:
            return str(said)


def _dataset(said: Mapping[str, Any]) -> tuple[str, str]:
    rows, collected = said["rows"], text(said["collected"])
    parts = [*([several(count(rows), "row")] if rows is not None else []), *([f"of {collected}"] if collected else [])]
    return f"data set {text(said['dataset'])}", ", ".join(
        (*parts, f"sha256 {text(said['digest']['sha256'])[:_DIGITS]}")
    )
