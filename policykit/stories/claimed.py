"""Claims as a pile: which of the signed files beside a thing say something about it, and which were taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from policykit.attest.envelope import pae, unseal
from policykit.attest.quote import quoted
from policykit.attest.statement import REVOCATION
from policykit.attest.strict_json import strict_json
from policykit.errors import VerificationError
from policykit.terms.signatory import Signatory

if TYPE_CHECKING:
    from policykit.attest.authority import Authority
    from policykit.terms.trust import Trust

Kind = Literal["report", "permit", "approval", "waiver"]

_EVEN_WHEN_OVER = ("key_expired", "key_revoked")
"""A revocation outlives the key that signed it: else what was taken back would come back with the next key."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """Something taken back: its digest in lower-case hex, why, by whom, and as what: the roles of `kind` were asked."""

    digest: str
    reason: str
    by: Signatory
    kind: str


TakenBack = Mapping[tuple[str, str], Revocation]
"""By kind and digest: whoever may take back a waiver takes back no permit by calling it one."""


def of_type(claims: Sequence[bytes], predicate_type: str) -> Iterator[tuple[bytes, Mapping[str, Any], str]]:
    """Yield (signed file, predicate, digest of the first subject) of claims that say they are of this type.

    Nothing in them is believed yet: this is for finding those that are worth opening.
    """
    for data in claims:
        try:
            said = strict_json(unseal(data).payload)
            if said["predicateType"] == predicate_type and isinstance(said["predicate"], dict):
                yield data, said["predicate"], str(said["subject"][0]["digest"]["sha256"])
        except (VerificationError, KeyError, TypeError, IndexError):
            continue  # another program's file, or none at all: it says nothing of ours


def revocations(claims: Sequence[bytes], authority: Authority) -> TakenBack:
    """Return what was taken back by somebody who may, by its kind and digest; of others nothing is heard."""
    found: dict[tuple[str, str], Revocation] = {}
    for data, predicate, subject in of_type(claims, REVOCATION):
        revoked = str(predicate.get("revokes", "")).removeprefix("sha256:")
        if revoked != subject:
            continue
        kind = str(predicate.get("kind"))
        by = _taken_back_by(data, revokers(authority.trust, kind), authority)
        if by is not None:
            found[kind, revoked] = Revocation(revoked, str(predicate.get("reason", "")), by, kind)
    return found


def _taken_back_by(data: bytes, roles: Sequence[str], authority: Authority) -> Signatory | None:
    try:
        return authority.open_any(data, roles=roles, predicate_type=REVOCATION).by
    except VerificationError as error:
        if error.reason not in _EVEN_WHEN_OVER:  # given only after the signature was shown to hold
            return None
    envelope = unseal(data)
    signed = pae(envelope.payload)
    keys = authority.trust.keys.values()
    key = next(key for key in keys if authority.key(key.name).verifies(envelope.signature, signed))
    return Signatory(key.name, key.who, "", key.id)


def revokers(trust: Trust, kind: str) -> tuple[str, ...]:
    """Return the roles that may take back a report, permit, approval or waiver: those that may sign one at some stage.

    Whoever may sign the trust file may take back anything.
    """
    roles: dict[str, None] = {trust.authority.role: None}
    for stage in trust.stages.values():
        by_kind = {
            "report": [stage.report_signed_by],
            "permit": [stage.permit_signed_by] if stage.permit_signed_by is not None else [],
            "approval": [quorum.role for quorum in stage.approvals],
            "waiver": [stage.waivers.signed_by.role] if stage.waivers is not None else [],
        }
        for name, signers in by_kind.items():
            if kind == name:
                roles |= dict.fromkeys(signers)
    return tuple(roles)


def check_not_revoked(kind: Kind, digest: str, what: str, taken_back: TakenBack) -> None:
    """Refuse a thing of this kind that was taken back; `what` it is called in the message."""
    found = taken_back.get((kind, digest))
    if found is not None:
        who = found.by.who or found.by.name
        raise VerificationError(
            "revoked",
            f"{what} was taken back by {quoted(who)}: {quoted(found.reason)}",
            hint="ask them what has to happen before there can be a new one",
        )
