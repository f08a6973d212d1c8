"""Making proofs: which hashes of a tree show that an entry is in it, or that it only grew.

`node(level, index)` gives the hash over the 2^level entries that begin at index · 2^level; the tree is RFC 6962, section 2.1.
Each proof asks for at most about two nodes a level.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from policykit.attest.ledger.tree import EMPTY, node_hash

Node: TypeAlias = Callable[[int, int], bytes]


def root_of(size: int, node: Node) -> bytes:
    """Return the root over the first `size` entries."""
    return _over(0, size, node) if size else EMPTY


def inclusion_proof(index: int, size: int, node: Node) -> tuple[bytes, ...]:
    """Return the proof that entry `index` is in the tree of the first `size` entries."""
    if not 0 <= index < size:
        raise ValueError(f"entry {index} is not in a tree of {size} entries")
    start, stop, found = 0, size, list[bytes]()
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            found.append(_over(middle, stop, node))
            stop = middle
        else:
            found.append(_over(start, middle, node))
            start = middle
    return tuple(reversed(found))


def consistency_proof(old: int, new: int, node: Node) -> tuple[bytes, ...]:
    """Return the proof that the tree of the first `new` entries begins with the tree of the first `old`."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} entries does not begin with {old}")
    if old in (0, new):
        return ()
    start, stop, found, whole = 0, new, list[bytes](), True
    while stop != old:
        middle = start + _split(stop - start)
        if old <= middle:
            found.append(_over(middle, stop, node))
            stop = middle
        else:
            found.append(_over(start, middle, node))
            start, whole = middle, False
    if not whole:
        found.append(_over(start, stop, node))
    return tuple(reversed(found))


def _over(start: int, stop: int, node: Node) -> bytes:
    """Return the hash over the entries from `start`, which begins a subtree, up to `stop`."""
    count = stop - start
    if count & (count - 1) == 0:
        return node(count.bit_length() - 1, start // count)
    middle = start + _split(count)
    return node_hash(_over(start, middle, node), _over(middle, stop, node))


def _split(count: int) -> int:
    """Return the largest power of two below `count`: where the tree parts."""
    return 1 << (count - 1).bit_length() - 1
