"""Checkpoints: the one signed line of numbers that stands for the whole ledger (C2SP signed notes and tlog-checkpoint).

A witness signs a checkpoint too, once it has seen that the ledger only grew (C2SP tlog-cosignature, `cosignature/v1`).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from policykit.attest.publickey import PublicKey
from policykit.attest.quote import quoted
from policykit.attest.signer import Signer
from policykit.errors import LedgerError, SigningError, UsageError

LARGEST_NOTE: Final = 64 * 1024

_LINE: Final = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
_HOST: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+", re.ASCII
)
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,199}", re.ASCII)
_LOG, _WITNESS = 0x01, 0x04


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a ledger has got: its origin, how many entries it holds, and the root over all of them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """Return the three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A signed text taken apart, and nothing in it believed yet: (name, key id, signature) of each line."""

    text: str
    lines: tuple[tuple[str, bytes, bytes], ...]


def expect_origin(origin: str) -> str:
    """Return `origin`; refuse all but a host name, since other programs take it for one.

    Raises:
        UsageError: it has a scheme, a path, a port, capitals, or no dot.
    """
    if not _HOST.fullmatch(origin):
        hint = "give a host name of yours, without `https://` and without a path, such as `ledger.acme.example`"
        raise UsageError(f"`{origin[:200]}` cannot be the origin of a ledger", hint=hint)
    return origin


def key_hash(name: str, kind: int, key: PublicKey) -> bytes:
    """Return the hash by which a note's line names its key; its first four bytes stand in the line."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + _raw(key)).digest()


def log_id(origin: str, key: PublicKey) -> bytes:
    """Return how a Sigstore bundle names a ledger."""
    return key_hash(origin, _LOG, key)


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """Return the checkpoint with the ledger's own signature under it.

    Raises:
        SigningError: the key is not an ed25519 key.
    """
    expect_ed25519(signer.public)
    signature = signer.sign(checkpoint.text.encode())
    return f"{checkpoint.text}\n{_line(checkpoint.origin, _LOG, signer.public, signature)}".encode()


def expect_ed25519(key: PublicKey) -> None:
    """Refuse a key that checkpoints cannot be signed with."""
    if key.algorithm != "ed25519":
        hint = "make one with `policykit keys new NAME`"
        raise SigningError("a ledger and its witnesses sign with ed25519 keys, and this is another kind", hint=hint)


def read_checkpoint(data: bytes, *, origin: str, key: PublicKey) -> Checkpoint:
    """Return what a checkpoint says, once its signature by the ledger's key has been shown to hold.

    Raises:
        LedgerError: reasons `ledger_checkpoint`, `ledger_origin`, `ledger_key`, `ledger_signature`.
    """
    note = read_note(data)
    found = _stated(note)
    if found.origin != origin:
        raise LedgerError(
            "ledger_origin",
            f"this is the ledger {quoted(found.origin)}, and `{origin}` was asked for",
            hint="give the folder of the ledger you mean, or the origin that its operator published",
        )
    wanted = log_id(origin, key)[:4] if key.algorithm == "ed25519" else b""
    signed = [signature for name, known, signature in note.lines if name == origin and known == wanted]
    if not signed:
        raise LedgerError(
            "ledger_key",
            "the checkpoint is not signed with the key you accept for this ledger",
            hint="take the ledger's public key from its operator, not from beside the ledger",
        )
    if not all(key.verifies(signature, note.text.encode()) for signature in signed):
        raise LedgerError(
            "ledger_signature",
            "the signature of the checkpoint does not fit what it says",
            hint="the checkpoint was changed after signing: fetch the ledger again from its operator",
        )
    return found


def read_note(data: bytes) -> Note:
    """Take a signed note apart.

    Raises:
        LedgerError: reason `ledger_checkpoint`.
    """
    if len(data) > LARGEST_NOTE:
        raise _no_checkpoint("it is larger than any checkpoint")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _no_checkpoint("it is not text") from error
    if any(not mark.isprintable() and mark != "\n" for mark in whole):
        raise _no_checkpoint("it holds control characters")
    text, gap, tail = whole.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise _no_checkpoint("it is cut short")
    return Note(text + "\n", tuple(_parsed(line) for line in tail.split("\n")[:-1]))


def stated_origin(data: bytes) -> str:
    """Return the origin that a checkpoint states, unverified: it tells which ledger to look up."""
    return _stated(read_note(data)).origin


def cosign(data: bytes, name: str, signer: Signer, *, seconds: int) -> bytes:
    """Return the checkpoint with a witness's line under it; an older line of the same witness gives way."""
    expect_ed25519(signer.public)
    if not _NAME.fullmatch(name):
        hint = "use a name without spaces, such as `witness.acme.example/w1`"
        raise UsageError(f"`{name[:200]}` cannot be the name of a witness", hint=hint)
    note = read_note(data)
    stamp = seconds.to_bytes(8, "big")
    signature = stamp + signer.sign(_cosigned(note.text, seconds))
    own = key_hash(name, _WITNESS, signer.public)[:4]
    kept = "".join(f"— {n} {_base64(k + s)}\n" for n, k, s in note.lines if (n, k) != (name, own))
    return f"{note.text}\n{kept}{_line(name, _WITNESS, signer.public, signature)}".encode()


def cosigners(data: bytes, witnesses: Mapping[str, PublicKey]) -> tuple[str, ...]:
    """Return the names of the witnesses whose signature under the checkpoint holds, each key counted once."""
    note = read_note(data)
    found = dict[str, str]()
    for name, key in sorted(witnesses.items()):
        if key.algorithm != "ed25519":
            continue
        for said, known, body in note.lines:
            # the name in a line is the witness's own choice: the key is what counts
            if known == key_hash(said, _WITNESS, key)[:4] and len(body) == 72:
                seconds = int.from_bytes(body[:8], "big")
                if key.verifies(body[8:], _cosigned(note.text, seconds)):
                    found.setdefault(key.id, name)
    return tuple(sorted(found.values()))


def _stated(note: Note) -> Checkpoint:
    lines = note.text.split("\n")
    if len(lines) < 4 or any(not line for line in lines[:-1]):
        raise _no_checkpoint("it lacks a line")
    origin, size, root = lines[:3]
    if not _SIZE.fullmatch(size):
        raise _no_checkpoint("its size is not a number")
    hashed = _unbase64(root)
    if len(hashed) != 32:
        raise _no_checkpoint("its root is not a hash")
    return Checkpoint(origin, int(size), hashed)


def _parsed(line: str) -> tuple[str, bytes, bytes]:
    parts = _LINE.fullmatch(line)
    if parts is None:
        raise _no_checkpoint("a signature line is not written as one")
    body = _unbase64(parts.group(2))
    if len(body) < 5:
        raise _no_checkpoint("a signature is cut short")
    return parts.group(1), body[:4], body[4:]


def _line(name: str, kind: int, key: PublicKey, signature: bytes) -> str:
    return f"— {name} {_base64(key_hash(name, kind, key)[:4] + signature)}\n"


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _raw(key: PublicKey) -> bytes:
    return key.spki[-32:]  # the SPKI of an ed25519 key is twelve fixed bytes, then the key (RFC 8410)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unbase64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _no_checkpoint("it holds what is not base64") from error
    if _base64(data) != text:
        raise _no_checkpoint("it holds base64 in a form that says the same thing twice")
    return data


def _no_checkpoint(why: str) -> LedgerError:
    return LedgerError(
        "ledger_checkpoint",
        f"the checkpoint of the ledger cannot be read: {why}",
        hint="fetch the ledger again from where it is kept",
    )
