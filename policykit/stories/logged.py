"""Whether the ledger holds a signed file, and is still the ledger that was seen before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policykit.errors import LedgerError, VerificationError

if TYPE_CHECKING:
    from policykit.attest.authority import Authority, Signed
    from policykit.attest.ledger.folder import Ledger
    from policykit.attest.ledger.inclusion import Logged
    from policykit.attest.state import State

SEEN = "proof"
"""Under this word a state keeps, for each ledger, the root of each size it was shown: one size has one root."""


def check_logged(signed: Signed, authority: Authority, ledger: str, state: State | None) -> Logged:
    """Return where the ledger holds the file, by the proof inside it.

    Raises:
        LedgerError: the proof does not hold, its checkpoint is not witnessed, or another history was shown here before.
    """
    from policykit.attest.ledger.inclusion import check_inclusion

    terms = authority.trust.ledgers[ledger]  # a stage names only ledgers that the trust file lists
    certificate = signed.envelope.certificate
    logged = check_inclusion(
        signed.envelope,
        terms,
        authority.key(terms.key),
        {name: authority.key(name) for name in terms.witnesses},
        certificate if certificate is not None else authority.key(_key_of(signed, authority)),
    )
    if state is not None:
        _remember(logged, terms.origin, state)
    return logged


def open_log(folder: Path, authority: Authority, state: State | None) -> Ledger:
    """Return the ledger in a folder, by the trust file's word, once it goes on from what was seen of it before; remember it.

    Raises:
        LedgerError: it does not hold together, the trust file does not know it, or it is not what was seen, and more.
    """
    from policykit.attest.ledger.folder import open_ledger
    from policykit.stories.ledger import goes_on, whose

    by = whose(folder, None, authority)
    ledger = open_ledger(folder, key=by.key, origin=by.origin)
    goes_on(ledger, state)
    return ledger


def taken_back_in(ledger: Ledger) -> tuple[bytes, ...]:
    """Return every signed word in the ledger that something counts no more; nothing in them is believed yet.

    Every entry is read, and every kept file held against them: no index is asked what is not there.

    Raises:
        LedgerError: the ledger does not hold together, a kept file is not the one that was logged, or (`ledger_unread`) an
            entry has no file kept beside it, which may be one that takes something back.
    """
    from policykit.attest.ledger.objects import Stray
    from policykit.attest.ledger.whole import read_whole

    whole, kept, found = read_whole(ledger), 0, dict[int, bytes]()
    for each in whole.kept():
        if isinstance(each, Stray):
            continue
        kept += 1
        place, file = each
        if _takes_back(file.envelope.payload):
            found[place] = file.envelope.raw
    unread = whole.unread(kept)
    if unread:
        raise LedgerError(
            "ledger_unread",
            f"the ledger keeps no file for {unread:,} of its {ledger.size:,} entries, and any of them may take something back",
            hint="append those files again from where they were made, or leave `--ledger` out: a proof in a file still counts",
            where=str(ledger.folder),
        )
    return tuple(data for _, data in sorted(found.items()))


def check_looks(ledger: Ledger, statement: Mapping[str, Any], logged: Logged, at_most: int) -> None:
    """Refuse a report that was not the look it says it was: counted again in the ledger at hand, up to where it stands there.

    A report made on an old copy of the ledger knows of fewer.

    Raises:
        VerificationError: reason `attempts`.
        LedgerError: the ledger does not hold together, or keeps a file that was not logged.
    """
    from policykit.stories.history import looks_before

    looks = looks_before(ledger, statement, logged.index) + 1
    if looks > at_most:
        raise VerificationError(
            "attempts",
            f"by the ledger this was attempt {looks} against the same held-out data, and at most {at_most} are accepted",
            hint="ask the owners of the data for fresh rows",
        )


def _takes_back(payload: bytes) -> bool:
    """Say whether a payload is a revocation; what cannot spell the word is not read further."""
    from policykit.attest.ledger.facts import facts_of
    from policykit.attest.statement import REVOCATION

    spelt = b"revocation" in payload or b"\\u" in payload
    return spelt and facts_of(payload).kind == REVOCATION


def check_goes_on(ledger: Ledger, logged: Logged) -> None:
    """Refuse a file whose proof is of another history than that of the ledger at hand."""
    from policykit.attest.ledger.folder import check_grown
    from policykit.attest.ledger.note import Checkpoint

    check_grown(ledger, Checkpoint(ledger.origin, logged.size, bytes.fromhex(logged.root)))


def _key_of(signed: Signed, authority: Authority) -> str:
    """Return the name of the key that signed: for a recorded review, that of what recorded it."""
    for name, key in authority.trust.keys.items():
        if signed.by.key_id == key.id:
            return name
    account = authority.trust.accounts.get(signed.by.name)
    if account is None:
        raise VerificationError("unknown_signer", "the trust file has no key for the signer of this file")
    return account.recorded_by


def _remember(logged: Logged, origin: str, state: State) -> None:
    name = f"{origin} {logged.size}"
    seen = state.seen(SEEN, name)
    if seen is None:
        state.remember(SEEN, name, {"root": logged.root})
    elif seen.get("root") != logged.root:
        raise LedgerError(
            "ledger_fork",
            f"at {logged.size:,} entries the ledger has another root than it had when it was seen before",
            hint="its history was written anew, or you are shown another one than others: tell the auditor",
        )
