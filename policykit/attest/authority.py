"""Authority: who may say what, by a trust file that was verified, at a moment.

The order: the envelope, a signature by a member of the role, a trusted time within the member's validity, the kind of
statement. Only then is anything believed that the file says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, cast

from policykit.attest.envelope import Envelope, unseal
from policykit.attest.pinned import read_pinned
from policykit.attest.publickey import PublicKey, public_key
from policykit.attest.quote import quoted
from policykit.attest.validity import check_valid
from policykit.attest.verify import read_statement
from policykit.attest.whose import Candidate, Signing, candidates, signatory, signing_key, spoken_for, without_role
from policykit.canon import digest
from policykit.errors import LedgerError, TrustError, VerificationError
from policykit.terms.instant import CLOCKS_DIFFER, rfc3339
from policykit.terms.signatory import Signatory
from policykit.terms.trust import StageTrust, Trust, TrustIdentity, TrustKey


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement that somebody who may do so really made: what was signed, what it says, who made it.

    `payload_digest` is the SHA-256 of the signed payload in lower-case hex; `at` the trusted time by which it was there,
    None where nothing proves one; `stamps` the time of each time stamp authority of the trust file that stamped it.
    """

    payload: bytes
    statement: Mapping[str, Any]
    by: Signatory
    envelope: Envelope
    payload_digest: str
    at: datetime | None = None
    stamps: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def predicate(self) -> Mapping[str, Any]:
        """Return what it says of its subjects."""
        return cast("Mapping[str, Any]", self.statement["predicate"])  # an object, or it would not be here


