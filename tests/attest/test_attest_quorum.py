"""Different signers are counted, whatever names and keys they use."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.attest.quorum import distinct, groups, people, same_person
from policykit.terms.signatory import Signatory, person, unclear


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


@pytest.mark.parametrize(
    "other",
    [
        "N. Okafor <n.okafor@bank.example>",
        "n.okafor@bank.example (risk)",
        "mailto:N.OKAFOR@BANK.EXAMPLE",
        "n.okafor@bank.example.",
        "n.okafor+risk@bank.example",
        "n.okafor@bank.example\u200b",
        "\u202en.oka\u00adfor@bank.example",
        "n.okafor@bank.example\x00",
        "n.okafor\u3164@bank.example\ufe0f",
        "ｎ.ｏkafor@bank.example",
        "a.silva@bank.example, n.okafor@bank.example",
    ],
)
def test_an_address_is_one_person_whatever_is_around_it(other: str) -> None:
    assert same_person("n.okafor@bank.example", other) and same_person(other, "n.okafor@bank.example")
    assert distinct([by("k1", "n.okafor@bank.example"), by("k2", other)]) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Keller, Model Risk", "keller", True),
        ("m.keller@bank.example", "keller", False),
        ("Keller", "Kellermann", False),
        ("M. Keller <m.keller@bank.example>", "M. Keller <other@bank.example>", False),
        ("M. Keller <m.keller@bank.example>", "m. keller", True),
        ("a@b", "aa@b", False),
        ("o.n@bank.example", "n@bank.example", False),
        ("risk", "risk@bank.example", False),
        ("Anna  \t Berg", "anna berg", True),
    ],
)
def test_a_name_is_the_same_where_it_is_the_whole_of_a_word(one: str, other: str, same: bool) -> None:
    assert same_person(one, other) is same_person(other, one) is same


@given(st.text(max_size=12), st.text(max_size=12))
def test_sameness_has_no_order_and_everybody_is_themselves(one: str, other: str) -> None:
    assert same_person(one, other) is same_person(other, one)
    assert same_person(one, one) is bool(person(one))
    assert person(person(one)) == person(one)


@pytest.mark.parametrize(
    "who",
    [
        "",
        "n.okafor@bank.example",
        "M. Keller-Öztürk <m.keller@bank.example>",
        "José O’Neil (risk & model)",
        "Иван Петров <i.petrov@bank.example>",
        "渡辺ゆき",
        "김철수",
        "Γιώργος",
        "team_7",
    ],
)
def test_people_write_their_names_in_their_own_letters(who: str) -> None:
    assert unclear(who) == ""


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("n.\u043ekafor@bank.example", "one word mixes the letters of CYRILLIC and LATIN"),
        ("\u043e.kafor@bank.example", "one word mixes the letters of CYRILLIC and LATIN"),
        ("\u039das", "one word mixes the letters of GREEK and LATIN"),
        ("keller ☃", "it holds the character U+2603"),
        ("kell=er", "it holds the character U+003D"),
    ],
)
def test_letters_that_only_look_like_others_are_told(who: str, told: str) -> None:
    assert unclear(who) == told
    assert people([by("k", who), by("j", "silva@a"), by("l")]) == (by("j", "silva@a"),)


def test_groups_say_who_is_one() -> None:
    one, two, three, *rest = groups([by("k1", "a@a"), by("k2", "b@a"), by("k1", "c@a"), by("k3", "B@A"), by("k4")])
    assert one == three and rest[0] == two and len({one, two, rest[1]}) == 3


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
