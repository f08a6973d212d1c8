"""Help where people look for it: a verb of several named alone, `help VERB`, and what a shell completes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from policykit.cli.start import run


@pytest.mark.parametrize("verb", ["ledger", "bundle"])
def test_a_verb_of_several_named_alone_shows_them_line_by_line(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([verb]) == 2
    shown = capsys.readouterr()
    assert shown.err == "" and shown.out.startswith(f"Usage: policykit {verb} ")
    assert "\nCommands:\n" in shown.out


def test_help_of_a_verb_is_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["help", "ledger", "append"]) == 0
    asked = capsys.readouterr().out
    assert run(["ledger", "append", "--help"]) == 0
    assert capsys.readouterr().out == asked != ""


def test_help_of_no_verb_offers_the_one_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["help", "gat"]) == 2
    assert "there is no verb `gat`: did you mean `gate`?" in capsys.readouterr().err


@pytest.mark.parametrize(("shell", "word"), [("bash_source", "_policykit_completion"), ("bash_complete", "plain,gate")])
def test_a_shell_completes_verbs(shell: str, word: str) -> None:
    asked = {**os.environ, "_POLICYKIT_COMPLETE": shell, "COMP_WORDS": "policykit gat", "COMP_CWORD": "1"}
    program = "from policykit.cli.start import main; main([])"
    done = subprocess.run([sys.executable, "-c", program], env=asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert word in done.stdout


@pytest.mark.parametrize("asked", ["bash_source", "zsh_source", "fish_source", "bash_complete", "nonsense"])
def test_completion_never_answers_in_place_of_a_verb(asked: str) -> None:
    for words in (["gate", "nowhere"], ["verify", "nowhere.json"], ["promote", "x"], ["lint", "nowhere"]):
        program = f"from policykit.cli.start import main; main({words!r})"
        variables = {**os.environ, "_POLICYKIT_COMPLETE": asked}
        done = subprocess.run(
            [sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode in (2, 4, 74) and "_policykit_completion" not in done.stdout, words


def test_what_ends_the_program_from_within_is_never_green(monkeypatch: pytest.MonkeyPatch) -> None:
    def ends(*_: object, **__: object) -> None:
        raise SystemExit(0)

    monkeypatch.setattr("policykit.stories.open.find_gate_file", ends)
    assert run(["gate", "x"]) == 74
