"""Who may sign what is signed about a report: each kind under the role that the trust file gives it, and nobody else's counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from policykit.attest.quote import quoted
from policykit.errors import TrustError, VerificationError
from policykit.stories.claimed import revocations, revokers
from policykit.stories.permitted import check_in_time, open_permit
from policykit.terms.instant import rfc3339
from policykit.terms.site import Act, Vouched

if TYPE_CHECKING:
    from policykit.attest.authority import Authority
    from policykit.attest.envelope import Envelope
    from policykit.terms.signatory import Signatory


def entitled(
    envelope: Envelope, kind: str, said: Mapping[str, Any], act: Act, authority: Authority, claims: Sequence[bytes]
) -> tuple[Act, Vouched]:
    """Return who signed this and may, or why it counts for nothing; a permit ends where its stage stops accepting it."""
    try:
        if act.kind == "permit":
            return _permit(envelope, act, authority, claims)
        if act.kind == "revocation":
            return act, _revocation(envelope, kind, act, authority)
        roles, stated = _roles(act, authority), said.get("role")
        if not isinstance(stated, str) or stated not in roles:
            asked = " or ".join(f"`{role}`" for role in roles)
            return act, Vouched(why=f"it is signed as {quoted(stated)}, and counts only as {asked}")
        return act, Vouched(called(authority.open(envelope.raw, role=stated, predicate_type=kind).by))
    except (VerificationError, TrustError) as error:
        return act, Vouched(why=str(error))


def called(by: Signatory) -> str:
    """Return who signed as pages say it."""
    who = f"{by.who} ({by.name}, {by.role})" if by.who else f"{by.name} ({by.role})"
    return f"{who}, there since {by.at}" if by.at else who


def _permit(envelope: Envelope, act: Act, authority: Authority, claims: Sequence[bytes]) -> tuple[Act, Vouched]:
    permit = open_permit(envelope.raw, authority, act.stage, claims)
    if permit.issued > authority.now:
        check_in_time(permit, authority.now)  # one that is over is shown with its end
    longest = authority.stage(act.stage).permit_max_age
    if longest is not None and permit.issued + timedelta(days=longest) < permit.until:
        act = replace(act, until=rfc3339(permit.issued + timedelta(days=longest)))
    return act, Vouched(called(permit.signed.by))


def _revocation(envelope: Envelope, kind: str, act: Act, authority: Authority) -> Vouched:
    found = revocations((envelope.raw,), authority).get((act.of, act.about))
    if found is not None:
        return Vouched(called(found.by))
    authority.open_any(envelope.raw, roles=revokers(authority.trust, act.of), predicate_type=kind)
    return Vouched(why="it names another thing than the one it is about")


def _roles(act: Act, authority: Authority) -> tuple[str, ...]:
    """Return the roles that may sign this for its stage; a document that names no stage, for any."""
    stages = [authority.stage(act.stage)] if act.stage else list(authority.trust.stages.values())
    roles: Iterable[str]
    match act.kind:
        case "approval":
            roles = [quorum.role for stage in stages for quorum in stage.approvals]
        case "waiver":
            roles = [stage.waivers.signed_by.role for stage in stages if stage.waivers is not None]
        case "break_glass":
            roles = [stage.break_glass.role for stage in stages if stage.break_glass is not None]
        case "trust":
            roles = [authority.trust.authority.role]
        case "policy":
            roles = sorted(authority.trust.roles)
        case "permit" | "revocation" | "other":
            roles = []
    found = tuple(dict.fromkeys(roles))
    if not found:
        what, where = act.kind.replace("_", " "), f" at `{act.stage}`" if act.stage else ""
        raise VerificationError("role", f"the trust file lets nobody sign this ({what}){where}")
    return found
