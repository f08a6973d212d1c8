"""The JSON Schemas of trust files and waivers."""

from __future__ import annotations

from policykit.author import schema_parts as parts
from policykit.author.schema_parts import Schema
from policykit.load import trust_words as trust
from policykit.load import waiver_words as waiver
from policykit.terms.policy import Source
from policykit.terms.verdict import Cause

_SHA256: Schema = {"type": ["string", "number"]}
_COUNT: Schema = {"type": "integer", "minimum": 1}
_DAYS: Schema = {"type": "string", "pattern": r"^\s*[-+0-9.eE/]+\s*(ms|s|minutes?|hours?|days?)\s*$"}
_RULE: Schema = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9._-]{0,63}/[A-Za-z][A-Za-z0-9._-]{0,63}$"}
_NAMES: Schema = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9._-]{0,63}$"},
}
_AMOUNT: Schema = {"type": ["string", "number"]}


def trust_schema() -> Schema:
    """Return the schema of `trust/1`."""
    text, quorum = parts.TEXT, {"$ref": "#/$defs/quorum"}
    revoked = parts.thing(trust.REVOKED, {"as": parts.words("superseded", "compromised"), "since": parts.DAY}, ("as",))
    key = parts.thing(
        trust.KEY,
        {
            "pem": text,
            "path": text,
            "sha256": _SHA256,
            "who": text,
            "valid_from": parts.DAY,
            "valid_until": parts.DAY,
            "revoked": revoked,
        },
        oneOf=[{"required": ["pem"]}, {"required": ["path", "sha256"]}],
    )
    identity = parts.thing(trust.IDENTITY, dict.fromkeys(trust.IDENTITY, text), ("issuer", "subject", "root"))
    account = parts.thing(trust.ACCOUNT, dict.fromkeys(trust.ACCOUNT, text), tuple(trust.ACCOUNT))
    file = parts.thing(trust.FILE, {"path": text, "sha256": _SHA256}, tuple(trust.FILE))
    witnessed: Schema = {"type": "integer", "minimum": 0}
    ledger = parts.thing(
        trust.LEDGER,
        {"origin": text, "key": text, "witnesses": parts.one_or_more(text), "witnessed_by": witnessed},
        ("origin", "key"),
        dependentRequired={"witnesses": ["witnessed_by"]},
    )
    stages: Schema = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": "^[a-z0-9][a-z0-9-]{0,63}$"},
        "additionalProperties": _stage(quorum),
    }
    body = parts.thing(
        trust.TRUST,
        {
            "policykit": {"const": "trust/1"},
            "id": parts.IDENTIFIER,
            "version": _COUNT,
            "title": text,
            "expires": parts.DAY,
            "signed_by": quorum,
            "keys": {**_NAMES, "additionalProperties": key},
            "identities": {**_NAMES, "additionalProperties": identity},
            "accounts": {**_NAMES, "additionalProperties": account},
            "roots": {**_NAMES, "additionalProperties": file},
            "timestamp_authorities": {**_NAMES, "additionalProperties": file},
            "ledgers": {**_NAMES, "additionalProperties": ledger},
            "roles": {**_NAMES, "additionalProperties": parts.one_or_more(text)},
            "stages": stages,
        },
        ("policykit", *trust.TRUST_NEEDED),
    )
    definitions = {"quorum": parts.thing(trust.QUORUM, {"role": text, "count": _COUNT}, ("role",))}
    return parts.document("A trust file: who may judge, excuse, approve and promote", {**body, "$defs": definitions})


def _stage(quorum: Schema) -> Schema:
    text = parts.TEXT
    report = parts.thing(
        trust.REPORT,
        {"signed_by": text, "max_age": _DAYS, "evaluations": _COUNT, "engine_at_least": text},
        minProperties=1,
    )
    pin = parts.thing(
        trust.PIN,
        {"id": text, "at_least": text, "digest": _SHA256},
        ("id",),
        anyOf=[{"required": ["at_least"]}, {"required": ["digest"]}],
    )
    causes = parts.words(*Cause)
    waivers = parts.thing(
        trust.WAIVERS,
        {
            "signed_by": quorum,
            "longest": _DAYS,
            "widest": parts.words("build", "version", "model"),
            "never": parts.several(_RULE),
            "doubts": {"anyOf": [causes, {"type": "array", "items": causes}]},
            "at_most": _COUNT,
        },
        ("signed_by",),
    )
    return parts.thing(
        trust.STAGE,
        {
            "report": report,
            "policies": parts.several(pin),
            "evidence": parts.words(*Source),
            "approvals": parts.several(quorum),
            "permit": parts.thing(trust.PERMIT, {"signed_by": text, "max_age": _DAYS}, ("signed_by",)),
            "waivers": waivers,
            "ledger": text,
            "timestamp": text,
            "attempts": parts.thing(trust.ATTEMPTS, {"at_most": _COUNT}, ("at_most",)),
            "rollback": parts.thing(trust.ROLLBACK, {"within": _DAYS}, ("within",)),
            "break_glass": quorum,
        },
        minProperties=1,
    )


def waiver_schema() -> Schema:
    """Return the schema of `waiver/1`."""
    text = parts.TEXT
    one_of_two: Schema = {"not": {"required": ["version", "build"]}}
    binds = parts.thing(waiver.BINDS, {"bundle": text, "version": text, "build": _SHA256}, ("bundle",), **one_of_two)
    amounts = dict.fromkeys(("at_most", "at_least", "surely_at_most", "surely_at_least"), _AMOUNT)
    allows = parts.thing(
        waiver.ALLOWS,
        {**amounts, "undecided": parts.words(*Cause), "fail": parts.words("any")},
        anyOf=[{"required": [key]} for key in ("at_most", "at_least", "undecided", "fail")],
    )
    approver = parts.thing(waiver.APPROVER, {"who": text, "role": text}, tuple(waiver.APPROVER))
    body = parts.thing(
        waiver.WAIVER,
        {
            "policykit": {"const": "waiver/1"},
            "id": parts.IDENTIFIER,
            "rule": _RULE,
            "check": parts.IDENTIFIER,
            "binds": binds,
            "only_for": {"type": "object", "minProperties": 1, "additionalProperties": text},
            "allows": allows,
            "reason": text,
            "ticket": text,
            "requested_by": text,
            "approved_by": {"type": "array", "items": approver},
            "valid_from": parts.DAY,
            "expires": parts.DAY,
        },
        ("policykit", *waiver.WAIVER_NEEDED),
    )
    return parts.document("A waiver: which rule is set aside, for what, how far and until when", body)
