"""The fuzz target of bundles works: its seeds are good, and a second of mutations does no harm."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from policykit.load.bundle import load_bundle
from policykit.load.measurements import load_measurements


@pytest.fixture(scope="module")
def bundles() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz_bundle", Path(__file__).with_name("fuzz_bundle.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_seeds_are_good_bundles_so_that_mutations_start_there(bundles: ModuleType) -> None:
    manifest, stored, deflated, *_, measured = bundles.seeds()
    root = bundles._folder()
    (root / "bundle.yaml").write_bytes(manifest)
    digests = {load_bundle(root).manifest_digest}
    for number, data in enumerate((stored, deflated)):
        (root.parent / f"{number}.zip").write_bytes(data)
        digests.add(load_bundle(root.parent / f"{number}.zip").manifest_digest)
    assert len(digests) == 1
    assert load_measurements(measured).stage == "production"


def test_a_second_of_mutated_bundles_meets_no_exception_but_ours(bundles: ModuleType) -> None:
    assert bundles.run(seconds=1.0, seed=20261122) > 20
