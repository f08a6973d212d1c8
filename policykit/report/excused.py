"""Waivers, trust and history as the predicate holds them, and read back from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from policykit.canon import number

if TYPE_CHECKING:
    from policykit.terms.history import History
    from policykit.terms.report import Report
    from policykit.terms.signatory import Signatory
    from policykit.terms.waiver import Excuse, WaiverLine


def waiver_to_json(line: WaiverLine) -> dict[str, Any]:
    """Return one waiver with its own text and everything that was signed of it, so that anyone can verify it again."""
    waiver = line.signed.waiver
    return {
        "id": waiver.id,
        "rule": waiver.rule,
        "digest": waiver.digest,
        "text": waiver.text.decode(),
        "state": line.state,
        "told": line.told,
        "daysLeft": line.days_left,
        "expires": waiver.expires,
        "reason": waiver.reason,
        "requestedBy": waiver.requested_by,
        "signers": [_signer(signatory) for signatory in line.signed.approvers],
        "refused": line.signed.refused,
        "excuses": [excuse_to_json(excuse) for excuse in line.excuses],
        "claims": [dict(claim) for claim in line.signed.claims],
    }


def signers_from_json(said: Mapping[str, Any]) -> tuple[Signatory, ...]:
    """Return who a predicate says approved a waiver: to be believed only from a report that was verified."""
    from policykit.terms.signatory import Signatory

    return tuple(
        Signatory(str(one["name"]), str(one["who"]), str(one["role"]), str(one["keyId"]), str(one["at"]))
        for one in said["signers"]
    )


def excuse_to_json(excuse: Excuse) -> dict[str, Any]:
    """Return what one waiver did to one rule."""
    return {
        "waiver": excuse.waiver,
        "rule": excuse.rule,
        "kind": excuse.kind,
        "slices": list(excuse.slices),
        "findings": list(excuse.findings),
        "until": excuse.until,
    }


def excuse_from_json(said: Mapping[str, Any]) -> Excuse:
    """Read one excuse; raise KeyError, TypeError or ValueError where it is none."""
    from policykit.terms.waiver import Excuse

    kind: Literal["fail", "doubt"] = "fail" if said["kind"] == "fail" else "doubt"
    findings = tuple(said["findings"])
    if said["kind"] != kind or any(type(place) is not int or place < 0 for place in findings):
        raise ValueError("an excuse is not written as one")
    texts = (said["waiver"], said["rule"], said["until"], *said["slices"])
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("an excuse is not written as one")
    return Excuse(said["waiver"], said["rule"], kind, tuple(said["slices"]), said["until"], findings)


def trust_to_json(report: Report) -> dict[str, Any]:
    """Return which trust file the run was made under; empty where there was none."""
    if report.trust is None:
        return {}
    name, version, digest = report.trust
    return {"id": name, "version": version, "digest": digest}


def trust_from_json(said: Mapping[str, Any]) -> tuple[str, int, str] | None:
    """Read which trust file a run was made under."""
    return (said["id"], said["version"], said["digest"]) if said != {} else None


def history_to_json(history: History | None) -> dict[str, Any]:
    """Return what the ledger knew; empty where no ledger was given."""
    if history is None:
        return {}
    return {
        "origin": history.origin,
        "size": history.size,
        "root": history.root,
        "looks": history.looks,
        "attempts": [
            {"at": one.at, "bundle": one.bundle, "decision": one.decision, "payload": one.payload}
            for one in history.attempts
        ],
        "spent": [number(share) for share in history.spent] if history.spent is not None else [],
        "breakGlass": [
            {
                "at": one.at,
                "stage": one.stage,
                "bundle": one.bundle,
                "who": list(one.who),
                "reason": one.reason,
                "until": one.until,
            }
            for one in history.break_glass
        ],
        "unread": history.unread,
    }


def history_from_json(said: Mapping[str, Any]) -> History | None:
    """Read what the ledger knew when a report was made; raise KeyError, TypeError or ValueError where it is not written so."""
    if said == {}:
        return None
    from policykit.terms.history import Attempt, BreakGlass, History

    found = History(
        origin=said["origin"],
        size=said["size"],
        root=said["root"],
        attempts=tuple(Attempt(a["at"], a["bundle"], a["decision"], a["payload"]) for a in said["attempts"]),
        spent=_spent(said["spent"]),
        break_glass=tuple(
            BreakGlass(b["at"], b["stage"], b["bundle"], tuple(b["who"]), b["reason"], b["until"])
            for b in said["breakGlass"]
        ),
        unread=said["unread"],
    )
    if history_to_json(found) != dict(said):
        raise ValueError("the history is not written as one, or its looks are not its attempts and this one")
    return found


def _spent(said: Any) -> tuple[float, float] | None:
    if said == []:
        return None
    growing, independent = (float(share) for share in said)
    return growing, independent


def _signer(signatory: Signatory) -> dict[str, Any]:
    return {
        "name": signatory.name,
        "who": signatory.who,
        "role": signatory.role,
        "keyId": signatory.key_id,
        "at": signatory.at,
    }
