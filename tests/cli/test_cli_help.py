"""Help where people look for it: a verb of several named alone, `help VERB`, and what a shell completes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from policykit.cli.start import run


@pytest.mark.parametrize("verb", ["ledger", "bundle"])
def test_a_verb_of_several_named_alone_shows_them_line_by_line(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([verb]) == 0
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
