"""The parts of a predicate read back as what they were: a rule with its verdict, a policy, a data set, a waiver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from math import nan
from typing import Any, Final, get_args

from policykit.errors import PolicykitError, VerificationError
from policykit.report.excused import excuse_from_json, signers_from_json
from policykit.report.members import count, number, text, texts, unit_of
from policykit.terms.bundle import Schema
from policykit.terms.bundle_json import schema_from_json
from policykit.terms.decision import Notice
from policykit.terms.estimate import Estimate, Line
from policykit.terms.policy import Clause, Constraint, Control, Enforcement, Rule, Severity
from policykit.terms.quantity import Unit
from policykit.terms.report import Material, PolicyLine, RuleLine
from policykit.terms.verdict import Cause, Finding, GroupLine, Status, StillNeeded, Verdict
from policykit.terms.waiver import Allows, SignedWaiver, State, Waiver, WaiverLine

FROM_JSON_ERRORS: Final = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)
"""What reading a part that is not written as it should be ends in."""


def unreadable(why: str) -> VerificationError:
    """Return the refusal of a file that is no report this version can show."""
    hint = (
        "give a file that `--output attestation`, `statement` or `json` wrote; it may have been made by another version"
    )
    return VerificationError("incomplete", f"this cannot be shown: {why}", hint=hint)


def _day(said: object) -> str | None:
    """Return a day as a report writes it, None where it says none; what is no day would be shown as it stands, and is refused."""
    return date.fromisoformat(text(said)).isoformat() if said else None


def rule_line(said: Mapping[str, Any], written: Rule | None) -> RuleLine:
    """Return one rule as a report says it; `written` is the rule of its policy, for what the report does not repeat."""
    rule = replace(
        written if written is not None else _bare(said),
        title=text(said["title"]),
        enforcement=Enforcement(said["enforcement"]),
        severity=Severity(said["severity"]),
        owner=text(said["owner"]),
        block_from=_day(said.get("blockFrom", "")),
        rolled_out=said.get("rolledOut") is True,
        controls=tuple(Control(text(one["id"]), text(one["how"])) for one in said["controls"]),
    )
    verdict = Verdict(
        policy=text(said["policy"]),
        rule=text(said["id"]),
        status=Status(said["status"]),
        cause=Cause(said["cause"]) if said["cause"] else None,
        reason=text(said["reason"]),
        findings=tuple(_finding(one, said) for one in said["findings"]),
        advisory=said["advisory"] is True,
        confidence=text(said.get("confidence", "95 %")),
    )
    excuses = tuple(excuse_from_json(one) for one in said.get("excused", ()))
    return RuleLine(
        rule, text(said["policy"]), verdict, text(said["sentence"]), Unit(said["unit"]), _question(rule), excuses
    )


def policy_line(said: Mapping[str, Any]) -> PolicyLine:
    """Return one policy as a report names it."""
    return PolicyLine(
        ref=text(said["policy"]),
        title=text(said["title"]),
        owner=text(said["owner"]),
        path=text(said["path"]),
        digest=text(said["digest"]),
        text=text(said["text"]),
        settings=texts(said["settings"]),
        matched=said["applied"] is True,
        why=text(said["why"]),
        held=text(said.get("held", "")),
    )


def material(said: Mapping[str, Any], schemas: Mapping[str, Any]) -> Material:
    """Return one data set as a report names it."""
    role = text(said["dataset"])
    schema = schema_from_json(schemas[role]) if role in schemas else None
    columns = tuple((one.name, one.kind) for one in schema.columns) if isinstance(schema, Schema) else ()
    rows = None if said["rows"] is None else int(said["rows"])
    return Material(
        role,
        text(said["digest"]["sha256"]),
        rows,
        text(said["schema"]["sha256"]),
        text(said["collected"]) or None,
        columns,
    )


def waiver_line(said: Mapping[str, Any]) -> WaiverLine:
    """Return one waiver and what became of it: by its own text where that can be read, else by the report's words."""
    from policykit.load.waiver_document import read_waiver

    try:
        waiver = read_waiver(said["text"].encode(), f"waiver {said['id']}")
    except PolicykitError:
        waiver = Waiver(
            text(said["id"]), text(said["rule"]), "", Allows(), text(said.get("reason", "")), text(said.get("requestedBy", "")),
            "", text(said.get("expires", "")),
        )  # fmt: skip
    signed = SignedWaiver(
        replace(waiver, digest=text(said["digest"])), signers_from_json(said), (), text(said["refused"])
    )
    excuses = tuple(excuse_from_json(one) for one in said["excuses"])
    if said["state"] not in get_args(State):
        raise ValueError("no state of a waiver")
    return WaiverLine(signed, said["state"], text(said["told"]), count(said["daysLeft"]), excuses)


