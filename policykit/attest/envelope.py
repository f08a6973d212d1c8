"""The envelope: signed bytes in one file that other people's programs can check as well.

DSSE inside a Sigstore bundle v0.3, with one signature by one key. What is read is exactly this form and no other, so that
two programs never see two different things in one file.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from policykit.attest.quote import quoted
from policykit.attest.signer import Signer
from policykit.attest.statement import PAYLOAD_TYPE
from policykit.attest.strict_json import strict_json
from policykit.canon import canonical
from policykit.errors import StorageError, VerificationError

BUNDLE_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
LARGEST_REPORT: Final = 64 * 1024 * 1024

_VERSION: Final = re.compile(r"application/vnd\.dev\.sigstore\.bundle\.v([0-9]{1,9})\.([0-9]{1,9})\+json")
_MOST_VALUES: Final = 10_000  # an envelope says a dozen things
_CUT = "the file may be cut short or changed: fetch it again from where it was signed"


def pae(payload: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """Return the bytes that are really signed: type and payload, each with its length before it (DSSE v1, PAE)."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def seal(payload: bytes, signer: Signer) -> bytes:
    """Sign the payload and return the file to hand out: a Sigstore bundle v0.3 holding one signature."""
    return canonical(
        {
            "mediaType": BUNDLE_TYPE,
            "verificationMaterial": {"publicKey": {"hint": signer.public.hint}, "tlogEntries": []},
            "dsseEnvelope": {
                "payload": _base64(payload),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [{"sig": _base64(signer.sign(pae(payload)))}],
            },
        }
    )


@dataclass(frozen=True, slots=True)
class Envelope:
    """A signed file taken apart, and nothing in it believed yet. `hint` says which key, by the file's own word."""

    payload: bytes
    signature: bytes
    hint: str


def read_report(path: Path) -> bytes:
    """Return the bytes of a signed file, without reading one that is too large to be one.

    Raises:
        StorageError: it cannot be read.
        VerificationError: reason `size`.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > LARGEST_REPORT:
                raise _too_large(str(path))
            data = file.read(LARGEST_REPORT + 1)  # a pipe or a device does not say its size
    except OSError as error:
        raise StorageError(f"cannot read the report: {error.strerror}", where=str(path)) from error
    if len(data) > LARGEST_REPORT:
        raise _too_large(str(path))
    return data


def unseal(data: bytes) -> Envelope:
    """Take a signed file apart, and refuse every form but the one we write.

    Raises:
        VerificationError: reasons `size`, `json`, `duplicate_member`, `envelope`, `newer`, `base64`, `payload_type`,
            `signature_count`.
    """
    if len(data) > LARGEST_REPORT:
        raise _too_large()
    bundle = _object(strict_json(data, most_values=_MOST_VALUES), "the file")
    _check_version(bundle.get("mediaType"))
    _only(bundle, "the file", {"mediaType", "verificationMaterial", "dsseEnvelope"})
    envelope = _object(bundle["dsseEnvelope"], "`dsseEnvelope`")
    _only(envelope, "`dsseEnvelope`", {"payload", "payloadType", "signatures"})
    if envelope["payloadType"] != PAYLOAD_TYPE:
        raise VerificationError(
            "payload_type", f"the signed bytes are {quoted(envelope['payloadType'])}, not `{PAYLOAD_TYPE}`"
        )
    return Envelope(
        payload=_bytes(envelope["payload"], "`payload`"),
        signature=_signature(envelope["signatures"]),
        hint=_hint(bundle["verificationMaterial"]),
    )


def _check_version(media_type: object) -> None:
    if media_type == BUNDLE_TYPE:
        return
    version = _VERSION.fullmatch(media_type) if isinstance(media_type, str) else None
    if version and (int(version.group(1)), int(version.group(2))) > (0, 3):
        hint = "check it with a newer policykit"
        raise VerificationError("newer", f"the file is of a newer form, {quoted(media_type)}", hint=hint)
    said = "has no `mediaType`" if media_type is None else f"is {quoted(media_type)}"
    hint = "give the file that `--output attestation` or `--sign` wrote"
    raise VerificationError("envelope", f"this is not a signed report: it {said}, not `{BUNDLE_TYPE}`", hint=hint)


def _signature(signatures: object) -> bytes:
    if not isinstance(signatures, list) or len(signatures) != 1:
        count = len(signatures) if isinstance(signatures, list) else 0
        hint = "each signer writes a file of their own, side by side"
        raise VerificationError("signature_count", f"the file has {count} signatures instead of one", hint=hint)
    signature = _object(signatures[0], "a signature")
    _only(signature, "a signature", {"sig"}, may={"keyid"})  # keyid is not signed, and never looked at
    return _bytes(signature["sig"], "`sig`")


def _hint(material: object) -> str:
    said = _object(material, "`verificationMaterial`")
    if "certificate" in said or "x509CertificateChain" in said:
        hint = "this version checks reports signed with a key"
        raise VerificationError("envelope", "the report is signed with a certificate, not with a key", hint=hint)
    _only(said, "`verificationMaterial`", {"publicKey", "tlogEntries"}, may={"timestampVerificationData"})
    public = _object(said["publicKey"], "`publicKey`")
    _only(public, "`publicKey`", {"hint"})
    if not isinstance(public["hint"], str):
        raise VerificationError("envelope", "`hint` is not text", hint=_CUT)
    return public["hint"]


def _object(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise VerificationError("envelope", f"{what} is not an object", hint=_CUT)
    return value


def _only(members: Mapping[str, Any], what: str, must: Set[str], *, may: Set[str] = frozenset()) -> None:
    """Refuse members that are missing, and those we do not know: another program might read them as something."""
    for name in sorted(must - members.keys()):
        raise VerificationError("envelope", f"{what} has no `{name}`", hint=_CUT)
    for name in sorted(members.keys() - must - may):
        raise VerificationError("envelope", f"{what} has a member {quoted(name)} that does not belong there")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: object, what: str) -> bytes:
    """Decode base64 that has exactly one spelling: standard alphabet, padded, no stray bits or characters."""
    if not isinstance(text, str):
        raise VerificationError("base64", f"{what} is not text", hint=_CUT)
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise VerificationError("base64", f"{what} is not base64", hint=_CUT) from error
    if _base64(data) != text:
        raise VerificationError("base64", f"{what} is base64 in a form that says the same thing twice", hint=_CUT)
    return data


def _too_large(where: str = "") -> VerificationError:
    """Return the refusal of a file that is too large to be a signed report."""
    return VerificationError(
        "size", f"the file is larger than {LARGEST_REPORT // 1024**2} MiB, which no signed report is", where=where
    )
