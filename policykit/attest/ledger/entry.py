"""Entries: what the ledger says of a signed file. Its digest, its signature, and the key or certificate behind it; none of its words.

The form is that of Rekor v2 `hashedrekord/0.0.2` over the bytes that DSSE signs, so that other people's programs check it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any, Final, TypeAlias, cast

from policykit.attest.envelope import Envelope, pae
from policykit.attest.foreign import refused
from policykit.attest.publickey import Algorithm, PublicKey, accepted
from policykit.canon import canonical
from policykit.errors import LedgerError, VerificationError

Verifier: TypeAlias = PublicKey | bytes
"""What checks a signature: a key, or the certificate (DER) that holds one."""

KIND: Final = {"kind": "hashedrekord", "version": "0.0.2"}
_DETAILS: Final[Mapping[Algorithm, str]] = {"ed25519": "PKIX_ED25519", "ecdsa-p256": "PKIX_ECDSA_P256_SHA_256"}


def entry_of(envelope: Envelope, verifier: Verifier) -> bytes:
    """Return the one entry that stands for this signed file: canonical, so that anyone who holds the file can make it again."""
    return canonical(
        {
            "apiVersion": KIND["version"],
            "kind": KIND["kind"],
            "spec": {
                "hashedRekordV002": {
                    "data": {"algorithm": "SHA2_256", "digest": _base64(sha256(pae(envelope.payload)).digest())},
                    "signature": {"content": _base64(envelope.signature), "verifier": _verifier(verifier)},
                }
            },
        }
    )


def key_of(verifier: Verifier) -> PublicKey:
    """Return the key that checks the signature.

    Raises:
        VerificationError: reason `key`: the certificate holds one of a kind nobody accepts, or is none.
    """
    if isinstance(verifier, PublicKey):
        return verifier
    from cryptography.x509 import load_der_x509_certificate

    with refused(lambda: VerificationError("key", "the certificate in the file cannot be read")):
        return accepted(load_der_x509_certificate(verifier).public_key())


def verifier_in(entry: bytes) -> Verifier:
    """Return the key or certificate that an entry of the ledger names.

    Raises:
        LedgerError: reason `ledger_entry`: it is no entry of ours.
    """
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        said = cast("dict[str, Any]", json.loads(entry))["spec"]["hashedRekordV002"]["signature"]["verifier"]
        if "x509Certificate" in said:
            return base64.b64decode(said["x509Certificate"]["rawBytes"], validate=True)
        spki = base64.b64decode(said["publicKey"]["rawBytes"], validate=True)
        with refused(_not_ours):
            return accepted(load_der_public_key(spki))
    except (KeyError, TypeError, ValueError, RecursionError, binascii.Error, VerificationError) as error:
        raise _not_ours() from error


def verifier_for(envelope: Envelope, keys: Collection[PublicKey]) -> Verifier:
    """Return what checks a signed file: its certificate, or the one of `keys` that its signature fits.

    Raises:
        LedgerError: reason `ledger_signer`: no key at hand fits.
        VerificationError: reason `bad_signature`.
    """
    if envelope.certificate is not None:
        _expect_fit(envelope, key_of(envelope.certificate))
        return envelope.certificate
    named = [key for key in keys if envelope.hint in ("", key.hint)]
    fitting = next((key for key in named if key.verifies(envelope.signature, pae(envelope.payload))), None)
    if fitting is not None:
        return fitting
    if envelope.hint and named:
        _expect_fit(envelope, named[0])
    raise LedgerError(
        "ledger_signer",
        "no key at hand fits the signature of this file, so what it says cannot be logged as anybody's",
        hint="give the signer's public key with `--key`; the ledger then remembers it",
    )


def _not_ours() -> LedgerError:
    return LedgerError("ledger_entry", "the ledger holds an entry that is none of ours")


def _expect_fit(envelope: Envelope, key: PublicKey) -> None:
    if not key.verifies(envelope.signature, pae(envelope.payload)):
        raise VerificationError(
            "bad_signature",
            "the signature does not fit the file",
            hint="it was changed after signing, or signed by somebody else: do not use it",
        )


def _verifier(verifier: Verifier) -> Mapping[str, Any]:
    details = _DETAILS[key_of(verifier).algorithm]
    if isinstance(verifier, PublicKey):
        return {"keyDetails": details, "publicKey": {"rawBytes": _base64(verifier.spki)}}
    return {"keyDetails": details, "x509Certificate": {"rawBytes": _base64(verifier)}}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
