"""The JSON Schema of tests of policies."""

from __future__ import annotations

from policykit.author import schema_parts as parts
from policykit.author.schema_parts import Schema
from policykit.checks import catalogue
from policykit.load import test_words as words
from policykit.load.bundle_words import KINDS as TASKS
from policykit.terms.check import Check
from policykit.terms.decision import Decision
from policykit.terms.quantity import Unit
from policykit.terms.source import Source
from policykit.terms.verdict import Cause, Status


def test_schema() -> Schema:
    """Return the schema of `test/1`."""
    keys: dict[str, Schema] = {"name": parts.TEXT, "drafted": {"const": True}, "given": _given(), "expect": _expect()}
    case = parts.thing(words.CASE, keys, words.CASE_NEEDED)
    body = parts.thing(
        words.TEST,
        {
            "policykit": {"const": "test/1"},
            "policy": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9._-]{0,63}@[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}$"},
            "cases": parts.several({"$ref": "#/$defs/case"}),
        },
        ("policykit", *words.TEST_NEEDED),
    )
    checks = {name: _answer(check) for name, check in catalogue().items()}
    definitions = {"case": case, "estimate": _estimate(), **checks, **parts.quantities()}
    return parts.document("A test: what a policy must do", {**body, "$defs": definitions})


def _given() -> Schema:
    names: Schema = {"anyOf": [{"type": "array", "items": parts.TEXT}, parts.TEXT]}
    return parts.thing(
        words.GIVEN,
        {
            "bundle": parts.TEXT,
            "labels": parts.open_map(parts.one_or_more(parts.TEXT)),
            "stage": {"type": ["string", "number"]},
            "task": parts.thing(words.TASK, {"kind": parts.words(*TASKS)}, tuple(words.TASK)),
            "as_of": parts.DAY,
            "collected": parts.DAY,
            "protected_attributes": names,
            "set": parts.open_map(parts.TEXT),
            "facts": {"type": "object"},
            "estimates": {"type": "array", "items": {"$ref": "#/$defs/estimate"}},
        },
    )


def _expect() -> Schema:
    undecided = [f"undecided({cause.value})" for cause in Cause]
    outcome: Schema = {"enum": [*(status.value for status in Status), *undecided], "description": words.EXPECT_RULE}
    decision: Schema = {"enum": [each.value for each in Decision], "description": words.EXPECT_DECISION}
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {"decision": decision},
        "additionalProperties": outcome,
    }


def _estimate() -> Schema:
    branches = [
        {"if": {"required": ["check"], "properties": {"check": {"const": name}}}, "then": {"$ref": f"#/$defs/{name}"}}
        for name in catalogue()
    ]
    count: Schema = {"type": "integer", "minimum": 1}
    return parts.thing(
        words.ESTIMATE,
        {
            "check": parts.check_ids(catalogue()),
            "rule": parts.IDENTIFIER,
            "attribute": parts.one_or_more(parts.TEXT),
            "group": parts.TEXT,
            "column": parts.TEXT,
            "data": parts.IDENTIFIER,
            "compared_with": {"const": "champion"},
            "value": {},
            "interval": {"type": "array", "minItems": 2, "maxItems": 2},
            "interval_together": {"type": "array", "minItems": 2, "maxItems": 2},
            "rows": count,
            "smallest": count,
            "source": parts.words(*(each.value for each in Source)),
            "undecided": parts.words(*(each.value for each in Cause)),
        },
        ("check",),
        oneOf=[{"required": ["value"]}, {"required": ["undecided"]}],
        allOf=branches,
    )


def _answer(check: type[Check]) -> Schema:
    """Return what an estimate of one check holds: its unit, or the distance from the champion."""
    if check.unit is Unit.PRESENCE:
        several: Schema = {"type": "array", "items": parts.CONSTANT}
        never: Schema = dict.fromkeys(("interval", "interval_together", "rows"), False)
        return {"properties": {"value": {"anyOf": [parts.CONSTANT, several]}, **never}}
    own: Schema = parts.quantity(check.unit)
    if check.has_champion:
        own = {"anyOf": [parts.quantity(check.unit), parts.relative(check.unit)]}
    found: Schema = {"properties": {"value": own, "interval": {"items": own}, "interval_together": {"items": own}}}
    if check.about == "population":
        found["dependentRequired"] = {"value": ["interval"]}
    return found
