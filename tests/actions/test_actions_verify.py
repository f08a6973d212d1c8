"""Verify and lint as actions, really run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.actions.acting import Ran, act
from tests.actions.conftest import Repository
from tests.actions.hostile_words import HOSTILE, NEVER
from tests.build import ACCURATE, write_policy
from tests.trust_world import make_world

pytestmark = pytest.mark.slow


@pytest.fixture
def signed(repository: Repository) -> tuple[Repository, Path]:
    """A repository with a signed report of its bundle, and its public key `gate.pub.pem`."""
    secret, _ = repository.key()
    ran = repository.gate(sign="GATE_KEY", environment={"GATE_KEY": secret}, stage="production")
    path = repository.folder / "report.sigstore.json"
    path.write_bytes(Path(ran.outputs["attestation"]).read_bytes())
    return repository, path


def verify(repository: Repository, **inputs: str) -> Ran:
    given = {
        "report": "report.sigstore.json",
        "key": "gate.pub.pem",
        **{name.replace("_", "-"): value for name, value in inputs.items()},
    }
    return act("verify", repository.folder, given)


def lint(repository: Repository, **inputs: str) -> Ran:
    return act("lint", repository.folder, {"policies": "policies", **inputs})


def test_an_authentic_report_about_these_files_passes(signed: tuple[Repository, Path]) -> None:
    ran = verify(signed[0], bundle="bundle", stage="production", rejudge="true")
    assert not ran.failed and dict(ran.outputs) == {"decision": "ALLOWED", "exit-code": "0"}
    assert "ALLOWED" in ran.summary


def test_a_blocked_report_fails_however_authentic(repository: Repository) -> None:
    secret, _ = repository.key()
    repository.bundle(women=(200, 1000))
    made = repository.gate(sign="GATE_KEY", environment={"GATE_KEY": secret})
    ran = verify(repository, report=made.outputs["attestation"])
    assert ran.failed and dict(ran.outputs) == {"decision": "BLOCKED", "exit-code": "1"}


def test_files_changed_after_judging_are_untrusted(signed: tuple[Repository, Path]) -> None:
    signed[0].bundle(women=(499, 1000))
    ran = verify(signed[0], bundle="bundle")
    assert ran.failed and ran.outputs["decision"] == "UNTRUSTED"
    assert [command["title"] for command in ran.commands] == ["policykit verify: UNTRUSTED"]


def test_another_stage_is_untrusted(signed: tuple[Repository, Path]) -> None:
    assert verify(signed[0], stage="staging").outputs["exit-code"] == "4"


def test_another_key_is_untrusted(signed: tuple[Repository, Path]) -> None:
    signed[0].key("stranger")
    assert verify(signed[0], key="stranger.pub.pem").outputs["exit-code"] == "4"


def test_without_a_key_or_a_trust_file_nothing_is_believed(signed: tuple[Repository, Path]) -> None:
    assert verify(signed[0], key="").outputs["exit-code"] == "4"


@pytest.mark.parametrize("report", ["", " ", "no-such-file.json", "bundle"])
def test_a_gate_that_was_skipped_leaves_no_report_and_that_is_untrusted(
    signed: tuple[Repository, Path], report: str
) -> None:
    ran = verify(signed[0], report=report)
    assert ran.failed and ran.outputs["exit-code"] == "4"


def test_a_report_under_a_trust_file_passes_and_a_report_is_no_permit(repository: Repository, tmp_path: Path) -> None:
    world = make_world(tmp_path / "world")
    words = iter(world.verify_words("--stage", "production")[2:])
    given: dict[str, list[str]] = {}
    for option, value in zip(words, words, strict=True):
        given.setdefault(option.removeprefix("--").replace("-", "_"), []).append(value)
    state = given.pop("state", None)
    assert state is None or len(state) == 1
    inputs = {name: "\n".join(values) for name, values in given.items()} | {"key": "", "report": str(world.report)}
    assert verify(repository, **inputs).outputs["decision"] == "ALLOWED"
    assert verify(repository, **inputs, **{"as": "permit"}).outputs["exit-code"] == "4"


@pytest.mark.parametrize("word", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_input_to_verify_is_only_text(signed: tuple[Repository, Path], untouched: Any, word: str) -> None:
    everywhere = dict.fromkeys(("trust", "trust_root", "bundle", "stage", "nonce", "max_age", "claims", "as"), word)
    for ran in (
        verify(signed[0], **everywhere),
        verify(signed[0], report=word),
        verify(signed[0], stage=word),
        verify(signed[0], key=word),
    ):
        assert ran.failed and untouched() == []
        assert ran.outputs["exit-code"] in {"2", "4"}
        assert {command["name"] for command in ran.commands} <= {"error"}
        assert not any(command["text"] == "forged" for command in ran.commands)
        assert "\x1b" not in ran.printed + ran.summary


def test_lint_finds_nothing_wrong_with_what_is_right(repository: Repository) -> None:
    ran = lint(repository)
    assert not ran.failed and dict(ran.outputs) == {"exit-code": "0", "errors": "0", "warnings": "0"}
    assert ran.commands == []


def test_lint_annotates_every_mistake_at_its_line_and_column(repository: Repository) -> None:
    text = (repository.folder / "policies" / "house.yaml").read_text()
    lines = json.dumps(json.loads(text), indent=1).replace("performance.accuracy", "performance.acuracy")
    (repository.folder / "policies" / "house.yaml").write_text(lines)
    ran = lint(repository)
    assert ran.failed and ran.outputs["exit-code"] == "2" and ran.outputs["errors"] == "1"
    [mistake] = [command for command in ran.commands if command["name"] == "error"]
    at = next(number for number, line in enumerate(lines.splitlines(), 1) if "acuracy" in line)
    assert (mistake["file"], mistake["line"]) == ("policies/house.yaml", str(at))
    assert int(mistake["col"]) == lines.splitlines()[at - 1].index('"performance') + 1
    assert "performance.accuracy" in mistake["text"]


def test_lint_counts_warnings_only_when_asked(repository: Repository) -> None:
    write_policy(repository.folder / "policies" / "house.yaml", ACCURATE)
    text = json.loads((repository.folder / "policies" / "house.yaml").read_text())
    del text["rules"][0]["why"]
    (repository.folder / "policies" / "house.yaml").write_text(json.dumps(text))
    ran = lint(repository)
    assert not ran.failed and ran.outputs["warnings"] == "1"
    assert [command["name"] for command in ran.commands if command["name"] == "warning"] == ["warning"]
    assert lint(repository, strict="true").failed


def test_lint_of_nothing_is_a_mistake(repository: Repository) -> None:
    ran = lint(repository, policies="no-such-folder")
    assert ran.failed and [command["name"] for command in ran.commands].count("error") == 1


@pytest.mark.parametrize("word", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_word_in_a_policy_or_its_path_is_only_text(repository: Repository, untouched: Any, word: str) -> None:
    name = word.replace("/", "_").replace("\n", "_")
    write_policy(repository.folder / "policies" / f"{name}.yaml", {**ACCURATE, "title": word, word: "x"}, title=word)
    for ran in (lint(repository), lint(repository, policies=word), lint(repository, config=word)):
        assert untouched() == []
        assert {command["name"] for command in ran.commands} & NEVER == set()
        assert not any(command["text"] == "forged" for command in ran.commands)
        assert "\x1b" not in ran.printed + ran.summary
        assert ran.failed == (ran.outputs["exit-code"] != "0")


@pytest.mark.parametrize("word", ["yes", "1", "on"])
@pytest.mark.parametrize("name", ["approved", "rejudge"])
def test_a_yes_that_is_not_true_never_asks_for_less(signed: tuple[Repository, Path], name: str, word: str) -> None:
    ran = verify(signed[0], **{name: word})
    assert ran.failed and dict(ran.outputs) == {"decision": "INVALID", "exit-code": "2"}
    assert any(f"`{name}` is `true` or `false`" in command["text"] for command in ran.commands)


@pytest.mark.parametrize("word", ["yes", "1", "on"])
def test_a_strict_that_is_not_true_lints_nothing_and_fails(repository: Repository, word: str) -> None:
    ran = lint(repository, strict=word)
    assert ran.failed and ran.outputs["exit-code"] == "2"
    assert any("`strict` is `true` or `false`" in command["text"] for command in ran.commands)
