"""The whole ledger, read from end to end: every entry, every tile, every file kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from policykit.attest.ledger.entry import Verifier, verifier_in
from policykit.attest.ledger.folder import Ledger
from policykit.attest.ledger.objects import Kept, Stray, kept_paths, read_kept
from policykit.attest.ledger.tiles import WIDTH, tile_path, tile_root
from policykit.attest.ledger.tree import leaf_hash
from policykit.errors import LedgerError

_ENTRY: Final = re.compile(
    rb'\{"apiVersion":"0\.0\.2","kind":"hashedrekord","spec":\{"hashedRekordV002":\{"data":\{"algorithm":"SHA2_256",'
    rb'"digest":"[A-Za-z0-9+/]{43}="\},"signature":\{"content":"[A-Za-z0-9+/]*={0,2}","verifier":(\{.*\})\}\}\}\}'
)


@dataclass(frozen=True, slots=True)
class Whole:
    """A ledger whose every entry and tile was read: where each entry stands by its hash, and the keys that entries name."""

    ledger: Ledger
    places: Mapping[bytes, int]
    keys: Mapping[str, Verifier]

    def kept(self) -> Iterator[tuple[int, Kept] | Stray]:
        """Return every file kept, with the place of its entry where one stands for it; a second copy of a file is a stray.

        Raises:
            LedgerError: reason `ledger_object`.
        """
        seen = set[int]()
        for path in kept_paths(self.ledger.folder):
            found = read_kept(self.ledger.folder, path, self.keys.get)
            place = self.places.get(found.leaf) if isinstance(found, Kept) else None
            if isinstance(found, Kept) and place is not None and place not in seen:
                seen.add(place)
                yield place, found
            else:
                yield Stray(path)

    def unread(self, kept: int) -> int:
        """Return how many entries have no file kept beside them, where `kept` have one; an entry logged twice counts once."""
        return len(self.places) - kept


def read_whole(ledger: Ledger) -> Whole:
    """Read every entry and every tile, and hold each against the next up to the checkpoint.

    Raises:
        LedgerError: reasons `ledger_entry`, `ledger_missing_tile`, `ledger_damaged`, `ledger_root`.
    """
    places, keys, seen = dict[bytes, int](), dict[str, Verifier](), set[bytes]()
    for bundle in range(-(-ledger.size // WIDTH)):
        for at, entry in enumerate(ledger.tiles.entries(bundle), bundle * WIDTH):
            places.setdefault(leaf_hash(entry), at)
            said = _named(entry)
            if said not in seen:  # a key is named by many entries, and read once
                seen.add(said)
                verifier = verifier_in(entry)
                if not isinstance(verifier, bytes):
                    keys[verifier.id] = verifier
    _check_tiles(ledger)
    return Whole(ledger, places, keys)


def _check_tiles(ledger: Ledger) -> None:
    """Refuse a tile whose hashes are not those of the tiles below it; the topmost were held against the checkpoint."""
    level = 1
    while ledger.size >> 8 * level:
        count = ledger.size >> 8 * level
        for index in range(-(-count // WIDTH)):
            tile = ledger.tiles.tile(level, index)
            for at in range(len(tile) // 32):
                below = ledger.tiles.tile(level - 1, index * WIDTH + at)
                if tile[at * 32 : (at + 1) * 32] != tile_root(below):
                    path = tile_path(level, index, len(tile) // 32)
                    raise LedgerError("ledger_root", f"the tile `{path}` does not fit the tiles below it")
        level += 1


def _named(entry: bytes) -> bytes:
    """Return the part of an entry that names its key; all of an entry that is written otherwise than ours are."""
    found = _ENTRY.fullmatch(entry)
    return found.group(1) if found is not None else entry
