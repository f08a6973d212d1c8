"""Audit a ledger: every signed file it keeps, held against its own signature and itself, and what an auditor asks about first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from policykit.attest.envelope import pae
from policykit.attest.ledger.entry import key_of
from policykit.attest.ledger.facts import Facts, facts_in, facts_of
from policykit.attest.ledger.folder import open_ledger
from policykit.attest.ledger.objects import Kept, Stray
from policykit.attest.ledger.whole import read_whole
from policykit.attest.publickey import PublicKey
from policykit.attest.state import State
from policykit.attest.statement import BREAK_GLASS, GATE_REPORT, REVOCATION
from policykit.attest.strict_json import strict_json
from policykit.errors import VerificationError
from policykit.stories.consistent import check_follows, check_own_files, check_policies_own
from policykit.stories.ledger import Held, Whose, held_with

if TYPE_CHECKING:
    from policykit.attest.authority import Authority


@dataclass(frozen=True, slots=True)
class Found:
    """One thing an auditor should know; an error says that a kept file cannot be believed."""

    level: Literal["error", "note"]
    entries: tuple[int, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Audited:
    """A ledger that holds together, how many reports it keeps, and what was found in them."""

    held: Held
    reports: int
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    """One kept file, read: where its entry stands and what it says."""

    index: int
    payload: str
    facts: Facts
    said: Any


def audit_ledger(folder: Path, by: Whose, *, authority: Authority | None = None, state: State | None = None) -> Audited:
    """Return everything `verify_ledger` shows, and what the kept files are worth.

    Each signature is checked by the key or certificate that its entry names; with a trust file, that key has to be in it, and
    the certificate has to be that of an identity in it. Each report has to be about the files it lists, and its decision and
    digests have to follow from it.

    Raises:
        LedgerError: the ledger itself does not hold together.
    """
    whole = read_whole(open_ledger(folder, key=by.key, origin=by.origin))
    told, errors, strays, kept = list[_Told](), list[Found](), list[str](), 0
    known = _known(authority)
    for each in whole.kept():
        if isinstance(each, Stray):
            strays.append(each.path)
            continue
        kept += 1
        index, file = each
        wrong = _wrong(file) or (_unknown(file, authority, known) if authority is not None else "")
        said = _statement(file)
        if wrong or said is None:
            errors.append(Found("error", (index,), wrong or "what was signed is no statement"))
            continue
        facts = facts_in(said)
        if facts.kind == GATE_REPORT and (why := _inconsistent(said)):
            errors.append(Found("error", (index,), why))
        told.append(_Told(index, file.payload, facts, said))
    told.sort(key=lambda each: each.index)
    reports = [each for each in told if each.facts.kind == GATE_REPORT]
    notes = (*_holdouts(reports), *_turned(reports), *_revoked(told), *_broken(told))
    held = held_with(whole, by, state, kept, tuple(strays))
    return Audited(held, len(reports), (*sorted(errors, key=lambda each: each.entries), *notes))


def _known(authority: Authority | None) -> frozenset[str]:
    """Return the ids of the keys that the trust file lists."""
    if authority is None:
        return frozenset()
    return frozenset(authority.key(name).id for name in authority.trust.keys)


def _wrong(file: Kept) -> str:
    try:
        key = key_of(file.verifier)
    except VerificationError as error:
        return str(error)
    if not key.verifies(file.envelope.signature, pae(file.envelope.payload)):
        return "the signature does not fit the file"
    return ""


def _unknown(file: Kept, authority: Authority, known: frozenset[str]) -> str:
    """Say what is wrong with who signed: only keys and identities of the trust file are somebody."""
    if isinstance(file.verifier, PublicKey):
        key = file.verifier.id
        return "" if key in known else f"it is signed with the key {key[:16]}…, which the trust file does not know"
    try:
        kind = facts_of(file.envelope.payload).kind
        authority.open_any(file.envelope.raw, roles=tuple(authority.trust.roles), predicate_type=kind)
    except VerificationError as error:
        return f"it is signed with a certificate, and not by an identity that the trust file knows: {error}"
    return ""


def _statement(file: Kept) -> Any:
    try:
        said = strict_json(file.envelope.payload)
    except VerificationError:
        return None
    return said if isinstance(said, dict) and isinstance(said.get("predicate"), dict) else None


def _inconsistent(said: Mapping[str, Any]) -> str:
    try:
        check_own_files(said)
        check_policies_own(said["predicate"])
        check_follows(said["predicate"])
    except VerificationError as error:
        return f"{error} ({error.reason})"
    except (KeyError, TypeError, AttributeError, ValueError):
        return "the report is not written as a gate report is"
    return ""


def _holdouts(reports: Sequence[_Told]) -> Iterator[Found]:
    """Say for each held-out file how many different verdicts looked at it."""
    looks = defaultdict[str, dict[tuple[str, str], int]](dict)
    for each in reports:
        if (each.facts.mode, each.facts.scope) == ("enforce", "full"):
            for digest in each.facts.held_out:
                looks[digest].setdefault((each.facts.subject, each.facts.verdict), each.index)
    for digest, found in sorted(looks.items()):
        if len(found) > 1:
            where = tuple(sorted(found.values()))
            yield Found("note", where, f"{len(found)} looks at the held-out file sha256 {digest}")


def _turned(reports: Sequence[_Told]) -> Iterator[Found]:
    """Say where a model was stopped, and later allowed on the same held-out data."""
    stopped = dict[tuple[str, str], _Told]()
    for each in reports:
        f = each.facts
        for digest in f.held_out:
            before = stopped.get((f.name, digest))
            if f.decision == "ALLOWED" and before is not None:
                text = f"`{_shown(f.name)}` was {before.facts.decision}, then ALLOWED on the same held-out data"
                yield Found("note", (before.index, each.index), text)
                break
        for digest in f.held_out:
            if f.decision == "ALLOWED":
                stopped.pop((f.name, digest), None)
            else:
                stopped.setdefault((f.name, digest), each)


def _revoked(told: Sequence[_Told]) -> Iterator[Found]:
    places = {each.payload: each for each in told}
    for each in told:
        if each.facts.kind == REVOCATION:
            revoked = str(each.said["predicate"].get("revokes", "")).removeprefix("sha256:")
            target = places.get(revoked)
            what = f"entry {target.index:,}" if target is not None else f"the file sha256 {_shown(revoked)}"
            where = (target.index, each.index) if target is not None else (each.index,)
            yield Found("note", where, f"{what} was revoked: {_shown(str(each.said['predicate'].get('reason', '')))}")


def _broken(told: Sequence[_Told]) -> Iterator[Found]:
    for each in told:
        if each.facts.kind == BREAK_GLASS:
            reason = _shown(str(each.said["predicate"].get("reason", "")))
            text = f"`{_shown(each.facts.name)}` went to `{_shown(each.facts.stage)}` without a permit: {reason}"
            yield Found("note", (each.index,), text)


def _shown(text: str) -> str:
    from policykit.render.visible import visible

    return visible(text, longest=200)
