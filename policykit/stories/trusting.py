"""Open a trust file: believe it only if those signed it who may, and it is not older than one that was believed before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from policykit.attest.accepted import accepted_from_json, accepted_to_json, began_with, check_not_older
from policykit.attest.authority import Authority
from policykit.attest.claims_file import CLAIMS, read_claims
from policykit.attest.envelope import unseal
from policykit.attest.keys import load_public_key
from policykit.attest.pinned import read_pinned
from policykit.attest.quorum import distinct
from policykit.attest.state import State
from policykit.attest.statement import TRUST
from policykit.canon import digest
from policykit.errors import UsageError, VerificationError
from policykit.load.trust_document import load_trust
from policykit.terms.signatory import Signatory
from policykit.terms.trust import Trust, TrustFile

_ID: Final = re.compile(r"sha256:([0-9a-f]{64})")
_REMEMBERED: Final = "trust"


def open_trust(
    path: Path,
    roots: Sequence[str],
    *,
    state: State | None,
    now: datetime,
    roots_at_least: int | None = None,
    remember: bool = True,
) -> Authority:
    """Return the authority of the trust file at `path`, whose signed claims lie in `claims.jsonl` beside it.

    It must be signed by the quorum it names itself, and by those the verifier relies on: the quorum of the version accepted
    before, where `state` remembers one; and each of `roots` (paths of public keys, or `sha256:` and the digest of one), or
    `roots_at_least` of them. A root may have signed the version with which the chain that is remembered began, instead of
    this one. Without `remember`, what was accepted before is asked, and nothing of this file is kept.

    Raises:
        TrustError: the document is wrong, with every problem.
        UsageError: a root is neither a file nor a digest.
        StorageError: the trust file, its claims or a root cannot be read.
        VerificationError: reasons `clock`, `trust_unsigned`, `trust_root`, `trust_rollback`, `trust_changed`,
            `trust_expired`, `trust_file`, `claims_file`, `state`.
    """
    pinned = _Roots.read(roots, roots_at_least)
    if state is not None:
        state.check_clock(now)
    trust = load_trust(path)
    claims = read_claims(path.parent / CLAIMS)
    signers = _signers(trust, trust, claims, now)

    def accept(before: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        _check_quorum(trust, trust, signers)
        signed = frozenset(signer.key_id for signer in signers.who)
        began = signed
        if before is not None:
            _check_next(trust, accepted_from_json(before, where=str(path)), claims, now)
            began = began_with(before)
        if before is None or pinned.ids:
            _check_roots(trust, pinned, signers, signed | began)
        _check_expiry(trust, now)
        is_known = before is not None and before["digest"] == digest(trust.text)
        return None if is_known else accepted_to_json(trust, began)

    if state is None or not remember:
        accept(state.seen(_REMEMBERED, trust.id) if state is not None else None)
    else:
        state.update(_REMEMBERED, trust.id, accept)
    return Authority(trust, now)


def accepted_before(trust: Trust, state: State) -> Trust | None:
    """Return the version of a trust file that was accepted here before, as far as it says who signs the next one.

    Raises:
        VerificationError: reason `state`.
    """
    before = state.seen(_REMEMBERED, trust.id)
    return None if before is None else accepted_from_json(before, where=trust.path)


@dataclass(frozen=True, slots=True)
class _Roots:
    """The root keys that the verifier relies on, by their ids, and how many of them have to have signed."""

    ids: frozenset[str]
    least: int

    @classmethod
    def read(cls, words: Sequence[str], least: int | None) -> _Roots:
        """Return them; refuse a number that they cannot reach."""
        ids = frozenset(_root(word) for word in words)
        if least is not None and not 1 <= least <= len(ids):
            given = f"{len(ids)} root key{'' if len(ids) == 1 else 's'}"
            raise UsageError(
                f"{least} root keys are asked for, and {given} given",
                hint="`--trust-root-count` says how many of the keys of `--trust-root` have to have signed",
            )
        return cls(ids, len(ids) if least is None else least)


@dataclass(frozen=True, slots=True)
class _Signers:
    """Who signed the file; `refused` says why the last of the other signatures does not count."""

    who: tuple[Signatory, ...]
    refused: str


def _root(word: str) -> str:
    """Return the id of a root key."""
    found = _ID.fullmatch(word)
    if found:
        return found.group(1)
    if word.startswith("sha256:"):
        hint = "`sha256:` and 64 digits of 0-9 and a-f, or the path of a public key file"
        raise UsageError(f"`{word}` is not the digest of a key", hint=hint)
    return load_public_key(Path(word)).id


def _signers(trust: Trust, by: Trust, claims: Sequence[bytes], now: datetime) -> _Signers:
    """Return who of those `by` names for it signed exactly the bytes of `trust`."""
    authority, wanted = Authority(by, now), digest(trust.text)
    found, refused = [], ""
    for claim in claims:
        if not _names(claim, wanted):
            continue  # about something else: beside a trust file may lie all that was signed
        try:
            signed = authority.open(claim, role=by.authority.role, predicate_type=TRUST)
        except VerificationError as error:
            if error.reason in ("trust_file", "clock"):
                raise
            refused = str(error)
            continue
        if signed.statement["subject"][0]["digest"]["sha256"] == wanted:
            found.append(signed.by)
    return _Signers(tuple(found), refused)


def _names(claim: bytes, wanted: str) -> bool:
    """Say whether a claim names a digest at all, before anything of it is believed: only to pass over the others."""
    try:
        return wanted.encode() in unseal(claim).payload
    except VerificationError:
        return False


def _check_quorum(trust: Trust, by: Trust, signers: _Signers) -> None:
    count = distinct(signers.who)
    if count >= by.authority.count and count > 0:
        return
    asking = "it asks for" if by is trust else f"version {by.version} asks for"
    if by is trust:
        hint = f"have it signed: `policykit approve {Path(trust.path).name} --sign KEY`"
    else:
        hint = f"version {by.version} was accepted here before; if there are versions between, accept them in order"
    raise VerificationError(
        "trust_unsigned",
        f"version {trust.version} of `{trust.id}` is signed by {count} of the {by.authority.count} of "
        f"`{by.authority.role}` that {asking}{_told(signers)}",
        hint=hint,
        where=trust.path,
    )


def _told(signers: _Signers) -> str:
    return f"; another signature does not count: {signers.refused}" if signers.refused else ""


def _check_roots(trust: Trust, pinned: _Roots, signers: _Signers, signed: frozenset[str]) -> None:
    if not pinned.ids:
        raise VerificationError(
            "trust_root",
            f"nobody said whose signature makes `{trust.id}` a trust file to believe",
            hint="give a root key with `--trust-root`: a public key file, or `sha256:` and its digest",
            where=trust.path,
        )
    count = len(pinned.ids & signed)
    if count == 0:
        raise VerificationError(
            "trust_root",
            f"version {trust.version} of `{trust.id}` is not signed by a root key that you gave",
            hint=f"it is signed by {', '.join(f'`{signer.name}`' for signer in signers.who)}: find out who handed it to you",
            where=trust.path,
        )
    if count < pinned.least:
        needed = "all of them have" if pinned.least == len(pinned.ids) else f"{pinned.least} of them have"
        raise VerificationError(
            "trust_root",
            f"version {trust.version} of `{trust.id}` is signed by {count} of the {len(pinned.ids)} root keys that you gave, "
            f"and {needed} to",
            hint="have the others sign it; `--trust-root-count` says how many are enough",
            where=trust.path,
        )


def _check_next(trust: Trust, before: Trust, claims: Sequence[bytes], now: datetime) -> None:
    check_not_older(trust, before)
    if trust.version > before.version:
        judges = _with_files_at_hand(before)
        _check_quorum(trust, judges, _signers(trust, judges, claims, now))


def _with_files_at_hand(before: Trust) -> Trust:
    """Return the version before without the time stamp authorities whose files have gone: their stamps prove nothing now."""

    def there(file: TrustFile) -> bool:
        try:
            read_pinned(file)
        except VerificationError:
            return False
        return True

    kept = {name: file for name, file in before.timestamp_authorities.items() if there(file)}
    return replace(before, timestamp_authorities=kept)


def _check_expiry(trust: Trust, now: datetime) -> None:
    if now.astimezone(UTC).date() > date.fromisoformat(trust.expires):
        raise VerificationError(
            "trust_expired",
            f"version {trust.version} of `{trust.id}` held until {trust.expires}",
            hint="get the next version from those who keep it",
            where=trust.path,
        )
