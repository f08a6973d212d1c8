"""A report as the predicate of a signed statement: plain JSON that anyone can read and judge again."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import isinf
from typing import Any

from policykit.canon import integer, number
from policykit.report.digests import inputs_digest_of, verdict_digest_of
from policykit.report.excused import excuse_to_json, history_to_json, trust_to_json, waiver_to_json
from policykit.terms.bundle_json import bundle_to_json, schema_to_json
from policykit.terms.estimate import Estimate
from policykit.terms.plan import Champion, Plan, Taken
from policykit.terms.quantity import Unit, show
from policykit.terms.report import SEMANTICS, Material, PolicyLine, Report, RuleLine
from policykit.terms.taken_json import taken_to_json
from policykit.terms.verdict import Finding

LIMITS = (
    "this report shows the integrity of an evaluation, not fitness for purpose: what no rule asks about, "
    "and what the data does not hold, it cannot see"
)


def predicate(report: Report, plan: Plan, taken: Taken) -> Mapping[str, Any]:
    """Return the predicate of `report`: complete states of every measurement, and no row of any data set."""
    said = {
        **_concluded(report, plan),
        "verdictDigest": report.verdict_digest,
        "timeEvaluated": report.time_evaluated,
        "schemas": {role: schema_to_json(schema) for role, schema in sorted(plan.schemas.items())},
        "measurements": taken_to_json(taken),
        "champion": champion_to_json(plan.champion),
        "trust": trust_to_json(report),
        "history": history_to_json(report.history),
        "isolation": [],
        "limits": LIMITS,
    }
    return {**said, "inputsDigest": inputs_digest_of(said)}


def verdict_digest(report: Report, plan: Plan) -> str:
    """Return the digest of what was concluded: equal for everyone who judges the same evidence by the same policies."""
    return verdict_digest_of(_concluded(report, plan))


def champion_to_json(champion: Champion | None) -> Mapping[str, Any]:
    """Return a champion as a report holds it, so that anyone can compare again; empty where there is none."""
    if champion is None:
        return {}
    return {
        "subject": champion.subject,
        "bundle": bundle_to_json(champion.bundle),
        "schemas": {role: schema_to_json(schema) for role, schema in sorted(champion.schemas.items())},
        "measurements": taken_to_json(champion.taken),
    }


def _concluded(report: Report, plan: Plan) -> dict[str, Any]:
    """Return the part of the predicate that the verdict digest is taken of, and what stands beside it."""
    return {
        "bundle": bundle_to_json(plan.bundle),
        "gate": {
            "id": report.gate_id,
            "stage": report.stage or "",
            "nonce": report.nonce,
            "mode": report.mode,
            "scope": report.scope,
            "only": list(plan.only),
            "measured": report.measured,
        },
        "decision": report.decision.value,
        "reason": report.reason,
        "asOf": report.as_of,
        "engine": {
            "name": "policykit",
            "version": report.engine,
            "semantics": SEMANTICS,
            "plugins": [],
            "sources": report.sources,
        },
        "policies": [_policy(line) for line in report.policies],
        "materials": [material_to_json(material) for material in report.materials],
        "rules": [rule_to_json(line) for line in report.rules],
        "notices": [{"level": n.level, "code": n.code, "text": n.text} for n in report.notices],
        "waivers": [waiver_to_json(line) for line in report.waivers],
    }


def rule_to_json(line: RuleLine) -> Mapping[str, Any]:
    """Return one rule with its verdict, as the predicate holds it."""
    rule, verdict = line.rule, line.verdict
    return {
        "policy": line.policy,
        "id": rule.id,
        "title": rule.title,
        "sentence": line.sentence,
        "combine": rule.combine,
        "checks": [clause.check for clause in rule.clauses],
        "enforcement": rule.enforcement.value,
        "advisory": verdict.advisory,
        "blockFrom": rule.block_from or "",
        "rolledOut": rule.rolled_out,
        "severity": rule.severity.value,
        "owner": rule.owner,
        "controls": [{"id": control.id, "how": control.how} for control in rule.controls],
        "unit": line.unit.value,
        "confidence": verdict.confidence,
        "status": verdict.status.value,
        "cause": verdict.cause.value if verdict.cause is not None else "",
        "reason": verdict.reason,
        "findings": [_finding(finding, line) for finding in verdict.findings],
        "excused": [excuse_to_json(excuse) for excuse in line.excuses],
    }


def _finding(finding: Finding, line: RuleLine) -> Mapping[str, Any]:
    needed, unit = finding.needed, finding.unit or line.unit
    return {
        "slice": [list(part) for part in finding.slice],
        "part": finding.part,
        "check": finding.check,
        "status": finding.status.value,
        "cause": finding.cause.value if finding.cause is not None else "",
        "reason": finding.reason,
        "limit": finding.limit,
        "unit": unit.value,
        "caution": finding.caution,
        "observed": _estimate(finding.observed, unit) if finding.observed is not None else {},
        "together": _interval(*finding.together) if finding.together is not None else {},
        "needed": {"few": needed.few, "many": needed.many, "where": needed.where} if needed is not None else {},
        "groups": [_line(g.name, g.rows, g.value, g.low, g.high) for g in finding.groups],
        "measurements": list(finding.measurements),
        "source": finding.source,
    }


def _estimate(estimate: Estimate, unit: Unit) -> Mapping[str, Any]:
    exact = estimate.exact
    return {
        "value": _float(estimate.value),
        "decimal": _decimal(exact) if exact is not None else repr(float(f"{estimate.value:.12g}")),
        "shown": show(estimate.value, unit),
        **_interval(estimate.low, estimate.high),
        "n": integer(estimate.n),
        "smallest": estimate.smallest,
        "smallestName": estimate.smallest_name,
        "method": estimate.method,
        "detail": estimate.detail,
        "models": [_line(*model) for model in estimate.models],
    }


def _line(name: str, rows: int, value: float | None, low: float | None, high: float | None) -> Mapping[str, Any]:
    return {"name": name, "rows": rows, "value": _float(value), **_interval(low, high)}


def _interval(low: float | None, high: float | None) -> Mapping[str, Any]:
    return {"low": _float(low), "high": _float(high)}


def _decimal(exact: Fraction) -> str:
    return str(exact.numerator) if exact.denominator == 1 else f"{exact.numerator}/{exact.denominator}"


def _float(value: float | None) -> float | int | str | None:
    if value is None:
        return None
    if value != value:
        return "unknown"
    return ("unbounded" if value > 0 else "-unbounded") if isinf(value) else number(value)


def _policy(line: PolicyLine) -> Mapping[str, Any]:
    return {
        "policy": line.ref,
        "title": line.title,
        "owner": line.owner,
        "path": line.path,
        "digest": line.digest,
        "text": line.text,
        "settings": dict(line.settings),
        "applied": line.matched,
        "why": line.why,
        "held": line.held,
    }


def material_to_json(material: Material) -> Mapping[str, Any]:
    """Return a data set that evidence rests on, as the predicate holds it."""
    return {
        "dataset": material.role,
        "digest": {"sha256": material.digest},
        "rows": integer(material.rows) if material.rows is not None else None,
        "schema": {"sha256": material.schema_digest},
        "collected": material.collected or "",
    }