@dataclass(frozen=True)
class Authority:
    """A trust file whose signatures were verified (`stories/trusting.py`), and the moment at which it is asked."""

    trust: Trust
    now: datetime

    def __post_init__(self) -> None:
        """Refuse keys that are not what their ids say, before any of them is asked."""
        _ = self._keys

    def open(self, data: bytes, *, role: str, predicate_type: str) -> Signed:
        """Return what a signed file says, once a member of `role` was shown to have signed it.

        Raises:
            VerificationError: any reason of the file, the signer (`role`, `unknown_signer`, `bad_signature`, `key_…`,
                `clock`, `trust_file`, those of identities) or the statement.
        """
        return self.open_any(data, roles=(role,), predicate_type=predicate_type)

    def open_any(self, data: bytes, *, roles: Collection[str], predicate_type: str) -> Signed:
        """Return what a signed file says, once a member of one of the roles was shown to have signed it.

        Where the signer has several of the roles, the first of them is the one it signed in.
        """
        envelope = unseal(data)
        every = [candidate for role in roles for candidate in candidates(self.trust, role)]
        by, proven = self._signer(envelope, every, roles)
        stamps = self.stamps(envelope)
        times = [*stamps.values(), *([proven] if proven else [])]
        at = min(times) if times else None
        if times and max(times) > self.now + CLOCKS_DIFFER:
            raise VerificationError(
                "clock",
                f"the signature was there at {rfc3339(max(times))} by its time stamp, and now is {rfc3339(self.now)}",
                hint="set the clock of this machine; if it is right, do not use the file",
            )
        if isinstance(by, TrustKey):
            check_valid(by, stamped=at, now=self.now)
        statement = read_statement(envelope.payload, predicate_type)
        mine = [candidate for candidate in every if candidate.by == by]
        who = signatory(spoken_for(mine, statement["predicate"], by), at)
        return Signed(envelope.payload, statement, who, envelope, digest(envelope.payload), at, stamps)

    def stage(self, name: str) -> StageTrust:
        """Return what a stage asks of those who sign for it.

        Raises:
            VerificationError: reason `trust_stage`: the trust file says nothing of it.
        """
        found = self.trust.stages.get(name)
        if found is None:
            known = ", ".join(f"`{stage}`" for stage in self.trust.stages) or "none"
            raise VerificationError(
                "trust_stage",
                f"the trust file says nothing about the stage {quoted(name)}",
                hint=f"it speaks of {known}",
                where=self.trust.path,
            )
        return found

    def stamps(self, envelope: Envelope) -> Mapping[str, datetime]:
        """Return the earliest time at which each authority of the trust file stamped this signature; a stamp by anybody else,
        or of anything else, is no stamp.

        Raises:
            VerificationError: reason `trust_file`: the certificates of an authority are not those that were signed for.
        """
        if not envelope.timestamps:
            return {}
        from policykit.attest.timestamp import stamped_at

        found = dict[str, datetime]()
        for name, certificates in self._certificates.items():
            for token in envelope.timestamps:
                try:
                    at = stamped_at(token, envelope.signature, certificates)
                except LedgerError:
                    continue
                found[name] = min(at, found.get(name, at))
        return found

    def key(self, name: str) -> PublicKey:
        """Return a key of the trust file, as something that checks signatures.

        Raises:
            VerificationError: reason `unknown_signer`: there is none of that name.
        """
        if name not in self._keys:
            raise VerificationError("unknown_signer", f"the trust file has no key {quoted(name)}")
        return self._keys[name]

    def members(self, role: str) -> tuple[Signatory, ...]:
        """Return who has a role, before anybody signed: to say early that somebody does not."""
        return tuple(signatory(candidate, None) for candidate in candidates(self.trust, role))

    @cached_property
    def _keys(self) -> Mapping[str, PublicKey]:
        keys = {name: _read(key, self.trust.path) for name, key in self.trust.keys.items()}
        names = dict[str, str]()
        for name, key in keys.items():
            if key.id in names:
                message = f"the trust file lists one key under two names, `{names[key.id]}` and `{name}`"
                raise TrustError(message, hint="one key counts once: delete one of them", where=self.trust.path)
            names[key.id] = name
        return keys

    @cached_property
    def _certificates(self) -> Mapping[str, bytes]:
        return {name: read_pinned(file) for name, file in self.trust.timestamp_authorities.items()}

    @cached_property
    def _roots(self) -> dict[str, bytes]:
        return {}  # filled as they are asked for: a root that nobody needs may be missing

    def _signer(
        self, envelope: Envelope, every: Collection[Candidate], roles: Collection[str]
    ) -> tuple[Signing, datetime | None]:
        """Return whose signature it is, and the trusted time that the proof of an identity carries."""
        if envelope.certificate is not None:
            return self._identity(envelope, every, roles)
        return self._key(envelope, every, roles), None

    def _key(self, envelope: Envelope, every: Collection[Candidate], roles: Collection[str]) -> TrustKey:
        name = signing_key(envelope, self._keys)
        for candidate in every:
            if isinstance(candidate.by, TrustKey) and candidate.by.name == name:
                return candidate.by
        raise without_role(name, roles)

    def _identity(
        self, envelope: Envelope, every: Collection[Candidate], roles: Collection[str]
    ) -> tuple[TrustIdentity, datetime | None]:
        mine = {each.by.name: each.by for each in every if isinstance(each.by, TrustIdentity)}
        refused: VerificationError | None = None
        for identity in mine.values():
            try:
                return identity, self._shown(envelope, identity)
            except VerificationError as error:
                refused = refused or error
        for identity in self.trust.identities.values():
            if identity.name not in mine and self._fits(envelope, identity):
                raise without_role(identity.name, roles)
        raise refused or VerificationError(
            "unknown_signer",
            "it is signed by an identity that the trust file does not know",
            hint="ask who signed it; only a name in the trust file counts",
        )

    def _fits(self, envelope: Envelope, identity: TrustIdentity) -> bool:
        try:
            self._shown(envelope, identity)
        except VerificationError:
            return False
        return True

    def _shown(self, envelope: Envelope, identity: TrustIdentity) -> datetime | None:
        from policykit.attest.signers.keyless import verify_identity

        if identity.root not in self._roots:
            file = self.trust.roots.get(identity.root)
            if file is None:
                raise VerificationError("trust_file", f"the trust file names no root {quoted(identity.root)}")
            self._roots[identity.root] = read_pinned(file)
        return verify_identity(envelope, identity, self._roots[identity.root], envelope.payload)


def _read(key: TrustKey, where: str) -> PublicKey:
    """Return the key; the SHA-256 of its one encoding is its id, so no key has two."""
    try:
        read = public_key(key.pem.encode())
    except VerificationError as error:
        raise TrustError(f"the key `{key.name}`: {error}", hint=error.hint, where=where) from error
    if read.id != key.id:
        raise TrustError(
            f"the key `{key.name}` is not written in its one form, so its id is not its own",
            hint="write it as `policykit keys new` does: `openssl pkey -pubin -pubout -ec_conv_form uncompressed`",
            where=where,
        )
    return read
