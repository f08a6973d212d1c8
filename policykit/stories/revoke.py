"""Take something back: a signed word, by somebody who may, that a report, permit, approval or waiver counts no more."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policykit.attest.envelope import read_report, unseal
from policykit.attest.quote import quoted
from policykit.attest.sealing import sealed
from policykit.attest.statement import APPROVAL, DOMAIN, GATE_REPORT, REVOCATION, WAIVER, statement
from policykit.attest.strict_json import strict_json
from policykit.canon import digest
from policykit.errors import UsageError, VerificationError, WaiverError
from policykit.stories.claimed import revokers
from policykit.stories.permit import expect_may_sign
from policykit.terms.instant import rfc3339
from policykit.terms.signatory import Signatory

if TYPE_CHECKING:
    from policykit.attest.authority import Authority
    from policykit.attest.signer import Signer

_KINDS = {GATE_REPORT: "report", APPROVAL: "approval", WAIVER: "waiver"}


@dataclass(frozen=True, slots=True)
class Revoked:
    """What was taken back: the signed claim, what it is about, and who said so."""

    data: bytes
    kind: str
    digest: str
    by: Signatory


def revoke(path: Path, reason: str, signer: Signer, authority: Authority) -> Revoked:
    """Return the signed word that the file counts no more; write nothing.

    Raises:
        UsageError: no reason, or a file of which nothing can be taken back.
        VerificationError: reason `signer`: this key may not take it back; any reason of the file.
    """
    if not reason.strip():
        raise UsageError(
            "the reason is empty", hint="say with `--reason` why it counts no more: everybody will read it"
        )
    kind, thing = _thing(read_report(path))
    predicate = {
        "revokes": f"sha256:{thing}",
        "kind": kind,
        "reason": " ".join(reason.split()),
        "time": rfc3339(authority.now),
    }
    data = sealed(statement([(path.name, thing)], predicate, predicate_type=REVOCATION), signer)
    by = expect_may_sign(data, authority, revokers(authority.trust, kind), REVOCATION)
    return Revoked(data, kind, thing, by)


def _thing(data: bytes) -> tuple[str, str]:
    """Return what a file is, and the digest by which it is taken back: of the signed payload, or of a document's bytes."""
    if data.lstrip().startswith(b"{") and b"dsseEnvelope" in data:
        payload = unseal(data).payload
        said: Any = strict_json(payload)
        kind = said.get("predicateType") if isinstance(said, dict) else None
        if isinstance(kind, str) and kind.startswith(f"{DOMAIN}/promotion-permit/"):
            return "permit", digest(payload)
        if kind == WAIVER:
            return "waiver", _subject(said)
        if isinstance(kind, str) and kind in _KINDS:
            return _KINDS[kind], digest(payload)
        raise UsageError(
            f"what is signed here is {quoted(kind)}, which is not taken back so",
            hint="reports, permits, approvals and waivers are; a trust file is replaced by its next version",
        )
    from policykit.load.waiver_document import read_waiver

    try:
        return "waiver", read_waiver(data, "the file").digest
    except WaiverError as error:
        raise UsageError(
            "this is no signed file, and no waiver", hint="reports, permits, approvals and waivers are taken back"
        ) from error


def _subject(said: Any) -> str:
    try:
        return str(said["subject"][0]["digest"]["sha256"])
    except (KeyError, TypeError, IndexError) as error:
        raise VerificationError("incomplete", "the statement names a file without its SHA-256") from error
