"""A permit as a promotion reads it: signed by the release office, for this stage, about these bytes, and not taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from policykit.attest.quote import quoted
from policykit.attest.statement import permit_type
from policykit.errors import VerificationError
from policykit.stories.claimed import check_not_revoked, revocations
from policykit.terms.instant import CLOCKS_DIFFER

if TYPE_CHECKING:
    from policykit.attest.authority import Authority, Signed


@dataclass(frozen=True, slots=True)
class Permitted:
    """What a verified permit says: its payload's digest, the manifest it is about, and from when until when it holds."""

    signed: Signed
    payload: str
    digest: str
    bundle: str  # name@version
    report: str  # payload digest of the report
    issued: datetime
    until: datetime
    until_said: str
    approved_by: tuple[str, ...]


def open_permit(data: bytes, authority: Authority, stage: str, claims: Sequence[bytes]) -> Permitted:
    """Return what a permit for `stage` says, whether it is still young enough or not (`check_in_time`).

    Raises:
        VerificationError: any reason of the file, the signature or the trust file; `stage`, `incomplete`, `revoked`,
            `permit_none`.
    """
    role = authority.stage(stage).permit_signed_by
    if role is None:
        hint = "the trust file names `permit: {signed_by: …}` for stages that need a permit"
        raise VerificationError("permit_none", f"no permit is issued for `{stage}`, so none can be used", hint=hint)
    signed = authority.open(data, role=role, predicate_type=permit_type(stage))
    said = signed.predicate
    if said.get("stage") != stage or said.get("kind") != "promotion":
        hint = "ask for a permit for the stage you promote to"
        raise VerificationError(
            "stage", f"the permit is for the stage {quoted(said.get('stage'))}, not for `{stage}`", hint=hint
        )
    bundle, report = _object(said, "bundle"), _object(said, "report")
    approvals, waived = _objects(said, "approvals"), _objects(said, "waived")
    permitted = Permitted(
        signed,
        signed.payload_digest,
        signed.statement["subject"][0]["digest"]["sha256"],
        f"{_text(bundle, 'name')}@{_text(bundle, 'version')}",
        _text(report, "payload").removeprefix("sha256:"),
        _moment(_text(said, "issued"), end=False),
        _moment(_text(said, "until"), end=True),
        _text(said, "until"),
        tuple(str(each.get("who") or each.get("name")) for each in approvals),
    )
    taken_back = revocations(claims, authority)
    check_not_revoked("permit", permitted.payload, "the permit", taken_back)
    check_not_revoked("report", permitted.report, "the report behind the permit", taken_back)
    for one in approvals:
        what = f"the approval by {quoted(one.get('who') or one.get('name'))} behind the permit"
        check_not_revoked("approval", _text(one, "payload").removeprefix("sha256:"), what, taken_back)
    for one in waived:
        what = f"the waiver {quoted(one.get('id'))} behind the permit"
        check_not_revoked("waiver", _text(one, "digest").removeprefix("sha256:"), what, taken_back)
    return permitted


def check_in_time(permitted: Permitted, now: datetime) -> None:
    """Refuse a permit that is over, or from the future; clocks may differ by five minutes."""
    if now > permitted.until:
        hint = "ask for a new permit: `policykit permit`"
        raise VerificationError("permit_expired", f"the permit was good until `{permitted.until_said}`", hint=hint)
    if permitted.issued > now + CLOCKS_DIFFER:
        hint = "one of the two clocks is wrong"
        raise VerificationError("time", "the permit says that it will be issued in the future", hint=hint)


def check_young(permitted: Permitted, longest: int | None, now: datetime) -> None:
    """Refuse a permit that was issued longer ago than the stage accepts, in days; None accepts any age."""
    if longest is not None and now - permitted.issued > timedelta(days=longest):
        raise VerificationError(
            "age",
            f"the permit was issued at {permitted.issued:%Y-%m-%dT%H:%M:%SZ}, longer ago than the {longest} days accepted",
            hint="ask for a new permit: `policykit permit`",
        )


def check_subject(permitted: Permitted, digest: str) -> None:
    """Refuse a permit for other files than these."""
    if permitted.digest != digest:
        raise VerificationError(
            "subject",
            f"the permit is for the bundle {quoted(permitted.digest)}, and the bundle at hand is `{digest}`",
            hint="a file was added, removed or changed since the permit was issued, or this is another bundle",
        )


def _object(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = said.get(name)
    if not isinstance(found, dict):
        raise _incomplete(name)
    return found


def _objects(said: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found = said.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise _incomplete(name)
    return found


def _text(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name)
    if not isinstance(found, str) or not found:
        raise _incomplete(name)
    return found


def _moment(text: str, *, end: bool) -> datetime:
    """Return an RFC 3339 time in UTC; of a day, its first moment or its last."""
    name = "until" if end else "issued"
    try:
        found = datetime.fromisoformat(text)
        if len(text) == 10:
            return found.replace(tzinfo=UTC) + (timedelta(days=1, microseconds=-1) if end else timedelta())
        if found.tzinfo is None:
            raise _incomplete(name)
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:  # the 30th of February; a moment before the year 1, or after 9999
        raise _incomplete(name) from error


def _incomplete(name: str) -> VerificationError:
    return VerificationError(
        "incomplete", f"the permit has no usable `{name}`", hint="it was not made by policykit: ask for it again"
    )
