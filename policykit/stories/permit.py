"""Issue a permit: only for a report that allows the release, with every approval its stage asks for, by those who may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policykit.attest.envelope import read_report
from policykit.attest.quorum import distinct
from policykit.attest.quote import quoted
from policykit.attest.sealing import sealed
from policykit.attest.statement import GATE_REPORT, permit_type, statement
from policykit.attest.verify import Asked
from policykit.errors import VerificationError
from policykit.stories.claimed import of_type
from policykit.stories.consistent import subjects_of
from policykit.stories.verify import Authentic, Under, approvals_of, authentic
from policykit.terms.instant import rfc3339
from policykit.terms.report import Decision
from policykit.terms.signatory import Signatory

if TYPE_CHECKING:
    from policykit.attest.authority import Authority
    from policykit.attest.signer import Signer
    from policykit.stories.approvals import Approval
    from policykit.terms.waiver import Waiver

_LONGEST = 7
"""Days that a permit holds where the trust file does not say."""
_ENDS = datetime(9999, 12, 31, tzinfo=UTC)
"""No later day can be written."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A permit that was signed: its bytes, the report it follows from, and who stood for it."""

    data: bytes
    report: bytes
    found: Authentic
    approvals: tuple[Approval, ...]
    evaluators: tuple[Signatory, ...]
    until: str


def permit(
    report: Path, under: Under, signer: Signer, *, bundle: Path | None = None, others: Sequence[Path] = ()
) -> Issued:
    """Verify the report in full, judge it again, count approvals and evaluations, and sign the permit; write nothing.

    `others` are reports by other evaluators; those among the claims count too.

    Raises:
        VerificationError: anything that `verify` refuses; `permit_none`, `not_allowed`, `evaluations`, `approvals`,
            `author`, `signer`.
    """
    authority, stage = under.authority, under.stage
    terms = authority.stage(stage)
    if terms.permit_signed_by is None:
        hint = "let the trust file name `permit: {signed_by: …}` for this stage"
        raise VerificationError("permit_none", f"no permit is issued for `{stage}`", hint=hint)
    data = read_report(report)
    found = authentic(data, None, Asked(), now=authority.now, bundle=bundle, again=True, under=under)
    if found.decision is not Decision.ALLOWED:
        raise VerificationError(
            "not_allowed",
            f"the report says {found.decision.value}: {quoted(found.said['reason'])}",
            hint="a permit follows from ALLOWED alone",
        )
    evaluators = _evaluators(found, under, others)
    if distinct(evaluators) < terms.evaluations:
        raise VerificationError(
            "evaluations",
            f"{distinct(evaluators)} of the {terms.evaluations} independent evaluations with this result are there",
            hint="name the other reports with `--reports`, or keep them in the claims",
        )
    approved = approvals_of(found, under, evaluators)
    until = _until(authority.now, terms.permit_max_age or _LONGEST, [one.waiver for one in found.waivers])
    said = _predicate(found, under, approved, distinct(evaluators), until)
    payload = statement(subjects_of(found.described), said, predicate_type=permit_type(stage))
    signed = sealed(payload, signer)
    expect_may_sign(signed, authority, (terms.permit_signed_by,), permit_type(stage))
    return Issued(signed, data, found, approved, evaluators, until)


def expect_may_sign(signed: bytes, authority: Authority, roles: Sequence[str], predicate_type: str) -> Signatory:
    """Return who signed; refuse, before it is written anywhere, what others would refuse later.

    Raises:
        VerificationError: reason `signer`, or what is wrong with the key today.
    """
    try:
        return authority.open_any(signed, roles=roles, predicate_type=predicate_type).by
    except VerificationError as error:
        if error.reason not in ("role", "unknown_signer"):
            raise
        asked = " or ".join(f"`{role}`" for role in roles)
        raise VerificationError(
            "signer", f"this key may not sign it: it does not have the role {asked}", hint="nothing was written"
        ) from error


def _evaluators(found: Authentic, under: Under, others: Sequence[Path]) -> tuple[Signatory, ...]:
    """Return who came to this very result about this very bundle. A named report has to count; one among the claims may."""
    assert found.by is not None, "verified under a trust file"
    by = [found.by]
    role = under.authority.stage(under.stage).report_signed_by
    for path in others:
        other = _evaluated(read_report(path), under)
        if other.subject != found.subject or other.said["verdictDigest"] != found.said["verdictDigest"]:
            raise VerificationError(
                "evaluations",
                f"the report {quoted(str(path))} comes to another result, or is about another bundle",
                hint="compare the two: equal bundles, policies and days give equal verdict digests",
            )
        by += [other.by] if other.by is not None else []
    for data, predicate, subject in of_type(under.claims, GATE_REPORT):
        if subject != found.subject or predicate.get("verdictDigest") != found.said["verdictDigest"]:
            continue
        try:
            under.authority.open(data, role=role, predicate_type=GATE_REPORT)
            other = _evaluated(data, under)
        except VerificationError:
            continue
        by += [other.by] if other.by is not None else []
    return tuple(by)


def _evaluated(data: bytes, under: Under) -> Authentic:
    return authentic(data, None, Asked(), now=under.authority.now, under=replace(under, approved=False))


def _until(now: datetime, days: int, waivers: Sequence[Waiver]) -> str:
    """Return when the permit ends: after its days, or with the last day of the first waiver that it rests on."""
    last = [datetime.fromisoformat(f"{waiver.expires}T23:59:59+00:00") for waiver in waivers]
    longest = timedelta(days=min(days, (_ENDS - now.astimezone(UTC)).days))
    return rfc3339(min([now.astimezone(UTC) + longest, *last]))


def _predicate(
    found: Authentic, under: Under, approved: Sequence[Approval], evaluations: int, until: str
) -> Mapping[str, Any]:
    trust = under.authority.trust
    return {
        "kind": "promotion",
        "stage": under.stage,
        "bundle": {"name": found.described.name, "version": found.described.version},
        "report": {"payload": f"sha256:{found.payload}", "verdictDigest": found.said["verdictDigest"]},
        "approvals": [
            {"payload": f"sha256:{one.payload}", "name": one.by.name, "who": one.by.who, "role": one.by.role}
            for one in approved
        ],
        "evaluations": evaluations,
        "waivers": sorted({one.waiver.id for one in found.waivers}),
        "waived": [
            {"id": one.waiver.id, "digest": f"sha256:{one.waiver.digest}", "until": one.waiver.expires}
            for one in sorted(found.waivers, key=lambda one: (one.waiver.id, one.waiver.digest))
        ],
        "trust": {"id": trust.id, "version": trust.version, "digest": trust.digest},
        "issued": rfc3339(under.authority.now),
        "until": until,
    }
