"""A quorum: how many different people signed, whatever names and keys they used."""

from __future__ import annotations

from collections.abc import Sequence

from policykit.terms.signatory import Signatory, person


def distinct(signatories: Sequence[Signatory]) -> int:
    """Return how many different signers these are.

    One key under two names counts once, and so do two keys of one person. Where a chain of both joins several, they count
    once together: doubt lowers the count.
    """
    parent = list(range(len(signatories)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    first = dict[tuple[str, str], int]()
    for place, signatory in enumerate(signatories):
        for mark in _marks(signatory):
            parent[root(place)] = root(first.setdefault(mark, place))
    return sum(1 for place in range(len(signatories)) if root(place) == place)


def same_person(one: str, other: str) -> bool:
    """Say whether two words for people mean the same one; nobody is the same as nobody."""
    return bool(person(one)) and person(one) == person(other)


def _marks(signatory: Signatory) -> list[tuple[str, str]]:
    who = person(signatory.who)
    return [("key", signatory.key_id), *([("person", who)] if who else [])]
