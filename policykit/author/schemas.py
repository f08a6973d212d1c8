"""The JSON Schemas of every document, for editors and for whoever writes these documents by program."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from policykit import checks
from policykit.author import schema_parts as parts
from policykit.author.schema_parts import Schema
from policykit.author.schema_policy import policy_schema
from policykit.author.schema_test import test_schema
from policykit.author.schema_trust import trust_schema, waiver_schema
from policykit.load import bundle_words, words


def schemas() -> Mapping[str, str]:
    """Return every schema by file name: `policy.v1.json`, `bundle.v1.json`, and so on."""
    found = {
        "policy": policy_schema(),
        "bundle": bundle_schema(),
        "gate": gate_schema(),
        "trust": trust_schema(),
        "waiver": waiver_schema(),
        "test": test_schema(),
        "measurements": measurements_schema(),
        **document_schemas(),
    }
    return {f"{name}.v1.json": json.dumps(body, indent=1, ensure_ascii=False) + "\n" for name, body in found.items()}


def gate_schema() -> Schema:
    """Return the schema of `gate/1`."""
    entry = parts.thing(
        words.GATE_POLICY,
        {
            "path": parts.TEXT,
            "set": parts.open_map(parts.TEXT),
            "git": {"type": "string", "pattern": "^(https://|ssh://|file://|[^-:/@][^:/@]*@[^-:/@][^:/@]*:)"},
            "at": parts.TEXT,
            "digest": {"type": "string", "pattern": "^(sha256:)?[0-9A-Fa-f]{64}$"},
        },
        anyOf=[{"required": ["path"]}, {"required": ["git", "at"]}],
        dependentRequired={"git": ["at"], "at": ["git"], "digest": ["git"]},
    )
    texts = parts.one_or_more(parts.TEXT)
    trust = parts.thing(words.GATE_TRUST, {"path": parts.TEXT, "roots": texts}, ("path",))
    waivers = parts.thing(
        words.GATE_WAIVERS, {"path": parts.TEXT, "read_from": parts.TEXT, "longest": parts.TEXT}, ("path",)
    )
    body = parts.thing(
        words.GATE,
        {
            "policykit": {"const": "gate/1"},
            "policies": parts.several({"anyOf": [parts.TEXT, entry]}),
            "vocabulary": parts.open_map(texts),
            "inventory": parts.TEXT,
            "models": texts,
            "champion": parts.thing(words.GATE_CHAMPION, {"key": parts.TEXT}),
            "report": parts.thing(words.GATE_REPORT, {"sign": parts.TEXT, "output": texts, "notify": texts}),
            "trust": {"anyOf": [parts.TEXT, trust]},
            "waivers": {"anyOf": [parts.TEXT, waivers]},
            "ledger": parts.TEXT,
            "plugins": {"anyOf": [parts.TEXT, {"type": "array", "items": parts.TEXT}]},
        },
        ("policykit",),
    )
    return parts.document("A gate file: so that `policykit gate bundle/` needs no flags", body)


def bundle_schema() -> Schema:
    """Return the schema of `bundle/1`."""
    known = bundle_words
    names = parts.one_or_more(parts.TEXT)
    maybe_names: Schema = {"anyOf": [{"type": "array", "items": parts.TEXT}, parts.TEXT]}
    sha256: Schema = {"type": ["string", "number"]}
    cut = parts.thing(known.CUT, {"from": parts.TEXT, "at_least": {"type": "number"}}, tuple(known.CUT))
    task = parts.thing(
        known.TASK,
        {
            "kind": parts.words(*known.KINDS),
            "target": parts.TEXT,
            "prediction": {"anyOf": [parts.TEXT, cut]},
            "score": parts.TEXT,
            "positive": parts.CONSTANT,
            "favourable": parts.CONSTANT,
        },
    )
    joined = parts.thing(known.PREDICTIONS, {"path": parts.TEXT, "key": names, "sha256": sha256}, ("path", "key"))
    dataset = parts.thing(
        known.DATASET,
        {
            "path": parts.TEXT,
            "sha256": sha256,
            "collected": parts.DAY,
            "key": names,
            "columns": parts.open_map(parts.words(*known.COLUMN_TYPES)),
            "missing_values": {"type": "array", "items": {"type": ["string", "number", "boolean", "null"]}},
            "predictions": joined,
        },
        ("path",),
    )
    attribute = parts.thing(known.ATTRIBUTE, {"column": parts.TEXT, "values": parts.open_map(parts.TEXT)}, ("column",))
    model = parts.thing(known.MODEL, {"path": parts.TEXT, "format": parts.TEXT, "features": maybe_names}, ("path",))
    written = parts.thing(known.DOCUMENT, {"path": parts.TEXT, "sha256": sha256}, ("path",))
    a_dataset, a_document = {"$ref": "#/$defs/dataset"}, {"$ref": "#/$defs/document"}
    datasets = {**parts.open_map(a_dataset), "minProperties": 1}
    datasets["properties"] = dict.fromkeys(known.ROLES, a_dataset)
    documents = {**parts.open_map(a_document), "properties": dict.fromkeys(known.DOCUMENTS, a_document)}
    body = parts.thing(
        known.BUNDLE,
        {
            "policykit": {"const": known.KIND},
            "name": parts.TEXT,
            "version": parts.TEXT,
            "labels": parts.open_map(names),
            "task": task,
            "attributes": parts.open_map(attribute),
            "protected_attributes": maybe_names,
            "model": model,
            "datasets": datasets,
            "documents": documents,
            "facts": {"type": "object"},
            "champion": parts.thing(known.CHAMPION, {"report": parts.TEXT}, ("report",)),
        },
        ("policykit", *known.BUNDLE_NEEDED),
    )
    definitions = {"dataset": dataset, "document": written}
    return parts.document("A bundle: everything a decision may rest on", {**body, "$defs": definitions})


def measurements_schema() -> Schema:
    """Return the schema of `measurements/1`, what `policykit measure` writes and `policykit judge` reads."""
    said = {
        "policykit": "The kind of this document and its version.",
        "semantics": "The version of the meaning of measures.",
        "engine": "What counted.",
        "stage": "The stage that was asked for.",
        "as_of": "The day it was measured.",
        "subject": "The digest of the bundle's files.",
        "bundle": "What the manifest says; no rows, facts or documents.",
        "schemas": "The columns of each data set.",
        "measurements": "Each measure with its state.",
    }
    of: dict[str, Schema] = {
        "policykit": {"const": "measurements/1"},
        "semantics": {"type": ["string", "integer"]},
        "engine": {"type": "string"},
        "stage": {"type": ["string", "null"]},
        "as_of": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}"},
        "subject": {"type": "string"},
        "bundle": {"type": "object"},
        "schemas": {"type": "object"},
        "measurements": {"type": ["array", "object"]},
    }
    return parts.document("Measurements: judged without the data or the model", parts.thing(said, of, tuple(said)))


def document_schemas() -> dict[str, Schema]:
    """Return the schemas of the documents that checks read, by the name a bundle gives them; each lies beside its checks."""
    folder = Path(checks.__file__).parent
    found = sorted(folder.glob("*/_*.json"), key=lambda path: path.name)
    return {path.stem.removeprefix("_"): json.loads(path.read_text(encoding="utf-8")) for path in found}
