"""A ledger on disk: opened only where its checkpoint is signed and fits its tiles."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from policykit.attest.ledger.disk import Disk, locked, put
from policykit.attest.ledger.note import (
    LARGEST_NOTE,
    Checkpoint,
    expect_ed25519,
    expect_origin,
    read_checkpoint,
    sign_checkpoint,
    stated_origin,
)
from policykit.attest.ledger.proofs import consistency_proof, inclusion_proof
from policykit.attest.ledger.tiles import Read, Tiles
from policykit.attest.ledger.tree import EMPTY, leaf_hash, proves_consistency, proves_inclusion
from policykit.attest.ordinary import open_ordinary
from policykit.attest.publickey import LARGEST_KEY_FILE, PublicKey, public_key
from policykit.attest.signer import Signer
from policykit.errors import LedgerError, StorageError, UsageError

CHECKPOINT: Final = "checkpoint"
OWN_KEY: Final = "ledger.pub.pem"
_LARGEST_FILE: Final = 32 * 1024 * 1024  # 256 entries of 64 KiB, and their lengths


@dataclass(frozen=True, slots=True)
class Ledger:
    """A ledger as it stood when it was opened: its checkpoint verified, and held against the right edge of its tiles."""

    folder: Path
    key: PublicKey
    checkpoint: Checkpoint
    note: bytes = field(repr=False)
    tiles: Tiles = field(repr=False, compare=False)

    @property
    def origin(self) -> str:
        """Return the host name that the ledger goes by."""
        return self.checkpoint.origin

    @property
    def size(self) -> int:
        """Return how many entries it holds."""
        return self.checkpoint.size

    def prove(self, index: int) -> tuple[bytes, ...]:
        """Return the proof that entry `index` is in the ledger."""
        if not 0 <= index < self.size:
            raise LedgerError("ledger_absent", f"the ledger has no entry {index:,}: it holds {self.size:,}")
        return inclusion_proof(index, self.size, self.tiles.node)

    def consistency(self, old: int) -> tuple[bytes, ...]:
        """Return the proof that the ledger still begins with its first `old` entries."""
        return consistency_proof(old, self.size, self.tiles.node)

    def entry(self, index: int) -> bytes:
        """Return an entry that was shown to be in the tree under the checkpoint.

        Raises:
            LedgerError: reasons `ledger_absent`, `ledger_entry`, `ledger_missing_tile`, `ledger_damaged`.
        """
        proof = self.prove(index)
        entry = self.tiles.entry(index)
        if not proves_inclusion(index, self.size, leaf_hash(entry), proof, self.checkpoint.root):
            raise LedgerError("ledger_entry", f"entry {index:,} is not the one that the checkpoint stands for")
        return entry


def create(folder: Path, origin: str, signer: Signer, *, disk: Disk | None = None) -> Ledger:
    """Begin a ledger in `folder`: an empty tree, its first checkpoint, and its public key for whoever reads it.

    Raises:
        UsageError: the origin is no host name, or there is a ledger already.
        SigningError: the key is not an ed25519 key.
        StorageError: the folder cannot be written.
    """
    disk = disk or Disk()
    expect_origin(origin)
    expect_ed25519(signer.public)
    note = sign_checkpoint(Checkpoint(origin, 0, EMPTY), signer)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder, disk):
            if (folder / CHECKPOINT).exists():
                hint = "append to it, or choose another folder"
                raise UsageError(f"there is a ledger in `{folder}` already", hint=hint)
            put(disk, folder, {OWN_KEY: signer.public.pem})
            put(disk, folder, {CHECKPOINT: note})
    except OSError as error:
        raise StorageError(f"cannot begin a ledger: {_said(error)}", where=str(folder)) from error
    return open_ledger(folder, key=signer.public)


def open_ledger(folder: Path, *, key: PublicKey | None = None, origin: str | None = None) -> Ledger:
    """Return the ledger in `folder`. Without a key, its own is taken: that shows it holds together, not whose it is.

    Raises:
        LedgerError: reasons `ledger_missing`, those of `read_checkpoint`, `ledger_root`, `ledger_missing_tile`, `ledger_damaged`.
        StorageError: it cannot be read.
    """
    read = reader(folder)
    note = read(CHECKPOINT)
    if note is None:
        hint = "check the path, or begin one with `policykit ledger init`"
        raise LedgerError("ledger_missing", f"there is no ledger in `{folder}`", hint=hint, where=str(folder))
    own = key or _own_key(read, folder)
    try:
        found = read_checkpoint(note[: LARGEST_NOTE + 1], origin=origin or stated_origin(note), key=own)
        tiles = Tiles(read, found.size)
        if tiles.root() != found.root:
            raise LedgerError(
                "ledger_root",
                "the entries of the ledger are not those that its checkpoint stands for",
                hint="it was changed after signing: fetch it again from its operator, and ask what happened",
            )
    except LedgerError as error:
        error.where = error.where or str(folder)
        raise
    return Ledger(folder, own, found, note, tiles)


def check_grown(ledger: Ledger, seen: Checkpoint) -> None:
    """Refuse a ledger that is not what was seen of it before, and more.

    Raises:
        LedgerError: reasons `ledger_rollback`, `ledger_fork`.
    """
    if seen.size > ledger.size:
        raise LedgerError(
            "ledger_rollback",
            f"the ledger holds {ledger.size:,} entries, and {seen.size:,} were seen before",
            hint="this is an old copy, or entries were taken out: ask its operator for the one of today",
            where=str(ledger.folder),
        )
    proof = ledger.consistency(seen.size)
    if not proves_consistency(seen.size, ledger.size, seen.root, ledger.checkpoint.root, proof):
        raise LedgerError(
            "ledger_fork",
            f"the first {seen.size:,} entries of the ledger are not those that were seen before",
            hint="its history was written anew, or you are shown another one than others: tell the auditor",
            where=str(ledger.folder),
        )


def reader(folder: Path) -> Read:
    """Return what reads the files of a ledger."""

    def read(path: str) -> bytes | None:
        try:
            with open_ordinary(folder / path) as file:
                return file.read(_LARGEST_FILE)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise StorageError(f"cannot read the ledger: {_said(error)}", where=str(folder / path)) from error

    return read


def _own_key(read: Read, folder: Path) -> PublicKey:
    pem = read(OWN_KEY)
    if pem is None:
        hint = "give the ledger's public key with `--key`"
        raise LedgerError("ledger_key", "the ledger's own public key is not beside it", hint=hint, where=str(folder))
    return public_key(pem[: LARGEST_KEY_FILE + 1], where=str(folder / OWN_KEY))


def _said(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
