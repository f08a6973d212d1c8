"""Bundles and schemas as JSON, and back: who was judged, without a row of its data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from policykit.terms.bundle import Attribute, Bundle, Column, Cut, Dataset, File, Model, Predictions, Schema, Task
from policykit.terms.literal import Lit, scalar_form, scalar_unform
from policykit.terms.shape import shaped
from policykit.terms.verdict import Unmeasured


def bundle_to_json(bundle: Bundle) -> dict[str, Any]:
    """Write a bundle as JSON: everything but facts and the contents of documents, of which only what was measured is published."""
    return {
        "name": bundle.name,
        "version": bundle.version,
        "labels": {name: list(values) for name, values in bundle.labels.items()},
        "task": task_to_json(bundle.task),
        "attributes": attributes_to_json(bundle.attributes),
        "protected_attributes": list(bundle.protected_attributes),
        "model": None
        if bundle.model is None
        else {"path": bundle.model.path, "format": bundle.model.format, "features": list(bundle.model.features)},
        "datasets": {role: _dataset(dataset) for role, dataset in bundle.datasets.items()},
        "documents": dict(bundle.documents),
        "broken": dict(bundle.broken),
        "champion_report": bundle.champion_report,
        "files": [
            {"path": file.path, "role": file.role, "sha256": file.sha256, "size": file.size} for file in bundle.files
        ],
    }


def bundle_from_json(body: Any) -> Bundle:
    """Read a bundle, without a root; raise ValueError where it is not what `bundle_to_json` writes."""
    try:
        bundle = _bundle(dict(body))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("the bundle is not written as it should be") from error
    if not shaped(bundle, Bundle) or any(file.size < 0 for file in bundle.files):
        raise ValueError("the bundle is not written as it should be")
    for dataset in bundle.datasets.values():
        if dataset.collected is not None:
            iso_date(dataset.collected)
    return bundle


def task_to_json(task: Task) -> dict[str, Any]:
    """Write what the model is for; what is not declared is null."""
    return {
        "kind": task.kind,
        "target": task.target,
        "prediction": task.prediction,
        "score": task.score,
        "positive": None if task.positive is None else scalar_form(task.positive.value),
        "favourable": None if task.favourable is None else scalar_form(task.favourable.value),
        "cut": None if task.cut is None else scalar_form(float(task.cut.at_least)),
    }


def attributes_to_json(attributes: Mapping[str, Attribute]) -> dict[str, Any]:
    """Write how the data names what policies speak of."""
    return {
        name: {"column": found.column, "values": [[scalar_form(old.value), new] for old, new in found.values]}
        for name, found in attributes.items()
    }


def schema_to_json(schema: Schema | Unmeasured) -> dict[str, Any]:
    """Write a schema, or why there is none."""
    if isinstance(schema, Unmeasured):
        from policykit.terms.taken_json import unmeasured_to_json

        return {"unmeasured": unmeasured_to_json(schema)}
    columns = [[column.name, column.kind] for column in schema.columns]
    return {"columns": columns, "rows": schema.rows, "digest": schema.digest}


def schema_from_json(body: Any) -> Schema | Unmeasured:
    """Read a schema, or why there is none; raise ValueError where it is not written as it should be."""
    try:
        if "unmeasured" in body:
            from policykit.terms.taken_json import unmeasured_from_json

            return unmeasured_from_json(body["unmeasured"])
        schema = Schema(tuple(Column(name, kind) for name, kind in body["columns"]), body["rows"], body["digest"])
    except (KeyError, TypeError) as error:
        raise ValueError("a schema is not written as it should be") from error
    if not shaped(schema, Schema) or (schema.rows is not None and schema.rows < 0):
        raise ValueError("a schema is not written as it should be")
    return schema


def iso_date(text: str) -> date:
    """Return the day that `2026-08-31` names; raise ValueError for any other way to write one."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(f"`{text}` is not a date")
    return date.fromisoformat(text)


def _dataset(dataset: Dataset) -> dict[str, Any]:
    joined = dataset.predictions
    return {
        "files": list(dataset.files),
        "format": dataset.format,
        "sha256": dataset.sha256,
        "collected": dataset.collected,
        "key": list(dataset.key),
        "columns": dict(dataset.columns),
        "missing_values": None if dataset.missing_values is None else list(dataset.missing_values),
        "predictions": None
        if joined is None
        else {"path": joined.path, "key": list(joined.key), "sha256": joined.sha256},
    }


def _bundle(body: dict[str, Any]) -> Bundle:
    task = dict(body.pop("task"))
    for name in ("positive", "favourable"):
        task[name] = None if task[name] is None else _lit(task[name])
    task["cut"] = None if task["cut"] is None else Cut(scalar_unform(task["cut"]))
    model = body.pop("model")
    if model is not None:
        model = Model(**_listed(model, "features"))
    labels = {name: _texts(values) for name, values in body.pop("labels").items()}
    attributes = {name: _attribute(**found) for name, found in body.pop("attributes").items()}
    datasets = {role: _read_dataset(role, **found) for role, found in body.pop("datasets").items()}
    files = tuple(File(**file) for file in body.pop("files"))
    return Bundle(
        labels=labels,
        task=Task(**task),
        attributes=attributes,
        model=model,
        datasets=datasets,
        files=files,
        **_listed(body, "protected_attributes"),
    )


def _attribute(column: Any, values: Any) -> Attribute:
    return Attribute(column, tuple((_lit(old), new) for old, new in values))


def _read_dataset(role: str, *, missing_values: Any, predictions: Any, **rest: Any) -> Dataset:
    return Dataset(
        role=role,
        missing_values=None if missing_values is None else _texts(missing_values),
        predictions=None if predictions is None else Predictions(**_listed(predictions, "key")),
        **_listed(_listed(rest, "files"), "key"),
    )


def _lit(value: Any) -> Lit:
    return Lit(scalar_unform(value))


def _listed(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {**body, name: _texts(body[name])}


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError("no list")
    return tuple(values)
