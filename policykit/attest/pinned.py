"""Files that a trust file pins by digest, read only if they are those."""

from __future__ import annotations

from typing import Final

from policykit.attest.ordinary import open_ordinary
from policykit.canon import digest
from policykit.errors import VerificationError
from policykit.terms.trust import TrustFile

_LARGEST: Final = 16 * 1024 * 1024


def read_pinned(file: TrustFile) -> bytes:
    """Return the bytes of the file, which are those that were signed for.

    Raises:
        VerificationError: reason `trust_file`: it is missing, cannot be read, or is another one.
    """
    try:
        with open_ordinary(file.path) as opened:
            data = opened.read(_LARGEST + 1)
    except OSError as error:
        raise _refusal(file, f"cannot be read: {(error.strerror or str(error)).lower()}") from error
    if len(data) > _LARGEST:
        raise _refusal(file, "is larger than any such file")
    found = digest(data)
    if found != file.sha256:
        raise _refusal(file, f"is not the one that the trust file names: its SHA-256 is {found}")
    return data


def _refusal(file: TrustFile, told: str) -> VerificationError:
    return VerificationError(
        "trust_file",
        f"the file of `{file.name}` {told}",
        hint="take the trust file and everything beside it again from where they are kept",
        where=file.path,
    )
