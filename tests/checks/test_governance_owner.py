"""`governance.owner`: who answers for it."""

from __future__ import annotations

from typing import Any

import pytest
from counting_by_hand import ask
from pydantic import ValidationError

from policykit.checks.governance.owner import Owner
from policykit.terms.check import Answer
from policykit.terms.estimate import Observed
from policykit.terms.verdict import Cause, Unmeasured


def owner(stated: dict[str, Any], **params: Any) -> Answer:
    return ask(Owner(**params), facts={"facts": {"owners": stated}})


def test_a_named_person_is_the_owner() -> None:
    assert owner({"model": " a.silva@acme.example "}, of="model") == Observed("a.silva@acme.example")


@pytest.mark.parametrize("nobody", ["", "  ", "TBD", "n/a", "None", "unknown", "-", "To be  decided", [], ["", "tbd"]])
def test_a_blank_or_a_placeholder_is_nobody(nobody: Any) -> None:
    assert owner({"model": nobody}, of="model") == Observed(None, "an owner of `model`")


def test_an_owner_that_is_not_stated_is_missing_not_absent() -> None:
    assert owner({"data": "x"}, of="model") == Unmeasured(Cause.MISSING, "nothing is stated under `facts.owners.model`")


@pytest.mark.parametrize("odd", [7, True, None, {"name": "a"}, ["a", 7]])
def test_an_owner_that_is_no_text_is_of_the_wrong_type(odd: Any) -> None:
    expected = Unmeasured(Cause.WRONG_TYPE, "the owner of `model` is neither a text nor a list of texts")
    assert owner({"model": odd}, of="model") == expected


def test_several_owners_are_a_set() -> None:
    assert owner({"model": ["a", "b"]}, of="model") == Observed(("a", "b"))


@pytest.mark.parametrize("same", ["a.silva@acme.example", "A.SILVA@acme.example ", ["b", "a.silva@acme.example"]])
def test_people_who_must_differ_may_not_be_the_same_person_in_other_letters(same: Any) -> None:
    stated = {"model": "a.silva@acme.example", "monitoring": same}
    found = owner(stated, of="model", distinct_from=["monitoring"])
    assert found == Observed(None, "an owner of `model` other than `a.silva@acme.example`, who owns `monitoring` too,")


def test_people_who_differ_may() -> None:
    assert owner({"model": "a", "data": "b"}, of="model", distinct_from=["data"]) == Observed("a")


def test_a_role_to_differ_from_that_is_not_stated_is_missing() -> None:
    found = owner({"model": "a"}, of="model", distinct_from=["data"])
    assert found == Unmeasured(Cause.MISSING, "nothing is stated under `facts.owners.data`")


def test_a_role_is_a_plain_name() -> None:
    with pytest.raises(ValidationError):
        Owner(of="../model")
