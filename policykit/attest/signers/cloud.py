"""Keys in the key service of a cloud, or in a Vault: the public half is fetched, and each signature asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from policykit.attest.publickey import PublicKey
from policykit.attest.signers.remote import RemoteSigner, answered, library_class, missing_extra, public_of
from policykit.errors import SigningError


class _Kind(NamedTuple):
    """A service: the class of securesystemslib that speaks to it, the form of its names, and what it wants to know."""

    asked: str
    form: re.Pattern[str]
    like: str
    hint: str


_WORD = r"[A-Za-z0-9_.-]+"
_KINDS: Final[Mapping[str, _Kind]] = {
    "awskms": _Kind(
        "AWSSigner",
        re.compile(r"(?P<key>[A-Za-z0-9:/_-]+)", re.ASCII),
        "awskms:alias/NAME`, a key id or an ARN, as in `awskms:alias/release",
        "check the key, the region (`AWS_DEFAULT_REGION`), the credentials, and the rights kms:GetPublicKey and kms:Sign",
    ),
    "gcpkms": _Kind(
        "GCPSigner",
        re.compile(rf"(?P<key>projects/[A-Za-z0-9_.:-]+/locations/{_WORD}/keyRings/{_WORD}/cryptoKeys/{_WORD}/cryptoKeyVersions/\d+)"),
        "gcpkms:projects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/1",
        "check the key, the credentials (`GOOGLE_APPLICATION_CREDENTIALS`), and the roles publicKeyViewer and signer",
    ),
    "azurekms": _Kind(
        "AzureSigner",
        re.compile(r"(?P<vault>[A-Za-z0-9-]+)\.vault\.azure\.net/keys/(?P<key>[A-Za-z0-9-]+)(/(?P<version>[0-9a-f]+))?"),
        "azurekms://VAULT.vault.azure.net/keys/NAME",
        "check the vault, the key, the credentials, and the role Key Vault Crypto User",
    ),
    "hv": _Kind(
        "VaultSigner",
        re.compile(rf"(?P<key>{_WORD})(/(?P<version>\d+))?"),
        "hv:NAME",
        "check `VAULT_ADDR` and `VAULT_TOKEN`, and that the transit engine holds an ed25519 key of that name",
    ),
}  # fmt: skip


def cloud_signer(scheme: str, rest: str) -> RemoteSigner:
    """Return the signer for a key in the service that `scheme` names, with the public key that the service states.

    Raises:
        SigningError: see `signer_by_uri`.
    """
    kind = _KINDS[scheme]
    named = kind.form.fullmatch(rest.lstrip("/"))
    if named is None:
        raise SigningError(f"this names no key of `{scheme}:`", hint=f"expected `{kind.like}`")
    name = f"{scheme}:{'//' if scheme == 'azurekms' else ''}{named.group()}"
    asked = library_class(kind.asked)
    if asked is None:
        raise missing_extra("kms", scheme)
    where = [named["vault"], named["key"]] if scheme == "azurekms" else [named["key"]]

    def opened() -> tuple[str, PublicKey, Any]:
        from securesystemslib.exceptions import UnsupportedLibraryError

        try:
            uri, key = asked.import_(*where)
        except UnsupportedLibraryError:
            raise missing_extra("kms", scheme) from None
        return uri, public_of(key, name=name), asked.from_priv_key_uri(uri, key)

    uri, public, signer = answered(opened, name=name, task="give its public key", hint=kind.hint)
    _expect_version(named, uri, name)

    def ask(message: bytes) -> bytes:
        made = answered(lambda: signer.sign(message), name=name, task="sign", hint=kind.hint)
        return bytes.fromhex(made.signature)

    return RemoteSigner(public, name, ask)


def _expect_version(named: re.Match[str], uri: str, name: str) -> None:
    """Refuse an older version than the newest, which is the only one that these services give the public key of."""
    asked = named.groupdict().get("version")
    newest = uri.rpartition("/")[2]
    if asked and asked != newest:
        raise SigningError(
            f"`{name}` is not the newest version of that key, which is `{newest}`", hint="leave the version out"
        )
