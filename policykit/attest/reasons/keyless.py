"""Why a signature by an identity, or by a signer elsewhere, was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policykit.attest.reasons.reason import Reason

KEYLESS: Final[Mapping[str, Reason]] = {
    "identity": Reason(
        "The file was signed by another workflow or person than the trust file names, or under another issuer.",
        "Sign it in the workflow that the trust file names, or have its owners change the trust file.",
    ),
    "certificate": Reason(
        "The certificate of the signer was not issued by a trusted authority, not for signing, or not valid at that time.",
        "Sign the file again, and compare the trusted root in the trust file with that of the signing service.",
    ),
    "transparency": Reason(
        "The logs that every such signature must stand in do not prove that this one, or its certificate, does.",
        "Fetch the file again from where it was signed, and do not use it if it stays so.",
    ),
    "keyless_time": Reason(
        "The file brings no trusted time, so nobody can say that its certificate was valid when it was signed.",
        "Sign it again with a service that stamps the time, and name its authority in the trusted root.",
    ),
    "keyless_root": Reason(
        "The trusted root, which says whose certificates and logs count, cannot be used.",
        "Take the root again from the signing service, and give its new digest in the trust file.",
    ),
    "keyless_extra": Reason(
        "The library that checks signatures without a key is not installed here, so nothing is shown.",
        "Install policykit with the extra `sigstore`: docs/install.md.",
    ),
}
