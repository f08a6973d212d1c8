"""Ledgers and signed files to test with: `tests.ledger.ledger_builder`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policykit.attest.envelope import seal, unseal, with_proofs
from policykit.attest.keys import load_public_key, load_signer, new_key
from policykit.attest.ledger.append import Appended, append
from policykit.attest.ledger.folder import create, open_ledger
from policykit.attest.ledger.inclusion import tlog_entry
from policykit.attest.ledger.trusted_root import trusted_root
from policykit.attest.publickey import Algorithm, PublicKey
from policykit.attest.signer import Signer
from policykit.attest.statement import GATE_REPORT, statement
from policykit.canon import canonical, digest

ORIGIN = "ledger.acme.example"


@dataclass(frozen=True)
class Pair:
    """A key of a test: the signer, its public half, and the two files."""

    signer: Signer
    public: PublicKey
    private_path: Path
    public_path: Path


def pair(folder: Path, name: str, algorithm: Algorithm = "ed25519") -> Pair:
    """Make a key in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    private, public = new_key(name, folder, None, algorithm=algorithm)
    return Pair(load_signer(str(private), None), load_public_key(public), private, public)


def signed_file(signer: Signer, number: int = 0, *, kind: str = GATE_REPORT, **said: Any) -> bytes:
    """Return a small signed file; another number is another file."""
    predicate = {"decision": "ALLOWED", "timeEvaluated": "2026-11-22T09:30:00Z", "number": number, **said}
    return seal(statement([("bundle.manifest", digest(b"bundle %d" % number))], predicate, predicate_type=kind), signer)


def make_ledger(folder: Path, ledger: Pair, by: Pair, count: int = 0, *, origin: str = ORIGIN) -> list[bytes]:
    """Begin a ledger and log `count` signed files, all in one append; return them."""
    create(folder, origin, ledger.signer)
    files = [signed_file(by.signer, number) for number in range(count)]
    if files:
        log(folder, ledger, by, *files)
    return files


def log(folder: Path, ledger: Pair, by: Pair, *files: bytes, **more: Any) -> Appended:
    """Log signed files."""
    return append(folder, files, ledger.signer, keys=[by.public], **more)


def proven(folder: Path, ledger: Pair, by: Pair, data: bytes) -> bytes:
    """Log a signed file (if it is not there yet) and return it with the proof inside."""
    place = log(folder, ledger, by, data).places[0]
    return with_proofs(data, tlog=[tlog_entry(open_ledger(folder, key=ledger.public), place)])


def write_trusted_root(path: Path, ledger: Pair, *, authority: bytes | None = None, origin: str = ORIGIN) -> Path:
    """Write the trusted root that cosign and sigstore-js check proofs of this ledger with."""
    path.write_bytes(canonical(trusted_root(origin, ledger.public, timestamp_authority=authority)))
    return path


def envelope_of(data: bytes) -> Any:
    """Return a file taken apart."""
    return unseal(data)
