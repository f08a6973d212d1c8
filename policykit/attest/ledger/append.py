"""Appending: the only way a ledger grows. A crash at any point leaves the old state valid, and the next append goes on.

The order is what makes it so: the files kept, then entries and tiles, then the signed checkpoint. Until the checkpoint has its
name, nobody reads what was written before it; the same bytes are then written again, or others in their place.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from policykit.attest.envelope import Envelope, unseal
from policykit.attest.ledger.disk import Disk, locked, put
from policykit.attest.ledger.entry import entry_of, verifier_for
from policykit.attest.ledger.folder import CHECKPOINT, Ledger, check_grown, open_ledger, reader
from policykit.attest.ledger.index import Index, open_index
from policykit.attest.ledger.note import Checkpoint, expect_ed25519, sign_checkpoint
from policykit.attest.ledger.objects import hinted, to_keep
from policykit.attest.ledger.tiles import LARGEST_ENTRY, Tiles, filled, grown
from policykit.attest.publickey import PublicKey
from policykit.attest.signer import Signer
from policykit.attest.statement import STATEMENT_TYPE
from policykit.attest.strict_json import strict_json
from policykit.errors import LedgerError, StorageError, VerificationError


@dataclass(frozen=True, slots=True)
class Appended:
    """Where each file stands in the ledger, which of them are new there, and the ledger as it is now."""

    places: tuple[int, ...]
    new: tuple[bool, ...]
    ledger: Ledger


def append(
    folder: Path,
    files: Sequence[bytes],
    signer: Signer,
    *,
    keys: Collection[PublicKey] = (),
    keep: bool = True,
    since: Callable[[str], Checkpoint | None] | None = None,
    disk: Disk | None = None,
) -> Appended:
    """Log signed files under one new checkpoint, signed by `signer`. A file that is there already keeps its first place.

    `keys` are those that the files may be signed with; the ledger remembers those it has seen, and its own. `since` gives, for an
    origin, what was last seen of the ledger: an older or another history is not gone on with.

    Raises:
        LedgerError: the ledger on disk does not hold together, or a file cannot be logged; nothing was appended.
        VerificationError: a file is not a signed file, or its signature does not hold; nothing was appended.
        StorageError: a file could not be written, or somebody else is writing; the ledger is as it was, or holds the files whole.
    """
    expect_ed25519(signer.public)
    disk = disk or Disk()
    envelopes = [signed_statement(data) for data in files]
    if not (folder / CHECKPOINT).is_file():
        open_ledger(folder, key=signer.public)  # says that there is none
    committed = False
    try:
        with locked(folder, disk):
            ledger = open_ledger(folder, key=signer.public)
            seen = since(ledger.origin) if since is not None else None
            if seen is not None:
                check_grown(ledger, seen)
            with open_index(ledger) as index:
                plan = _plan(ledger, index, envelopes, (signer.public, *keys))
                put(disk, folder, _objects(folder, plan) if keep else {})
                if plan.fresh:
                    tiles = _write_tiles(disk, ledger, plan.fresh)
                    checkpoint = Checkpoint(ledger.origin, tiles.size, tiles.root())
                    note = sign_checkpoint(checkpoint, signer)
                    put(disk, folder, {CHECKPOINT: note})
                    committed = True
                    old, ledger = (
                        ledger,
                        Ledger(folder, signer.public, checkpoint, note, Tiles(reader(folder), tiles.size)),
                    )
                    for path in filled(old.size, ledger.size):
                        disk.remove(folder / path)
                with contextlib.suppress(sqlite3.Error, OSError):  # it is made again when it is next asked
                    index.follow(ledger)
    except OSError as error:
        told = (error.strerror or type(error).__name__).lower()
        state = "the files are logged" if committed else "nothing was appended"
        raise StorageError(
            f"cannot write to the ledger: {told}; {state}",
            hint="free some space or mend the disk, and append the same files again: nothing is logged twice",
            where=str(folder),
        ) from error
    return Appended(plan.places, plan.new, ledger)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be logged: the files with their entries and places, and the entries that are not there yet."""

    envelopes: tuple[Envelope, ...]
    entries: tuple[bytes, ...]
    places: tuple[int, ...]
    new: tuple[bool, ...]
    fresh: tuple[bytes, ...]


def signed_statement(data: bytes) -> Envelope:
    """Return a file taken apart; refuse what is no signed statement."""
    envelope = unseal(data)
    said = strict_json(envelope.payload)
    if (
        not isinstance(said, dict)
        or said.get("_type") != STATEMENT_TYPE
        or not isinstance(said.get("predicateType"), str)
    ):
        raise VerificationError("statement_type", "what was signed is not an in-toto statement")
    return envelope


def _plan(ledger: Ledger, index: Index, envelopes: Sequence[Envelope], keys: Collection[PublicKey]) -> _Plan:
    entries, places, new, fresh = (
        list[bytes](),
        list[int](),
        list[bool](),
        dict[bytes, int](),
    )
    for envelope in envelopes:
        known = index.verifier(hinted(envelope)) if envelope.certificate is None else None
        verifier = verifier_for(envelope, [*keys, *([known] if known is not None else [])])
        entry = entry_of(envelope, verifier)
        if len(entry) > LARGEST_ENTRY:
            raise LedgerError("ledger_entry", "the certificate of the file is larger than an entry of a ledger can be")
        there = index.place(entry)
        new.append(there is None and entry not in fresh)
        place = there if there is not None else fresh.setdefault(entry, ledger.size + len(fresh))
        entries.append(entry)
        places.append(place)
    return _Plan(tuple(envelopes), tuple(entries), tuple(places), tuple(new), tuple(fresh))


def _objects(folder: Path, plan: _Plan) -> dict[str, bytes]:
    """Return the files to write so that every signed file is kept."""
    write, taken, seen = dict[str, bytes](), set[str](), set[bytes]()
    for envelope, entry in zip(plan.envelopes, plan.entries, strict=True):
        if entry in seen:
            continue
        seen.add(entry)
        path, data = to_keep(folder, envelope, entry, taken=taken)
        taken.add(path)
        if data is not None:
            write[path] = data
    return write


def _write_tiles(disk: Disk, ledger: Ledger, fresh: Sequence[bytes]) -> Tiles:
    read = reader(ledger.folder)
    files, tiles = grown(ledger.tiles, read, fresh)
    put(disk, ledger.folder, files)
    return tiles
