"""Releases that went out on the wrong paper, and here do not: no permit, a signed FAIL, one key counted twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from policykit.cli.start import run
from tests.trust_world import World, make_world

STAGE = ["--stage", "production"]


def permit(world: World) -> int:
    """Ask the permit office for a permit, with all it could want."""
    words = ["permit", str(world.report), *world.trust_words, *STAGE, "--bundle", str(world.bundle)]
    return run([*words, "--sign", str(world.key("office")), "--output", str(world.folder / "permit.json")])


def release(world: World) -> int:
    """Do what the job does that stands before a release."""
    words = ["verify", str(world.folder / "permit.json"), "--as", "permit", *world.trust_words, *STAGE]
    return run([*words, "--bundle", str(world.bundle), "--claims", str(world.claims)])


def test_a_gate_that_was_skipped_releases_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = make_world(tmp_path / "world")
    assert release(world) == 4
    assert capsys.readouterr().out == "UNTRUSTED\n"
    for name in ("keller", "silva"):
        world.approve(by=name)
    assert (permit(world), release(world)) == (0, 0)


def test_a_signed_fail_verifies_as_a_fail_and_earns_no_permit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_world(tmp_path / "world", women=(300, 1000))
    for name in ("keller", "silva"):
        world.approve(by=name)
    assert run(world.verify_words(*STAGE)) == 1
    assert capsys.readouterr().out.startswith("BLOCKED: ")
    assert (permit(world), release(world)) == (4, 4)
    assert "[not_allowed]" in capsys.readouterr().err
    (world.folder / "permit.json").write_bytes(world.report.read_bytes())
    assert release(world) == 4


def test_two_of_two_approvals_from_one_key_are_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = make_world(tmp_path / "world")
    world.approve(by="keller")
    world.approve(by="keller", comment="and once more")
    assert permit(world) == 4
    assert "1 of the 2 approvals by `release-manager` are there [approvals]" in capsys.readouterr().err
    assert not (world.folder / "permit.json").exists()
