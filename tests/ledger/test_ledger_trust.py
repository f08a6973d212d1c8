"""A ledger under a trust file, from the command line: whose it is, who witnesses it, and a report that needs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from policykit.cli.start import run
from tests.trust_world import World, make_world

ORIGIN = "ledger.bank.example"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """The small bank, with a ledger that the office keeps and `lead` witnesses, which production asks for."""
    monkeypatch.setenv("POLICYKIT_STATE", str(tmp_path / "state"))
    ledgers = {"main": {"origin": ORIGIN, "key": "office", "witnesses": ["lead"], "witnessed_by": 1}}
    made = make_world(tmp_path / "world", terms={"approvals": None, "ledger": "main"}, trust={"ledgers": ledgers})
    monkeypatch.chdir(made.folder)
    assert run(["ledger", "init", "L", "--origin", ORIGIN, "--sign", str(made.key("office"))]) == 0
    words = ["ledger", "append", "L", str(made.report), "--sign", str(made.key("office"))]
    assert run([*words, "--key", str(made.public("gate"))]) == 0
    return made


def trusting(world: World) -> list[str]:
    roots = [word for name in ("root-a", "root-b") for word in ("--trust-root", str(world.public(name)))]
    return ["--trust", str(world.trust), *roots]


def witnessed(world: World) -> None:
    words = ["ledger", "witness", "L", "--sign", str(world.key("lead")), "--name", "lead"]
    assert run([*words, "--key", str(world.public("office"))]) == 0


def test_the_trust_file_says_whose_ledger_it_is_and_who_has_to_have_seen_it(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for verb in ("verify", "audit"):
        assert run(["ledger", verb, "L", *trusting(world)]) == 4
        assert "0 of the 1 witnesses needed have signed the checkpoint" in capsys.readouterr().err
    witnessed(world)
    for verb in ("verify", "audit"):
        assert run(["ledger", verb, "L", *trusting(world)]) == 0
        assert "witness  lead" in capsys.readouterr().out


def test_a_key_beside_a_trust_file_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger", "verify", "L", *trusting(world), "--key", str(world.public("office"))]) == 2
    assert "the trust file names the ledger's key, and another was given" in capsys.readouterr().err


def test_a_ledger_the_trust_file_does_not_know_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger", "init", "M", "--origin", "other.example", "--sign", str(world.key("office"))]) == 0
    assert run(["ledger", "verify", "M", *trusting(world)]) == 4
    assert "the trust file knows no ledger of the origin `other.example`" in capsys.readouterr().err
    assert run(["ledger", "init", "N", "--origin", ORIGIN, "--sign", str(world.key("deputy"))]) == 0
    assert run(["ledger", "verify", "N", *trusting(world)]) == 4
    assert "not signed with the key you accept" in capsys.readouterr().err


def test_an_audit_names_a_file_signed_by_somebody_the_trust_file_does_not_know(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    other = world.resigned(lambda said: None, by="stranger")
    words = ["ledger", "append", "L", str(other), "--sign", str(world.key("office"))]
    assert run([*words, "--key", str(world.public("stranger"))]) == 0
    witnessed(world)
    assert run(["ledger", "audit", "L", *trusting(world)]) == 4
    assert "error: entry 1: it is signed with the key " in capsys.readouterr().out


def test_a_report_is_accepted_only_with_a_witnessed_proof_inside(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["verify", str(world.report), *trusting(world), "--stage", "production"]
    assert run(words) == 4
    assert f"holds no proof of any ledger, and `{ORIGIN}` was asked for" in capsys.readouterr().err
    assert run(["ledger", "prove", "L", str(world.report)]) == 0
    assert run(words) == 4
    assert "0 of the 1 witnesses needed" in capsys.readouterr().err
    witnessed(world)
    assert run(["ledger", "prove", "L", str(world.report)]) == 0
    assert run(words) == 0
    assert "ledger   entry 0 of 1, root " in capsys.readouterr().out
