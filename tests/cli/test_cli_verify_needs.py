"""Verifying and linting need what requirements/verify.in names, and nothing else: the actions install no more."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.trust_world import World, make_world

ROOT = Path(__file__).resolve().parents[2]
LISTED = frozenset(re.findall(r"^([a-z0-9][a-z0-9.-]*)==", (ROOT / "requirements" / "verify.txt").read_text(), re.M))
ABSENT = sorted(
    module
    for module, names in packages_distributions().items()
    if module != "policykit" and not {name.lower().replace("_", "-") for name in names} & LISTED
)
PROGRAM = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

ABSENT = frozenset(sys.argv[1].split(","))
sys.meta_path.insert(0, Absent())
from policykit.cli.start import run
raise SystemExit(run(sys.argv[2:]))
"""


def lean(*words: str) -> subprocess.CompletedProcess[str]:
    """Run policykit where no other library can be imported than those listed."""
    order = [sys.executable, "-c", PROGRAM, ",".join(ABSENT), *words]
    return subprocess.run(order, capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("lean") / "w")


def test_the_list_is_a_small_part_of_what_judging_needs() -> None:
    judging = set(re.findall(r"^([a-z0-9][a-z0-9.-]*)==", (ROOT / "requirements" / "run.txt").read_text(), re.M))
    assert judging > LISTED and len(LISTED) < 20
    assert {"numpy", "polars", "pyarrow", "scipy"}.isdisjoint(LISTED)


def test_every_file_on_the_list_has_the_hashes_of_the_whole_list() -> None:
    def locked(name: str) -> dict[str, frozenset[str]]:
        text = (ROOT / "requirements" / name).read_text()
        blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.M)
        return {
            block.split()[0]: frozenset(re.findall(r"sha256:[0-9a-f]{64}", block)) for block in blocks if "==" in block
        }

    whole = locked("run.txt")
    assert {name: hashes for name, hashes in locked("verify.txt").items() if whole.get(name) != hashes} == {}


def test_a_report_is_verified_by_a_key_with_what_is_listed(world: World) -> None:
    done = lean("verify", str(world.report), "--key", str(world.public("gate")))
    assert done.returncode == 0, done.stderr


def test_a_report_is_verified_by_a_trust_file_with_what_is_listed(world: World) -> None:
    done = lean(*world.verify_words("--stage", "production"))
    assert done.returncode == 0, done.stderr


def test_a_report_that_is_not_authentic_is_refused_with_what_is_listed(world: World) -> None:
    done = lean("verify", str(world.report), "--key", str(world.public("gate")), "--stage", "staging")
    assert done.returncode == 4 and "staging" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["policies", "examples/health_visits/policies"],
        ["--config", "examples/health_visits/policykit.yaml"],
    ],
    ids=["packs and policies", "a gate file with an inventory"],
)
def test_policies_are_linted_with_what_is_listed(words: list[str]) -> None:
    done = lean("lint", *words)
    assert done.returncode == 0, done.stderr
