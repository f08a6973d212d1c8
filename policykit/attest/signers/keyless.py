"""Whether a workflow's identity really signed: its certificate, the logs that saw it, and the trusted time, all offline.

The file brings a short-lived certificate in place of a key. It counts where an authority of the trusted root issued it to
exactly this issuer and subject for signing code, a certificate log promised to show it (SCT), a transparency log holds the
signature, and a signed time lies within the certificate's minutes. Done by sigstore-python on a trusted root given as
bytes: no update of that root, no network.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from policykit.attest.envelope import BUNDLE_TYPE, Envelope, pae
from policykit.attest.foreign import refused
from policykit.attest.signers.certificate import Exactly, expect_signing, key_of, read_certificate
from policykit.attest.signers.remote import hush
from policykit.attest.statement import PAYLOAD_TYPE
from policykit.errors import VerificationError
from policykit.terms.trust import TrustIdentity

if TYPE_CHECKING:
    from sigstore.models import Bundle, TrustedRoot
    from sigstore.verify import Verifier


def verify_identity(envelope: Envelope, identity: TrustIdentity, root: bytes, payload: bytes) -> datetime:
    """Return the trusted time at which `identity` signed `payload`, by the trusted root (a Sigstore `trusted_root.json`).

    Where several signed times are there, each was checked and the earliest is returned.

    Raises:
        VerificationError: reasons `keyless_extra`, `keyless_root`, `certificate`, `bad_signature`, `keyless_time`,
            `transparency`, `identity`.
    """
    if envelope.certificate is None:
        raise VerificationError(
            "certificate",
            "the file is signed with a key, and an identity was to have signed it",
            hint="sign it with `--sign sigstore:` in the workflow that the trust file names",
        )
    certificate = read_certificate(envelope.certificate)
    if not key_of(certificate).verifies(envelope.signature, pae(payload)):
        raise VerificationError(
            "bad_signature",
            "the signature does not fit the report",
            hint="it was changed after signing, or signed by somebody else: do not use it",
        )
    trusted, verifier, logs = _opened(root)
    bundle = _bundle(envelope, payload, trusted, logs)
    times = _times(verifier, bundle)
    for at in times:
        expect_signing(certificate, at)
    _check_proofs(verifier, bundle, identity, payload)
    return min(times)


def _opened(root: bytes) -> tuple[TrustedRoot, Verifier, Collection[bytes]]:
    try:
        from sigstore.models import TrustedRoot
        from sigstore.verify import Verifier
        from sigstore_models.trustroot.v1 import TrustedRoot as Document
    except ImportError as error:
        raise VerificationError(
            "keyless_extra",
            "checking who signed without a key needs a library that is not installed",
            hint="install policykit with the extra `sigstore`: docs/install.md",
        ) from error
    hush()
    with refused(_rootless):
        document = Document.from_json(root)
        trusted = TrustedRoot(document)
        verifier = Verifier(trusted_root=trusted)
        trusted.get_timestamp_authorities()
        if not document.ctlogs:
            raise _rootless()
    return trusted, verifier, {log.log_id.key_id for log in document.tlogs}


def _bundle(envelope: Envelope, payload: bytes, trusted: TrustedRoot, logs: Collection[bytes]) -> Bundle:
    """Return what we read as the library's own object, from our reading and not from the file's: there is one reading only.

    Entries of ledgers that the root does not name are left out: the report may lie in ours as well.
    """
    from sigstore.models import Bundle

    named = {_base64(log) for log in logs}
    entries = [_whole(entry) for entry in envelope.tlog if entry["logId"]["keyId"] in named]
    if len(entries) != 1:
        raise VerificationError(
            "transparency",
            f"the file has {len(entries) or 'no'} entries of transparency logs that the trusted root names, instead of one",
            hint="sign it again, or ask for the root of the instance that it was signed with",
        )
    _check_size(entries[0])
    stamps = _decodable(envelope.timestamps) if trusted.get_timestamp_authorities() else ()
    if not stamps and not ("inclusionPromise" in entries[0] and entries[0].get("integratedTime", "0") != "0"):
        raise _untimed()
    said = {
        "mediaType": BUNDLE_TYPE,
        "verificationMaterial": {
            "certificate": {"rawBytes": _base64(envelope.certificate or b"")},
            "tlogEntries": entries,
            "timestampVerificationData": {
                "rfc3161Timestamps": [{"signedTimestamp": _base64(stamp)} for stamp in stamps]
            },
        },
        "dsseEnvelope": {
            "payload": _base64(payload),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": _base64(envelope.signature)}],
        },
    }
    with refused(_unproven):
        return Bundle.from_json(json.dumps(said))


def _check_size(entry: Mapping[str, Any]) -> None:
    """Refuse a proof for a tree of another size than the log signed, which the library does not compare."""
    proof = entry.get("inclusionProof", {})
    if proof and proof["checkpoint"]["envelope"].split("\n")[1:2] != [proof["treeSize"]]:
        raise _unproven()


def _decodable(stamps: tuple[bytes, ...]) -> tuple[bytes, ...]:
    from rfc3161_client import decode_timestamp_response

    with refused(_untimed):
        for stamp in stamps:
            decode_timestamp_response(stamp)
    return stamps


def _times(verifier: Verifier, bundle: Bundle) -> list[datetime]:
    """Return every signed time; the one of a log counts only once its promise was checked, in `_check_proofs`."""
    with refused(_untimed):
        times = [found.time for found in verifier._establish_time(bundle)]
    if not times:
        raise _untimed()
    return times


def _check_proofs(verifier: Verifier, bundle: Bundle, identity: TrustIdentity, payload: bytes) -> None:
    from sigstore.errors import CertValidationError

    with refused(_unproven):
        try:
            kind, signed = verifier.verify_dsse(bundle, Exactly(identity))
        except CertValidationError as error:
            raise VerificationError(
                "certificate",
                "the certificate was not issued by an authority of the trusted root",
                hint="ask for the root of the instance that it was signed with, and who signed it",
            ) from error
    if (kind, signed) != (PAYLOAD_TYPE, payload):
        raise _unproven()


def _whole(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with what JSON of protobuf leaves out: zeroes and empty lists."""
    proof = {"logIndex": "0", "hashes": [], **entry["inclusionProof"]} if "inclusionProof" in entry else None
    return {"logIndex": "0", **entry, **({"inclusionProof": proof} if proof else {})}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _rootless() -> VerificationError:
    return VerificationError(
        "keyless_root",
        "the trusted root cannot be used: it must name a certificate authority, a certificate log and a transparency log",
        hint="expected a `trusted_root.json` of Sigstore, as `cosign trusted-root create` writes it",
    )


def _untimed() -> VerificationError:
    return VerificationError(
        "keyless_time",
        "no trusted time says when the file was signed",
        hint="sign it again, with a time stamp authority that the trusted root names",
    )


def _unproven() -> VerificationError:
    return VerificationError(
        "transparency",
        "the proof that the logs hold this certificate and this signature is missing, damaged, or of other logs",
        hint="fetch the file again from where it was signed; if it stays so, do not use it",
    )
