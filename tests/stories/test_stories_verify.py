"""A report signed by the right key that does not follow from itself is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.envelope import seal, unseal
from policykit.attest.keys import load_signer
from policykit.attest.statement import statement
from policykit.cli.start import run
from tests.build import ACCURATE, EQUAL, people, write_bundle, write_policy

UNFAIR = people(men=(800, 1000), women=(300, 1000))


@pytest.fixture
def signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    run(["keys", "new", "k", "--unencrypted"])
    write_bundle(Path("b"), UNFAIR)
    write_policy(Path("p.yaml"), ACCURATE, EQUAL)
    assert run(["gate", "b", "-p", "p.yaml", "--sign", "k.key.pem", "-o", "attestation=r.json"]) == 1
    return Path("r.json")


def forged(path: Path, change: Callable[[dict[str, Any]], None]) -> list[str]:
    """Change what a report says, sign it again with the same key, and return the words to verify it."""
    said = json.loads(unseal(path.read_bytes()).payload)
    change(said["predicate"])
    subjects = [(entry["name"], entry["digest"]["sha256"]) for entry in said["subject"]]
    signer = load_signer("k.key.pem", None)
    Path("forged.json").write_bytes(seal(statement(subjects, said["predicate"]), signer))
    return ["verify", "forged.json", "--key", "k.pub.pem"]


def test_the_report_itself_verifies(signed: Path) -> None:
    assert run([*forged(signed, lambda said: None), "--rejudge"]) == 1


def _allowed(said: dict[str, Any]) -> None:
    said["decision"] = "ALLOWED"


def _rule_passes(said: dict[str, Any]) -> None:
    _allowed(said)
    said["rules"][1]["status"] = "pass"


def _rule_and_finding_pass(said: dict[str, Any]) -> None:
    _rule_passes(said)
    said["rules"][1]["findings"][0]["status"] = "pass"


def _rule_vanishes(said: dict[str, Any]) -> None:
    _allowed(said)
    del said["rules"][1]


def _rule_advises(said: dict[str, Any]) -> None:
    _allowed(said)
    said["rules"][1]["advisory"] = True


def _counts_change(said: dict[str, Any]) -> None:
    for entry in said["measurements"]:
        for cell in entry["state"].get("cells", []):
            cell[1] = 500


def _policy_changes(said: dict[str, Any]) -> None:
    said["policies"][0]["text"] = said["policies"][0]["text"].replace("10 pp", "90 pp")


def _measurements_vanish(said: dict[str, Any]) -> None:
    said["measurements"] = []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_allowed, "decision"),
        (_rule_passes, "incomplete"),
        (lambda said: said.pop("rules"), "incomplete"),
        (lambda said: said.update(decision="FINE"), "incomplete"),
        (lambda said: said.update(rules="none"), "incomplete"),
        (lambda said: said.update(notices=[{"level": "error"}]), "incomplete"),
    ],
)
def test_a_decision_that_does_not_follow_from_its_rules_is_refused(
    signed: Path, change: Callable[[dict[str, Any]], None], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(forged(signed, change)) == 4
    assert f"[{reason}]" in capsys.readouterr().err


@pytest.mark.parametrize(
    "change",
    [_rule_and_finding_pass, _rule_vanishes, _rule_advises, _counts_change, _policy_changes, _measurements_vanish],
)
def test_verdicts_that_do_not_follow_from_the_measurements_are_refused_when_judged_again(
    signed: Path, change: Callable[[dict[str, Any]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*forged(signed, change), "--rejudge"]) == 4
    assert "[rejudge]" in capsys.readouterr().err


def test_other_semantics_are_not_judged_again(signed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def change(said: dict[str, Any]) -> None:
        said["engine"]["semantics"] = "2"

    assert run([*forged(signed, change), "--rejudge"]) == 4
    assert "[newer]" in capsys.readouterr().err


def test_words_of_a_report_are_shown_without_their_control_characters(
    signed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(said: dict[str, Any]) -> None:
        said["bundle"]["name"] = "loans\x1b[2J\u202e"

    run(forged(signed, change))
    out = capsys.readouterr().out
    assert "\x1b" not in out and "\u202e" not in out and "loans" in out
