"""The fuzz target of policies works: its seeds are good, and a second of mutations does no harm."""

from __future__ import annotations

import contextlib
import random

from policykit.errors import PolicykitError
from policykit.load.policies import read_policies
from tests.fuzz import fuzz_load


def test_the_seeds_are_good_policies_so_that_mutations_start_there() -> None:
    _, *policies = fuzz_load.seeds()
    assert len(policies) >= 7
    for data in policies:
        assert read_policies([("seed.yaml", data.decode(), {})])


def test_mutations_are_sometimes_good_and_often_not() -> None:
    chance, seeds = random.Random(1), fuzz_load.seeds()[1:]
    good = 0
    for _ in range(200):
        text = fuzz_load.mutated(seeds, chance).decode("utf-8", "replace")
        with contextlib.suppress(PolicykitError):
            good += bool(read_policies([("p.yaml", text, {})]))
    assert 0 < good < 150


def test_a_second_of_mutations_raises_nothing_but_our_own_errors() -> None:
    assert fuzz_load.run(seconds=1, seed=7) > 20
