"""Packs: each argued, each settable within its bounds."""

from __future__ import annotations

import pytest

from policykit.load import packs
from policykit.load.policies import examine, lint, load_policies
from policykit.terms.gate_file import PolicySource


@pytest.mark.parametrize("name", packs.names())
def test_each_pack_is_without_problem_and_argues_its_limits(name: str) -> None:
    found = examine([f"pack:{name}"], as_of="2026-11-22")
    assert found.problems == ()
    assert [each.id for each in found.policies] == [name]
    assert all(len(each.why) >= 50 for each in found.policies[0].rules)
    assert found.policies[0].path == f"pack:{name}/policy.yaml"


@pytest.mark.parametrize("name", packs.names())
def test_each_parameter_of_a_pack_may_be_set_to_either_bound(name: str) -> None:
    (found,) = load_policies([f"pack:{name}"])
    for key, parameter in found.parameters.items():
        assert parameter.between is not None
        for bound in parameter.between:
            assert lint([PolicySource(f"pack:{name}", {key: bound})]) == ()


def test_the_packs_are_those_that_are_promised() -> None:
    assert set(packs.names()) == {
        "first-look",
        "baseline",
        "tabular-classification",
        "fairness-four-fifths",
        "privacy-budget",
        "latency-interactive",
        "ownership",
    }


def test_a_pack_is_a_text_to_start_from() -> None:
    assert packs.pack_text("baseline").splitlines()[1] == "policykit: policy/1"
