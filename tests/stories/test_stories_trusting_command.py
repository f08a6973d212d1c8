"""Which trust file counts, as the command line, the environment and a gate file say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest

from policykit.attest.state import State
from policykit.cli.options import authority_of, state_folder, trust_options
from policykit.cli.start import run
from policykit.errors import UsageError, VerificationError
from policykit.terms.gate_file import GateFile
from tests.stories.trusting_worlds import refused
from tests.trust_world import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "w", report=False)


# from the command line


@click.command()
@trust_options
def _words(**words: Any) -> dict[str, Any]:
    return words


def parsed(*words: str) -> dict[str, Any]:
    found: dict[str, Any] = _words.main([*words], standalone_mode=False)
    return found


def test_the_options_come_from_the_command_line_and_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parsed() == {"trust": None, "trust_root": (), "state": None}
    monkeypatch.setenv("POLICYKIT_TRUST_ROOT", "a.pem sha256:00")
    monkeypatch.setenv("POLICYKIT_STATE", "/s")
    assert parsed("--trust", "t.yaml") == {
        "trust": Path("t.yaml"),
        "trust_root": ("a.pem", "sha256:00"),
        "state": Path("/s"),
    }
    assert parsed("--trust-root", "b", "--trust-root", "c")["trust_root"] == ("b", "c")


def test_what_was_seen_is_remembered_where_the_desktop_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert state_folder({"XDG_STATE_HOME": "/x"}) == Path("/x/policykit")
    monkeypatch.setenv("HOME", "/home/keller")
    for nothing in ({}, {"XDG_STATE_HOME": ""}, {"XDG_STATE_HOME": "relative"}):
        assert state_folder(nothing) == Path("/home/keller/.local/state/policykit")


def test_without_a_trust_file_there_is_no_authority_and_roots_alone_are_a_mistake(world: World) -> None:
    assert authority_of(None, (), None, now=world.now) is None
    with pytest.raises(UsageError, match="a root key is given, and no trust file"):
        authority_of(None, ("k.pem",), None, now=world.now)


def test_a_gate_file_may_say_which_trust_file_counts(world: World, tmp_path: Path) -> None:
    roots = (str(world.public("root-a")),)
    gate_file = GateFile("policykit.yaml", trust=str(world.trust), trust_roots=roots)
    found = authority_of(None, (), world.state, now=world.now, gate_file=gate_file)
    assert found is not None and found.trust.id == "bank.models"
    with pytest.raises(VerificationError):
        authority_of(None, (str(world.public("stranger")),), tmp_path / "new", now=world.now, gate_file=gate_file)


@click.command()
@click.option("--config", type=click.Path(path_type=Path))
@trust_options
def _judges(config: Path | None, trust: Path | None, trust_root: tuple[str, ...], state: Path | None) -> int:
    """A verb that reads a gate file, found or named."""
    from datetime import UTC, datetime

    from policykit.load.gate_file import load_gate_file

    gate_file = load_gate_file(config or Path("policykit.yaml"))
    found = authority_of(trust, trust_root, state, now=datetime.now(UTC), gate_file=gate_file)
    return found.trust.version if found is not None else 0


def judged(*words: object) -> int:
    found: int = _judges.main([str(word) for word in words], standalone_mode=False)
    return found


@pytest.fixture
def checkout(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A folder whose own gate file names a trust file and its root."""
    roots = [str(world.public("root-a")), str(world.public("root-b"))]
    said = {"policykit": "gate/1", "trust": {"path": "trust.yaml", "roots": roots}}
    (world.folder / "policykit.yaml").write_text(json.dumps(said))
    monkeypatch.chdir(world.folder)
    return world


def test_a_gate_file_that_was_found_makes_no_trust_file_remembered(checkout: World) -> None:
    assert judged("--state", checkout.state) == 1
    assert State(checkout.state).seen("trust", "bank.models") is None
    refused("trust_root", checkout, state=True)
    assert judged("--state", checkout.state, "--config", "policykit.yaml") == 1
    assert (State(checkout.state).seen("trust", "bank.models") or {})["version"] == 1


def test_a_pull_request_cannot_plant_its_own_trust_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(tmp_path / "theirs")
    roots = [str(world.public("root-a"))]
    (world.folder / "policykit.yaml").write_text(
        json.dumps(
            {
                "policykit": "gate/1",
                "policies": [{"path": "policies/"}],
                "trust": {"path": "trust.yaml", "roots": roots},
            }
        )
    )
    monkeypatch.chdir(world.folder)
    state = ["--state", str(tmp_path / "state")]
    assert run(["gate", "bundle", "--stage", "production", *state]) == 0
    pinned = ["--trust", "trust.yaml", "--trust-root", "sha256:" + world.signer("stranger").public.id]
    verified = ["verify", "report.sigstore.json", "--stage", "production", *pinned, *state]
    assert run(verified) == 4
    assert run(["gate", "bundle", "--stage", "production", "--config", "policykit.yaml", *state]) == 0
    assert run(verified) == 4  # what is remembered does not stand in for the root that is pinned


def test_the_roots_of_a_gate_file_have_all_signed(checkout: World) -> None:
    text = (checkout.folder / "policykit.yaml").read_text()
    (checkout.folder / "policykit.yaml").write_text(text.replace("root-b", "stranger"))
    with pytest.raises(VerificationError, match="signed by 1 of the 2 root keys that you gave"):
        judged("--state", checkout.state)


def test_how_many_roots_are_enough_is_said_on_the_command_line(checkout: World) -> None:
    words = ["--trust", checkout.trust, "--trust-root", checkout.public("root-a"), "--state", checkout.state]
    words += ["--trust-root", checkout.public("stranger")]
    with pytest.raises(VerificationError):
        judged(*words)
    assert judged(*words, "--trust-root-count", 1) == 1
    with pytest.raises(UsageError, match="root keys are counted, and none is given"):
        judged("--state", checkout.state, "--trust-root-count", 1)
    with pytest.raises(click.UsageError, match="0 is not in the range"):
        judged(*words, "--trust-root-count", 0)
