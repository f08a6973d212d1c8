"""Policies as CycloneDX standards, rules as their requirements, and what the report says of each as a claim or its contrary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policykit.render.exports.reading import Json, Source, applied, line, name_of, standing, why

_REPORT = "report"


def standards(source: Source) -> list[Json]:
    """Return every policy that applied, with its rules as requirements."""
    return [
        {
            "bom-ref": f"policy:{policy['policy']}",
            "name": line(policy["title"]),
            "version": line(policy["policy"]),
            "owner": line(policy["owner"]),
            "requirements": [
                {
                    "bom-ref": _requirement(rule),
                    "identifier": rule["id"],
                    "title": line(rule["title"]),
                    "text": line(rule["sentence"]),
                }
                for rule in source.said["rules"]
                if rule["policy"] == policy["policy"]
            ],
        }
        for policy in applied(source.said)
    ]


def declarations(source: Source, model: str) -> Json:
    """Return one claim for each rule, with the signed report as its evidence. Conformance is 1 where the rule passed, else 0."""
    rules = [rule for rule in source.said["rules"] if standing(rule) != "not_applicable"]
    if not rules:
        return {}
    return {
        "assessors": [{"bom-ref": "assessor", "thirdParty": False, "organization": {"name": line(source.signer)}}],
        "attestations": [
            {
                "summary": line(f"{source.said['decision']}: {source.said['reason']}"),
                "assessor": "assessor",
                "map": [_mapped(rule) for rule in rules],
            }
        ],
        "claims": [*_claims(rules, model)],
        "evidence": [
            {
                "bom-ref": _REPORT,
                "description": f"the signed gate report whose DSSE payload has the SHA-256 {source.payload}",
                "created": source.said["timeEvaluated"],
            }
        ],
    }


def _mapped(rule: Mapping[str, Any]) -> Json:
    passed = standing(rule) == "passed"
    return {
        "requirement": _requirement(rule),
        "claims" if passed else "counterClaims": [_claim(rule)],
        "conformance": {"score": 1 if passed else 0, "rationale": f"{standing(rule)}: {why(rule)}"},
    }


def _claims(rules: list[Mapping[str, Any]], model: str) -> Iterator[Json]:
    for rule in rules:
        holds = "holds" if standing(rule) == "passed" else f"is not shown to hold ({standing(rule)})"
        yield {
            "bom-ref": _claim(rule),
            "target": model,
            "predicate": line(f"{name_of(rule)} {holds}"),
            "reasoning": why(rule),
            "evidence": [_REPORT],
        }


def _requirement(rule: Mapping[str, Any]) -> str:
    return f"rule:{name_of(rule)}"


def _claim(rule: Mapping[str, Any]) -> str:
    return f"claim:{name_of(rule)}"
