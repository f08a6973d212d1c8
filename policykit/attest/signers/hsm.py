"""Keys in a security module or on a smart card, through its PKCS#11 library."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl

from policykit.attest.publickey import PublicKey
from policykit.attest.signers.remote import RemoteSigner, answered, library_class, missing_extra, public_of
from policykit.errors import SigningError

_FORM: Final = re.compile(r"(?P<key>\d{0,9})(\?label=(?P<label>[^&]{1,96}))?")
_HINT: Final = (
    "`PYKCS11LIB` names the PKCS#11 library, `POLICYKIT_KEY_PASSWORD` holds the PIN, and the key is ECDSA P-256"
)
_MINUTES: Final = 180.0  # seconds: somebody may have to touch the token


def hsm_signer(rest: str, pin: bytes | None) -> RemoteSigner:
    """Return the signer for the key `hsm:ID?label=TOKEN`; without an id it is key 2, without a label the only token.

    Raises:
        SigningError: no library, no token, no such key, or one of a kind nobody accepts.
    """
    named = _FORM.fullmatch(rest)
    if named is None:
        raise SigningError("this names no key of `hsm:`", hint="expected `hsm:KEYID?label=TOKEN`, as in `hsm:2`")
    name = f"hsm:{named['key']}"
    asked = library_class("HSMSigner")
    if asked is None:
        raise missing_extra("hsm", "hsm")
    if not os.environ.get("PYKCS11LIB"):  # where the library looks
        raise SigningError("the variable `PYKCS11LIB` is not set", hint="it names the PKCS#11 library of your token")
    label = dict(parse_qsl(f"label={named['label']}")).get("label") if named["label"] else None
    secret = _secret(pin)

    def opened() -> tuple[PublicKey, Any]:
        from securesystemslib.exceptions import UnsupportedLibraryError

        try:
            uri, key = asked.import_(int(named["key"]) if named["key"] else None, label, secret)
        except UnsupportedLibraryError:
            raise missing_extra("hsm", "hsm") from None
        return public_of(key, name=name), asked.from_priv_key_uri(uri, key, secret)

    public, signer = answered(opened, name=name, task="give its public key", hint=_HINT, seconds=_MINUTES)

    def ask(message: bytes) -> bytes:
        made = answered(lambda: signer.sign(message), name=name, task="sign", hint=_HINT, seconds=_MINUTES)
        return bytes.fromhex(made.signature)

    return RemoteSigner(public, name, ask)


def _secret(pin: bytes | None) -> Callable[[str], str]:
    def told(_: str) -> str:
        if not pin:
            raise SigningError("the token asks for its PIN", hint="set `POLICYKIT_KEY_PASSWORD` to it")
        return pin.decode("utf-8", "replace")

    return told
