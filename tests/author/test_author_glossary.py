"""The words: each in one sentence, on the page and at the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from policykit.author.glossary import glossary, meaning, words
from policykit.cli.start import run
from policykit.terms.verdict import Cause
from tests.build import ACCURATE, write_policy

ASKED = (
    *("permit", "approval", "ledger", "revocation", "promotion", "attempt", "break glass"),
    *("trust file", "quorum", "evaluator", "time stamp", "waiver", "bundle", "policy"),
)


@pytest.mark.parametrize("word", ASKED)
def test_explain_says_what_a_word_means(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", word]) == 0
    told = capsys.readouterr().out
    assert told.casefold().count(f"{word}: ") >= 1 and len(told) > 40


@pytest.mark.parametrize("word", ASKED)
def test_every_word_stands_in_the_glossary(word: str) -> None:
    assert f"**{word}**: " in glossary().casefold()


@pytest.mark.parametrize("word", sorted(words()))
def test_a_word_says_itself_in_a_sentence(word: str) -> None:
    said = words()[word]
    assert said.endswith(".") and "\n" not in said
    assert meaning(word) == f"{word}: {said}"


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ("Permits", "permit"),
        ("policies", "Policy"),
        ("break-glass", "break glass"),
        ("StageTrust", "StageTrust"),
        ("time_stamp", "time stamp"),
        ("TRUST FILES", "trust file"),
    ],
)
def test_case_number_and_hyphens_do_not_matter(asked: str, word: str) -> None:
    assert str(meaning(asked)).startswith(f"{word}: ")


@pytest.mark.parametrize("cause", list(Cause))
def test_the_causes_are_explained_too(cause: Cause) -> None:
    assert str(meaning(cause.value)).startswith(f"{cause.value}: ")


def test_what_is_a_reason_and_a_word_is_said_as_both(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "timestamp"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("timestamp: The time stamp does not show") and "\n\ntime stamp: " in told


def test_a_word_that_nobody_knows_is_refused_and_the_list_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "flurb"]) == 2
    told = capsys.readouterr().err
    assert "`flurb` is no file, pack, check, code, reason or word" in told and "docs/glossary.md" in told


def test_a_folder_of_that_name_does_not_hide_the_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ledger").mkdir()
    monkeypatch.chdir(tmp_path)
    assert run(["explain", "ledger"]) == 0
    assert capsys.readouterr().out.startswith("ledger: ")


def test_a_folder_of_policies_is_read_whatever_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_policy(tmp_path / "policies" / "p.yaml", ACCURATE)
    monkeypatch.chdir(tmp_path)
    assert run(["explain", "policies"]) == 0
    assert "house@1: The rules of the house" in capsys.readouterr().out
