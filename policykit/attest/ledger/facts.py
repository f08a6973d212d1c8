"""What a kept file says of itself: nothing here is believed before it was held against the tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from policykit.attest.strict_json import strict_json
from policykit.errors import VerificationError
from policykit.terms.bundle import Bundle, Schema

HELD_OUT: Final = ("evaluation", "test", "holdout", "validation")
"""The roles of data sets that a model is judged on, and must not be fitted to."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a held-out data set looks like: rows, the names of its columns, sorted; and whether predictions lie in its own file."""

    rows: int
    columns: tuple[str, ...]
    predicted: bool

    def like(self, other: Shape) -> bool:
        """Say whether these may be the same rows in another file: one with predictions in it changes with every model."""
        return (self.predicted or other.predicted) and (self.rows, self.columns) == (other.rows, other.columns)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a signed file is about. `held_out` are the SHA-256 of the files of its held-out data sets, `shapes` what these look like."""

    kind: str = ""  # predicate type
    name: str = ""
    version: str = ""
    subject: str = ""
    stage: str = ""
    decision: str = ""
    at: str = ""
    verdict: str = ""
    mode: str = ""
    scope: str = ""
    held_out: tuple[str, ...] = ()
    shapes: tuple[Shape, ...] = ()


def facts_of(payload: bytes) -> Facts:
    """Return what a payload says, as far as it is a statement; empty words where it says nothing."""
    try:
        return facts_in(strict_json(payload))
    except VerificationError:
        return Facts()


def facts_in(said: Any) -> Facts:
    """Return what a statement says, as far as it is one."""
    predicate, gate, bundle = _at(said, "predicate"), _at(said, "predicate", "gate"), _at(said, "predicate", "bundle")
    subjects = _at(said, "subject")
    return Facts(
        kind=_text(said, "predicateType"),
        name=_text(bundle, "name") or (bundle if isinstance(bundle, str) else ""),
        version=_text(bundle, "version"),
        subject=_text(_at(subjects[0] if isinstance(subjects, list) and subjects else None, "digest"), "sha256"),
        stage=_text(gate, "stage") or _text(predicate, "stage"),
        decision=_text(predicate, "decision"),
        at=next((t for n in ("timeEvaluated", "time", "issued") if (t := _text(predicate, n))), ""),
        verdict=_text(predicate, "verdictDigest"),
        mode=_text(gate, "mode"),
        scope=_text(gate, "scope"),
        held_out=_held_out(bundle),
        shapes=_shapes(predicate),
    )


def held_out_of(bundle: Bundle) -> tuple[str, ...]:
    """Return the SHA-256 of the files of the held-out data: a file of predictions beside them is the model's, and not meant."""
    known = {file.path: file.sha256 for file in bundle.files}
    paths = {path for role in HELD_OUT if role in bundle.datasets for path in bundle.datasets[role].files}
    return tuple(sorted({known[path] for path in paths if path in known}))


def shapes_of(bundle: Bundle, schemas: Mapping[str, object]) -> tuple[Shape, ...]:
    """Return what the held-out data of a bundle looks like, as far as it could be read."""
    found = [(role, bundle.datasets[role], schemas.get(role)) for role in HELD_OUT if role in bundle.datasets]
    task = bundle.task
    return tuple(
        Shape(
            schema.rows,
            tuple(sorted(column.name for column in schema.columns)),
            dataset.predictions is None and (task.prediction or task.score) is not None,
        )
        for _, dataset, schema in found
        if isinstance(schema, Schema) and schema.rows
    )


def _held_out(bundle: Any) -> tuple[str, ...]:
    try:
        known = {file["path"]: file["sha256"] for file in bundle["files"]}
        found = {
            known.get(path)
            for role in HELD_OUT
            if role in bundle["datasets"]
            for path in bundle["datasets"][role]["files"]
        }
    except (KeyError, TypeError, AttributeError):
        return ()
    return tuple(sorted(each for each in found if isinstance(each, str)))


def _shapes(predicate: Any) -> tuple[Shape, ...]:
    try:
        datasets, task, schemas = predicate["bundle"]["datasets"], predicate["bundle"]["task"], predicate["schemas"]
        found = [(datasets[role], schemas[role]) for role in HELD_OUT if role in datasets and role in schemas]
        inside = (task["prediction"] or task["score"]) is not None
        return tuple(
            Shape(
                schema["rows"],
                tuple(sorted(str(name) for name, _ in schema["columns"])),
                dataset["predictions"] is None and inside,
            )
            for dataset, schema in found
            if isinstance(schema.get("rows"), int) and schema["rows"] and "columns" in schema
        )
    except (KeyError, TypeError, AttributeError, ValueError):
        return ()


def _at(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _text(value: Any, name: str) -> str:
    found = _at(value, name)
    return found if isinstance(found, str) else ""
