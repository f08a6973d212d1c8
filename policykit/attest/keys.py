"""Keys on disk: made, and read again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from policykit.attest.ordinary import open_ordinary
from policykit.attest.publickey import LARGEST_KEY_FILE, Algorithm, PublicKey, accepted, public_key
from policykit.errors import SigningError, StorageError, UsageError

if TYPE_CHECKING:
    from policykit.attest.signer import Signer

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_URI: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def new_key(name: str, folder: Path, password: bytes | None, *, algorithm: Algorithm = "ed25519") -> tuple[Path, Path]:
    """Make a signing key and its public half: `NAME.key.pem` to keep, `NAME.pub.pem` to hand out.

    The key file is PKCS#8, encrypted with `password` unless that is None, readable by its owner alone. Both files
    appear whole or not at all, and never replace a file that is there.

    Raises:
        UsageError: the name is not a plain file name, or the password is empty.
        UsageError: one of the files exists already.
        StorageError: the folder cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"`{name}` cannot be the name of a key",
            hint="use letters, digits, `.`, `_` and `-`, starting with a letter or digit, at most 64 of them",
        )
    if password == b"":
        raise UsageError(
            "the password of the key is empty", hint="set `POLICYKIT_KEY_PASSWORD`, or ask for `--unencrypted`"
        )
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from policykit.attest.encrypted import encrypted_pem
    from policykit.attest.keyfile import write_pair

    private = generate_private_key(SECP256R1()) if algorithm == "ecdsa-p256" else Ed25519PrivateKey.generate()
    if password is None:
        text = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    else:
        text = encrypted_pem(private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), password)
    return write_pair(
        (folder / f"{name}.key.pem", text),
        (folder / f"{name}.pub.pem", accepted(private.public_key()).pem),
    )


def load_signer(source: str, password: bytes | None, environment: Mapping[str, str] = _NOTHING) -> Signer:
    """Return the signer that `source` names: the path of a key file, `file:PATH`, `env:VARIABLE` holding the text of one,
    or the URI of a key elsewhere, such as `awskms:alias/release` (docs/signing.md has them all).

    `password` opens an encrypted key, or a security module. `environment` is where `env:` looks.

    Raises:
        SigningError: the key is not there, open to others, encrypted and not opened, or of a kind nobody accepts.
    """
    from policykit.attest.keyfile import read_private
    from policykit.attest.signer import signer

    scheme = _URI.match(source)
    if scheme is None or scheme.group(1) == "file":
        return signer(read_private(Path(re.sub("^file:(//)?", "", source))), password, where=source)
    if scheme.group(1) != "env":
        from policykit.attest.signers.by_uri import signer_by_uri  # libraries of clouds and tokens, on use

        return signer_by_uri(source, password, environment)
    name = source.removeprefix("env:")
    if not environment.get(name):
        raise SigningError(
            f"the variable `{name}` is not set", hint="it must hold the text of a `NAME.key.pem`", where=source
        )
    return signer(environment[name].encode("utf-8", "replace"), password, where=source)


def load_public_key(path: Path) -> PublicKey:
    """Read the public key that a report must be signed with.

    Raises:
        StorageError: the file cannot be read.
        VerificationError: reason `key`, as `public_key`.
    """
    try:
        with open_ordinary(path) as file:
            pem = file.read(LARGEST_KEY_FILE + 1)
    except OSError as error:
        raise StorageError(
            f"cannot read the public key: {(error.strerror or str(error)).lower()}", where=str(path)
        ) from error
    return public_key(pem, where=str(path))
