"""The one door through which payloads become signed files, whatever signs them."""

from __future__ import annotations

from policykit.attest.envelope import seal
from policykit.attest.signer import SealsItself, Signer


def sealed(payload: bytes, signer: Signer) -> bytes:
    """Return the payload signed, as the file to hand out: by a key, or by an identity that brings its own proofs.

    Raises:
        SigningError: the signer does not answer, or what it gives does not hold.
    """
    return signer.sealed(payload) if isinstance(signer, SealsItself) else seal(payload, signer)
