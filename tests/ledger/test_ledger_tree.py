"""The tree, its proofs and its tiles, against the recursive definition of RFC 6962."""

from __future__ import annotations

import random
from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.attest.ledger.proofs import consistency_proof, inclusion_proof, root_of
from policykit.attest.ledger.tiles import Tiles, filled, grown, tile_path, width_of
from policykit.attest.ledger.tree import EMPTY, leaf_hash, node_hash, proves_consistency, proves_inclusion
from policykit.errors import LedgerError

MOST = 70


def naive_root(entries: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, as it is written there."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\0" + entries[0]).digest()
    k = naive_split(len(entries))
    return sha256(b"\1" + naive_root(entries[:k]) + naive_root(entries[k:])).digest()


def naive_split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def naive_path(m: int, entries: Sequence[bytes]) -> list[bytes]:
    if len(entries) == 1:
        return []
    k = naive_split(len(entries))
    if m < k:
        return [*naive_path(m, entries[:k]), naive_root(entries[k:])]
    return [*naive_path(m - k, entries[k:]), naive_root(entries[:k])]


def naive_consistency(m: int, entries: Sequence[bytes], whole: bool = True) -> list[bytes]:
    n = len(entries)
    if m == n:
        return [] if whole else [naive_root(entries)]
    k = naive_split(n)
    if m <= k:
        return [*naive_consistency(m, entries[:k], whole), naive_root(entries[k:])]
    return [*naive_consistency(m - k, entries[k:], False), naive_root(entries[:k])]


def entries_of(n: int) -> list[bytes]:
    return [b"entry %d" % i for i in range(n)]


