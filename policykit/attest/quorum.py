"""A quorum: how many different people signed, whatever names and keys they used."""

from __future__ import annotations

from collections.abc import Sequence

from policykit.terms.signatory import Signatory, same_person, unclear

__all__ = ["distinct", "groups", "people", "same_person"]


def distinct(signatories: Sequence[Signatory]) -> int:
    """Return how many different signers these are.

    One key under two names counts once, and so do two keys of one person. Where a chain of both joins several, they count
    once together: doubt lowers the count.
    """
    return len(set(groups(signatories)))


def people(signatories: Sequence[Signatory]) -> tuple[Signatory, ...]:
    """Return those of whom it is known which person they are: a machine is nobody, and neither is a name of false letters."""
    return tuple(each for each in signatories if each.who.strip() and not unclear(each.who))


def groups(signatories: Sequence[Signatory]) -> list[int]:
    """Return for each signatory the number of the signer that it is: equal numbers are one signer, as `distinct` counts."""
    every = list(dict.fromkeys((each.key_id, each.who) for each in signatories))
    parent = list(range(len(every)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for place, (key, who) in enumerate(every):
        for other in range(place):
            if every[other][0] == key or same_person(every[other][1], who):
                parent[root(place)] = root(other)
    number = {pair: root(place) for place, pair in enumerate(every)}
    return [number[each.key_id, each.who] for each in signatories]
