"""Read a predicate as what a report says: its own words and numbers, nothing judged again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from policykit.errors import VerificationError
from policykit.report.members import count, number, text
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
    owners = {text(policy["policy"]): text(policy["owner"]) for policy in said["policies"]}
    return Told(
        name=text(bundle["name"]),
        version=text(bundle["version"]),
        subject=subject,
        stage=text(gate["stage"]),
        decision=text(said["decision"]),
        reason=text(said["reason"]),
        mode=text(gate["mode"]),
        scope=text(gate["scope"]),
        as_of=text(said["asOf"]),
        time_evaluated=text(said["timeEvaluated"]),
        engine=text(said["engine"]["version"]),
        verdict_digest=text(said["verdictDigest"]),
        labels={text(name): tuple(map(text, values)) for name, values in bundle["labels"].items()},
        policies=tuple(_policy(one) for one in said["policies"]),
        rules=tuple(_rule(one, owners) for one in said["rules"]),
        waivers=tuple(_waiver(one) for one in said.get("waivers", ())),
        notices=tuple((text(n["level"]), text(n["code"]), text(n["text"])) for n in said["notices"]),
        looks=count(history["looks"]) if history else None,
        ledger=(text(history["origin"]), count(history["size"])) if history else None,
        gate_id=text(gate.get("id") or ""),
        payload=payload,
        signer=signer,
        path=path,
    )


def _policy(said: Mapping[str, Any]) -> ToldPolicy:
    return ToldPolicy(
        ref=text(said["policy"]),
        title=text(said["title"]),
        owner=text(said["owner"]),
        path=text(said["path"]),
        digest=text(said["digest"]),
        applied=said["applied"] is True,
        why=text(said["why"]),
    )


def _rule(said: Mapping[str, Any], owners: Mapping[str, str]) -> ToldRule:
    policy = text(said["policy"])
    return ToldRule(
        policy=policy,
        id=text(said["id"]),
        title=text(said["title"]),
        sentence=text(said["sentence"]),
        status=text(said["status"]),
        cause=text(said["cause"]),
        reason=text(said["reason"]),
        advisory=said["advisory"] is True,
        enforcement=text(said["enforcement"]),
        severity=text(said["severity"]),
        owner=text(said["owner"]) or owners.get(policy, ""),
        unit=text(said["unit"]),
        controls=tuple((text(one["id"]), text(one["how"])) for one in said["controls"]),
        excused=tuple((text(one["waiver"]), text(one["until"])) for one in said.get("excused", ())),
        findings=tuple(_finding(one) for one in said["findings"]),
    )


def _finding(said: Mapping[str, Any]) -> ToldFinding:
    observed, needed = said["observed"], said["needed"]
    return ToldFinding(
        name=_name(said["slice"]),
        check=text(said["check"]),
        status=text(said["status"]),
        cause=text(said["cause"]),
        reason=text(said["reason"]),
        limit=text(said["limit"]),
        caution=said["caution"] is True,
        source=text(said["source"]),
        shown=text(observed["shown"]) if observed else "",
        value=_known(observed["value"]) if observed else None,
        low=_known(observed["low"]) if observed else None,
        high=_known(observed["high"]) if observed else None,
        n=int(observed["n"]) if observed else 0,
        few=needed["few"] if needed else None,
        many=needed["many"] if needed else None,
        where=text(needed["where"]) if needed else "",
        groups=tuple(
            ToldGroup(text(g["name"]), count(g["rows"]), *map(_known, (g["value"], g["low"], g["high"])))
            for g in said["groups"]
        ),
    )


def _waiver(said: Mapping[str, Any]) -> ToldWaiver:
    return ToldWaiver(
        id=text(said["id"]),
        rule=text(said["rule"]),
        state=text(said["state"]),
        told=text(said["told"]),
        reason=text(said.get("reason", "")),
        requested_by=text(said.get("requestedBy", "")),
        approved_by=tuple(text(one["who"]) or text(one["name"]) for one in said["signers"]),
        expires=text(said.get("expires", "")),
        days_left=count(said["daysLeft"]),
    )


def _name(parts: Sequence[Sequence[str]]) -> str:
    return " × ".join(f"{text(what)}={text(of)}" if what != "attribute" else text(of) for what, of in parts)


def _known(said: object) -> float | None:
    found = number(said)
    return None if found is None or isnan(found) else found
