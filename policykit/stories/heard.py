"""Where it is heard what was signed about a thing, and above all that it counts no more: one rule for every verb.

Heard are the claims beside the file at hand, beside the trust file, and beside the waivers; those that somebody named; and
what the ledger at hand took back. More places only ever take more back: each word in them is signed by somebody who may.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policykit.attest.claims_file import CLAIMS, read_claims
from policykit.attest.envelope import unseal
from policykit.attest.statement import REVOCATION, permit_type
from policykit.canon import digest
from policykit.errors import StorageError, VerificationError
from policykit.stories.claimed import of_type, revocations
from policykit.stories.permitted import open_permit

if TYPE_CHECKING:
    from policykit.attest.authority import Authority
    from policykit.attest.ledger.folder import Ledger
    from policykit.decide.promote.registry import Registry

WAIVERS: Final = "waivers"
"""The folder that waivers are written to, beside what they are about, where nobody says otherwise."""


def heard(
    authority: Authority,
    *,
    beside: Path | None = None,
    named: Sequence[Path] = (),
    waivers: Sequence[Path] = (),
    log: Ledger | None = None,
) -> tuple[bytes, ...]:
    """Return every signed file that is heard about the file `beside`; nothing in them is believed yet.

    `named` are claims files that have to be there, `waivers` waivers or folders of them, `log` the ledger at hand.

    Raises:
        StorageError: a named file is not there, or one cannot be read.
        VerificationError: reason `claims_file`.
        LedgerError: a kept file is not the one that was logged.
    """
    for path in named:
        if not path.exists():
            raise StorageError("cannot read the claims: no such file", hint="check the path", where=str(path))
    trust = authority.trust.path
    places = [*([_folder(beside)] if beside is not None else []), *([Path(trust).parent] if trust else [])]
    files = [*named, *(place / CLAIMS for place in places), *(place / WAIVERS / CLAIMS for place in places)]
    files += [path for place in waivers for path in _within(place)]
    found = dict.fromkeys(claim for path in dict.fromkeys(files) for claim in read_claims(path))
    if log is None:
        return tuple(found)
    from policykit.stories.logged import taken_back_in

    return (*found, *taken_back_in(log))


def taken_back(claims: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return those claims that say of something that it counts no more."""
    return tuple(data for data, _, _ in of_type(claims, REVOCATION))


def knows(claims: Sequence[bytes], permit: str, stage: str) -> bool:
    """Return whether these claims are those that the permit was added to when it was issued, where it is taken back too."""
    return any(digest(unseal(data).payload) == permit for data, _, _ in of_type(claims, permit_type(stage)))


def remembered(registry: Registry, permit: str) -> tuple[bytes, ...]:
    """Return the revocation that the registry keeps for a permit, where one was heard when it was last written."""
    kept = registry.paper(_kept_as(permit))
    return () if kept is None else (kept,)


def to_remember(
    stage: str, registry: Registry, authority: Authority, claims: Sequence[bytes]
) -> tuple[tuple[str, bytes], ...]:
    """Return papers for the registry: for each permit in the history of the stage that was taken back, the word that did so."""
    if not revocations(claims, authority):
        return ()
    permits = dict.fromkeys(entry.permit for entry in registry.history(stage) if entry.how in ("permit", "rollback"))
    return tuple(_revoked(permits, stage, registry, authority, claims))


def _revoked(
    permits: dict[str, None], stage: str, registry: Registry, authority: Authority, claims: Sequence[bytes]
) -> Iterator[tuple[str, bytes]]:
    said = taken_back(claims)
    for permit in permits:
        paper = registry.paper(permit)
        if paper is None or not _takes_back(said, paper, stage, authority):
            continue
        one = next((claim for claim in said if _takes_back([claim], paper, stage, authority)), None)
        if one is not None:
            yield _kept_as(permit), one


def _takes_back(claims: Sequence[bytes], paper: bytes, stage: str, authority: Authority) -> bool:
    try:
        open_permit(paper, authority, stage, claims)
    except VerificationError as error:
        return error.reason == "revoked"
    return False


def _kept_as(permit: str) -> str:
    """Return the name under which a registry keeps what took a permit back: it has to be found from the permit alone."""
    return digest(f"revocation of {permit}".encode())


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _within(place: Path) -> list[Path]:
    """Return the claims files beside the waivers at `place`, and in folders of that folder."""
    return sorted(place.rglob(CLAIMS)) if place.is_dir() else [place.parent / CLAIMS]
