"""The public half of a key: whose signature is accepted."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Final, Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from policykit.canon import digest
from policykit.errors import VerificationError

Algorithm = Literal["ed25519", "ecdsa-p256"]

LARGEST_KEY_FILE: Final = 64 * 1024


def public_key(pem: bytes, *, where: str = "") -> PublicKey:
    """Return the public key that the PEM text (SubjectPublicKeyInfo, ed25519 or ECDSA P-256) holds.

    Raises:
        VerificationError: reason `key`: it is a private key, another kind of key, or no key at all.
    """
    if b"PRIVATE KEY-----" in pem:
        raise VerificationError(
            "key",
            "this is a private key, and a signature is checked with the public one",
            hint="give the `NAME.pub.pem` that was made with it, and keep this file to yourself",
            where=where,
        )
    if not pem.lstrip().startswith(b"-----BEGIN PUBLIC KEY-----") or len(pem) > LARGEST_KEY_FILE:
        raise _no_public_key(where)
    try:
        return accepted(load_pem_public_key(pem))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _no_public_key(where) from error
    except VerificationError as error:
        error.where = where
        raise


def accepted(key: object) -> PublicKey:
    """Return the key as one of ours, if it is of a kind that every verifier accepts.

    Raises:
        VerificationError: reason `key`.
    """
    match key:
        case Ed25519PublicKey():
            algorithm: Algorithm = "ed25519"
        case EllipticCurvePublicKey(curve=SECP256R1()):
            algorithm = "ecdsa-p256"
        case _:
            raise VerificationError(
                "key",
                f"{_kind(key)} keys are not accepted: only ed25519 and ECDSA P-256 are",
                hint="other programs that check our files refuse them too; make a key with `policykit keys new`",
            )
    return PublicKey(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), algorithm)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that checks signatures. `spki` is its SubjectPublicKeyInfo in DER, which is all of its identity."""

    spki: bytes
    algorithm: Algorithm

    @property
    def id(self) -> str:
        """Return the SHA-256 of the key as lower-case hex: the one name a key has."""
        return digest(self.spki)

    @property
    def hint(self) -> str:
        """Return the id as a Sigstore bundle writes it."""
        return base64.b64encode(bytes.fromhex(self.id)).decode("ascii")

    @property
    def pem(self) -> bytes:
        """Return the key as text to hand out."""
        return load_der_public_key(self.spki).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Say whether the signature was made over exactly this message by the other half of this key."""
        key = load_der_public_key(self.spki)
        try:
            if isinstance(key, Ed25519PublicKey):
                key.verify(signature, message)
            elif isinstance(key, EllipticCurvePublicKey):
                key.verify(signature, message, ECDSA(SHA256()))
            else:
                return False
        except InvalidSignature:
            return False
        return True


def _kind(key: object) -> str:
    if isinstance(key, EllipticCurvePublicKey):
        return f"ECDSA {key.curve.name}"
    return re.sub(r"(Public|Private)Key$", "", type(key).__name__.lstrip("_")) or "such"


def _no_public_key(where: str) -> VerificationError:
    return VerificationError(
        "key",
        "this is not a public key",
        hint="expected the text of a `NAME.pub.pem`, which begins with `-----BEGIN PUBLIC KEY-----`",
        where=where,
    )
