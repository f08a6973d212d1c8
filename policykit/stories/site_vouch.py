"""Who signed a file of the site: by a trust file, by one public key, or nobody that anybody vouches for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from policykit.attest.envelope import Envelope, pae
from policykit.attest.ledger.objects import hinted
from policykit.attest.stage import excused
from policykit.attest.statement import GATE_REPORT
from policykit.canon import canonical, digest
from policykit.errors import TrustError, VerificationError
from policykit.stories.believed import unfit
from policykit.stories.claimed import TakenBack, check_not_revoked, revocations
from policykit.stories.heard_among import heard_among
from policykit.stories.site_entitled import called, entitled
from policykit.stories.waivers import reverified
from policykit.terms.site import Act, Vouched

if TYPE_CHECKING:
    from policykit.attest.authority import Authority
    from policykit.attest.publickey import PublicKey

NOT_SIGNED = "it is not signed: anybody could have written it"


@dataclass(frozen=True)
class Vouching:
    """By whose word signatures count: a trust file's, one public key's, or nobody's."""

    key: PublicKey | None = None
    authority: Authority | None = None
    claims: tuple[bytes, ...] = ()

    def having_heard(self, found: Iterable[bytes]) -> Vouching:
        """Return the same, once all was heard that takes something back among these signed files and beside the trust file."""
        return (
            self
            if self.authority is None
            else replace(self, claims=(*self.claims, *heard_among(self.authority, found)))
        )

    @property
    def asked(self) -> bool:
        """Return whether signatures are to be verified."""
        return self.key is not None or self.authority is not None

    def of(self, envelope: Envelope | None, stage: str) -> Vouched:
        """Return who was shown to have signed a report, and may for this stage."""
        if envelope is None:
            return Vouched(why=NOT_SIGNED)
        if self.authority is not None:
            try:
                roles = (self.authority.stage(stage).report_signed_by,)
                return Vouched(
                    called(self.authority.open_any(envelope.raw, roles=roles, predicate_type=GATE_REPORT).by)
                )
            except (VerificationError, TrustError) as error:
                return Vouched(why=str(error))
        if self.key is None:
            return Vouched(why=f"it says it is signed {_hint(envelope)}, and nobody vouched for that")
        if envelope.certificate is None and self.key.verifies(envelope.signature, pae(envelope.payload)):
            return Vouched(signer=f"the key sha256:{self.key.id[:16]}…")
        return Vouched(why=f"the signature is not by the key sha256:{self.key.id[:16]}…")

    def of_act(self, envelope: Envelope, kind: str, said: Mapping[str, Any], act: Act) -> tuple[Act, Vouched]:
        """Return who was shown to have signed a permit, an approval and the like, and may; the permit as long as it is accepted."""
        if self.authority is not None:
            return entitled(envelope, kind, said, act, self.authority, self.claims)
        if self.key is None:
            return act, Vouched(why=f"it says it is signed {_hint(envelope)}, and nobody vouched for that")
        return act, Vouched(why="a key alone does not say who may sign this: name a trust file")

    def unfit(self, statement: Mapping[str, Any], stage: str) -> str:
        """Return what the stage asks of a report that this one does not show; empty where it does, or nobody asks."""
        if self.authority is None:
            return ""
        try:
            return unfit(statement, self.authority.stage(stage))
        except (VerificationError, TrustError) as error:
            return str(error)

    def refused(self, said: Mapping[str, Any], payload: str) -> str:
        """Return why an authentic report still lets nothing through: its waivers, or that it was taken back; else nothing."""
        try:
            if self.authority is None:
                if said.get("decision") != "BLOCKED" and excused({"predicate": said}):
                    return "its decision rests on a waiver, and a key alone does not say who may excuse"
                return ""
            if excused({"predicate": said}):
                reverified(said, self.authority, claims=self.claims)
            check_not_revoked("report", payload, "the report", self._taken_back)
        except (VerificationError, TrustError) as error:
            return str(error)
        return ""

    @cached_property
    def _taken_back(self) -> TakenBack:
        """Return all that was taken back by somebody who may."""
        return revocations(self.claims, self.authority) if self.authority is not None else {}

    @property
    def terms(self) -> str:
        """Return the digest of all that an answer depends on: where it is the same, so is every answer that named somebody."""
        if self.authority is not None:
            claims = sorted(digest(claim) for claim in self.claims)
            return digest(
                canonical({"trust": self.authority.trust.digest, "valid": _valid(self.authority), "claims": claims})
            )
        return self.key.id if self.key is not None else ""


def _valid(authority: Authority) -> list[str]:
    """Return the keys that count today: an answer by the same trust file changes only where these do."""
    from policykit.attest.validity import check_valid

    found = list[str]()
    for name, key in sorted(authority.trust.keys.items()):
        try:
            check_valid(key, stamped=None, now=authority.now)
            found.append(name)
        except VerificationError:
            continue
    return found


def _hint(envelope: Envelope) -> str:
    if envelope.certificate is not None:
        return "by an identity"
    said = hinted(envelope)
    return f"with the key sha256:{said[:16]}…" if said else "with some key"
