"""Verify a signed report, in the verifier's order: nothing in it is believed, or shown, before its turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policykit.attest.keys import load_public_key
from policykit.attest.stage import (
    check_attempts,
    check_blocking_since,
    check_evidence,
    check_stamp,
    check_trust_version,
    excused,
)
from policykit.attest.statement import GATE_REPORT
from policykit.attest.verify import (
    Asked,
    check_age,
    check_claims,
    check_subject,
    evaluated_at,
    open_report,
    read_report,
)
from policykit.canon import digest
from policykit.errors import VerificationError
from policykit.stories.consistent import check_follows, check_own_files, check_policies_own
from policykit.terms.bundle import Bundle
from policykit.terms.bundle_json import bundle_to_json
from policykit.terms.decision import Decision

if TYPE_CHECKING:
    from policykit.attest.authority import Authority, Signed
    from policykit.attest.ledger.folder import Ledger
    from policykit.attest.ledger.inclusion import Logged
    from policykit.attest.state import State
    from policykit.stories.approvals import Approval, Approved
    from policykit.terms.signatory import Signatory
    from policykit.terms.trust import StageTrust
    from policykit.terms.waiver import SignedWaiver


@dataclass(frozen=True, slots=True)
class Under:
    """By whose word a report is verified: a trust file, the stage, what else was signed, and what was seen before.

    `approved` asks for the approvals of the stage as well, as a permit does; `ledger` is the stage's ledger, where it is at hand.
    """

    authority: Authority
    stage: str
    claims: tuple[bytes, ...] = ()
    state: State | None = None
    approved: bool = False
    ledger: Ledger | None = None


@dataclass(frozen=True, slots=True)
class Authentic:
    """A report whose signature and claims hold, and the decision it states.

    `payload` is the SHA-256 of what was signed, in lower-case hex; `described` the bundle by the report's own words.
    What follows is known only under a trust file.
    """

    decision: Decision
    said: Mapping[str, Any]
    subject: str
    key_id: str
    payload: str
    described: Bundle
    at_hand: Bundle | None = None
    by: Signatory | None = None
    waivers: tuple[SignedWaiver, ...] = ()
    approvals: tuple[Approval, ...] = ()
    logged: Logged | None = None
    stamped: datetime | None = None


def verify(
    report: Path,
    key: Path | None,
    asked: Asked,
    *,
    now: datetime,
    bundle: Path | None = None,
    again: bool = False,
    under: Under | None = None,
) -> Authentic:
    """Return what an authentic report says.

    Raises:
        VerificationError: with the reason code of the first step that does not hold; without a key or a trust file, always.
    """
    return authentic(read_report(report), key, asked, now=now, bundle=bundle, again=again, under=under)


def authentic(
    data: bytes,
    key: Path | None,
    asked: Asked,
    *,
    now: datetime,
    bundle: Path | None = None,
    again: bool = False,
    under: Under | None = None,
) -> Authentic:
    """Return what the bytes of an authentic report say, as `verify`."""
    signed: Signed | None = None
    if under is None:
        verified = open_report(data, load_public_key(key) if key is not None else None)
        statement, payload, key_id = verified.statement, verified.payload, verified.key.id
    else:
        terms = under.authority.stage(under.stage)
        signed = under.authority.open(data, role=terms.report_signed_by, predicate_type=GATE_REPORT)
        statement, payload, key_id = signed.statement, signed.payload, signed.by.key_id
        asked = _tightened(asked, terms)
    said: Mapping[str, Any] = statement["predicate"]
    described = check_own_files(statement)
    at_hand = _check_bundle(statement, described, bundle) if bundle is not None else None
    check_policies_own(said)
    check_claims(statement, replace(asked, oldest=None), now=now)
    decision = check_follows(said)
    if again:
        from policykit.stories.rejudge import rejudge

        rejudge(said, now=now)
    found = Authentic(decision, said, described.manifest_digest, key_id, digest(payload), described, at_hand)
    if signed is None or under is None:
        if decision is not Decision.BLOCKED and excused(statement):
            raise _nobody_may_excuse()
    else:
        found = _trusted(replace(found, by=signed.by), signed, under)
    if asked.oldest is not None:
        check_age(statement, asked.oldest, now=now)
    return found if signed is None or under is None else _proven(found, signed, under)


def _tightened(asked: Asked, terms: StageTrust) -> Asked:
    """Return what is asked where the stage's terms are asked as well: the stricter of both."""
    ages = [asked.oldest] if asked.oldest is not None else []
    ages += [timedelta(days=terms.report_max_age)] if terms.report_max_age is not None else []
    return replace(
        asked,
        stage=terms.name,
        pins=(*asked.pins, *terms.policies),
        engine_at_least=asked.engine_at_least or terms.engine_at_least,
        oldest=min(ages, default=None),
    )


