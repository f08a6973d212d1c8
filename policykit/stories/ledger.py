"""The ledger's stories: log signed files, prove them, hold the whole ledger against what was seen before, and audit it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from policykit.attest.envelope import Envelope, read_report, unseal, with_proofs
from policykit.attest.ledger.append import Appended, append
from policykit.attest.ledger.entry import entry_of, verifier_for
from policykit.attest.ledger.facts import Facts, facts_of
from policykit.attest.ledger.folder import CHECKPOINT, Ledger, check_grown, open_ledger, reader
from policykit.attest.ledger.inclusion import tlog_entry
from policykit.attest.ledger.index import Index, open_index, rebuild
from policykit.attest.ledger.note import Checkpoint, cosigners, stated_origin
from policykit.attest.ledger.objects import Stray, hinted, object_path
from policykit.attest.ledger.whole import Whole, read_whole
from policykit.attest.ledger.witness import witness as cosign
from policykit.attest.publickey import PublicKey
from policykit.attest.quote import quoted
from policykit.attest.signer import Signer
from policykit.attest.state import State
from policykit.attest.statement import BREAK_GLASS, REVOCATION
from policykit.canon import digest
from policykit.errors import LedgerError, UsageError, VerificationError

if TYPE_CHECKING:
    from policykit.attest.authority import Authority

_ROOT: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
SEEN: Final = "checkpoint"
"""Under this word a state keeps the last checkpoint of each ledger."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose ledger it has to be: the key to accept, None for its own, and the witnesses that must have signed."""

    key: PublicKey | None = None
    origin: str | None = None
    witnesses: Mapping[str, PublicKey] | None = None
    witnessed_by: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """A ledger that holds together: what it keeps, what lies there unlogged, who witnessed it, and how far it was seen before.

    `kept` are the entries whose file lies there, `unread` those whose file does not.
    """

    whole: Whole
    kept: int
    strays: tuple[str, ...]
    witnesses: tuple[str, ...]
    seen: int | None

    @property
    def ledger(self) -> Ledger:
        """Return the ledger itself."""
        return self.whole.ledger

    @property
    def unread(self) -> int:
        """Return how many entries have no file kept beside them."""
        return self.whole.unread(self.kept)


def whose(folder: Path, key: PublicKey | None, authority: Authority | None) -> Whose:
    """Return whose ledger it has to be: by the trust file where there is one, found by the origin the ledger states.

    Raises:
        LedgerError: reasons `ledger_missing`, `ledger_checkpoint`, `ledger_origin`: the trust file knows no such ledger.
    """
    if authority is None:
        return Whose(key)
    origin = stated_origin(reader(folder)(CHECKPOINT) or open_ledger(folder).note)  # which says that there is none
    terms = next((each for each in authority.trust.ledgers.values() if each.origin == origin), None)
    if terms is None:
        raise LedgerError(
            "ledger_origin",
            f"the trust file knows no ledger of the origin {quoted(origin, longest=200)}",
            hint="give the folder of one it knows, or have it added to the next version of the trust file",
        )
    witnesses = {name: authority.key(name) for name in terms.witnesses}
    return Whose(authority.key(terms.key), origin, witnesses, terms.witnessed_by)


def log_files(
    folder: Path,
    files: Sequence[bytes],
    signer: Signer,
    *,
    keys: Collection[PublicKey] = (),
    keep: bool = True,
    timestamp: str | None = None,
    state: State | None = None,
) -> Appended:
    """Log signed files. With the address of a time stamp authority, each signature is stamped first and the stamp kept with it.

    Raises:
        LedgerError, VerificationError, StorageError: as `append` and `stamp`; nothing was logged.
    """
    if timestamp is not None:
        from policykit.attest.timestamp import stamp

        stamped = [with_proofs(data, timestamps=[stamp(unseal(data).signature, timestamp)]) for data in files]
        files = stamped
    if not keep:
        _expect_unheard(files)
    done = append(folder, files, signer, keys=keys, keep=keep, since=lambda origin: last_seen(state, origin))
    goes_on(done.ledger, state)
    return done


def listed(folder: Path, *, key: PublicKey | None = None) -> tuple[tuple[tuple[int, Facts], ...], int, Ledger]:
    """Return what each kept file says, with the place of its entry, and how many entries have none; make the index anew.

    Raises:
        LedgerError: the ledger does not hold together, or keeps a file that was not logged.
    """
    ledger = open_ledger(folder, key=key)
    rebuild(ledger).close()
    whole = read_whole(ledger)
    found = [(each[0], facts_of(each[1].envelope.payload)) for each in whole.kept() if not isinstance(each, Stray)]
    return tuple(sorted(found, key=lambda each: each[0])), whole.unread(len(found)), ledger


