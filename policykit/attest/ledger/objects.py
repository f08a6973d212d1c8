"""The signed files that a ledger keeps beside its tree, so that its index can be made again and attempts counted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from policykit.attest.envelope import Envelope, read_report, unseal, with_proofs
from policykit.attest.ledger.entry import Verifier, entry_of, key_of
from policykit.attest.ledger.tree import leaf_hash
from policykit.attest.quote import quoted
from policykit.canon import digest
from policykit.errors import LedgerError, StorageError, VerificationError

FOLDER: Final = "objects"
ENDING: Final = ".sigstore.json"

Known = Callable[[str], Verifier | None]
"""Gives the key with an id (lower-case hex) that an entry of the ledger names."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that the ledger keeps: where it lies, what it holds, and the hash of the entry that stands for it."""

    path: str
    envelope: Envelope
    verifier: Verifier
    entry: bytes

    @property
    def leaf(self) -> bytes:
        """Return the hash of its entry."""
        return leaf_hash(self.entry)

    @property
    def payload(self) -> str:
        """Return the SHA-256 of what is signed, in lower-case hex."""
        return digest(self.envelope.payload)


@dataclass(frozen=True, slots=True)
class Stray:
    """A file among the kept ones that no entry stands for: an append that was cut off left it, or somebody put it there."""

    path: str


def object_path(payload: str, entry: bytes | None = None) -> str:
    """Return where the file with this payload digest is kept; a second signature over the same payload has its own place."""
    more = f"-{leaf_hash(entry).hex()[:16]}" if entry is not None else ""
    return f"{FOLDER}/{payload[:2]}/{payload}{more}{ENDING}"


def kept_paths(folder: Path) -> Iterator[str]:
    """Return the paths of all files kept, sorted."""
    for path in sorted((folder / FOLDER).glob(f"??/*{ENDING}")):
        yield path.relative_to(folder).as_posix()


def read_kept(folder: Path, path: str, known: Known) -> Kept | Stray:
    """Return a kept file with the entry that would stand for it.

    Raises:
        LedgerError: reason `ledger_object`: it is not the file its name says.
    """
    try:
        envelope = unseal(read_report(folder / path))
        if envelope.certificate is not None:
            key_of(envelope.certificate)
    except (VerificationError, StorageError) as error:
        raise _not_itself(path, str(error)) from error
    if path not in (object_path(digest(envelope.payload)), _second(path, envelope)):
        raise _not_itself(path, "its name is not the digest of what it holds")
    verifier = envelope.certificate or known(hinted(envelope))
    if verifier is None:
        return Stray(path)
    return Kept(path, envelope, verifier, entry_of(envelope, verifier))


def hinted(envelope: Envelope) -> str:
    """Return the id of the key that a file says it was signed with; empty where it says none."""
    import base64
    import binascii

    try:
        return base64.b64decode(envelope.hint, validate=True).hex()
    except (binascii.Error, ValueError):
        return ""


def to_keep(folder: Path, envelope: Envelope, entry: bytes, *, taken: Collection[str] = ()) -> tuple[str, bytes | None]:
    """Return where a logged file is kept, and what is to be written there; None where it lies there already.

    Time stamps that the kept file lacks are added to it. `taken` are places given to other files in the same breath.
    """
    payload = digest(envelope.payload)
    first, second = object_path(payload), object_path(payload, entry)
    for path in (first, second):
        if path in taken:
            continue
        if not (folder / path).is_file():
            return path, envelope.raw
        try:
            there = unseal(read_report(folder / path))
        except VerificationError:
            return path, envelope.raw  # what is damaged is written again
        if there.payload != envelope.payload:
            return path, envelope.raw  # so is what lies under the name of another
        if _signed(there) == _signed(envelope):
            fresh = [token for token in envelope.timestamps if token not in there.timestamps]
            return path, with_proofs(there.raw, timestamps=fresh) if fresh else None
    return second, envelope.raw


def _signed(envelope: Envelope) -> tuple[bytes, str, bytes | None]:
    return envelope.signature, envelope.hint, envelope.certificate


def _second(path: str, envelope: Envelope) -> str:
    """Return `path` where it is the place of a further signature over this payload: the rest of its name is held against the tree."""
    stem = object_path(digest(envelope.payload)).removesuffix(ENDING)
    return path if path.startswith(f"{stem}-") else ""


def _not_itself(path: str, why: str) -> LedgerError:
    return LedgerError(
        "ledger_object",
        f"the kept file {quoted(path, longest=200)} cannot be believed: {why}",
        hint="append the signed file again from where it was made: the ledger then keeps it anew",
    )
