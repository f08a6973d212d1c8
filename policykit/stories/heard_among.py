"""What is heard of many reports at once: every word, wherever it lies in what was given, that something counts no more.

One rule for the inbox and for the site, so that neither shows as let through what the other shows as taken back.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policykit.attest.claims_file import CLAIMS
from policykit.attest.statement import REVOCATION
from policykit.stories.claimed import of_type
from policykit.stories.heard import WAIVERS, heard, taken_back

_WORD: Final = REVOCATION.encode()
_PAYLOAD: Final = re.compile(rb'"payload"\s*:\s*"([A-Za-z0-9+/=_-]*)"')

if TYPE_CHECKING:
    from policykit.attest.authority import Authority


def heard_among(authority: Authority | None, found: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return what is heard beside the trust file, and all among the signed files that were `found` that takes something back.

    Nothing in them is believed yet.

    Raises:
        StorageError, VerificationError: as `heard`, of the claims beside the trust file.
    """
    known = heard(authority) if authority is not None else ()
    return tuple(dict.fromkeys((*known, *taken_back([data for data in found if takes_back(data)]))))


def takes_back(data: bytes) -> bool:
    """Say whether a signed file says of something that it counts no more; one that cannot say the word is not opened."""
    if not _escapes(data) and not any(map(_may_spell, _PAYLOAD.findall(data))):
        return False
    return next(of_type((data,), REVOCATION), None) is not None


def said_back(claims: Iterable[bytes]) -> frozenset[str]:
    """Return the digests of the reports that anybody took back: without a trust file nobody knows who may."""
    return frozenset(subject for _, said, subject in of_type(tuple(claims), REVOCATION) if said.get("kind") == "report")


def claims_beside(path: Path) -> tuple[Path, ...]:
    """Return where the claims about a file or a folder that was named may lie."""
    folder = path if path.is_dir() else path.parent
    return folder / CLAIMS, folder / WAIVERS / CLAIMS


def _escapes(text: bytes) -> bool:
    """Return whether JSON escapes a letter or a slash: then it may spell any word in any way."""
    return b"\\u" in text or b"\\/" in text


def _may_spell(payload: bytes) -> bool:
    """Return whether what is signed may be a revocation: it spells the word as it is, or escapes some of it."""
    try:
        said = base64.b64decode(payload)
    except ValueError:
        return True
    return _WORD in said or _escapes(said)
