"""Read a predicate as what a report says: its own words and numbers, nothing judged again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any, Final

from policykit.errors import VerificationError
from policykit.report.described import described
from policykit.report.members import UnknownWordError, count, number, text, unit, unit_of, word
from policykit.report.restated import restated
from policykit.terms.decision import Decision
from policykit.terms.policy import Enforcement, Severity
from policykit.terms.told import Told, ToldFinding, ToldGroup, ToldPolicy, ToldRule, ToldWaiver
from policykit.terms.verdict import Cause, Status

_DECISIONS: Final = frozenset(one.value for one in Decision)
_STATUSES: Final = frozenset(one.value for one in Status)
_CAUSES: Final = frozenset(one.value for one in Cause) | {""}
_ENFORCEMENTS: Final = frozenset(one.value for one in Enforcement)
_SEVERITIES: Final = frozenset(one.value for one in Severity)
_MODES: Final = frozenset({"enforce", "audit"})
_SCOPES: Final = frozenset({"full", "partial", "trial"})
_STATES: Final = frozenset({"used", "unused", "expired", "not_yet", "beyond", "refused"})
_LEVELS: Final = frozenset({"error", "warning", "note"})


def told_of(said: Mapping[str, Any], *, subject: str = "", payload: str = "", signer: str = "", path: str = "") -> Told:
    """Return what a predicate says, `signer` being who was shown to have signed it (empty: nobody).

    `subject` is the digest of the bundle's manifest, `payload` that of the signed bytes: the statement knows them. Signed or
    not, a report that says a word no report says, or a decision that does not follow from its own rules, is none.

    Raises:
        VerificationError: reason `incomplete`, where it is not written as a report is; `decision`, where it contradicts itself.
    """
    found = told_as_said(said, subject=subject, payload=payload, signer=signer, path=path)
    try:
        follows = restated(said)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise _unreadable("this is not written as a report is") from error
    except ValueError as error:
        raise _unreadable("what the report says of a rule or a waiver does not follow from the rest of it") from error
    if found.decision != follows.value:
        raise VerificationError(
            "decision",
            f"the report says {found.decision}, and {follows.value} follows from its rules",
            hint="do not use this report: it is not as the gate wrote it",
        )
    return found


def told_as_said(
    said: Mapping[str, Any], *, subject: str = "", payload: str = "", signer: str = "", path: str = ""
) -> Told:
    """Return what a predicate says, as `told_of` does, of a report that was not read from anywhere: nothing is held against itself.

    Raises:
        VerificationError: reason `incomplete`, where it is not written as a report is.
    """
    try:
        return _told(said, subject, payload, signer, path)
    except UnknownWordError as error:
        raise _unreadable(str(error)) from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise _unreadable("this is not written as a report is") from error


def _unreadable(why: str) -> VerificationError:
    return VerificationError("incomplete", why, hint="it may have been made by another version")


def _told(said: Mapping[str, Any], subject: str, payload: str, signer: str, path: str) -> Told:
    gate, bundle, history = said["gate"], said["bundle"], said.get("history") or {}
    owners = {text(policy["policy"]): text(policy["owner"]) for policy in said["policies"]}
    return Told(
        name=text(bundle["name"]),
        version=text(bundle["version"]),
        subject=subject,
        stage=text(gate["stage"]),
        decision=word(said["decision"], _DECISIONS, "decision"),
        reason=text(said["reason"]),
        mode=word(gate["mode"], _MODES, "mode"),
        scope=word(gate["scope"], _SCOPES, "scope"),
        as_of=text(said["asOf"]),
        time_evaluated=text(said["timeEvaluated"]),
        engine=text(said["engine"]["version"]),
        verdict_digest=text(said["verdictDigest"]),
        labels={text(name): tuple(map(text, values)) for name, values in bundle["labels"].items()},
        policies=tuple(_policy(one) for one in said["policies"]),
        rules=tuple(_rule(one, owners) for one in said["rules"]),
        waivers=tuple(_waiver(one) for one in said.get("waivers", ())),
        notices=tuple((word(n["level"], _LEVELS, "level"), text(n["code"]), text(n["text"])) for n in said["notices"]),
        looks=count(history["looks"]) if history else None,
        ledger=(text(history["origin"]), count(history["size"])) if history else None,
        gate_id=text(gate.get("id") or ""),
        described=described(bundle, said.get("materials", ())),
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
        status=word(said["status"], _STATUSES, "status"),
        cause=word(said["cause"], _CAUSES, "cause"),
        reason=text(said["reason"]),
        advisory=said["advisory"] is True,
        enforcement=word(said["enforcement"], _ENFORCEMENTS, "enforcement"),
        severity=word(said["severity"], _SEVERITIES, "severity"),
        owner=text(said["owner"]) or owners.get(policy, ""),
        unit=unit(said["unit"]).value,
        controls=tuple((text(one["id"]), text(one["how"])) for one in said["controls"]),
        excused=tuple((text(one["waiver"]), text(one["until"])) for one in said.get("excused", ())),
        findings=tuple(_finding(one, said) for one in said["findings"]),
        confidence=text(said.get("confidence", "")),
    )


def _finding(said: Mapping[str, Any], rule: Mapping[str, Any]) -> ToldFinding:
    observed, needed = said["observed"], said["needed"]
    return ToldFinding(
        name=_name(said["slice"]),
        check=text(said["check"]),
        status=word(said["status"], _STATUSES, "status"),
        cause=word(said["cause"], _CAUSES, "cause"),
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
        groups=tuple(_line(one) for one in said["groups"]),
        unit=unit_of(said, rule).value,
        part=count(said["part"]),
        models=tuple(_line(one) for one in observed.get("models", ())),
        together=_together(said.get("together") or {}),
    )


def _line(said: Mapping[str, Any]) -> ToldGroup:
    return ToldGroup(
        text(said["name"]), count(said["rows"]), *(_known(said[what]) for what in ("value", "low", "high"))
    )


def _together(said: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the wider interval of several slices looked at together, where both ends are known."""
    low, high = (_known(said.get(end)) for end in ("low", "high"))
    return (low, high) if low is not None and high is not None else None


def _waiver(said: Mapping[str, Any]) -> ToldWaiver:
    return ToldWaiver(
        id=text(said["id"]),
        rule=text(said["rule"]),
        state=word(said["state"], _STATES, "state of a waiver"),
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