def prove_file(folder: Path, data: bytes, *, key: PublicKey | None = None, keys: Collection[PublicKey] = ()) -> bytes:
    """Return the signed file with the proof that the ledger holds it, and the time stamps that the ledger keeps for it.

    Raises:
        LedgerError: reason `ledger_absent`: it is not logged; or the ledger does not hold together.
    """
    envelope = unseal(data)
    ledger = open_ledger(folder, key=key)
    with open_index(ledger) as index:
        place = _place(index, envelope, keys)
    if place is None:
        fresh = rebuild(ledger)  # an index that forgot something is no reason to say no
        place = _place(fresh, envelope, keys)
        fresh.close()
    if place is None:
        raise LedgerError(
            "ledger_absent",
            "the ledger does not hold this file",
            hint="log it first: `policykit ledger append FOLDER FILE --sign KEY`",
        )
    return with_proofs(data, timestamps=_stamps(folder, envelope), tlog=[tlog_entry(ledger, place)])


def verify_ledger(folder: Path, by: Whose, *, state: State | None = None) -> Held:
    """Return the ledger once all of it was read: checkpoint, tiles, entries, kept files, witnesses, and what was seen before.

    Raises:
        LedgerError: with the reason of the first thing that does not hold.
    """
    whole = read_whole(open_ledger(folder, key=by.key, origin=by.origin))
    kept, strays = 0, list[str]()
    for each in whole.kept():
        if isinstance(each, Stray):
            strays.append(each.path)
        else:
            kept += 1
    return held_with(whole, by, state, kept, tuple(strays))


def witness_ledger(
    folder: Path, name: str, signer: Signer, *, key: PublicKey | None, state: State, seconds: int
) -> Ledger:
    """Sign, as a witness, that the ledger only grew since this witness last saw it; then remember how it is now.

    Raises:
        LedgerError: reasons `ledger_rollback`, `ledger_fork` and all others of a ledger that does not hold together.
    """
    origin = open_ledger(folder, key=key).origin
    ledger = cosign(folder, name, signer, key=key, since=last_seen(state, origin), seconds=seconds)
    goes_on(ledger, state)
    return ledger


def last_seen(state: State | None, origin: str) -> Checkpoint | None:
    """Return the checkpoint that was last seen of a ledger."""
    said = state.seen(SEEN, origin) if state is not None else None
    return _checkpoint(origin, said) if said is not None else None


def held_with(whole: Whole, by: Whose, state: State | None, kept: int, strays: tuple[str, ...]) -> Held:
    """Return a ledger that was read whole, once its witnesses are enough and it goes on from what was seen; then remember it.

    Raises:
        LedgerError: reasons `ledger_witness`, `ledger_rollback`, `ledger_fork`.
    """
    witnesses = cosigners(whole.ledger.note, by.witnesses or {})
    if len(witnesses) < by.witnessed_by:
        raise LedgerError(
            "ledger_witness",
            f"{len(witnesses)} of the {by.witnessed_by} witnesses needed have signed the checkpoint of the ledger",
            hint="have it witnessed: `policykit ledger witness FOLDER --sign KEY --name NAME`",
        )
    before = last_seen(state, whole.ledger.origin)
    goes_on(whole.ledger, state)
    return Held(whole, kept, strays, witnesses, before.size if before is not None else None)


def goes_on(ledger: Ledger, state: State | None) -> None:
    """Keep the checkpoint as the last one seen, once it was shown to go on from the one before.

    Raises:
        LedgerError: reasons `ledger_rollback`, `ledger_fork`.
        VerificationError: reason `state`.
    """

    def grown(said: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        if said is not None:
            before = _checkpoint(ledger.origin, said)
            check_grown(ledger, before)
            if before.size == ledger.size:
                return None
        return {"size": ledger.size, "root": ledger.checkpoint.root.hex()}

    if state is not None:
        state.update(SEEN, ledger.origin, grown)


def _checkpoint(origin: str, said: Mapping[str, Any]) -> Checkpoint:
    size, root = said.get("size"), said.get("root")
    if type(size) is not int or size < 0 or not isinstance(root, str) or not _ROOT.fullmatch(root):
        hint = "find out how; forgetting it means that an older ledger would be accepted"
        raise VerificationError("state", "what was seen of the ledger before is damaged", hint=hint)
    return Checkpoint(origin, size, bytes.fromhex(root))


def _expect_unheard(files: Sequence[bytes]) -> None:
    """Refuse to log without its file what is only heard where its file is kept."""
    for data in files:
        if facts_of(unseal(data).payload).kind in (REVOCATION, BREAK_GLASS):
            raise UsageError(
                "what takes something back, or says that the glass was broken, is heard only where the ledger keeps its file",
                hint="log it without `--digest-only`",
            )


def _place(index: Index, envelope: Envelope, keys: Collection[PublicKey]) -> int | None:
    known = index.verifier(hinted(envelope)) if envelope.certificate is None else None
    try:
        verifier = verifier_for(envelope, [*keys, *([known] if known is not None else [])])
    except LedgerError:
        return None  # no entry names its key, so none is its
    return index.place(entry_of(envelope, verifier))


def _stamps(folder: Path, envelope: Envelope) -> Sequence[bytes]:
    path = folder / object_path(digest(envelope.payload))
    if not path.is_file():
        return ()
    kept = unseal(read_report(path))
    return kept.timestamps if kept.signature == envelope.signature else ()