def notice(said: Mapping[str, Any]) -> Notice:
    """Return one thing that was noticed."""
    if said["level"] not in ("error", "warning", "note"):
        raise ValueError("no level of a notice")
    return Notice(said["level"], text(said["code"]), text(said["text"]))


def _bare(said: Mapping[str, Any]) -> Rule:
    """Return a rule whose policy cannot be read: its checks, and no limit that could be drawn."""
    clauses = tuple(Clause(text(check), {}, Constraint()) for check in said["checks"]) or (
        Clause("", {}, Constraint()),
    )
    return Rule(text(said["id"]), text(said["title"]), clauses, combine=said["combine"])


def _question(rule: Rule) -> str:
    from policykit.checks import find

    check = find(rule.clauses[0].check)
    return check.question if check is not None else ""


def _finding(said: Mapping[str, Any], rule: Mapping[str, Any]) -> Finding:
    needed, seen = said["needed"], said["observed"]
    return Finding(
        slice=tuple((str(what), str(of)) for what, of in said["slice"]),
        status=Status(said["status"]),
        cause=Cause(said["cause"]) if said["cause"] else None,
        reason=text(said["reason"]),
        observed=_estimate(seen) if seen else None,
        limit=text(said["limit"]),
        caution=said["caution"] is True,
        needed=_needed(needed) if needed else None,
        groups=tuple(_group(one) for one in said["groups"]),
        measurements=tuple(text(one) for one in said["measurements"]),
        source=text(said["source"]),
        check=text(said["check"]),
        unit=unit_of(said, rule),
        part=count(said["part"]),
        together=_together(said.get("together") or {}),
    )


def _estimate(said: Mapping[str, Any]) -> Estimate:
    value, low, high = (number(said[name]) for name in ("value", "low", "high"))
    return Estimate(
        value=nan if value is None else value,
        low=nan if low is None else low,
        high=nan if high is None else high,
        n=int(said["n"]),
        method=text(said["method"]),
        smallest=None if said.get("smallest") is None else count(said["smallest"]),
        smallest_name=text(said.get("smallestName", "")),
        models=tuple(_model(one) for one in said.get("models", ())),
        detail=text(said.get("detail", "")),
    )


def _model(said: Mapping[str, Any]) -> Line:
    line = _group(said)
    return line.name, line.rows, line.value, line.low, line.high


def _together(said: Mapping[str, Any]) -> tuple[float, float] | None:
    low, high = number(said.get("low")), number(said.get("high"))
    return (low, high) if low is not None and high is not None else None


def _group(said: Mapping[str, Any]) -> GroupLine:
    value, low, high = (number(said[name]) for name in ("value", "low", "high"))
    return GroupLine(text(said["name"]), count(said["rows"]), value, low, high)


def _needed(said: Mapping[str, Any]) -> StillNeeded:
    return StillNeeded(_count_or_none(said["few"]), _count_or_none(said["many"]), text(said["where"]))


def _count_or_none(said: object) -> int | None:
    return None if said is None else count(said)
