"""Whose signature it is: by the members of a role as themselves, or by what records the reviews of others."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from policykit.attest.envelope import Envelope, pae
from policykit.attest.publickey import PublicKey
from policykit.attest.quote import quoted
from policykit.attest.verify import hinted
from policykit.errors import VerificationError
from policykit.terms.instant import rfc3339
from policykit.terms.signatory import Signatory
from policykit.terms.trust import Trust, TrustAccount, TrustIdentity, TrustKey

Signing = TrustKey | TrustIdentity


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way in which a member of a role may have signed: as itself, or through what records its reviews."""

    role: str
    by: Signing
    account: TrustAccount | None = None


def candidates(trust: Trust, role: str) -> Iterator[Candidate]:
    """Yield every way in which somebody may sign in a role."""
    for name in trust.roles.get(role, ()):
        if name in trust.keys:
            yield Candidate(role, trust.keys[name])
        elif name in trust.identities:
            yield Candidate(role, trust.identities[name])
        elif name in trust.accounts:
            account = trust.accounts[name]
            by: Signing | None = trust.keys.get(account.recorded_by) or trust.identities.get(account.recorded_by)
            if by is not None:
                yield Candidate(role, by, account)


def signing_key(envelope: Envelope, keys: Mapping[str, PublicKey]) -> str:
    """Return the name of the key whose signature holds: the one the file hints at, else each is tried.

    Raises:
        VerificationError: reasons `unknown_signer`, `bad_signature`.
    """
    return _hinted(envelope, keys) if envelope.hint else _tried(envelope, keys)


def spoken_for(mine: Collection[Candidate], predicate: Mapping[str, Any], by: Signing) -> Candidate:
    """Return the member of the role that is meant: the signer itself, or the account whose review it recorded."""
    review = predicate.get("review") or {}
    if not review:
        for candidate in mine:
            if candidate.account is None:
                return candidate
        raise VerificationError(
            "role",
            f"`{by.name}` records the reviews of others, and this names no review",
            hint="sign it with `--review`, which says who reviewed what and where",
        )
    platform, login = _word(review, "platform"), _word(review, "login")
    for candidate in mine:
        account = candidate.account
        if account is not None and (account.platform.casefold(), account.login.casefold()) == (platform, login):
            return candidate
    raise VerificationError(
        "role",
        f"the review is by {quoted(login)} on {quoted(platform)}, who does not have the role, or not through `{by.name}`",
        hint="the trust file names the account and what records its reviews under `accounts`",
    )


def signatory(candidate: Candidate, at: datetime | None) -> Signatory:
    """Return the member as reports and permits name it."""
    when = rfc3339(at) if at is not None else ""
    if candidate.account is not None:
        account = candidate.account
        key_id = f"{account.platform} {account.login}".casefold()
        return Signatory(account.name, account.who, candidate.role, key_id, when)
    match candidate.by:
        case TrustKey(name=name, who=who, id=key_id):
            return Signatory(name, who, candidate.role, key_id, when)
        case TrustIdentity(name=name, who=who, issuer=issuer, subject=subject):
            return Signatory(name, who, candidate.role, f"{issuer} {subject}", when)


def without_role(name: str, roles: Collection[str]) -> VerificationError:
    """Return the refusal of somebody known who does not have the role."""
    asked = " or ".join(f"`{role}`" for role in roles)
    return VerificationError(
        "role",
        f"it is signed by `{name}`, who does not have the role {asked}",
        hint="have it signed by somebody of that role, or the role given in the next version of the trust file",
    )


def _hinted(envelope: Envelope, keys: Mapping[str, PublicKey]) -> str:
    said = hinted(envelope)
    name = next((name for name, key in keys.items() if key.id == said), None)
    if name is None:
        raise VerificationError(
            "unknown_signer",
            f"it says it is signed with the key {quoted(said)}, which the trust file does not know",
            hint="ask who signed it; only a name in the trust file counts",
        )
    if not keys[name].verifies(envelope.signature, pae(envelope.payload)):
        raise VerificationError(
            "bad_signature",
            f"the signature is not one by `{name}` under these words",
            hint="it was changed after signing, or signed by somebody else: do not use it",
        )
    return name


def _tried(envelope: Envelope, keys: Mapping[str, PublicKey]) -> str:
    signed = pae(envelope.payload)
    for name, key in keys.items():
        if key.verifies(envelope.signature, signed):
            return name
    raise VerificationError(
        "unknown_signer",
        "no key of the trust file fits the signature, and the file does not say whose it is",
        hint="ask who signed it; if it was one of these keys, it was changed after signing: do not use it",
    )


def _word(review: object, name: str) -> str:
    found = review.get(name) if isinstance(review, dict) else None
    if not isinstance(found, str) or not found:
        raise VerificationError("incomplete", f"the review has no `{name}`", hint="sign it again with `--review`")
    return found.casefold()
