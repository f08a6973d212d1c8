"""Time stamps: an authority's word that a signature was there at a time (RFC 3161). The network is asked only where a URL is given."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from policykit.attest.foreign import refused
from policykit.errors import LedgerError, StorageError, UsageError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

LARGEST_TOKEN: Final = 64 * 1024
_SHA256: Final = "2.16.840.1.101.3.4.2.1"
LONGEST: Final = 20.0  # seconds until an authority has answered

_BARE = "ask the authority for a time stamp without certificates in it: the trust file holds them"
_ASK = "ask for a new time stamp, and check that the certificates are those of the authority that made it"


def stamped_at(token: bytes, signature: bytes, certificates: bytes) -> datetime:
    """Return when the signature was shown to an authority, once its token over the SHA-256 of the signature holds.

    `token` is a TimeStampResp in DER; `certificates` are the authority's in PEM: its own, and those that issued it up to the
    root. They have to be valid at the time stamped, not now.

    Raises:
        LedgerError: reason `timestamp`.
    """
    from rfc3161_client import VerificationError, VerifierBuilder

    response = _decoded(token)
    told = ""
    for leaf, roots, between in _chains(certificates):
        with refused(_unreadable):
            try:
                VerifierBuilder(tsa_certificate=leaf, roots=roots, intermediates=between).build().verify(
                    response, sha256(signature).digest()
                )
            except (VerificationError, ValueError) as error:
                told = str(error).partition("\n")[0]
                continue
            if response.tst_info.message_imprint.hash_algorithm.dotted_string != _SHA256:
                raise _refused("the time stamp is over another digest of the signature than its SHA-256")
        found: datetime = response.tst_info.gen_time
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    raise _refused(f"the time stamp does not hold for this signature and this authority: {_plain(told)}")


def stamp(signature: bytes, url: str) -> bytes:
    """Return the time stamp over the SHA-256 of the signature that the authority at `url` gives: a TimeStampResp in DER.

    It says what was asked and was granted; whether it is the authority's own is for `stamped_at` with its certificates.

    Raises:
        UsageError: the URL is none of `http:` or `https:`.
        StorageError: the authority cannot be reached, or does not answer in time.
        LedgerError: reason `timestamp`: the answer is no time stamp of this signature.
    """
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    asked = (
        TimestampRequestBuilder().data(signature).hash_algorithm(HashAlgorithm.SHA256).cert_request(cert_request=False)
    ).build()
    token = _posted(url, asked.as_bytes())
    response = _decoded(token)
    if response.status != 0:
        raise _refused("the authority refused to give a time stamp")
    info = response.tst_info
    if info.message_imprint.message != sha256(signature).digest() or info.nonce != asked.nonce:
        raise _refused("the authority stamped something else than it was asked to")
    return token


def expect_address(url: str) -> None:
    """Refuse what is no URL of `http:` or `https:`."""
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"`{url[:200]}` is not the address of an authority", hint="write `https://…`")


def _posted(url: str, request: bytes) -> bytes:
    """Return the answer of the authority; redirects are not followed, and neither size nor time is without end."""
    from http.client import HTTPException
    from urllib.error import URLError
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class Stay(HTTPRedirectHandler):
        def redirect_request(self, *_: Any, **__: Any) -> None:
            return None

    expect_address(url)
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    until, found = time.monotonic() + LONGEST, b""
    try:
        with build_opener(Stay).open(Request(url, request, headers), timeout=LONGEST / 2) as answer:
            while part := answer.read1(LARGEST_TOKEN):
                found += part
                if len(found) > LARGEST_TOKEN:
                    raise _refused("the authority's answer is larger than any time stamp")
                if time.monotonic() > until:
                    raise TimeoutError
    except (URLError, HTTPException, TimeoutError, OSError, ValueError) as error:
        why = getattr(error, "reason", None) or error
        told = "it did not answer in time" if isinstance(why, TimeoutError) else _plain(str(why)) or "no answer"
        raise StorageError(
            f"cannot get a time stamp: {told}",
            hint="check the address and the network, or leave `--timestamp` out; nothing was written",
            where=url[:200],
        ) from error
    return found


def _decoded(token: bytes) -> Any:
    from rfc3161_client import decode_timestamp_response

    if len(token) > LARGEST_TOKEN:
        raise _refused("it is larger than any time stamp")
    with refused(_unreadable):
        try:
            response = decode_timestamp_response(token)
        except ValueError as error:
            if "InvalidSetOrdering" in str(error):
                raise LedgerError(
                    "timestamp", "the certificates inside it are not in the order of DER", hint=_BARE
                ) from error
            raise
        if response.status == 0:
            _ = response.tst_info.gen_time
    return response


def _chains(pem: bytes) -> Iterator[tuple[Certificate, list[Certificate], list[Certificate]]]:
    """Return each certificate that may stamp, with the roots and the ones between."""
    from cryptography.x509 import load_pem_x509_certificates

    with refused(lambda: _refused("the authority's certificates cannot be read")):
        every = load_pem_x509_certificates(pem)
        roots = [each for each in every if each.issuer == each.subject]
        leaves = [each for each in every if _stamps(each)]
    if not roots or not leaves:
        lack = "its root" if leaves else "one that may stamp"
        raise _refused(f"the authority's certificates lack {lack}")
    for leaf in leaves:
        yield leaf, roots, [each for each in every if each not in roots and each != leaf]


def _stamps(certificate: Certificate) -> bool:
    from cryptography.x509 import ExtendedKeyUsage, ExtensionNotFound
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        used = certificate.extensions.get_extension_for_class(ExtendedKeyUsage)
    except (ExtensionNotFound, ValueError):
        return False
    return ExtendedKeyUsageOID.TIME_STAMPING in used.value


def _plain(text: str) -> str:
    return "".join(mark if mark.isprintable() else " " for mark in text)[:200].strip().lower()


def _unreadable() -> LedgerError:
    return _refused("it is not a time stamp of RFC 3161")


def _refused(why: str) -> LedgerError:
    return LedgerError("timestamp", why, hint=_ASK)
