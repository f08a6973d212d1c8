"""From a word such as `awskms:alias/release` to the signer it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policykit.attest.quote import quoted
from policykit.attest.signer import Signer
from policykit.errors import SigningError

CLOUDS: Final = ("awskms", "gcpkms", "azurekms", "hv")
KNOWN: Final = ("file", "env", *CLOUDS, "hsm", "sigstore")

_MEANT: Final[Mapping[str, str]] = {"hashivault": "hv", "vault": "hv", "pkcs11": "hsm", "keyless": "sigstore"}


def signer_by_uri(uri: str, password: bytes | None, environment: Mapping[str, str]) -> Signer:
    """Return the signer that lives outside this process; nothing is imported or contacted for any other.

    `password` opens a security module, `environment` is where an identity token is looked for. The libraries of the
    clouds look for their own credentials where they always do.

    Raises:
        SigningError: no such kind, its extra is not installed, it does not answer, or its key is of a kind nobody accepts.
    """
    scheme, _, rest = uri.partition(":")
    if scheme in CLOUDS:
        from policykit.attest.signers.cloud import cloud_signer

        return cloud_signer(scheme, rest)
    if scheme == "hsm":
        from policykit.attest.signers.hsm import hsm_signer

        return hsm_signer(rest, password)
    if scheme == "sigstore":
        from policykit.attest.signers.ambient import keyless_signer

        return keyless_signer(rest, environment)
    meant = _MEANT.get(scheme.lower(), scheme.lower())
    near = f"; did you mean `{meant}:`?" if meant in KNOWN and meant != scheme else ""
    kinds = ", ".join(f"`{known}:`" for known in KNOWN)
    raise SigningError(
        f"this version does not know signers of the kind {quoted(scheme + ':')}{near}",
        hint=f"give the path of a key file (`./` before a name with a colon), or one of the kinds {kinds}",
    )
