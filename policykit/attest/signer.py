"""A signer: whatever can put a signature under bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol, cast, runtime_checkable

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from policykit.attest.publickey import PublicKey, accepted
from policykit.errors import SigningError, VerificationError

_ENCRYPTED: Final = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_PLAIN: Final = b"-----BEGIN PRIVATE KEY-----"

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey


class Signer(Protocol):
    """Anything that signs: a key file, or a key in a cloud or a security module, behind the same two words."""

    @property
    def public(self) -> PublicKey:
        """Return the key that checks what this signs."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature over the message."""


@runtime_checkable
class SealsItself(Protocol):
    """A signer that makes the whole signed file, because what proves who signed is not a key: a keyless identity."""

    def sealed(self, payload: bytes) -> bytes:
        """Return the signed file, a Sigstore bundle v0.3."""


def signer(pem: bytes, password: bytes | None, *, where: str = "") -> KeySigner:
    """Return the signer whose PKCS#8 key is in the PEM text; `password` is not looked at for a plain one.

    Raises:
        SigningError: it is no key, it does not open, or it is of a kind nobody accepts.
    """
    pem = pem.strip()
    encrypted = pem.startswith(_ENCRYPTED)
    if not encrypted and not pem.startswith(_PLAIN):
        hint = "expected the text of a `NAME.key.pem` (PKCS#8); other forms: `openssl pkcs8 -topk8` turns them into it"
        raise SigningError("this is not a signing key", hint=hint, where=where)
    if encrypted and not password:
        hint = "set `POLICYKIT_KEY_PASSWORD`"
        raise SigningError("the signing key is encrypted and no password was given", hint=hint, where=where)
    try:
        private = load_pem_private_key(pem, password if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if encrypted:
            hint = "check `POLICYKIT_KEY_PASSWORD`; if it is right, the key file is damaged"
            raise SigningError("the password does not open the signing key", hint=hint, where=where) from error
        hint = "the text between its first and last line is damaged; take the key from your backup"
        raise SigningError("the signing key cannot be read", hint=hint, where=where) from error
    try:
        public = accepted(private.public_key())
    except VerificationError as error:
        raise SigningError(str(error), hint=error.hint, where=where) from error
    return KeySigner(public, cast("PrivateKey", private))  # its public half is of an accepted kind


@dataclass(frozen=True, slots=True)
class KeySigner:
    """A signer whose key is in this process's memory, and never in what it prints."""

    public: PublicKey
    private: PrivateKey = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Return the signature over the message."""
        match self.private:
            case Ed25519PrivateKey():
                return self.private.sign(message)
            case EllipticCurvePrivateKey():
                return self.private.sign(message, ECDSA(SHA256()))
