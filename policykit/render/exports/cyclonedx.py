"""A report as a CycloneDX 1.6 ML-BOM: the model with its files, its data, and a model card of the numbers that were measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policykit.render.exports.declarations import declarations, standards
from policykit.render.exports.identity import identity
from policykit.render.exports.reading import (
    Json,
    Number,
    Source,
    excuses,
    lets_through,
    line,
    name_of,
    numbers,
    purl,
    slice_of,
    standing,
    why,
)

TYPE = "https://cyclonedx.org/bom"
MODEL = "model"


def cyclonedx(source: Source) -> Json:
    """Return the whole document. Numbers are text there: the report's own digits, unrounded."""
    said = source.said
    files, data = _files(source), _data(said)
    parts = [part["bom-ref"] for part in (*files, *data)]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{identity(source, 'cyclonedx')}",
        "version": 1,
        "metadata": {
            "timestamp": said["timeEvaluated"],
            "tools": {
                "components": [{"type": "application", "name": "policykit", "version": said["engine"]["version"]}]
            },
        },
        "components": [_model(source, [part["bom-ref"] for part in data]), *files, *data],
        "dependencies": [{"ref": MODEL, "dependsOn": parts}, *({"ref": part} for part in parts)],
        "declarations": declarations(source, MODEL),
        "definitions": {"standards": standards(source)},
    }


def _model(source: Source, data: list[str]) -> Json:
    said = source.said
    bundle = said["bundle"]
    return {
        "type": "machine-learning-model",
        "bom-ref": MODEL,
        "name": line(bundle["name"]),
        "version": line(bundle["version"]),
        "purl": purl(said),
        "externalReferences": [
            {
                "type": "attestation",
                "url": f"urn:policykit:gate-report:sha256:{source.payload}",
                "comment": f"the signed gate report, {source.signer}; the hash is that of its DSSE payload",
                "hashes": [{"alg": "SHA-256", "content": source.payload}],
            }
        ],
        "modelCard": {
            "modelParameters": {
                "task": line(str(bundle["task"].get("kind") or "")),
                "datasets": [{"ref": ref} for ref in data],
            },
            "quantitativeAnalysis": {"performanceMetrics": [_metric(number) for number in numbers(said)]},
            "considerations": {
                "technicalLimitations": [line(said["limits"]), *_not_shown(said)],
                "fairnessAssessments": [
                    _fairness(rule, finding)
                    for rule in said["rules"]
                    for finding in rule["findings"]
                    if finding["check"].startswith("fairness.")
                ],
            },
        },
        "properties": _properties(source),
    }


def _properties(source: Source) -> list[Json]:
    said = source.said
    rules = [(f"policykit:rule:{name_of(rule)}", f"{standing(rule)}: {why(rule)}") for rule in said["rules"]]
    waivers = [
        ("policykit:waived", f"{name_of(rule)} by {excuse['waiver']} until {excuse['until']}")
        for rule in said["rules"]
        for excuse in excuses(rule)
    ]
    facts = [
        ("policykit:decision", said["decision"]),
        ("policykit:lets-through", "true" if lets_through(said) else "false"),
        ("policykit:reason", line(said["reason"])),
        ("policykit:stage", line(said["gate"]["stage"])),
        ("policykit:as-of", said["asOf"]),
        ("policykit:manifest:sha256", source.subjects[0][1]),
        ("policykit:verdict-digest:sha256", said["verdictDigest"]),
        *waivers,
        *rules,
    ]
    return [{"name": line(name), "value": value} for name, value in facts]


def _metric(number: Number) -> Json:
    said: Json = {"type": number.check, "value": str(number.value)}
    if number.about != "-":
        said["slice"] = number.about
    if number.low is not None and number.high is not None:
        said["confidenceInterval"] = {"lowerBound": str(number.low), "upperBound": str(number.high)}
    return said


def _fairness(rule: Mapping[str, Any], finding: Mapping[str, Any]) -> Json:
    said = {
        "groupAtRisk": slice_of(finding),
        "harms": line(f"{name_of(rule)}, {rule['sentence']} {finding['status']}: {finding['reason']}"),
    }
    waived = ", ".join(f"{e['waiver']} until {e['until']}" for e in excuses(rule))
    return said | ({"mitigationStrategy": line(f"waived, not mitigated: {waived}")} if waived else {})


def _not_shown(said: Mapping[str, Any]) -> list[str]:
    return [
        line(f"{name_of(rule)} is not shown: {why(rule)}") for rule in said["rules"] if rule["status"] == "undecided"
    ]


def _files(source: Source) -> list[Json]:
    return [
        {
            "type": "file",
            "bom-ref": f"file-{index}",
            "name": line(name),
            "hashes": [{"alg": "SHA-256", "content": sha256}],
        }
        for index, (name, sha256) in enumerate(source.subjects[1:], 1)
    ]


def _data(said: Mapping[str, Any]) -> list[Json]:
    """Return the data sets: a data set of one file by the hash of that file, of several by a digest over them."""
    return [
        {
            "type": "data",
            "bom-ref": f"data-{index}",
            "name": line(material["dataset"]),
            "hashes": [{"alg": "SHA-256", "content": material["digest"]["sha256"]}],
            "data": [{"type": "dataset", "name": line(material["dataset"]), "description": _described(material)}],
            "properties": [{"name": "policykit:schema:sha256", "value": material["schema"]["sha256"]}],
        }
        for index, material in enumerate(said["materials"], 1)
    ]


def _described(material: Mapping[str, Any]) -> str:
    rows = "rows not known" if material["rows"] is None else f"{material['rows']} rows"
    return line(f"{rows}, collected {material['collected'] or 'at a time not stated'}")
