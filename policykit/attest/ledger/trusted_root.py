"""The ledger's keys in the form that Sigstore's own programs ask for: `trusted_root.json`."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from policykit.attest.ledger.note import log_id
from policykit.attest.publickey import PublicKey
from policykit.errors import VerificationError

_ALWAYS = {"start": "1970-01-01T00:00:00Z"}


def trusted_root(origin: str, key: PublicKey, *, timestamp_authority: bytes | None = None) -> Mapping[str, Any]:
    """Return the trusted root that lets cosign and others check proofs of this ledger, and time stamps of an authority.

    `timestamp_authority` are its certificates in PEM: its own first, then those that issued it, the root last.

    Raises:
        VerificationError: reason `key`: the certificates cannot be read.
    """
    said: dict[str, Any] = {
        "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "tlogs": [
            {
                "baseUrl": f"https://{origin}",
                "hashAlgorithm": "SHA2_256",
                "publicKey": {"rawBytes": _base64(key.spki), "keyDetails": "PKIX_ED25519", "validFor": _ALWAYS},
                "logId": {"keyId": _base64(log_id(origin, key))},
            }
        ],
    }
    if timestamp_authority is not None:
        said["timestampAuthorities"] = [_authority(timestamp_authority)]
    return said


def _authority(pem: bytes) -> Mapping[str, Any]:
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import load_pem_x509_certificates
    from cryptography.x509.oid import NameOID

    try:
        chain = load_pem_x509_certificates(pem)
    except ValueError as error:
        raise VerificationError(
            "key", "these are not certificates", hint="give the authority's certificates in PEM, the root last"
        ) from error
    names = chain[0].subject
    common = [str(each.value) for each in names.get_attributes_for_oid(NameOID.COMMON_NAME)]
    organization = [str(each.value) for each in names.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
    return {
        "subject": {"organization": "".join(organization[:1]), "commonName": "".join(common[:1])},
        "uri": "",
        "certChain": {"certificates": [{"rawBytes": _base64(each.public_bytes(Encoding.DER))} for each in chain]},
        "validFor": _ALWAYS,
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
