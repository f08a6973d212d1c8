"""The envelope: signed bytes in one file that other people's programs can check as well.

DSSE inside a Sigstore bundle v0.3, with one signature by one key or one identity, and proofs beside it. What is read is
exactly this form and no other, so that two programs never see two different things in one file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from policykit.attest.material import Material, added, read_material, written_material
from policykit.attest.members import as_object, base64_bytes, base64_text, only
from policykit.attest.ordinary import open_ordinary
from policykit.attest.quote import quoted
from policykit.attest.statement import PAYLOAD_TYPE
from policykit.attest.strict_json import strict_json
from policykit.canon import canonical
from policykit.errors import StorageError, VerificationError

if TYPE_CHECKING:
    from policykit.attest.signer import Signer

BUNDLE_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
LARGEST_REPORT: Final = 64 * 1024 * 1024

_VERSION: Final = re.compile(r"application/vnd\.dev\.sigstore\.bundle\.v([0-9]{1,9})\.([0-9]{1,9})\+json")
_MOST_VALUES: Final = 10_000  # an envelope says a dozen things, its proofs a few hundred


def pae(payload: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """Return the bytes that are really signed: type and payload, each with its length before it (DSSE v1, PAE)."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def seal(
    payload: bytes,
    signer: Signer,
    *,
    timestamps: Sequence[bytes] = (),
    tlog: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """Sign the payload and return the file to hand out: a Sigstore bundle v0.3 holding one signature.

    `timestamps` (DER of RFC 3161 tokens) and `tlog` (entries of ledgers) are proofs that lie beside the signature.
    """
    data = sealed(payload, signer.sign(pae(payload)), Material(signer.public.hint, None, (), ()))
    return with_proofs(data, timestamps=timestamps, tlog=tlog) if timestamps or tlog else data


def sealed(payload: bytes, signature: bytes, material: Material) -> bytes:
    """Return the file that holds a signature made elsewhere over `pae(payload)`."""
    return canonical(
        {
            "mediaType": BUNDLE_TYPE,
            "verificationMaterial": written_material(material),
            "dsseEnvelope": {
                "payload": base64_text(payload),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [{"sig": base64_text(signature)}],
            },
        }
    )


def with_proofs(data: bytes, *, timestamps: Sequence[bytes] = (), tlog: Sequence[Mapping[str, Any]] = ()) -> bytes:
    """Return the same signed bytes and the same signature, with proofs added beside them.

    A time stamp that is there already is not added twice; an entry takes the place of an older one of the same ledger.

    Raises:
        VerificationError: as `unseal`, of the file given and of the one made.
    """
    envelope = unseal(data)
    now = Material(envelope.hint, envelope.certificate, envelope.timestamps, envelope.tlog)
    made = sealed(envelope.payload, envelope.signature, added(now, timestamps=timestamps, tlog=tlog))
    unseal(made)
    return made


@dataclass(frozen=True, slots=True)
class Envelope:
    """A signed file taken apart, and nothing in it believed yet.

    `hint` says which key, by the file's own word; `certificate` (DER) stands in its place where an identity signed.
    `timestamps` are RFC 3161 tokens (DER), `tlog` the entries of ledgers as read, `raw` the file itself.
    """

    payload: bytes
    signature: bytes
    hint: str
    certificate: bytes | None = None
    timestamps: tuple[bytes, ...] = ()
    tlog: tuple[Mapping[str, Any], ...] = ()
    raw: bytes = b""


def read_report(path: Path, *, what: str = "the report") -> bytes:
    """Return the bytes of a signed file (`what` in messages), without reading one that is too large to be one.

    Raises:
        StorageError: it cannot be read.
        VerificationError: reason `size`.
    """
    try:
        with open_ordinary(path) as file:
            if os.fstat(file.fileno()).st_size > LARGEST_REPORT:
                raise _too_large(str(path))
            data = file.read(LARGEST_REPORT + 1)  # it may grow
    except OSError as error:
        raise StorageError(f"cannot read {what}: {(error.strerror or str(error)).lower()}", where=str(path)) from error
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
    bundle = as_object(strict_json(data, most_values=_MOST_VALUES), "the file")
    _check_version(bundle.get("mediaType"))
    only(bundle, "the file", {"mediaType", "verificationMaterial", "dsseEnvelope"})
    envelope = as_object(bundle["dsseEnvelope"], "`dsseEnvelope`")
    only(envelope, "`dsseEnvelope`", {"payload", "payloadType", "signatures"})
    if envelope["payloadType"] != PAYLOAD_TYPE:
        raise VerificationError(
            "payload_type", f"the signed bytes are {quoted(envelope['payloadType'])}, not `{PAYLOAD_TYPE}`"
        )
    payload = base64_bytes(envelope["payload"], "`payload`")
    signature = _signature(envelope["signatures"])
    material = read_material(bundle["verificationMaterial"])
    return Envelope(
        payload=payload,
        signature=signature,
        hint=material.hint,
        certificate=material.certificate,
        timestamps=material.timestamps,
        tlog=material.tlog,
        raw=data,
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
    signature = as_object(signatures[0], "a signature")
    only(signature, "a signature", {"sig"}, may={"keyid"})  # keyid is not signed, and never looked at
    return base64_bytes(signature["sig"], "`sig`")


def _too_large(where: str = "") -> VerificationError:
    """Return the refusal of a file that is too large to be a signed report."""
    return VerificationError(
        "size", f"the file is larger than {LARGEST_REPORT // 1024**2} MiB, which no signed report is", where=where
    )
