"""The JSON Schema of policies: one branch for each check, so that an editor completes its parameters and its units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policykit.author import schema_parts as parts
from policykit.author.schema_parts import Schema
from policykit.checks import catalogue
from policykit.load import words
from policykit.load.lint import controls
from policykit.terms.check import Check
from policykit.terms.policy import Enforcement, Severity, Source
from policykit.terms.quantity import Unit

_FIRST = ("at_least", "at_most", "above", "below", "between", "equals")
_SECOND = ("surely_at_least", "surely_at_most", "caution_above", "caution_below")
_TEXTS = parts.one_or_more(parts.TEXT)


def policy_schema() -> Schema:
    """Return the schema of `policy/1`."""
    checks = catalogue()
    asked: dict[str, Schema] = {"check": parts.check_ids(checks), "with": {"type": "object"}, "data": parts.IDENTIFIER}
    limits: dict[str, Schema] = {key: {} for key in words.LIMIT}
    part = parts.thing({**words.CLAUSE, **words.LIMIT}, {**asked, **limits}, ("check",), **_by_check())
    rule_keys = {**words.RULE, **words.CLAUSE, **words.LIMIT}
    either = [{"required": [key]} for key in ("check", "all_of", "any_of")]
    rule = parts.thing(rule_keys, {**_rule(), **asked, **limits}, ("id", "title"), oneOf=either, **_by_check())
    alone = dict.fromkeys(("with", "data", *words.LIMIT), False)
    rule["dependentSchemas"] = {key: {"properties": alone} for key in ("all_of", "any_of")}
    together = {"canary": ["audit_until"]}
    body = parts.thing(words.POLICY, _policy(), ("policykit", *words.POLICY_NEEDED), dependentRequired=together)
    definitions = {"rule": rule, "part": part, "where": _where(), "control": _control(), **_definitions(checks)}
    return parts.document("A policy: what must be true before a model is released", {**body, "$defs": definitions})


def _policy() -> dict[str, Schema]:
    bands = parts.thing(words.BANDS, {"from": parts.TEXT, "cut": parts.several({"type": "number"})}, tuple(words.BANDS))
    bounds = {"type": "array", "minItems": 2, "maxItems": 2, "items": parts.TEXT}
    parameter = parts.thing(
        words.PARAMETER, {"title": parts.TEXT, "value": parts.TEXT, "may_be_set_between": bounds}, ("title", "value")
    )
    return {
        "policykit": {"const": "policy/1"},
        "id": parts.IDENTIFIER,
        "version": parts.TEXT,
        "title": parts.TEXT,
        "owner": parts.TEXT,
        "applies_to": {
            "anyOf": [{"const": "everything"}, {"type": "object", "minProperties": 1, "additionalProperties": _TEXTS}]
        },
        "rules": parts.several({"$ref": "#/$defs/rule"}),
        "must_cover": parts.thing(words.MUST_COVER, {"protected_attributes": _TEXTS}, tuple(words.MUST_COVER)),
        "attributes": parts.open_map(bands),
        "parameters": parts.open_map(parameter),
        "review_by": parts.DAY,
        "audit_until": parts.DAY,
        "canary": _TEXTS,
    }


def _rule() -> dict[str, Schema]:
    control = parts.thing(words.CONTROL, {"id": {"$ref": "#/$defs/control"}, "how": parts.TEXT}, ("id",))
    names = {"type": "array", "minItems": 2, "items": parts.TEXT}
    return {
        "id": parts.IDENTIFIER,
        "title": parts.TEXT,
        "why": parts.TEXT,
        "fix": parts.TEXT,
        "owner": parts.TEXT,
        "for_each": {"anyOf": [{"const": "protected_attributes"}, _TEXTS]},
        "across": parts.several(names),
        "where": {"$ref": "#/$defs/where"},
        "evidence": parts.thing(words.EVIDENCE, _evidence()),
        "enforcement": parts.words(*(each.value for each in Enforcement)),
        "severity": parts.words(*(each.value for each in Severity)),
        "block_from": parts.DAY,
        "if_other_task": parts.words("undecided", "not_applicable"),
        "ignore_groups": parts.thing(words.IGNORED, {"values": _TEXTS, "why": parts.TEXT}, tuple(words.IGNORED)),
        "controls": {"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/control"}, control]}},
        "all_of": parts.several({"$ref": "#/$defs/part"}),
        "any_of": parts.several({"$ref": "#/$defs/part"}),
    }


def _control() -> Schema:
    """Return the schema of a control: those of the catalogue are offered, and those of a gate file's vocabulary allowed."""
    return {"anyOf": [{"enum": sorted(controls.known())}, parts.TEXT]}


