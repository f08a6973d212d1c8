"""The parts of a predicate read back as what they were: a rule with its verdict, a policy, a data set, a waiver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import inf, nan
from typing import Any, Final

from policykit.errors import PolicykitError, VerificationError
from policykit.report.excused import excuse_from_json, signers_from_json
from policykit.terms.bundle import Schema
from policykit.terms.bundle_json import schema_from_json
from policykit.terms.estimate import Estimate
from policykit.terms.policy import Clause, Constraint, Control, Enforcement, Rule, Severity
from policykit.terms.quantity import Unit
from policykit.terms.report import Material, PolicyLine, RuleLine
from policykit.terms.verdict import Cause, Finding, GroupLine, Status, StillNeeded, Verdict
from policykit.terms.waiver import Allows, SignedWaiver, Waiver, WaiverLine

FROM_JSON_ERRORS: Final = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)
"""What reading a part that is not written as it should be ends in."""


def unreadable(why: str) -> VerificationError:
    """Return the refusal of a file that is no report this version can show."""
    hint = (
        "give a file that `--output attestation`, `statement` or `json` wrote; it may have been made by another version"
    )
    return VerificationError("incomplete", f"this cannot be shown: {why}", hint=hint)


def rule_line(said: Mapping[str, Any], written: Rule | None) -> RuleLine:
    """Return one rule as a report says it; `written` is the rule of its policy, for what the report does not repeat."""
    rule = replace(
        written if written is not None else _bare(said),
        title=said["title"],
        enforcement=Enforcement(said["enforcement"]),
        severity=Severity(said["severity"]),
        owner=said["owner"],
        block_from=said.get("blockFrom") or None,
        controls=tuple(Control(one["id"], one["how"]) for one in said["controls"]),
    )
    verdict = Verdict(
        policy=said["policy"],
        rule=said["id"],
        status=Status(said["status"]),
        cause=Cause(said["cause"]) if said["cause"] else None,
        reason=said["reason"],
        findings=tuple(_finding(one) for one in said["findings"]),
        advisory=said["advisory"] is True,
        confidence=said.get("confidence", "95 %"),
    )
    excuses = tuple(excuse_from_json(one) for one in said.get("excused", ()))
    return RuleLine(rule, said["policy"], verdict, said["sentence"], Unit(said["unit"]), _question(rule), excuses)


def policy_line(said: Mapping[str, Any]) -> PolicyLine:
    """Return one policy as a report names it."""
    return PolicyLine(
        ref=said["policy"],
        title=said["title"],
        owner=said["owner"],
        path=said["path"],
        digest=said["digest"],
        text=said["text"],
        settings=dict(said["settings"]),
        matched=said["applied"] is True,
        why=said["why"],
        held=said.get("held", ""),
    )


def material(said: Mapping[str, Any], schemas: Mapping[str, Any]) -> Material:
    """Return one data set as a report names it."""
    role = said["dataset"]
    schema = schema_from_json(schemas[role]) if role in schemas else None
    columns = tuple((one.name, one.kind) for one in schema.columns) if isinstance(schema, Schema) else ()
    rows = None if said["rows"] is None else int(said["rows"])
    return Material(role, said["digest"]["sha256"], rows, said["schema"]["sha256"], said["collected"] or None, columns)


def waiver_line(said: Mapping[str, Any]) -> WaiverLine:
    """Return one waiver and what became of it: by its own text where that can be read, else by the report's words."""
    from policykit.load.waiver_document import read_waiver

    try:
        waiver = read_waiver(said["text"].encode(), f"waiver {said['id']}")
    except PolicykitError:
        waiver = Waiver(
            said["id"], said["rule"], "", Allows(), said.get("reason", ""), said.get("requestedBy", ""), "",
            said.get("expires", ""),
        )  # fmt: skip
    signed = SignedWaiver(replace(waiver, digest=said["digest"]), signers_from_json(said), (), said["refused"])
    excuses = tuple(excuse_from_json(one) for one in said["excuses"])
    return WaiverLine(signed, said["state"], said["told"], said["daysLeft"], excuses)


def _bare(said: Mapping[str, Any]) -> Rule:
    """Return a rule whose policy cannot be read: its checks, and no limit that could be drawn."""
    clauses = tuple(Clause(check, {}, Constraint()) for check in said["checks"]) or (Clause("", {}, Constraint()),)
    return Rule(said["id"], said["title"], clauses, combine=said["combine"])


def _question(rule: Rule) -> str:
    from policykit.checks import find

    check = find(rule.clauses[0].check)
    return check.question if check is not None else ""


def _finding(said: Mapping[str, Any]) -> Finding:
    needed, seen = said["needed"], said["observed"]
    return Finding(
        slice=tuple((str(what), str(of)) for what, of in said["slice"]),
        status=Status(said["status"]),
        cause=Cause(said["cause"]) if said["cause"] else None,
        reason=said["reason"],
        observed=_estimate(seen) if seen else None,
        limit=said["limit"],
        caution=said["caution"] is True,
        needed=StillNeeded(needed["few"], needed["many"], needed["where"]) if needed else None,
        groups=tuple(_group(one) for one in said["groups"]),
        measurements=tuple(said["measurements"]),
        source=said["source"],
        check=said["check"],
        part=said.get("part", 0),
    )


def _estimate(said: Mapping[str, Any]) -> Estimate:
    value, low, high = (_number(said[name]) for name in ("value", "low", "high"))
    return Estimate(
        value=nan if value is None else value,
        low=nan if low is None else low,
        high=nan if high is None else high,
        n=int(said["n"]),
        method=said["method"],
        smallest=said.get("smallest"),
        smallest_name=said.get("smallestName", ""),
        detail=said.get("detail", ""),
    )


def _group(said: Mapping[str, Any]) -> GroupLine:
    value, low, high = (_number(said[name]) for name in ("value", "low", "high"))
    return GroupLine(said["name"], said["rows"], value, low, high)


def _number(said: object) -> float | None:
    match said:
        case "unbounded":
            return inf
        case "-unbounded":
            return -inf
        case "unknown":
            return nan
        case None:
            return None
        case int() | float():
            return float(said)
        case _:
            raise TypeError("no number")
