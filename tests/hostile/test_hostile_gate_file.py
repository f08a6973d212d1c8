"""A gate file that comes with the change under review: it has no say in its own judging, and gives nobody's secret away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policykit.cli.start import run
from tests.trust_world import World, make_world

STAGE = ("--stage", "production")


@pytest.fixture
def excused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A bundle that is blocked, with a waiver that its own team signed with its own keys."""
    terms = {"waivers": {"signed_by": {"role": "waiver-authority", "count": 1}, "longest": "120 days"}}
    world = make_world(tmp_path / "w", women=(300, 1000), report=False, terms=terms)
    world.waiver()
    monkeypatch.chdir(world.folder)
    return world


def bring(**said: Any) -> None:
    Path("policykit.yaml").write_text(json.dumps({"policykit": "gate/1", **said}))


ROOTS = ["keys/root-a.pub.pem", "keys/root-b.pub.pem"]
SWAYING: dict[str, Any] = {
    "trust": {"path": "trust.yaml", "roots": ROOTS},
    "waivers": "waivers",
    "inventory": "inventory.csv",
    "vocabulary": {"stage": ["production"]},
    "champion": {"key": "keys/gate.pub.pem"},
    "ledger": "ledger",
    "plugins": ["policykit-more"],
}


@pytest.mark.parametrize("verb", ["gate", "measure", "plan"])
def test_a_gate_file_that_was_only_found_excuses_nothing_beside_policies_that_were_named(
    verb: str, excused: World, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [verb, "bundle", "--policies", str(excused.policy), *STAGE]
    quiet = ["-q"] if verb == "gate" else []
    measured = ["--output", "m.json"] if verb == "measure" else []
    bring(trust=SWAYING["trust"], waivers="waivers")
    capsys.readouterr()
    assert run([*words, *quiet, *measured]) == 2
    said = capsys.readouterr()
    assert "names `trust`, `waivers` as well" in said.err
    assert "--config policykit.yaml" in said.err
    assert "run in a folder without it" in said.err
    assert "ALLOWED" not in said.out


def test_named_by_whoever_runs_the_gate_it_counts(excused: World) -> None:
    words = ["gate", "bundle", "--policies", str(excused.policy), *STAGE, "-q"]
    assert run(words) == 1
    bring(trust=SWAYING["trust"], waivers="waivers")
    assert run([*words, "--config", "policykit.yaml"]) == 0


@pytest.mark.parametrize("key", SWAYING)
def test_each_thing_that_could_sway_the_verdict_is_refused(
    key: str, excused: World, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(**{key: SWAYING[key]})
    assert run(["gate", "bundle", "--policies", str(excused.policy), *STAGE, "-q"]) == 2
    assert f"names `{key}` as well" in capsys.readouterr().err


def test_what_sways_nothing_is_taken_as_ever(excused: World) -> None:
    bring(policies=[{"path": "elsewhere/"}], report={"output": ["text=report.txt"]})
    assert run(["gate", "bundle", "--policies", str(excused.policy), *STAGE, "-q"]) == 1
    assert Path("report.txt").is_file()


def test_measurements_are_judged_by_no_gate_file_that_was_only_found(
    excused: World, capsys: pytest.CaptureFixture[str]
) -> None:
    named = ["--policies", str(excused.policy), *STAGE]
    assert run(["measure", "bundle", *named, "--output", "m.json"]) == 0
    bring(trust=SWAYING["trust"], waivers="waivers")
    assert run(["judge", "m.json", *named]) == 2
    assert "names `trust`, `waivers` as well" in capsys.readouterr().err
