"""Find what a site is made from: the files of ledgers, each held against the tree, and those of folders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from policykit.attest.claims_file import CLAIMS, read_claims
from policykit.attest.envelope import read_report
from policykit.attest.ledger.folder import CHECKPOINT, OWN_KEY, Ledger, open_ledger
from policykit.attest.ledger.objects import kept_paths
from policykit.attest.ledger.whole import Whole, read_whole
from policykit.errors import PolicykitError, StorageError, UsageError
from policykit.stories.heard_among import claims_beside, takes_back
from policykit.stories.ledger import whose
from policykit.terms.site import Unread

if TYPE_CHECKING:
    from policykit.attest.authority import Authority
    from policykit.attest.publickey import PublicKey
    from policykit.stories.ledger import Whose


@dataclass(frozen=True, slots=True)
class Input:
    """One file: `shown` is its path within what was given, `source` the number of that; `line` of a file of claims."""

    path: Path
    shown: str
    source: int
    sha256: str
    line: int | None = None

    def read(self) -> bytes:
        """Return its bytes."""
        return read_report(self.path) if self.line is None else read_claims(self.path)[self.line]


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that was given: the files, the ledgers among what was given by their number, and what could not be read.

    `back` are the signed files that say of something that it counts no more; those beside what was given too.
    """

    inputs: tuple[Input, ...]
    ledgers: Mapping[int, Whole] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()
    back: tuple[bytes, ...] = ()


def sources(
    given: Sequence[Path], *, ledger_key: PublicKey | None, authority: Authority | None, output: Path
) -> Sources:
    """Return every file in these ledgers, folders and files; the output is left out where it lies within one.

    Raises:
        UsageError: something given is not there.
        LedgerError: a ledger does not hold together, or is not the one that the trust file or the key says.
        VerificationError: the claims beside what was given cannot be read.
    """
    found, ledgers, unread, back = list[Input](), dict[int, Whole](), list[Unread](), list[bytes]()
    for source, path in enumerate(given):
        if not path.exists():
            raise UsageError(f"there is no `{path}`", hint="name a ledger, or a folder of reports")
        if is_ledger(path):
            ledgers[source] = read_whole(_opened(path, ledger_key, authority))
            names: Iterator[tuple[Path, str]] = ((path / name, name) for name in kept_paths(path))
        else:
            names = _within(path, output.resolve(), unread)
        for file, shown in names:
            for one, data in _inputs(file, shown, source, unread):
                found.append(one)
                back += [data] if takes_back(data) else []
    beside = (claim for path in given for place in claims_beside(path) for claim in read_claims(place))
    return Sources(tuple(found), ledgers, tuple(unread), (*back, *filter(takes_back, beside)))


def unchanged(one: Input) -> bytes:
    """Return the bytes of an input, which have to be those that were there a moment ago.

    Raises:
        StorageError: they are not, or cannot be read.
    """
    data = one.read()
    if sha256(data).hexdigest() != one.sha256:
        hint = "run it again when nobody writes there"
        raise StorageError(f"`{one.shown}` changed while the site was made", hint=hint, where=str(one.path))
    return data


def is_ledger(path: Path) -> bool:
    """Return whether a folder is a ledger: it has a checkpoint, and tiles or its own key."""
    return (path / CHECKPOINT).is_file() and ((path / "tile").is_dir() or (path / OWN_KEY).is_file())


def _opened(path: Path, key: PublicKey | None, authority: Authority | None) -> Ledger:
    by: Whose = whose(path, key, None if key is not None else authority)
    return open_ledger(path, key=by.key, origin=by.origin)


def _inputs(file: Path, shown: str, source: int, unread: list[Unread]) -> Iterator[tuple[Input, bytes]]:
    try:
        if file.name == CLAIMS:
            for line, data in enumerate(read_claims(file)):
                yield Input(file, shown, source, sha256(data).hexdigest(), line), data
            return
        data = read_report(file)
        yield Input(file, shown, source, sha256(data).hexdigest()), data
    except PolicykitError as error:
        unread.append(Unread(shown, str(error)))


def _within(path: Path, output: Path, unread: list[Unread]) -> Iterator[tuple[Path, str]]:
    """Yield each report and file of claims in a folder, in order; links are not followed, the output is left out."""
    if not path.is_dir():
        yield path, path.name
        return
    failed = list[OSError]()
    for folder, folders, names in os.walk(path, onerror=failed.append):
        at = Path(folder)
        folders[:] = sorted(
            name for name in folders if not (at / name).is_symlink() and (at / name).resolve() != output
        )
        for name in sorted(names):
            if name.endswith(".json") or name == CLAIMS:
                file = at / name
                shown = file.relative_to(path).as_posix()
                if file.is_symlink():
                    unread.append(Unread(shown, "it is a link, and links in folders are not followed"))
                else:
                    yield file, shown
    for error in failed:
        told = (error.strerror or type(error).__name__).lower()
        unread.append(Unread(Path(os.fsdecode(error.filename)).name, f"the folder cannot be read: {told}"))
