"""Whether the ledger holds a signed file, and is still the ledger that was seen before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

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
    """Return the ledger in a folder, by the trust file's word, once it goes on from what was seen of it before.

    Raises:
        LedgerError: it does not hold together, the trust file does not know it, or it is not what was seen, and more.
    """
    from policykit.attest.ledger.folder import check_grown, open_ledger
    from policykit.stories.ledger import last_seen, whose

    by = whose(folder, None, authority)
    ledger = open_ledger(folder, key=by.key, origin=by.origin)
    before = last_seen(state, ledger.origin)
    if before is not None:
        check_grown(ledger, before)
    return ledger


def taken_back_in(ledger: Ledger) -> tuple[bytes, ...]:
    """Return every signed word in the ledger that something counts no more; nothing in them is believed yet.

    Raises:
        LedgerError: a kept file is not the one that was logged.
    """
    from policykit.attest.ledger.index import open_index
    from policykit.attest.statement import REVOCATION

    with open_index(ledger) as index:
        return tuple(index.kept(row).envelope.raw for row in index.rows(kind=REVOCATION))


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
