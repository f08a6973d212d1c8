"""Inclusion: the proof, inside a signed file, that a ledger holds it. Checked with nothing but that file and public keys."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from policykit.attest.envelope import Envelope
from policykit.attest.ledger.entry import KIND, Verifier, entry_of
from policykit.attest.ledger.folder import Ledger
from policykit.attest.ledger.note import cosigners, log_id, read_checkpoint
from policykit.attest.ledger.tree import leaf_hash, proves_inclusion
from policykit.attest.publickey import PublicKey
from policykit.errors import LedgerError
from policykit.terms.trust import TrustLedger

_MOST_HASHES: Final = 64
_ASK: Final = "ask the ledger's operator for a proof: `policykit ledger prove FOLDER FILE`"


@dataclass(frozen=True, slots=True)
class Logged:
    """Where a ledger holds a file: at which place, of how many, under which root (lower-case hex), seen by which witnesses."""

    index: int
    size: int
    root: str
    witnesses: tuple[str, ...] = ()


def check_inclusion(
    envelope: Envelope, ledger: TrustLedger, key: PublicKey, witnesses: Mapping[str, PublicKey], signer: Verifier
) -> Logged:
    """Return where the ledger holds the signed file, by the proof inside it; refuse a file without a proof that holds.

    `key` signs the ledger's checkpoints, `signer` is the key or certificate that the file's own signature was verified with.

    Raises:
        LedgerError: reasons `ledger_absent`, `ledger_proof`, `ledger_entry`, `ledger_witness` and those of a checkpoint.
    """
    wanted = base64.b64encode(log_id(ledger.origin, key)).decode("ascii")
    own = [entry for entry in envelope.tlog if entry["logId"]["keyId"] == wanted]
    if not own:
        told = "holds proofs of other ledgers only" if envelope.tlog else "holds no proof of any ledger"
        raise LedgerError("ledger_absent", f"the file {told}, and `{ledger.origin}` was asked for", hint=_ASK)
    if len(own) > 1:
        raise LedgerError("ledger_proof", "the file holds two proofs of one ledger", hint=_ASK)
    return _check(own[0], envelope, ledger, key, witnesses, signer)


def tlog_entry(ledger: Ledger, index: int) -> Mapping[str, Any]:
    """Return the proof that the ledger holds entry `index`, as a Sigstore bundle carries it."""
    entry = ledger.entry(index)
    body: Any = json.loads(entry)
    return {
        "logIndex": str(index),
        "logId": {"keyId": _base64(log_id(ledger.origin, ledger.key))},
        "kindVersion": {"kind": body["kind"], "version": body["apiVersion"]},
        "integratedTime": "0",
        "inclusionProof": {
            "logIndex": str(index),
            "rootHash": _base64(ledger.checkpoint.root),
            "treeSize": str(ledger.size),
            "hashes": [_base64(sibling) for sibling in ledger.prove(index)],
            "checkpoint": {"envelope": ledger.note.decode("utf-8")},
        },
        "canonicalizedBody": _base64(entry),
    }


def _check(
    said: Mapping[str, Any],
    envelope: Envelope,
    ledger: TrustLedger,
    key: PublicKey,
    witnesses: Mapping[str, PublicKey],
    signer: Verifier,
) -> Logged:
    proof = said.get("inclusionProof")
    if proof is None:
        raise LedgerError("ledger_proof", "the file says that it is logged, and does not prove it", hint=_ASK)
    try:
        note = str(proof["checkpoint"]["envelope"]).encode("utf-8")
        body, root = _bytes(said["canonicalizedBody"]), _bytes(proof["rootHash"])
        hashes = [_bytes(each) for each in proof.get("hashes", ())]
        index, size = int(proof.get("logIndex", "0")), int(proof["treeSize"])
        outer, kind = int(said.get("logIndex", "0")), dict(said["kindVersion"])
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise LedgerError("ledger_proof", "the proof in the file is not written as one", hint=_ASK) from error
    if kind != KIND or body != entry_of(envelope, signer):
        raise LedgerError(
            "ledger_entry",
            "the entry of the ledger is about another file, another signature or another signer than this one",
            hint="the proof belongs to another file: do not use this one",
        )
    checkpoint = read_checkpoint(note, origin=ledger.origin, key=key)
    stated = (checkpoint.size, checkpoint.root) == (size, root) and outer == index and len(hashes) <= _MOST_HASHES
    if not stated or not proves_inclusion(index, size, leaf_hash(body), hashes, root):
        raise LedgerError(
            "ledger_proof",
            "the proof in the file does not show that the ledger holds it",
            hint="do not use this file: the proof was changed, or never held",
        )
    asked = {name: each for name, each in witnesses.items() if name in ledger.witnesses}
    seen = cosigners(note, asked)
    if len(seen) < ledger.witnessed_by:
        raise LedgerError(
            "ledger_witness",
            f"{len(seen)} of the {ledger.witnessed_by} witnesses needed have signed the checkpoint of the ledger",
            hint="wait for the next round of witnesses, then ask for a proof again",
        )
    return Logged(index, size, root.hex(), seen)


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise TypeError("no text")
    return base64.b64decode(text, validate=True)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