def _evidence() -> dict[str, Schema]:
    return {
        "min_rows": parts.quantity(Unit.COUNT),
        "min_rows_per_group": parts.quantity(Unit.COUNT),
        "max_age": parts.quantity(Unit.DURATION),
        "source": {"anyOf": [parts.words(*(each.value for each in Source)), parts.PARAMETER]},
        "confidence": {"anyOf": [{"const": "none"}, parts.quantity(Unit.SHARE)]},
        "missing": {"anyOf": [parts.words("exclude", "pass", "fail"), parts.PARAMETER]},
    }


def _where() -> Schema:
    inner: Schema = {"$ref": "#/$defs/where"}
    ordered: Schema = {"type": ["string", "number"]}
    of = {
        "column": parts.TEXT,
        **dict.fromkeys(("at_least", "at_most", "above", "below"), ordered),
        "between": {"type": "array", "minItems": 2, "maxItems": 2, "items": ordered},
        "equals": parts.CONSTANT,
        "is_one_of": parts.several(parts.CONSTANT),
        "none_of": parts.several(parts.CONSTANT),
        "matches": parts.TEXT,
        "is": parts.words("present", "absent"),
        "all_of": parts.several(inner),
        "any_of": parts.several(inner),
        "not": inner,
    }
    return parts.thing(words.WHERE, of, minProperties=1)


def _by_check() -> dict[str, Any]:
    branches = [
        {"if": {"required": ["check"], "properties": {"check": {"const": name}}}, "then": {"$ref": f"#/$defs/{name}"}}
        for name in catalogue()
    ]
    return {"allOf": branches}


def _definitions(checks: Mapping[str, type[Check]]) -> dict[str, Schema]:
    found: dict[str, Schema] = parts.quantities()
    for name, check in checks.items():
        params, inner = _with(check)
        needed = {"required": ["with"]} if params.get("required") or params.get("oneOf") else {}
        kind = f"limits.{check.unit.value}{'.compared' if _compared(check) else ''}"
        found[kind] = {"properties": _limits(check), **_demand(check)}
        found[name] = {"allOf": [{"$ref": f"#/$defs/{kind}"}], "properties": {"with": params}, **needed}
        found.update(inner)
    return found


def _compared(check: type[Check]) -> bool:
    return check.has_champion and check.better != "neither" and check.unit is not Unit.PRESENCE


def _with(check: type[Check]) -> tuple[Schema, dict[str, Schema]]:
    """Return the schema of `with` for one check, and the definitions it refers to."""
    written = check.model_json_schema(ref_template="#/$defs/{model}")
    properties = {
        name: {"anyOf": [_textual(body), parts.PARAMETER]}
        | ({"description": body["description"]} if "description" in body else {})
        for name, body in written.get("properties", {}).items()
    }
    required = list(written.get("required", []))
    found: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    if check.each_column and "columns" not in properties:
        properties["columns"] = {
            "anyOf": [_TEXTS, parts.PARAMETER],
            "description": "Several columns, one finding each.",
        }
        required = [name for name in required if name != "column"]
        found["oneOf"] = [{"required": ["column"]}, {"required": ["columns"]}]
    if required:
        found["required"] = required
    return found, {name: _textual(body) for name, body in written.get("$defs", {}).items()}


def _textual(body: Any) -> Any:
    """Return a schema in which text may look like a number, as it may in a policy."""
    if isinstance(body, list):
        return [_textual(part) for part in body]
    if not isinstance(body, dict):
        return body
    kept = {key: _textual(value) for key, value in body.items() if key not in ("title", "default")}
    return {**kept, "type": parts.TEXT["type"]} if kept.get("type") == "string" and "enum" not in kept else kept


def _limits(check: type[Check]) -> dict[str, Any]:
    """Return what each limit key holds for one check; False for those that do not fit it."""
    if check.unit is Unit.PRESENCE:
        constants = parts.several(parts.CONSTANT)
        allowed: dict[str, Any] = {**dict.fromkeys(words.SETS, constants), "equals": parts.CONSTANT}
        allowed["is"] = parts.words("present", "absent")
    else:
        own = parts.quantity(check.unit)
        allowed = dict.fromkeys((*_FIRST, *_SECOND), own)
        allowed["between"] = {"type": "array", "minItems": 2, "maxItems": 2, "items": own}
        if _compared(check):
            allowed |= dict.fromkeys(words.RELATIVE, parts.relative(check.unit))
            allowed |= {"compared_with": {"const": "champion"}, "if_no_champion": parts.words("undecided", "advisory")}
    return {key: allowed.get(key, False) for key in words.LIMIT}


def _demand(check: type[Check]) -> Schema:
    fitting = [key for key, of in _limits(check).items() if of is not False and key in words.DEMANDS]
    found: Schema = {"anyOf": [{"required": [key]} for key in fitting]}
    if _compared(check):
        both = ["compared_with", "if_no_champion"]
        found["dependentRequired"] = dict.fromkeys((*words.RELATIVE, *both), both)
    return found
