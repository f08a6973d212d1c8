"""The fuzz target of policies works: its seeds are good, and a second of mutations does no harm."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

from policykit.errors import PolicykitError
from policykit.load.policies import lint, read_policies
from policykit.load.trust_document import read_trust
from policykit.load.waiver_document import read_waiver
from tests.fuzz import fuzz_load


def test_the_seeds_are_good_documents_so_that_mutations_start_there() -> None:
    _, *policies, trust, waiver = fuzz_load.seeds()
    assert read_trust(trust, Path("trust.yaml")).stages
    assert read_waiver(waiver, "w.yaml").approved_by
    assert len(policies) >= 7
    for data in policies:
        assert read_policies([("seed.yaml", data.decode(), {})])


def test_the_tests_that_damage_begins_from_are_good(tmp_path: Path) -> None:
    begun = fuzz_load.tests_of_policies()
    assert len(begun) >= 7
    for data in begun:
        assert b"policykit: test/1" in data
        (tmp_path / "test.yaml").write_bytes(data)
        assert [each for each in lint([str(tmp_path)]) if each.level == "error"] == []


def test_mutations_are_sometimes_good_and_often_not() -> None:
    chance, seeds = random.Random(1), fuzz_load.seeds()[1:-2]
    good = 0
    for _ in range(200):
        text = fuzz_load.mutated(seeds, chance).decode("utf-8", "replace")
        with contextlib.suppress(PolicykitError):
            good += bool(read_policies([("p.yaml", text, {})]))
    assert 0 < good < 150


def test_a_second_of_mutations_raises_nothing_but_our_own_errors() -> None:
    assert fuzz_load.run(seconds=1, seed=7) > 20
