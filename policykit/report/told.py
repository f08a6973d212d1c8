"""Read a predicate as what a report says: its own words and numbers, nothing judged again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from policykit.errors import VerificationError
from policykit.terms.told import Told, ToldFinding, ToldGroup, ToldPolicy, ToldRule, ToldWaiver


def told_of(said: Mapping[str, Any], *, subject: str = "", payload: str = "", signer: str = "", path: str = "") -> Told:
    """Return what a predicate says, `signer` being who was shown to have signed it (empty: nobody).

    `subject` is the digest of the bundle's manifest, `payload` that of the signed bytes: the statement knows them.

    Raises:
        VerificationError: reason `incomplete`, where it is not written as a report is.
    """
    try:
        return _told(said, subject, payload, signer, path)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise VerificationError(
            "incomplete", "this is not written as a report is", hint="it may have been made by another version"
        ) from error


def _told(said: Mapping[str, Any], subject: str, payload: str, signer: str, path: str) -> Told:
    gate, bundle, history = said["gate"], said["bundle"], said.get("history") or {}
    owners = {_text(policy["policy"]): _text(policy["owner"]) for policy in said["policies"]}
    return Told(
        name=_text(bundle["name"]),
        version=_text(bundle["version"]),
        subject=subject,
        stage=_text(gate["stage"]),
        decision=_text(said["decision"]),
        reason=_text(said["reason"]),
        mode=_text(gate["mode"]),
        scope=_text(gate["scope"]),
        as_of=_text(said["asOf"]),
        time_evaluated=_text(said["timeEvaluated"]),
        engine=_text(said["engine"]["version"]),
        verdict_digest=_text(said["verdictDigest"]),
        labels={_text(name): tuple(map(_text, values)) for name, values in bundle["labels"].items()},
        policies=tuple(_policy(one) for one in said["policies"]),
        rules=tuple(_rule(one, owners) for one in said["rules"]),
        waivers=tuple(_waiver(one) for one in said.get("waivers", ())),
        notices=tuple((_text(n["level"]), _text(n["code"]), _text(n["text"])) for n in said["notices"]),
        looks=_count(history["looks"]) if history else None,
        ledger=(_text(history["origin"]), _count(history["size"])) if history else None,
        payload=payload,
        signer=signer,
        path=path,
    )


def _policy(said: Mapping[str, Any]) -> ToldPolicy:
    return ToldPolicy(
        ref=_text(said["policy"]),
        title=_text(said["title"]),
        owner=_text(said["owner"]),
        path=_text(said["path"]),
        digest=_text(said["digest"]),
        applied=said["applied"] is True,
        why=_text(said["why"]),
    )


def _rule(said: Mapping[str, Any], owners: Mapping[str, str]) -> ToldRule:
    policy = _text(said["policy"])
    return ToldRule(
        policy=policy,
        id=_text(said["id"]),
        title=_text(said["title"]),
        sentence=_text(said["sentence"]),
        status=_text(said["status"]),
        cause=_text(said["cause"]),
        reason=_text(said["reason"]),
        advisory=said["advisory"] is True,
        enforcement=_text(said["enforcement"]),
        severity=_text(said["severity"]),
        owner=_text(said["owner"]) or owners.get(policy, ""),
        unit=_text(said["unit"]),
        controls=tuple((_text(one["id"]), _text(one["how"])) for one in said["controls"]),
        excused=tuple((_text(one["waiver"]), _text(one["until"])) for one in said.get("excused", ())),
        findings=tuple(_finding(one) for one in said["findings"]),
    )


def _finding(said: Mapping[str, Any]) -> ToldFinding:
    observed, needed = said["observed"], said["needed"]
    return ToldFinding(
        name=_name(said["slice"]),
        check=_text(said["check"]),
        status=_text(said["status"]),
        cause=_text(said["cause"]),
        reason=_text(said["reason"]),
        limit=_text(said["limit"]),
        caution=said["caution"] is True,
        source=_text(said["source"]),
        shown=_text(observed["shown"]) if observed else "",
        value=_number(observed["value"]) if observed else None,
        low=_number(observed["low"]) if observed else None,
        high=_number(observed["high"]) if observed else None,
        n=int(observed["n"]) if observed else 0,
        few=needed["few"] if needed else None,
        many=needed["many"] if needed else None,
        where=_text(needed["where"]) if needed else "",
        groups=tuple(
            ToldGroup(_text(g["name"]), _count(g["rows"]), *map(_number, (g["value"], g["low"], g["high"])))
            for g in said["groups"]
        ),
    )


def _waiver(said: Mapping[str, Any]) -> ToldWaiver:
    return ToldWaiver(
        id=_text(said["id"]),
        rule=_text(said["rule"]),
        state=_text(said["state"]),
        told=_text(said["told"]),
        reason=_text(said.get("reason", "")),
        requested_by=_text(said.get("requestedBy", "")),
        approved_by=tuple(_text(one["who"]) or _text(one["name"]) for one in said["signers"]),
        expires=_text(said.get("expires", "")),
        days_left=_count(said["daysLeft"]),
    )


def _name(parts: Sequence[Sequence[str]]) -> str:
    return " × ".join(f"{_text(what)}={_text(of)}" if what != "attribute" else _text(of) for what, of in parts)


def _number(said: object) -> float | None:
    match said:
        case "unbounded":
            return inf
        case "-unbounded":
            return -inf
        case int() | float() if not isinstance(said, bool):
            return float(said)
        case None | "unknown":
            return None
        case _:
            raise TypeError("no number")


def _text(said: object) -> str:
    if not isinstance(said, str):
        raise TypeError("no text")
    return said


def _count(said: object) -> int:
    if isinstance(said, bool) or not isinstance(said, int):
        raise TypeError("no whole number")
    return said
