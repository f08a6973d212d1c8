"""The certificate that stands in a file in place of a key: for whom, for what, for how long."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from policykit.attest.foreign import refused
from policykit.attest.publickey import PublicKey, accepted
from policykit.attest.quote import quoted
from policykit.errors import VerificationError
from policykit.terms.trust import TrustIdentity

_ISSUER: Final = ObjectIdentifier("1.3.6.1.4.1.57264.1.8")  # a DER UTF8String; Fulcio's docs/oid-info.md
_ISSUER_BEFORE: Final = ObjectIdentifier("1.3.6.1.4.1.57264.1.1")  # the same, as bare bytes
_USERNAME: Final = ObjectIdentifier("1.3.6.1.4.1.57264.1.7")
_UTF8_STRING: Final = 0x0C


def read_certificate(der: bytes) -> x509.Certificate:
    """Return the certificate in the bytes of a stranger.

    Raises:
        VerificationError: reason `certificate`.
    """
    with refused(_unreadable):
        certificate = x509.load_der_x509_certificate(der)
        _ = certificate.extensions, certificate.not_valid_after_utc, certificate.public_key()
    return certificate


def _unreadable() -> VerificationError:
    return VerificationError("certificate", "the certificate in the file cannot be read")


def key_of(certificate: x509.Certificate) -> PublicKey:
    """Return the key that the certificate is for: ECDSA P-256, which identities sign with.

    Raises:
        VerificationError: reason `certificate`.
    """
    try:
        key = accepted(certificate.public_key())
    except VerificationError as error:
        raise VerificationError("certificate", f"the certificate is for a key of another kind: {error}") from error
    if key.algorithm != "ecdsa-p256":
        raise VerificationError(
            "certificate", "the certificate is not for an ECDSA P-256 key, which identities sign with"
        )
    return key


def expect_signing(certificate: x509.Certificate, at: datetime) -> None:
    """Refuse a certificate outside its minutes, or for something else than signing code.

    Raises:
        VerificationError: reason `certificate`.
    """
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise VerificationError(
            "certificate",
            f"the certificate was not valid at {at:%Y-%m-%dT%H:%M:%SZ}, when the file was signed",
            hint="sign it again: such a certificate is good for some minutes only",
        )
    try:
        signs = certificate.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        signs, usages = False, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    if not signs or ExtendedKeyUsageOID.CODE_SIGNING not in usages:
        raise VerificationError("certificate", "the certificate was not issued for signing code")


class Exactly:
    """The one identity that counts: this issuer and this subject, letter by letter."""

    def __init__(self, identity: TrustIdentity) -> None:
        self._identity = identity

    def verify(self, cert: x509.Certificate) -> None:
        """Refuse every other; called once the certificate is known to come from the root's authority."""
        for what, said, wanted in zip(
            ("subject", "issuer"),
            reversed(stated(cert)),
            (self._identity.subject, self._identity.issuer),
            strict=True,
        ):
            if said != wanted:
                raise VerificationError(
                    "identity",
                    f"the file was signed by the {what} {quoted(said, longest=300)}, and `{wanted}` is accepted",
                    hint="sign it in the workflow that the trust file names, or have the trust file changed",
                )


def stated(certificate: x509.Certificate) -> tuple[str, str]:
    """Return issuer and subject; a certificate that states none of them, or several, states nothing.

    Raises:
        VerificationError: reason `identity`.
    """
    names: list[str] = []
    issuers: set[str] = set()
    try:
        for extension in certificate.extensions:
            value = extension.value
            if isinstance(value, x509.SubjectAlternativeName):
                names.extend(_name(name) for name in value)
            elif isinstance(value, x509.UnrecognizedExtension) and extension.oid == _ISSUER:
                issuers.add(_utf8_string(value.value))
            elif isinstance(value, x509.UnrecognizedExtension) and extension.oid == _ISSUER_BEFORE:
                issuers.add(value.value.decode("utf-8"))
    except ValueError as error:
        raise VerificationError(
            "identity", "the certificate states who signed in a form that cannot be read"
        ) from error
    if len(names) != 1 or len(issuers) != 1:
        raise VerificationError("identity", "the certificate does not state one subject and one issuer")
    return issuers.pop(), names[0]


def _name(name: x509.GeneralName) -> str:
    match name:
        case x509.UniformResourceIdentifier() | x509.RFC822Name():
            return name.value
        case x509.OtherName() if name.type_id == _USERNAME:
            return _utf8_string(name.value)
        case _:
            raise ValueError("another kind of name")


def _utf8_string(der: bytes) -> str:
    """Return the text of a DER UTF8String (X.690, 8.1.3 and 8.23), which is all there may be."""
    tag, size, start = der[0] if der else 0, der[1] if len(der) > 1 else 0, 2
    if size & 0x80:
        start = 2 + (size & 0x7F)
        size = int.from_bytes(der[2:start])
    if tag != _UTF8_STRING or len(der) != start + size:
        raise ValueError("not one UTF8String")
    return der[start:].decode("utf-8")