def _trusted(found: Authentic, signed: Signed, under: Under) -> Authentic:
    """Check what only a trust file can ask, up to the age: its version, evidence, waivers, what was taken back, approvals."""
    terms = under.authority.stage(under.stage)
    statement = signed.statement
    check_trust_version(statement, under.authority.trust)
    if terms.evidence is not None:
        check_evidence(statement, terms.evidence)
    check_blocking_since(statement, under.authority.now.astimezone(UTC).date())
    if excused(statement):
        from policykit.stories.waivers import reverified

        found = replace(found, waivers=reverified(found.said, under.authority, claims=under.claims))
    if under.claims:
        from policykit.stories.claimed import check_not_revoked, revocations

        check_not_revoked("report", found.payload, "the report", revocations(under.claims, under.authority))
    if under.approved:
        found = replace(found, approvals=approvals_of(found, under, (signed.by,)))
    return found


def approvals_of(found: Authentic, under: Under, evaluators: Sequence[Signatory]) -> tuple[Approval, ...]:
    """Return the approvals of a report that its stage asks for; refuse where they are not met (`approvals`, `author`)."""
    from policykit.stories.approvals import approvals
    from policykit.stories.claimed import revocations

    quorums = under.authority.stage(under.stage).approvals
    taken_back = revocations(under.claims, under.authority)
    return approvals(wanted_of(found, under.stage, evaluators), quorums, under.claims, under.authority, taken_back)


def wanted_of(found: Authentic, stage: str, evaluators: Sequence[Signatory]) -> Approved:
    """Return what an approval of a report has to name, and who may not give one."""
    from policykit.stories.approvals import Approved, author_of

    return Approved(
        payload=found.payload,
        verdict=str(found.said["verdictDigest"]),
        decision=found.decision.value,
        stage=stage,
        evaluators=tuple(evaluators),
        author=author_of(found.said, found.at_hand),
        made=evaluated_at({"predicate": found.said}),
    )


def _proven(found: Authentic, signed: Signed, under: Under) -> Authentic:
    """Check what others have to have seen of the report: the ledger, the time stamp, the attempts."""
    terms = under.authority.stage(under.stage)
    if terms.ledger is not None:
        found = replace(found, logged=logged_at(signed, under))
    if terms.timestamp is not None:
        stamped = signed.stamps.get(terms.timestamp)
        if stamped is None:
            raise VerificationError(
                "timestamp_missing",
                f"the report carries no time stamp by `{terms.timestamp}`, which this stage asks for",
                hint="have it stamped when it is signed",
            )
        check_stamp(signed.statement, stamped)
        found = replace(found, stamped=stamped)
    if terms.attempts_at_most is not None:
        check_attempts(signed.statement, terms.attempts_at_most)
        log = _at_hand(under, terms.ledger)
        if found.logged is not None and log is not None:
            from policykit.stories.logged import check_looks

            check_looks(log, signed.statement, found.logged, terms.attempts_at_most)
    return found


def logged_at(signed: Signed, under: Under) -> Logged | None:
    """Return where the stage's ledger holds a signed file, by the proof inside it; None where the stage asks for none."""
    name = under.authority.stage(under.stage).ledger
    if name is None:
        return None
    from policykit.stories.logged import check_goes_on, check_logged

    logged = check_logged(signed, under.authority, name, under.state)
    log = _at_hand(under, name)
    if log is not None:
        check_goes_on(log, logged)
    return logged


def _at_hand(under: Under, name: str | None) -> Ledger | None:
    """Return the ledger at hand where it is the one that the trust file knows by this name."""
    if under.ledger is None or name is None:
        return None
    return under.ledger if under.ledger.origin == under.authority.trust.ledgers[name].origin else None


def _check_bundle(statement: Mapping[str, Any], described: Bundle, path: Path) -> Bundle:
    """Return the bundle at hand; refuse a report about other files, or one that describes these otherwise than they do.

    Labels that the manifest does not say may come from an inventory.
    """
    from policykit.load.bundle import load_bundle

    at_hand = load_bundle(path)
    check_subject(statement, at_hand.manifest_digest)
    stated, found = bundle_to_json(described), bundle_to_json(at_hand)
    listed, own = stated.pop("labels"), found.pop("labels")
    other = [name for name in found if stated[name] != found[name]]
    other += ["labels" for name, values in own.items() if set(values) != set(listed.get(name, ()))]
    if other:
        raise VerificationError(
            "subject",
            f"the report says another `{other[0]}` of the bundle than its manifest does",
            hint="do not use this report: whoever signed it did not run the gate on this bundle as it is",
        )
    return at_hand


def _nobody_may_excuse() -> VerificationError:
    return VerificationError(
        "waiver_trust",
        "the decision rests on a waiver, and a key alone does not say who may excuse",
        hint="verify it with `--trust`, `--trust-root` and `--stage`",
    )
