"""The index of a ledger: quick answers to questions, made from the ledger and made again whenever it does not fit. Never trusted.

It says where to look; whoever uses an answer holds what lies there against the tree. Deleted, damaged, of another ledger or
behind, it is brought up to date or made anew, in memory where the folder cannot be written.
"""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from policykit.attest.ledger.entry import Verifier, key_of, verifier_in
from policykit.attest.ledger.facts import Facts, facts_of
from policykit.attest.ledger.folder import Ledger
from policykit.attest.ledger.objects import Kept, Stray, kept_paths, read_kept
from policykit.attest.ledger.proofs import root_of
from policykit.attest.ledger.tree import leaf_hash
from policykit.attest.publickey import PublicKey
from policykit.errors import LedgerError

FILE: Final = "index.sqlite"
_FORM: Final = 1
_TABLES: Final = """
CREATE TABLE state (form INTEGER, size INTEGER, root BLOB);
CREATE TABLE entries (idx INTEGER PRIMARY KEY, leaf BLOB);
CREATE TABLE verifiers (id TEXT PRIMARY KEY, idx INTEGER);
CREATE TABLE kept (idx INTEGER PRIMARY KEY, path TEXT UNIQUE, payload TEXT, kind TEXT, name TEXT, version TEXT, subject TEXT,
  stage TEXT, decision TEXT, at TEXT, verdict TEXT, mode TEXT, scope TEXT);
CREATE TABLE held_out (digest TEXT, idx INTEGER);
CREATE INDEX by_leaf ON entries (leaf);
CREATE INDEX by_payload ON kept (payload);
CREATE INDEX by_kind ON kept (kind, name);
CREATE INDEX by_digest ON held_out (digest);
"""
_ROW: Final = "idx, path, payload, kind, name, version, subject, stage, decision, at, verdict, mode, scope"


@dataclass(frozen=True, slots=True)
class Row:
    """One kept file as the index tells of it."""

    index: int
    path: str
    payload: str
    facts: Facts


class Index:
    """An open index that fits the ledger it was opened for."""

    def __init__(self, ledger: Ledger, database: sqlite3.Connection) -> None:
        self._ledger, self._database = ledger, database
        self._verifiers = dict[str, PublicKey]()

    def place(self, entry: bytes) -> int | None:
        """Return where the ledger holds this entry, as its tree confirms; None where it does not."""
        leaf, tiles = leaf_hash(entry), self._ledger.tiles
        found = self._database.execute("SELECT idx FROM entries WHERE leaf = ? ORDER BY idx", (leaf,))
        return next((at for (at,) in found if 0 <= at < tiles.size and tiles.leaf(at) == leaf), None)

    def verifier(self, key_id: str) -> PublicKey | None:
        """Return the key with this id, where an entry of the ledger names it."""
        if key_id in self._verifiers:
            return self._verifiers[key_id]
        for (at,) in self._database.execute("SELECT idx FROM verifiers WHERE id = ?", (key_id,)):
            found = verifier_in(self._ledger.entry(at)) if 0 <= at < self._ledger.size else None
            if isinstance(found, PublicKey) and found.id == key_id:
                self._verifiers[key_id] = found
                return found
        return None

    def unread(self) -> int:
        """Return how many entries have no file kept beside them."""
        (kept,) = self._database.execute("SELECT count(*) FROM kept").fetchone()
        return self._ledger.size - int(kept)

    def rows(
        self, *, kind: str = "", name: str = "", payload: str = "", held_out: Iterable[str] = ()
    ) -> tuple[Row, ...]:
        """Return the kept files that fit every word given, in the order they were logged."""
        asked = [(column, word) for column, word in (("kind", kind), ("name", name), ("payload", payload)) if word]
        where = [f"{column} = ?" for column, _ in asked]
        words: list[str] = [word for _, word in asked]
        digests = list(held_out)
        if digests:
            where.append(f"idx IN (SELECT idx FROM held_out WHERE digest IN ({','.join('?' * len(digests))}))")
            words += digests
        query = f"SELECT {_ROW} FROM kept WHERE {' AND '.join(where) or '1'} ORDER BY idx"
        return tuple(Row(row[0], row[1], row[2], Facts(*row[3:])) for row in self._database.execute(query, words))

    def kept(self, row: Row) -> Kept:
        """Return the file of a row, shown to be the one that stands in the tree at that place.

        Raises:
            LedgerError: reasons `ledger_object`, `ledger_entry` and others of reading a tree.
        """
        found = read_kept(self._ledger.folder, row.path, self.verifier)
        if isinstance(found, Stray) or self._ledger.entry(row.index) != found.entry:
            raise LedgerError(
                "ledger_object",
                f"the kept file `{row.path}` is not the one that was logged as entry {row.index:,}",
                hint="append the signed file again from where it was made: the ledger then keeps it anew",
            )
        return found

    def follow(self, ledger: Ledger, kept: Sequence[Kept] = ()) -> None:
        """Take in what was appended since, and the files now kept."""
        start = self._size()
        self._ledger = ledger
        with self._database:
            for at in range(start, ledger.size):
                self._add_entry(at, ledger.tiles.entry(at))
            for each in kept:
                self._add_kept(each)
            self._database.execute("UPDATE state SET size = ?, root = ?", (ledger.size, ledger.checkpoint.root))

    def fits(self) -> bool:
        """Say whether the index is of this ledger, and not ahead of it."""
        form, size, root = self._database.execute("SELECT form, size, root FROM state").fetchone()
        if form != _FORM or not 0 <= size <= self._ledger.size or self._entries() != size:
            return False
        return bool(root_of(size, self._ledger.tiles.node) == root)

    def catch_up(self) -> None:
        """Take in entries and kept files that the index has not seen."""
        known = {path for (path,) in self._database.execute("SELECT path FROM kept")}
        there = set(kept_paths(self._ledger.folder))
        if self._size() == self._ledger.size and known == there:
            return
        self.follow(self._ledger)
        with self._database:
            for path in known - there:
                self._database.execute(
                    "DELETE FROM held_out WHERE idx IN (SELECT idx FROM kept WHERE path = ?)", (path,)
                )
                self._database.execute("DELETE FROM kept WHERE path = ?", (path,))
            for path in sorted(there - known):
                with contextlib.suppress(LedgerError):  # a file nobody can believe is as good as none
                    self._add_kept(read_kept(self._ledger.folder, path, self.verifier))

    def close(self) -> None:
        """Close it."""
        self._database.close()

    def _size(self) -> int:
        return int(self._database.execute("SELECT size FROM state").fetchone()[0])

    def _entries(self) -> int:
        found = self._database.execute("SELECT max(idx) FROM entries").fetchone()[0]
        return 0 if found is None else int(found) + 1

    def _add_entry(self, at: int, entry: bytes) -> None:
        self._database.execute("INSERT OR REPLACE INTO entries VALUES (?, ?)", (at, leaf_hash(entry)))
        with contextlib.suppress(LedgerError):
            verifier: Verifier = verifier_in(entry)
            if isinstance(verifier, PublicKey):
                self._database.execute("INSERT OR IGNORE INTO verifiers VALUES (?, ?)", (key_of(verifier).id, at))

    def _add_kept(self, kept: Kept | Stray) -> None:
        at = self.place(kept.entry) if isinstance(kept, Kept) else None
        if at is None or isinstance(kept, Stray):
            return
        f = facts_of(kept.envelope.payload)
        row = (at, kept.path, kept.payload, f.kind, f.name, f.version, f.subject, f.stage, f.decision, f.at, f.verdict)
        self._database.execute(
            f"INSERT OR REPLACE INTO kept ({_ROW}) VALUES ({','.join('?' * 13)})", (*row, f.mode, f.scope)
        )
        self._database.execute("DELETE FROM held_out WHERE idx = ?", (at,))
        self._database.executemany("INSERT INTO held_out VALUES (?, ?)", [(digest, at) for digest in f.held_out])


