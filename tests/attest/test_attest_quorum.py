"""Different signers are counted, whatever names and keys they use."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.attest.quorum import distinct, same_person
from policykit.terms.signatory import Signatory


def by(key: str, who: str = "", name: str = "n") -> Signatory:
    return Signatory(name, who, "release-manager", key)


SIGNATORIES = st.lists(
    st.builds(by, st.sampled_from("abcdef"), st.sampled_from(["", "x@a", "y@a", "z@a", "X@A"]), st.text(max_size=2)),
    max_size=7,
)


def test_nobody_is_no_quorum() -> None:
    assert distinct([]) == 0


def test_two_of_two_from_one_key_under_two_names_are_one() -> None:
    assert distinct([by("k", name="keller"), by("k", name="silva")]) == 1


def test_one_key_under_two_names_with_two_people_is_one() -> None:
    assert distinct([by("k", "keller@a", "keller"), by("k", "silva@a", "silva")]) == 1


def test_two_keys_of_one_person_are_one() -> None:
    assert distinct([by("k1", "m.keller@acme.example"), by("k2", "M.Keller@ACME.example ")]) == 1


def test_two_people_with_a_key_each_are_two() -> None:
    assert distinct([by("k1", "keller@a"), by("k2", "silva@a")]) == 2


def test_two_machines_without_a_person_are_two() -> None:
    assert distinct([by("k1"), by("k2")]) == 2


def test_a_chain_through_a_key_and_a_person_is_one() -> None:
    chain = [by("k1", "keller@a"), by("k1", "silva@a"), by("k2", "silva@a"), by("k2"), by("k3", "keller@a")]
    assert {distinct(order) for order in permutations(chain)} == {1}


@pytest.mark.parametrize(
    ("one", "other"), [("ﬁsh@a", "FISH@A"), ("STRASSE@a", "straße@a"), ("e\u0301@a", "é@a"), (" a@a", "a@a\t")]
)
def test_a_person_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert same_person(one, other)
    assert distinct([by("k1", one), by("k2", other)]) == 1


def test_nobody_is_not_the_same_person_as_nobody() -> None:
    assert not same_person("", " ")


@given(SIGNATORIES)
def test_never_more_than_keys_nor_than_people_with_a_name_and_keys_without(signed: list[Signatory]) -> None:
    assert distinct(signed) <= len({each.key_id for each in signed})
    nameless = {each.key_id for each in signed if not each.who}
    assert distinct(signed) <= len({each.who.casefold() for each in signed if each.who}) + len(nameless)


@given(SIGNATORIES, st.randoms())
def test_order_does_not_matter(signed: list[Signatory], random: object) -> None:
    shuffled = list(signed)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert distinct(shuffled) == distinct(signed)


@given(SIGNATORIES)
def test_signing_again_adds_nothing(signed: list[Signatory]) -> None:
    assert distinct([*signed, *signed]) == distinct(signed)


@given(SIGNATORIES, SIGNATORIES)
def test_together_they_are_no_more_than_apart(left: list[Signatory], right: list[Signatory]) -> None:
    assert distinct([*left, *right]) <= distinct(left) + distinct(right)


@given(st.lists(st.integers(), unique=True, max_size=6))
def test_signers_with_nothing_in_common_are_all_counted(numbers: list[int]) -> None:
    assert distinct([by(f"k{n}", f"p{n}@a") for n in numbers]) == len(numbers)
