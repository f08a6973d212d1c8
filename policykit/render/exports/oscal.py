"""A report as OSCAL assessment results 1.1: an observation for each finding, a finding for each control a rule answers to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policykit.render.exports.identity import identity
from policykit.render.exports.reading import (
    Json,
    Source,
    applied,
    excuses,
    lets_through,
    line,
    name_of,
    slice_of,
    standing,
    why,
)

_UNFIT = re.compile(r"[^A-Za-z0-9._-]")


def oscal(source: Source) -> Json:
    """Return the whole document. A control is satisfied only where its rule passed; a waiver leaves it not satisfied, and says so."""
    said = source.said
    return {
        "assessment-results": {
            "uuid": identity(source, "oscal"),
            "metadata": {
                "title": line(f"Gate report on {said['bundle']['name']} {said['bundle']['version']}"),
                "last-modified": said["timeEvaluated"],
                "version": source.payload[:16],
                "oscal-version": "1.1.3",
            },
            "import-ap": {"href": f"#{identity(source, 'policies')}"},
            "results": [_result(source)],
            "back-matter": {"resources": [_policies(source), _report(source)]},
        }
    }


def _result(source: Source) -> Json:
    said = source.said
    observations, findings = [*_observations(source)], [*_findings(source)]
    return {
        "uuid": identity(source, "result"),
        "title": line(f"{said['decision']}: {said['reason']}"),
        "description": line(said["limits"]),
        "start": said["timeEvaluated"],
        "end": said["timeEvaluated"],
        "props": _props(
            source,
            decision=said["decision"],
            lets_through="true" if lets_through(said) else "false",
            stage=said["gate"]["stage"],
            mode=said["gate"]["mode"],
            scope=said["gate"]["scope"],
            as_of=said["asOf"],
            verdict_digest=said["verdictDigest"],
        ),
        "local-definitions": {"components": [_component(source)]},
        "reviewed-controls": {"control-selections": [_selection(said)]},
        **({"observations": observations} if observations else {}),
        **({"findings": findings} if findings else {}),
    }


def _component(source: Source) -> Json:
    bundle = source.said["bundle"]
    return {
        "uuid": identity(source, "model"),
        "type": "software",
        "title": line(f"{bundle['name']} {bundle['version']}"),
        "description": "the model bundle that was judged",
        "props": _props(source, manifest=source.subjects[0][1]),
        "status": {"state": "operational" if lets_through(source.said) else "under-development"},
    }


def _selection(said: Mapping[str, Any]) -> Json:
    found = dict.fromkeys(token(control["id"]) for rule in said["rules"] for control in rule["controls"])
    if not found:
        return {"description": "no rule names a control", "include-controls": [{"control-id": "none"}]}
    return {"include-controls": [{"control-id": control} for control in found]}


def _observations(source: Source) -> Iterator[Json]:
    for rule in source.said["rules"]:
        for index, finding in enumerate(rule["findings"]):
            seen = finding["observed"]
            yield {
                "uuid": _observed(source, rule, index),
                "title": line(f"{name_of(rule)} {slice_of(finding).strip('-')}"),
                "description": line(f"{finding['status']}: {finding['reason']}"),
                "props": _props(
                    source,
                    rule=name_of(rule),
                    check=finding["check"],
                    status=finding["status"],
                    cause=finding["cause"],
                    limit=finding["limit"],
                    source=finding["source"],
                    **({name: _text(seen[name]) for name in ("value", "low", "high", "n")} if seen else {}),
                ),
                "methods": ["TEST"],
                "types": ["finding"],
                "subjects": [{"subject-uuid": identity(source, "model"), "type": "component"}],
                "relevant-evidence": [
                    {"href": f"#{identity(source, 'report')}", "description": "the signed gate report"}
                ],
                "collected": source.said["timeEvaluated"],
            }


def _findings(source: Source) -> Iterator[Json]:
    for rule in source.said["rules"]:
        at = standing(rule)
        if at == "not_applicable":
            continue
        controls = [control["id"] for control in rule["controls"]] or [name_of(rule)]
        related = [{"observation-uuid": _observed(source, rule, index)} for index in range(len(rule["findings"]))]
        for control in controls:
            yield {
                "uuid": identity(source, "finding", name_of(rule), control),
                "title": line(f"{name_of(rule)}: {rule['title']}"),
                "description": line(rule["sentence"]),
                "props": _props(
                    source,
                    standing=at,
                    answers_to=control,
                    severity=rule["severity"],
                    waiver=", ".join(f"{e['waiver']} until {e['until']}" for e in excuses(rule)),
                ),
                "target": {
                    "type": "objective-id",
                    "target-id": token(control),
                    "status": {
                        "state": "satisfied" if at == "passed" else "not-satisfied",
                        "reason": {"pass": "pass", "fail": "fail"}.get(rule["status"], "other"),
                        "remarks": why(rule),
                    },
                },
                **({"related-observations": related} if related else {}),
            }


def _observed(source: Source, rule: Mapping[str, Any], index: int) -> str:
    return identity(source, "observation", name_of(rule), str(index))


def _policies(source: Source) -> Json:
    listed = ", ".join(f"{policy['policy']} (sha256 {policy['digest']})" for policy in applied(source.said))
    return {
        "uuid": identity(source, "policies"),
        "title": "The policies that were applied; the signed report holds their text",
        "description": line(listed),
    }


def _report(source: Source) -> Json:
    return {
        "uuid": identity(source, "report"),
        "title": "The signed gate report that this document is derived from",
        "description": line(source.signer),
        "rlinks": [
            {
                "href": f"urn:policykit:gate-report:sha256:{source.payload}",
                "hashes": [{"algorithm": "SHA-256", "value": source.payload}],
            }
        ],
    }


def token(control: str) -> str:
    """Return a control's id as OSCAL can carry it: `nist-ai-rmf@1.0/MEASURE-2.11` is `nist-ai-rmf_1.0_MEASURE-2.11`."""
    fit = _UNFIT.sub("_", control)
    return fit if fit[:1].isalpha() or fit[:1] == "_" else f"_{fit}"


def _props(source: Source, /, **facts: str) -> list[Json]:
    """Return properties; those without a value are left out, because OSCAL knows no empty one."""
    return [
        {"name": name.replace("_", "-"), "ns": f"{source.domain}/ns/oscal", "value": line(value)}
        for name, value in facts.items()
        if value.strip()
    ]


def _text(value: object) -> str:
    return "" if value is None else str(value)
