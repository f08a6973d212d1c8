"""What is to be logged: signed files, and each line of the claims among them as a signed file of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from policykit.attest.claims_file import read_claims
from policykit.attest.envelope import read_report
from policykit.attest.ledger.append import signed_statement
from policykit.attest.ledger.entry import verifier_for
from policykit.attest.ledger.folder import open_ledger
from policykit.attest.ledger.index import open_index
from policykit.attest.ledger.objects import hinted
from policykit.attest.publickey import PublicKey
from policykit.errors import StorageError, UsageError, VerificationError

ENDING: Final = ".jsonl"


@dataclass(frozen=True, slots=True)
class ToLog:
    """One signed file, and what it is called: its path, with the line where it is one of several."""

    shown: str
    data: bytes


def to_log(paths: Sequence[Path]) -> tuple[ToLog, ...]:
    """Return the signed files at `paths`; of claims (`….jsonl`) each line.

    Raises:
        StorageError: one cannot be read.
        UsageError: claims that hold nothing.
        VerificationError: reasons `size`, `claims_file`.
    """
    found = list[ToLog]()
    for path in paths:
        if not are_claims(path):
            found.append(ToLog(str(path), read_report(path)))
            continue
        if not path.exists():
            raise StorageError(f"there are no claims at `{path}`", hint="check the path", where=str(path))
        lines = read_claims(path)
        if not lines:
            raise UsageError(f"`{path}` holds no signed file", hint="there is nothing to log: leave it out")
        found += [ToLog(f"{path}:{number}", line) for number, line in enumerate(lines, 1)]
    return tuple(found)


def are_claims(path: Path) -> bool:
    """Return whether a path names claims: one signed file a line."""
    return path.suffix == ENDING


def check_loggable(folder: Path, files: Sequence[ToLog], keys: Collection[PublicKey]) -> None:
    """Refuse the first file that cannot be logged, by its name, before anything is.

    `keys` are those that the files may be signed with; those that the ledger remembers count as well.

    Raises:
        LedgerError, VerificationError: as `append`.
    """
    with open_index(open_ledger(folder)) as index:
        for file in files:
            try:
                envelope = signed_statement(file.data)
                known = index.verifier(hinted(envelope)) if envelope.certificate is None else None
                verifier_for(envelope, [*keys, *([known] if known is not None else [])])
            except VerificationError as error:
                error.where = error.where or file.shown
                raise
