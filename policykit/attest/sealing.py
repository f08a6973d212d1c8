"""The one door through which payloads become signed files, whatever signs them."""

from __future__ import annotations

from policykit.attest.envelope import seal, unseal, with_proofs
from policykit.attest.signer import SealsItself, Signer


def sealed(payload: bytes, signer: Signer, *, timestamp: str | None = None) -> bytes:
    """Return the payload signed, as the file to hand out: by a key, or by an identity that brings its own proofs.

    With `timestamp`, the authority at that URL is asked when the signature was there, and its stamp lies beside it.

    Raises:
        SigningError: the signer does not answer, or what it gives does not hold.
        StorageError: the authority does not answer.
        LedgerError: reason `timestamp`: what it answers is no time stamp of this signature.
    """
    data = signer.sealed(payload) if isinstance(signer, SealsItself) else seal(payload, signer)
    if timestamp is None:
        return data
    from policykit.attest.timestamp import stamp

    return with_proofs(data, timestamps=[stamp(unseal(data).signature, timestamp)])