class Memory:
    """A ledger's files in memory, grown in steps."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.size = 0
        self.reads = 0

    def read(self, path: str) -> bytes | None:
        self.reads += 1
        return self.files.get(path)

    def tiles(self) -> Tiles:
        return Tiles(self.read, self.size)

    def grow(self, entries: Sequence[bytes]) -> Tiles:
        files, tiles = grown(self.tiles(), self.read, entries)
        self.files.update(files)
        self.size = tiles.size
        return tiles


def node_of(entries: Sequence[bytes]):
    return lambda level, index: naive_root(entries[index << level : (index + 1) << level])


def test_every_root_and_inclusion_proof_up_to_seventy_entries_is_that_of_the_definition() -> None:
    for n in range(MOST + 1):
        entries = entries_of(n)
        root = root_of(n, node_of(entries))
        assert root == naive_root(entries)
        for m in range(n):
            proof = inclusion_proof(m, n, node_of(entries))
            assert list(proof) == naive_path(m, entries)
            assert proves_inclusion(m, n, leaf_hash(entries[m]), proof, root)


def test_every_consistency_proof_up_to_seventy_entries_is_that_of_the_definition() -> None:
    roots = [naive_root(entries_of(n)) for n in range(MOST + 1)]
    for n in range(MOST + 1):
        node = node_of(entries_of(n))
        for m in range(n + 1):
            proof = consistency_proof(m, n, node)
            assert list(proof) == (naive_consistency(m, entries_of(n)) if 0 < m < n else [])
            assert proves_consistency(m, n, roots[m], roots[n], proof)


@pytest.mark.parametrize("n", range(1, 40))
def test_no_inclusion_proof_holds_for_another_place_another_entry_or_another_root(n: int) -> None:
    entries = entries_of(n)
    root = naive_root(entries)
    for m in range(n):
        proof = naive_path(m, entries)
        for other in range(-1, n + 2):
            if other != m:
                assert not proves_inclusion(other, n, leaf_hash(entries[m]), proof, root)
        assert not proves_inclusion(m, n, leaf_hash(b"another"), proof, root)
        assert not proves_inclusion(m, n, leaf_hash(entries[m]), proof, EMPTY)
        assert not proves_inclusion(m, n, leaf_hash(entries[m]), [*proof, EMPTY], root)
        if proof:
            assert not proves_inclusion(m, n, leaf_hash(entries[m]), proof[:-1], root)
            assert not proves_inclusion(m, n, leaf_hash(entries[m]), proof[1:], root)


@pytest.mark.parametrize("n", range(2, 40))
def test_no_consistency_proof_holds_for_a_tree_that_was_written_anew(n: int) -> None:
    entries = entries_of(n)
    changed = [b"changed", *entries[1:]]
    for m in range(1, n):
        proof = naive_consistency(m, entries)
        old, new = naive_root(entries[:m]), naive_root(entries)
        assert not proves_consistency(m, n, naive_root(changed[:m]), new, proof)
        assert not proves_consistency(m, n, old, naive_root(changed), naive_consistency(m, changed))
        assert not proves_consistency(m, n, old, naive_root(changed), proof)
        assert not proves_consistency(m, n, old, new, [*proof, EMPTY])
        assert not proves_consistency(m, n, old, new, proof[:-1])
        assert not proves_consistency(n, m, new, old, proof)


def test_an_empty_tree_is_the_beginning_of_every_tree_and_a_tree_of_itself() -> None:
    root = naive_root(entries_of(5))
    assert proves_consistency(0, 5, EMPTY, root, [])
    assert not proves_consistency(0, 5, root, root, [])
    assert proves_consistency(5, 5, root, root, [])
    assert not proves_consistency(5, 5, EMPTY, root, [])
    assert not proves_consistency(-1, 5, EMPTY, root, [])


def test_nothing_is_proven_of_an_entry_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="entry 3 is not in a tree of 3 entries"):
        inclusion_proof(3, 3, node_of(entries_of(3)))
    with pytest.raises(ValueError, match="does not begin with 4"):
        consistency_proof(4, 3, node_of(entries_of(3)))


def test_tiles_lie_where_the_specification_says() -> None:
    assert tile_path(0, 0) == "tile/0/000"
    assert tile_path(0, 1_234_067) == "tile/0/x001/x234/067"
    assert tile_path("entries", 273, 112) == "tile/entries/273.p/112"
    assert [width_of(0, 273, 70_000), width_of(1, 1, 70_000), width_of(2, 0, 70_000)] == [112, 17, 1]
    assert width_of(0, 0, 256) == 256
    assert width_of(1, 0, 256) == 1


@pytest.mark.parametrize("steps", [[1] * 300, [255, 1, 1], [256], [257, 255], [600, 3, 700], [70_000], [1, 65_535, 1]])
def test_tiles_grown_in_any_steps_give_the_root_and_the_proofs_of_the_definition(steps: list[int]) -> None:
    memory, entries = Memory(), list[bytes]()
    for step in steps:
        fresh = [b"entry %d" % i for i in range(len(entries), len(entries) + step)]
        tiles = memory.grow(fresh)
        entries += fresh
        if len(entries) < 2000:
            assert tiles.root() == naive_root(entries)
    n, tiles = len(entries), memory.tiles()
    root = naive_root(entries)
    assert tiles.root() == root
    picked = random.Random(7).sample(range(n), min(n, 20))
    for m in picked:
        assert tiles.entry(m) == entries[m]
        proof = inclusion_proof(m, n, tiles.node)
        assert proves_inclusion(m, n, leaf_hash(entries[m]), proof, root)
        old = root_of(m, tiles.node)
        assert proves_consistency(m, n, old, root, consistency_proof(m, n, tiles.node))
    assert all(len(entries) >> 8 * level for level in range(3) if any(f"tile/{level}/" in p for p in memory.files))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=6), st.data())
def test_however_a_ledger_grew_it_is_the_same_and_still_begins_with_what_it_was(
    steps: list[int], data: st.DataObject
) -> None:
    memory, sizes, roots = Memory(), [0], [EMPTY]
    for step in steps:
        tiles = memory.grow(entries_of(sizes[-1] + step)[sizes[-1] :])
        sizes.append(tiles.size)
        roots.append(tiles.root())
    assert roots[-1] == naive_root(entries_of(sizes[-1]))
    at = data.draw(st.integers(0, len(sizes) - 1))
    proof = consistency_proof(sizes[at], sizes[-1], memory.tiles().node)
    assert proves_consistency(sizes[at], sizes[-1], roots[at], roots[-1], proof)


def test_a_proof_reads_a_few_files_however_long_the_ledger_is() -> None:
    memory = Memory()
    memory.grow([b"%d" % i for i in range(100_000)])
    for m in (0, 1, 50_000, 99_999):
        memory.reads = 0
        inclusion_proof(m, 100_000, memory.tiles().node)
        assert memory.reads <= 6


def test_a_partial_tile_that_was_filled_since_is_read_from_the_full_one() -> None:
    memory = Memory()
    memory.grow(entries_of(200))
    before = memory.tiles().root()
    memory.grow([b"x"] * 56)
    for path in [p for p in memory.files if ".p/" in p and not p.startswith("tile/1")]:
        del memory.files[path]
    old = Tiles(memory.read, 200)
    assert old.root() == before
    assert old.entry(199) == b"entry 199"


def test_the_folders_of_partial_tiles_are_named_once_they_are_full() -> None:
    assert list(filled(255, 256)) == ["tile/0/000.p", "tile/entries/000.p"]
    assert list(filled(0, 255)) == []
    assert "tile/1/000.p" in list(filled(65_535, 65_536))


@pytest.mark.parametrize(
    ("path", "data", "reason"),
    [
        ("tile/0/000.p/5", b"x" * 31, "ledger_damaged"),
        ("tile/entries/000.p/5", b"\0\5entr", "ledger_damaged"),
        ("tile/entries/000.p/5", b"\0\1a\0\1b\0\1c\0\1d\0\1e", "ledger_entry"),
        ("tile/entries/000.p/5", None, "ledger_missing_tile"),
        ("tile/0/000.p/5", None, "ledger_missing_tile"),
    ],
)
def test_a_damaged_or_missing_tile_is_refused(path: str, data: bytes | None, reason: str) -> None:
    memory = Memory()
    memory.grow(entries_of(5))
    if data is None:
        del memory.files[path]
    else:
        memory.files[path] = data
    with pytest.raises(LedgerError) as caught:
        memory.tiles().entries(0)
    assert caught.value.reason == reason
    assert node_hash(b"a" * 32, b"b" * 32) != node_hash(b"b" * 32, b"a" * 32)
