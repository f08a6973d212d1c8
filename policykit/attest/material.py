"""What a signed file brings along beside its signature: whose it says it is, and proofs of when and where it was seen.

A word about the key or a certificate, never both; time stamps after RFC 3161; entries of ledgers. Nothing of it is signed,
and nothing is believed here: it is taken apart, and every other form is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from policykit.attest.members import CUT, as_list, as_object, as_text, base64_bytes, base64_text, only
from policykit.errors import VerificationError

MOST_TIMESTAMPS: Final = 8
MOST_ENTRIES: Final = 8
MOST_HASHES: Final = 64  # a ledger of 2^64 entries
LARGEST_PROOF: Final = 64 * 1024

_ENTRY: Final = frozenset({"logId", "kindVersion", "canonicalizedBody"})
_ENTRY_MAY: Final = frozenset({"logIndex", "integratedTime", "inclusionPromise", "inclusionProof"})
_PROOF: Final = frozenset({"rootHash", "treeSize", "checkpoint"})
_PROOF_MAY: Final = frozenset({"logIndex", "hashes"})  # protobuf's JSON leaves out 0 and the empty list
_WHOLE: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Material:
    """What a file says of its signer, and its proofs; `hint` is empty where a certificate is given."""

    hint: str
    certificate: bytes | None
    timestamps: tuple[bytes, ...]
    tlog: tuple[Mapping[str, Any], ...]


def read_material(value: object) -> Material:
    """Return what stands in `verificationMaterial`.

    Raises:
        VerificationError: reasons `envelope`, `base64`.
    """
    said = as_object(value, "`verificationMaterial`")
    if "x509CertificateChain" in said:
        hint = "sign it again with a newer program: one certificate is what the form asks for"
        raise VerificationError(
            "envelope", "the file brings a chain of certificates, and only one is accepted", hint=hint
        )
    if "certificate" in said and "publicKey" in said:
        raise VerificationError(
            "envelope", "the file says that it is signed with a key and with a certificate", hint=CUT
        )
    by = "certificate" if "certificate" in said else "publicKey"
    only(said, "`verificationMaterial`", {by, "tlogEntries"}, may={"timestampVerificationData"})
    entries = as_list(said["tlogEntries"], "`tlogEntries`", most=MOST_ENTRIES)
    return Material(
        hint=_hint(said[by]) if by == "publicKey" else "",
        certificate=_certificate(said[by]) if by == "certificate" else None,
        timestamps=_timestamps(said.get("timestampVerificationData", {})),
        tlog=tuple(_entry(entry) for entry in entries),
    )


def written_material(material: Material) -> dict[str, Any]:
    """Return the JSON of it, in the form that `read_material` and other programs read."""
    said: dict[str, Any] = {"tlogEntries": [dict(entry) for entry in material.tlog]}
    if material.certificate is None:
        said["publicKey"] = {"hint": material.hint}
    else:
        said["certificate"] = {"rawBytes": base64_text(material.certificate)}
    if material.timestamps:
        stamps = [{"signedTimestamp": base64_text(token)} for token in material.timestamps]
        said["timestampVerificationData"] = {"rfc3161Timestamps": stamps}
    return said


def added(material: Material, *, timestamps: Sequence[bytes], tlog: Sequence[Mapping[str, Any]]) -> Material:
    """Return it with proofs added: no time stamp twice, and a newer entry of the same ledger in place of the older."""
    newer = {_ledger(entry) for entry in tlog}
    kept = tuple(entry for entry in material.tlog if _ledger(entry) not in newer)
    return Material(
        hint=material.hint,
        certificate=material.certificate,
        timestamps=tuple(dict.fromkeys((*material.timestamps, *timestamps))),
        tlog=(*kept, *tlog),
    )


def _ledger(entry: Mapping[str, Any]) -> object:
    named = entry.get("logId")
    return named.get("keyId") if isinstance(named, Mapping) else None


def _hint(value: object) -> str:
    public = as_object(value, "`publicKey`")
    only(public, "`publicKey`", {"hint"})
    return as_text(public["hint"], "`hint`")


def _certificate(value: object) -> bytes:
    certificate = as_object(value, "`certificate`")
    only(certificate, "`certificate`", {"rawBytes"})
    data = base64_bytes(certificate["rawBytes"], "`rawBytes`", most=LARGEST_PROOF)
    if not data:
        raise VerificationError("envelope", "the certificate is empty", hint=CUT)
    return data


def _timestamps(value: object) -> tuple[bytes, ...]:
    data = as_object(value, "`timestampVerificationData`")
    only(data, "`timestampVerificationData`", frozenset(), may={"rfc3161Timestamps"})
    stamps = as_list(data.get("rfc3161Timestamps", []), "`rfc3161Timestamps`", most=MOST_TIMESTAMPS)
    return tuple(_stamp(stamp) for stamp in stamps)


def _stamp(value: object) -> bytes:
    stamp = as_object(value, "a time stamp")
    only(stamp, "a time stamp", {"signedTimestamp"})
    return base64_bytes(stamp["signedTimestamp"], "`signedTimestamp`", most=LARGEST_PROOF)


def _entry(value: object) -> Mapping[str, Any]:
    entry = as_object(value, "an entry of `tlogEntries`")
    only(entry, "an entry of `tlogEntries`", _ENTRY, may=_ENTRY_MAY)
    _whole(entry.get("logIndex", "0"), "`logIndex`")
    _whole(entry.get("integratedTime", "0"), "`integratedTime`")
    named = as_object(entry["logId"], "`logId`")
    only(named, "`logId`", {"keyId"})
    base64_bytes(named["keyId"], "`keyId`", most=LARGEST_PROOF)
    kind = as_object(entry["kindVersion"], "`kindVersion`")
    only(kind, "`kindVersion`", {"kind", "version"})
    for name in ("kind", "version"):
        as_text(kind[name], f"`{name}`")
    base64_bytes(entry["canonicalizedBody"], "`canonicalizedBody`", most=LARGEST_PROOF)
    if "inclusionPromise" in entry:
        promise = as_object(entry["inclusionPromise"], "`inclusionPromise`")
        only(promise, "`inclusionPromise`", {"signedEntryTimestamp"})
        base64_bytes(promise["signedEntryTimestamp"], "`signedEntryTimestamp`", most=LARGEST_PROOF)
    if "inclusionProof" in entry:
        _inclusion(as_object(entry["inclusionProof"], "`inclusionProof`"))
    return entry


def _inclusion(proof: Mapping[str, Any]) -> None:
    only(proof, "`inclusionProof`", _PROOF, may=_PROOF_MAY)
    _whole(proof.get("logIndex", "0"), "`logIndex`")
    _whole(proof["treeSize"], "`treeSize`")
    base64_bytes(proof["rootHash"], "`rootHash`", most=LARGEST_PROOF)
    for each in as_list(proof.get("hashes", []), "`hashes`", most=MOST_HASHES):
        base64_bytes(each, "an entry of `hashes`", most=LARGEST_PROOF)
    checkpoint = as_object(proof["checkpoint"], "`checkpoint`")
    only(checkpoint, "`checkpoint`", {"envelope"})
    if len(as_text(checkpoint["envelope"], "`envelope`")) > LARGEST_PROOF:
        raise VerificationError("envelope", "the checkpoint of the ledger is larger than any checkpoint is")


def _whole(value: object, what: str) -> None:
    """Refuse what is not a whole number as protobuf's JSON writes 64 bits: decimal text."""
    if not (isinstance(value, str) and _WHOLE.fullmatch(value)) and not (type(value) is int and value >= 0):
        raise VerificationError("envelope", f"{what} is not a whole number", hint=CUT)
