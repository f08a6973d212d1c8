"""A signer whose private key never comes here: asked through securesystemslib, and believed only as far as its key checks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from policykit.attest.publickey import PublicKey, accepted
from policykit.errors import SigningError, VerificationError

Answer = TypeVar("Answer")

PATIENCE: Final = 60.0  # seconds; the clouds' own libraries wait and try again for minutes


@dataclass(frozen=True, slots=True)
class RemoteSigner:
    """A key somewhere else. `name` is what the user called it, without anything that could be a secret."""

    public: PublicKey
    name: str
    ask: Callable[[bytes], bytes] = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Return the signature over the message, once it was seen to fit.

        Raises:
            SigningError: no answer, a refusal, or a signature that its own public key does not confirm.
        """
        signature = self.ask(message)
        if not self.public.verifies(signature, message):
            raise SigningError(
                f"`{self.name}` gave a signature that does not fit its own public key",
                hint="the key may have been replaced in this moment: try again, and ask its owners if it stays so",
            )
        return signature


def answered(call: Callable[[], Answer], *, name: str, task: str, hint: str, seconds: float = PATIENCE) -> Answer:
    """Return what a service answers within `seconds`, or one plain error in place of whatever its library raises.

    A library's own words may quote requests, addresses and tokens, so only codes that cannot be secrets are passed on.

    Raises:
        SigningError: see the message.
    """
    hush()
    result: list[Answer] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            result.append(call())
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
            failure.append(error)

    asking = threading.Thread(target=run, daemon=True)  # one that never answers must not keep the process
    asking.start()
    asking.join(seconds)
    if result:
        return result[0]
    if not failure:
        raise SigningError(f"`{name}` did not {task} within {seconds:g} seconds", hint=hint)
    if isinstance(failure[0], SigningError):
        raise failure[0]
    said = _code(failure[0])
    raise SigningError(f"`{name}` did not {task}{f' ({said})' if said else ''}", hint=hint) from None


def public_of(key: Any, *, name: str) -> PublicKey:
    """Return a key of securesystemslib as one of ours.

    Raises:
        SigningError: it is of a kind that not every verifier accepts.
    """
    said = key.keyval["public"]
    try:
        if key.keytype == "ed25519":
            return accepted(Ed25519PublicKey.from_public_bytes(bytes.fromhex(said)))
        return accepted(load_pem_public_key(said.encode("ascii")))
    except VerificationError as error:
        hint = (
            "make a key for signing of the kind ed25519 or ECDSA P-256 (the clouds call it `EC_SIGN_P256` or the like)"
        )
        raise SigningError(f"`{name}`: {error}", hint=hint) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SigningError(f"`{name}` gave a public key that cannot be read") from error


def missing_extra(extra: str, kind: str) -> SigningError:
    """Return the error that names the extra to install."""
    return SigningError(
        f"signers of the kind `{kind}:` need libraries that are not installed",
        hint=f"install policykit with the extra `{extra}`: docs/install.md",
    )


def library_class(name: str) -> Any:
    """Return a class of securesystemslib, or None where the library itself is not installed."""
    try:
        from securesystemslib import signer
    except ImportError:
        return None
    return getattr(signer, name)


def hush() -> None:
    """Keep what the libraries log off the screen, unless somebody set up logging to see it."""
    for name in ("securesystemslib", "sigstore", "tuf"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


_CODES: Final[Mapping[str, str]] = {
    "NoCredentialsError": "no credentials were found",
    "PartialCredentialsError": "the credentials are not complete",
    "NoRegionError": "no region is set",
    "EndpointConnectionError": "it cannot be reached",
    "ConnectTimeoutError": "it cannot be reached",
    "ReadTimeoutError": "it did not answer",
    "ConnectionError": "it cannot be reached",
    "ConnectTimeout": "it cannot be reached",
    "ReadTimeout": "it did not answer",
    "DefaultCredentialsError": "no credentials were found",
    "ClientAuthenticationError": "the credentials were refused",
    "CredentialUnavailableError": "no credentials were found",
    "PermissionDenied": "permission was refused",
    "NotFound": "there is no such key",
    "ResourceNotFoundError": "there is no such key",
    "Forbidden": "permission was refused",
    "InvalidPath": "there is no such key",
    "VaultDown": "the vault is sealed or down",
    "UnsupportedAlgorithmError": "its key is of a kind that is not accepted: only ed25519 and ECDSA P-256 are",
    "UnsupportedKeyType": "its key is of a kind that is not accepted: only ed25519 and ECDSA P-256 are",
    "FulcioClientError": "the certificate authority refused",
    "ExpiredCertificate": "the certificate has run out",
    "RekorClientError": "the transparency log refused",
    "IdentityError": "the identity token is not one, or not for this",
    "ExpiredIdentity": "the identity token has run out",
    "TUFError": "its root of trust could not be fetched",
    "PinIncorrect": "the PIN is wrong",
    "PinLenRange": "the PIN is wrong",
    "PinInvalid": "the PIN is wrong",
    "PinLocked": "the PIN is locked",
    "TokenNotPresent": "there is no token",
    "DeviceRemoved": "the token was taken out",
}


def _code(error: BaseException) -> str:
    """Return what went wrong, in words of ours or in the code of the service: never in a sentence of somebody else's."""
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):  # botocore: {"Error": {"Code": "AccessDeniedException", "Message": …}}
        code = response.get("Error", {}).get("Code")
        if isinstance(code, str) and code.isascii() and code.isalpha() and len(code) <= 64:
            return code
    for kind in type(error).__mro__:
        if kind.__name__ in _CODES:
            return _CODES[kind.__name__]
    return ""
