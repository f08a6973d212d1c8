"""Read one file for the site: a report in short, or something signed about one; every other file is named with its problem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from policykit.attest.envelope import Envelope, unseal
from policykit.attest.ledger.facts import facts_in
from policykit.attest.statement import APPROVAL, BREAK_GLASS, DOMAIN, GATE_REPORT, POLICY, REVOCATION, TRUST, WAIVER
from policykit.attest.strict_json import strict_json
from policykit.canon import digest
from policykit.errors import VerificationError
from policykit.report.stopping import stopping
from policykit.report.told import told_of
from policykit.stories.believed import check_believed
from policykit.terms.site import Act, ActKind, Head, Number, RuleSaid, Stop, WaiverSaid
from policykit.terms.told import Told, ToldRule

MOST_STOPS: Final = 3
MOST_NUMBERS: Final = 60
"""Of one rule in one report; what is beyond stands on the report's own page."""
LONGEST: Final = 400
_KINDS: Final[Mapping[str, ActKind]] = {
    APPROVAL: "approval",
    REVOCATION: "revocation",
    BREAK_GLASS: "break_glass",
    WAIVER: "waiver",
    POLICY: "policy",
    TRUST: "trust",
}
_EVER: Final = datetime(9000, 1, 1, tzinfo=UTC)
_PERMIT: Final = f"{DOMAIN}/promotion-permit/"


@dataclass(frozen=True, slots=True)
class Opened:
    """A file taken apart: its statement's type, what it says, whose envelope it was; nothing in it is believed yet."""

    kind: str
    said: Mapping[str, Any]
    payload: str
    subject: str
    envelope: Envelope | None
    statement: Mapping[str, Any]

    def told(self, signer: str = "") -> Told:
        """Return the report it is."""
        return told_of(self.said, subject=self.subject, payload=self.payload, signer=signer)


def opened(data: bytes) -> Opened:
    """Take a file apart: a signed report, an unsigned statement, or a report as `--output json` writes it.

    Raises:
        VerificationError: it is none of these.
    """
    said = strict_json(data)
    if not isinstance(said, dict):
        raise _no_report()
    if "dsseEnvelope" in said or "mediaType" in said:
        envelope = unseal(data)
        statement = strict_json(envelope.payload)
        return _statement(statement, digest(envelope.payload), envelope)
    if "_type" in said:
        return _statement(said, digest(data), None)
    if "verdictDigest" in said and "rules" in said:
        return Opened(GATE_REPORT, said, "", "", None, {"predicate": said})
    raise _no_report()


def head_of(found: Opened, sha256: str) -> tuple[Head, tuple[RuleSaid, ...]]:
    """Return a report in short, and its rules with their measurements.

    Raises:
        VerificationError: reason `incomplete`.
    """
    told = found.told()
    head = Head(
        id=found.payload or sha256,
        name=told.name,
        version=told.version,
        stage=told.stage,
        decision=told.decision if told.decision in ("ALLOWED", "BLOCKED", "HELD") else "HELD",
        reason=told.reason[:LONGEST],
        mode=told.mode,
        scope=told.scope,
        time=told.time_evaluated,
        as_of=told.as_of,
        subject=told.subject,
        verdict=told.verdict_digest,
        signed=found.envelope is not None,
        copied=not found.payload,
        rules=tuple((rule.name, rule.standing) for rule in told.rules),
        stops=tuple(
            Stop(rule.name, rule.title[:LONGEST], rule.standing, rule.reason[:LONGEST], rule.owner)
            for rule in stopping(told.rules)[:MOST_STOPS]
        ),
        waivers=tuple(
            WaiverSaid(w.id, w.rule, w.state, w.told[:LONGEST], w.reason, w.requested_by, w.approved_by, w.expires)
            for w in told.waivers
        ),
        doubt=_doubt(found),
        gate=told.gate_id,
        on_its_day=told.on_its_day,
    )
    return head, tuple(_rule(rule) for rule in told.rules)


def act_of(found: Opened) -> Act:
    """Return what a signed file says about a report or a model, as far as it can be read."""
    facts = facts_in({"predicateType": found.kind, "predicate": found.said, "subject": []})
    kind: ActKind = "permit" if found.kind.startswith(_PERMIT) else _KINDS.get(found.kind, "other")
    report = found.said.get("report")
    named = report.get("payload") if isinstance(report, dict) else found.said.get("revokes")
    words = (found.said.get(name) for name in ("reason", "comment"))
    return Act(
        kind=kind,
        id=found.payload,
        name=facts.name,
        version=facts.version,
        stage=facts.stage,
        at=facts.at,
        until=_text(found.said.get("until")),
        about=_text(named).removeprefix("sha256:"),
        subject=found.subject,
        text=next((word[:LONGEST] for word in words if isinstance(word, str) and word), ""),
        of=_text(found.said.get("kind")) if kind == "revocation" else "",
    )


def _doubt(found: Opened) -> str:
    """Return what of a signed report does not hold together; empty where all does. Its time was looked at before."""
    if found.envelope is None:
        return ""
    try:
        check_believed(found.statement, now=_EVER, signed=True)
    except VerificationError as error:
        return str(error)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError):
        return "the report is not written as a gate report is"
    return ""


def _rule(rule: ToldRule) -> RuleSaid:
    return RuleSaid(
        name=rule.name,
        policy=rule.policy,
        title=rule.title,
        sentence=rule.sentence,
        unit=rule.unit,
        owner=rule.owner,
        enforcement=rule.enforcement,
        severity=rule.severity,
        check=next((finding.check for finding in rule.findings if finding.check), ""),
        numbers=tuple(_numbers(rule)),
    )


def _numbers(rule: ToldRule) -> Iterator[Number]:
    for f in rule.findings[:MOST_NUMBERS]:
        yield Number(f.name, f.status, f.limit, f.shown, f.value, f.low, f.high, f.check, f.unit, f.part, rule.standing)


def _statement(said: Any, payload: str, envelope: Envelope | None) -> Opened:
    if not isinstance(said, dict) or not isinstance(said.get("predicate"), dict):
        raise _no_report()
    subjects = said.get("subject")
    first = subjects[0] if isinstance(subjects, list) and subjects and isinstance(subjects[0], dict) else {}
    about = first.get("digest")
    subject = about.get("sha256") if isinstance(about, dict) else ""
    return Opened(_text(said.get("predicateType")), said["predicate"], payload, _text(subject), envelope, said)


def _text(said: object) -> str:
    return said if isinstance(said, str) else ""


def _no_report() -> VerificationError:
    return VerificationError("incomplete", "this is not written as a report is")