@contextlib.contextmanager
def open_index(ledger: Ledger, *, look: bool = True) -> Iterator[Index]:
    """Give the index of a ledger, brought up to date; `look` also looks for kept files that came or went unseen."""
    index = _there(ledger, look=look) or _anew(ledger)
    try:
        yield index
    finally:
        index.close()


def rebuild(ledger: Ledger) -> Index:
    """Make the index anew from the entries and the kept files.

    Raises:
        LedgerError: an entry is not the one in the tree.
    """
    (ledger.folder / FILE).unlink(missing_ok=True)
    return _anew(ledger)


def _there(ledger: Ledger, *, look: bool) -> Index | None:
    path = ledger.folder / FILE
    if not path.is_file():
        return None
    index = None
    try:
        index = Index(ledger, _opened(path))
        if index.fits():
            if look or index._size() < ledger.size:
                index.catch_up()
            return index
    except (sqlite3.Error, TypeError, ValueError, OverflowError):
        pass  # garbage, or a folder that cannot be written
    if index is not None:
        index.close()
    return None


def _anew(ledger: Ledger) -> Index:
    """Make an index beside and give it its name in one step; in memory where that cannot be done."""
    drafts = ledger.folder / "drafts"
    draft = drafts / f"index-{secrets.token_hex(8)}"
    try:
        index = Index(ledger, _opened(draft))
        _filled(index)
        index.close()
        draft.replace(ledger.folder / FILE)
        return Index(ledger, _opened(ledger.folder / FILE))
    except (sqlite3.Error, OSError):
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    index = Index(ledger, sqlite3.connect(":memory:"))
    _filled(index)
    return index


def _filled(index: Index) -> None:
    index._database.executescript(_TABLES)
    index._database.execute("INSERT INTO state VALUES (?, 0, ?)", (_FORM, root_of(0, index._ledger.tiles.node)))
    index._database.commit()
    index.catch_up()


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=10.0)
    database.execute("PRAGMA synchronous = OFF")  # what a power cut damages is made again
    return database
