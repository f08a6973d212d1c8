"""The index of a ledger: where an entry stands, and where a key is named, found at once. Never trusted.

It says where to look; whoever uses an answer holds what lies there against the tree, and nothing that goes into a report is
asked of it. Deleted, damaged, of another ledger or behind, it is made anew, in memory where the folder cannot be written.
"""

from __future__ import annotations

import contextlib
import functools
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from policykit.attest.ledger.entry import key_of, verifier_in
from policykit.attest.ledger.folder import Ledger
from policykit.attest.ledger.proofs import root_of
from policykit.attest.ledger.tree import leaf_hash, proves_inclusion
from policykit.attest.publickey import PublicKey
from policykit.errors import LedgerError

FILE: Final = "index.sqlite"
_FORM: Final = 2
_TABLES: Final = """
CREATE TABLE state (form INTEGER, size INTEGER, root BLOB);
CREATE TABLE entries (idx INTEGER PRIMARY KEY, leaf BLOB);
CREATE TABLE verifiers (id TEXT PRIMARY KEY, idx INTEGER);
CREATE INDEX by_leaf ON entries (leaf);
"""
_SCHEMA: Final = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"


class Index:
    """An open index that fits the ledger it was opened for."""

    def __init__(self, ledger: Ledger, database: sqlite3.Connection) -> None:
        self._ledger, self._database = ledger, database
        self._verifiers = dict[str, PublicKey]()

    def place(self, entry: bytes) -> int | None:
        """Return where the ledger holds this entry, as a proof up to its checkpoint confirms; None where it does not.

        Raises:
            LedgerError: reason `ledger_root`: a tile holds it, and the checkpoint does not stand for that tile.
        """
        leaf, ledger = leaf_hash(entry), self._ledger
        for at in self._places("SELECT idx FROM entries WHERE leaf = ? ORDER BY idx", leaf):
            if ledger.tiles.leaf(at) != leaf:
                continue
            if proves_inclusion(at, ledger.size, leaf, ledger.prove(at), ledger.checkpoint.root):
                return at
            raise LedgerError(
                "ledger_root",
                f"the tile that holds entry {at:,} is not the one that the checkpoint stands for",
                hint="it was changed after signing: fetch the ledger again from its operator, and ask what happened",
                where=str(ledger.folder),
            )
        return None

    def verifier(self, key_id: str) -> PublicKey | None:
        """Return the key with this id, where an entry of the ledger names it."""
        if key_id in self._verifiers:
            return self._verifiers[key_id]
        for at in self._places("SELECT idx FROM verifiers WHERE id = ?", key_id):
            found = verifier_in(self._ledger.entry(at))
            if isinstance(found, PublicKey) and found.id == key_id:
                self._verifiers[key_id] = found
                return found
        return None

    def follow(self, ledger: Ledger) -> None:
        """Take in what was appended since."""
        start = self._size()
        self._ledger = ledger
        with self._database:
            for at in range(start, ledger.size):
                self._add(at, ledger.tiles.entry(at))
            self._database.execute("UPDATE state SET size = ?, root = ?", (ledger.size, ledger.checkpoint.root))

    def fits(self) -> bool:
        """Say whether the index is of this ledger, not ahead of it, and holds tables of ours and nothing else."""
        if self._database.execute(_SCHEMA).fetchall() != _own_schema():
            return False  # what is called a table may be a question without end
        form, size, root = self._database.execute("SELECT form, size, root FROM state").fetchone()
        if form != _FORM or not isinstance(size, int) or not 0 <= size <= self._ledger.size:
            return False
        return self._entries() == size and bool(root_of(size, self._ledger.tiles.node) == root)

    def catch_up(self) -> None:
        """Take in entries that the index has not seen."""
        if self._size() < self._ledger.size:
            self.follow(self._ledger)

    def close(self) -> None:
        """Close it."""
        self._database.close()

    def _places(self, query: str, word: object) -> tuple[int, ...]:
        """Return the places that the index names and the ledger has; a damaged index gives way to one in memory."""
        try:
            found = self._database.execute(query, (word,)).fetchall()
        except sqlite3.Error:
            self._database.close()
            self._database = _in_memory(self._ledger)._database
            found = self._database.execute(query, (word,)).fetchall()
        return tuple(at for (at,) in found if isinstance(at, int) and 0 <= at < self._ledger.size)

    def _size(self) -> int:
        return int(self._database.execute("SELECT size FROM state").fetchone()[0])

    def _entries(self) -> Any:
        found = self._database.execute("SELECT max(idx) FROM entries").fetchone()[0]
        return 0 if found is None else found + 1

    def _add(self, at: int, entry: bytes) -> None:
        self._database.execute("INSERT OR REPLACE INTO entries VALUES (?, ?)", (at, leaf_hash(entry)))
        with contextlib.suppress(LedgerError):
            verifier = verifier_in(entry)
            if isinstance(verifier, PublicKey):
                self._database.execute("INSERT OR IGNORE INTO verifiers VALUES (?, ?)", (key_of(verifier).id, at))


@contextlib.contextmanager
def open_index(ledger: Ledger) -> Iterator[Index]:
    """Give the index of a ledger, brought up to date."""
    index = _there(ledger) or _anew(ledger)
    try:
        yield index
    finally:
        index.close()


def rebuild(ledger: Ledger) -> Index:
    """Make the index anew from the entries.

    Raises:
        LedgerError: an entry is not the one in the tree.
    """
    with contextlib.suppress(OSError):  # where it cannot be taken away, another is made in memory
        (ledger.folder / FILE).unlink(missing_ok=True)
    return _anew(ledger)


def _there(ledger: Ledger) -> Index | None:
    path = ledger.folder / FILE
    if not path.is_file() or not _alone(path):
        return None
    index = None
    try:
        index = Index(ledger, _opened(path))
        if index.fits():
            index.catch_up()
            return index
    except (sqlite3.Error, TypeError, ValueError, OverflowError):
        pass  # garbage, or a folder that cannot be written
    if index is not None:
        index.close()
    return None


def _anew(ledger: Ledger) -> Index:
    """Make an index beside and give it its name in one step; in memory where that cannot be done."""
    goal = ledger.folder / FILE
    draft = ledger.folder / "drafts" / f"index-{secrets.token_hex(8)}"
    try:
        if _alone(goal):
            index = _filled(Index(ledger, _opened(draft)))
            index.close()
            draft.replace(goal)
            return Index(ledger, _opened(goal))
    except (sqlite3.Error, OSError):
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    return _in_memory(ledger)


def _in_memory(ledger: Ledger) -> Index:
    return _filled(Index(ledger, sqlite3.connect(":memory:")))


def _filled(index: Index) -> Index:
    index._database.executescript(_TABLES)
    index._database.execute("INSERT INTO state VALUES (?, 0, ?)", (_FORM, root_of(0, index._ledger.tiles.node)))
    index._database.commit()
    index.catch_up()
    return index


def _alone(path: Path) -> bool:
    """Say whether nothing lies beside the index that its library would open and wait for."""
    beside = [path.with_name(f"{path.name}{more}") for more in ("-journal", "-wal", "-shm")]
    return all(each.is_file() or not each.exists() for each in beside)


@functools.cache
def _own_schema() -> list[Any]:
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.executescript(_TABLES)
        return database.execute(_SCHEMA).fetchall()


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=10.0)
    database.execute("PRAGMA synchronous = OFF")  # what a power cut damages is made again
    return database
