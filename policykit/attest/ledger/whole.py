"""The whole ledger, read from end to end: every entry, every tile, every file kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policykit.attest.ledger.entry import Verifier, verifier_in
from policykit.attest.ledger.folder import Ledger
from policykit.attest.ledger.objects import Kept, Stray, kept_paths, read_kept
from policykit.attest.ledger.tiles import WIDTH, tile_path, tile_root
from policykit.attest.ledger.tree import leaf_hash
from policykit.errors import LedgerError


@dataclass(frozen=True, slots=True)
class Whole:
    """A ledger whose every entry and tile was read: where each entry stands by its hash, and the keys that entries name."""

    ledger: Ledger
    places: Mapping[bytes, int]
    keys: Mapping[str, Verifier]

    def kept(self) -> Iterator[tuple[int, Kept] | Stray]:
        """Return every file kept, with the place of its entry where one stands for it.

        Raises:
            LedgerError: reason `ledger_object`.
        """
        for path in kept_paths(self.ledger.folder):
            found = read_kept(self.ledger.folder, path, self.keys.get)
            place = self.places.get(found.leaf) if isinstance(found, Kept) else None
            yield (place, found) if isinstance(found, Kept) and place is not None else Stray(path)


def read_whole(ledger: Ledger) -> Whole:
    """Read every entry and every tile, and hold each against the next up to the checkpoint.

    Raises:
        LedgerError: reasons `ledger_entry`, `ledger_missing_tile`, `ledger_damaged`, `ledger_root`.
    """
    places, keys, seen = dict[bytes, int](), dict[str, Verifier](), set[str]()
    for bundle in range(-(-ledger.size // WIDTH)):
        for at, entry in enumerate(ledger.tiles.entries(bundle), bundle * WIDTH):
            places.setdefault(leaf_hash(entry), at)
            said = _named(entry)
            if said not in seen:
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


def _named(entry: bytes) -> str:
    try:
        said: Any = json.loads(entry)
        return json.dumps(said["spec"]["hashedRekordV002"]["signature"]["verifier"])
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerError("ledger_entry", "the ledger holds an entry that is none of ours") from error
