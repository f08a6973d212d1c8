"""Tiles: the tree and its entries as plain files that never change once they are full (C2SP tlog-tiles).

A tile holds up to 256 hashes of one level; level 0 are the entries' own hashes, and each hash above stands for a full tile below.
Reading asks only for the tiles on the way, so a proof costs the same few files however long the ledger is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Literal, TypeAlias

from policykit.attest.ledger.proofs import root_of
from policykit.attest.ledger.tree import leaf_hash, node_hash
from policykit.errors import LedgerError

WIDTH: Final = 256
LARGEST_ENTRY: Final = 2**16 - 1
Level: TypeAlias = int | Literal["entries"]
Read: TypeAlias = Callable[[str], bytes | None]
"""Gives the bytes of a file by its path in the ledger, None where there is none."""

_HASH: Final = 32
_HINT: Final = "fetch the ledger again from where it is kept; if it is damaged there too, restore it from its copies"


def tile_path(level: Level, index: int, width: int = WIDTH) -> str:
    """Return where a tile lies: `tile/0/x001/x234/067`, and `tile/0/x001/x234/067.p/5` while it holds 5 hashes."""
    digits = f"{index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join([f"x{part}" for part in parts[:-1]] + parts[-1:])
    return f"tile/{level}/{path}" if width == WIDTH else f"tile/{level}/{path}.p/{width}"


def width_of(level: Level, index: int, size: int) -> int:
    """Return how many hashes, or entries, a tile holds in a tree of `size` entries."""
    full = 0 if level == "entries" else 8 * level
    return max(0, min(WIDTH, (size >> full) - index * WIDTH))


class Tiles:
    """The tree of the first `size` entries, read from its tiles; what was read once is kept."""

    def __init__(self, read: Read, size: int) -> None:
        self.size = size
        self._read = read
        self._kept = dict[tuple[int, int], bytes]()
        self._rows = dict[tuple[int, int], list[list[bytes]]]()
        self._bundles = dict[int, tuple[bytes, ...]]()

    def root(self) -> bytes:
        """Return the root over all entries, as the tiles give it."""
        return root_of(self.size, self.node)

    def node(self, level: int, index: int) -> bytes:
        """Return the hash over the 2^level entries that begin at index · 2^level."""
        above, inside = divmod(level, 8)
        tile, start = divmod(index << inside, WIDTH)
        if (above, tile) not in self._rows:
            self._rows[above, tile] = _rows(self.tile(above, tile))
        return self._rows[above, tile][inside][start >> inside]

    def leaf(self, index: int) -> bytes:
        """Return the hash of entry `index`."""
        return self.node(0, index)

    def tile(self, level: int, index: int) -> bytes:
        """Return the hashes of a tile, one after the other."""
        if (level, index) not in self._kept:
            width = width_of(level, index, self.size)
            data, held = self._file(level, index, width)
            if len(data) != held * _HASH:
                path = tile_path(level, index, width)
                raise LedgerError("ledger_damaged", f"the tile `{path}` has not the length it should have", hint=_HINT)
            self._kept[level, index] = data[: width * _HASH]
        return self._kept[level, index]

    def entries(self, index: int) -> tuple[bytes, ...]:
        """Return the entries of bundle `index`, each held against its hash in the tree."""
        if index not in self._bundles:
            width = width_of("entries", index, self.size)
            path = tile_path("entries", index, width)
            data, held = self._file("entries", index, width)
            found = tuple(_unbundled(data, held, path))[:width]
            if b"".join(map(leaf_hash, found)) != self.tile(0, index):
                raise LedgerError("ledger_entry", f"an entry in `{path}` is not the one in the tree", hint=_HINT)
            self._bundles = {index: found}
        return self._bundles[index]

    def entry(self, index: int) -> bytes:
        """Return one entry."""
        return self.entries(index // WIDTH)[index % WIDTH]

    def _file(self, level: Level, index: int, width: int) -> tuple[bytes, int]:
        """Return the bytes of a tile, and how many hashes or entries they have to hold."""
        path = tile_path(level, index, width)
        for held in sorted({width, WIDTH}):  # it may have been filled since, and its first part is the same
            data = self._read(tile_path(level, index, held))
            if data is not None:
                return data, held
        raise LedgerError("ledger_missing_tile", f"the file `{path}` of the ledger is missing", hint=_HINT)


def grown(old: Tiles, read: Read, entries: Sequence[bytes]) -> tuple[Mapping[str, bytes], Tiles]:
    """Return the files to write so that the tree goes on with `entries`, and the tree as it will then be."""
    files = dict[str, bytes]()
    first, inside = divmod(old.size, WIDTH)
    bodies = [*(old.entries(first) if inside else ()), *entries]
    for at in range(0, len(bodies), WIDTH):
        part = bodies[at : at + WIDTH]
        files[tile_path("entries", first + at // WIDTH, len(part))] = _bundled(part)
    level, fresh = 0, [leaf_hash(entry) for entry in entries]
    while fresh:
        first, inside = divmod(old.size >> 8 * level, WIDTH)
        before = old.tile(level, first) if inside else b""
        joined, above = before + b"".join(fresh), list[bytes]()
        for at in range(0, len(joined), WIDTH * _HASH):
            tile = joined[at : at + WIDTH * _HASH]
            files[tile_path(level, first + at // (WIDTH * _HASH), len(tile) // _HASH)] = tile
            if len(tile) == WIDTH * _HASH:
                above.append(tile_root(tile))
        level, fresh = level + 1, above
    return files, Tiles(lambda path: files.get(path) or read(path), old.size + len(entries))


def filled(old: int, new: int) -> Iterator[str]:
    """Return the folders of partial tiles that became full when the tree grew from `old` to `new` entries."""
    level = 0
    while new >> 8 * level:
        for index in range((old >> 8 * level) // WIDTH, (new >> 8 * level) // WIDTH):
            yield f"{tile_path(level, index)}.p"
            if level == 0:
                yield f"{tile_path('entries', index)}.p"
        level += 1


def tile_root(tile: bytes) -> bytes:
    """Return the hash that stands for a full tile in the level above."""
    return _rows(tile)[8][0]


def _rows(tile: bytes) -> list[list[bytes]]:
    """Return the hashes of a tile, and above them those over each complete pair, up to the one over a full tile."""
    rows = [[tile[at : at + _HASH] for at in range(0, len(tile), _HASH)]]
    for _ in range(8):
        below = rows[-1]
        rows.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
    return rows


def _bundled(entries: Sequence[bytes]) -> bytes:
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def _unbundled(data: bytes, width: int, path: str) -> Iterator[bytes]:
    at = 0
    for _ in range(width):
        length = int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or at + 2 + length > len(data):
            raise LedgerError("ledger_damaged", f"the file `{path}` is cut short", hint=_HINT)
        yield data[at + 2 : at + 2 + length]
        at += 2 + length
    if at != len(data):
        raise LedgerError("ledger_damaged", f"the file `{path}` holds more than it should", hint=_HINT)
