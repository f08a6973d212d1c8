"""Arguments, paths and names of files that would give orders to a terminal or a build service: every verb only shows them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from policykit.cli.start import FIRST, REST, run

WORSE = "\n::error::pwned \x1b[31mred \x1b]0;title\x07 \u202egnp.exe \u2066 ##[command]x \r::set-output name=a::b \x9b1m\n::add-mask::e"
BAD = f"x{WORSE}"
FILE = "::error::" + WORSE.replace("/", "_")


def tame(said: str) -> None:
    """Fail where a terminal or a build service would be told what to do."""
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", said), repr(said)
    assert not re.search(r"(?m)^\s*::", said), repr(said)
    assert "##[" not in said


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def said_by(words: list[str], capsys: pytest.CaptureFixture[str], *codes: int) -> str:
    capsys.readouterr()
    assert run(words) in codes
    captured = capsys.readouterr()
    tame(captured.out + captured.err)
    return captured.out + captured.err


@pytest.mark.parametrize("verb", [*FIRST, *REST, "help"])
def test_no_verb_lets_an_argument_speak(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([BAD], [f"--{BAD}"], [BAD, BAD], [BAD, "--output", BAD], ["--config", BAD], ["--stage", BAD, BAD]):
        said_by([verb, *words], capsys, 0, 2, 4, 74)


@pytest.mark.parametrize(
    "words",
    [
        [BAD],
        ["gate", "b", "--policies", BAD],
        ["gate", BAD, "--output", f"html={BAD}/{BAD}"],
        ["gate", "b", "--output", BAD],
        ["gate", "b", "--mode", BAD],
        ["gate", "b", "--as-of", BAD],
        ["gate", "b", "--notify", f"json://{BAD}"],
        ["gate", "b", "--notify", f"env:{BAD}"],
        ["gate", "b", "--policies", "pack:first-look", "--unless-changed", BAD],
        ["gate", "b", "--sign", BAD, "--output", "attestation=a"],
        ["render", BAD, "--key", BAD],
        ["explain", BAD],
        ["verify", BAD, "--key", BAD],
        ["site", BAD, "-o", BAD],
        ["keys", BAD],
        ["keys", "show", BAD],
        ["bundle", "show", BAD],
        ["bundle", "init", BAD],
        ["ledger", "verify", BAD],
        ["ledger", "init", BAD],
        ["schema", BAD],
        ["checks", BAD],
    ],
)
def test_nor_does_the_value_of_an_option(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    said_by(words, capsys, 0, 2, 4, 74)


@pytest.mark.parametrize("verb", ["lint", "test", "explain", "render", "verify", "inbox", "gate"])
def test_nor_the_name_of_a_file(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    for ending, text in ((".yaml", "policykit: policy/1\nid: ["), (".json", "{}"), (".csv", "a,b\n1,2\n")):
        path = Path(FILE + ending)
        path.write_text(text)
        said_by([verb, str(path)], capsys, 0, 1, 2, 3, 4, 74)
        path.unlink()


def test_problems_keep_their_lines(capsys: pytest.CaptureFixture[str]) -> None:
    Path("::warning::p.yaml").write_text("policykit: policy/1\nidd: x\n")
    said = said_by(["lint", "::warning::p.yaml"], capsys, 2)
    assert ": :warning::p.yaml:2:1: PK101" in said
    assert "\n  2 | idd: x\n    | ^ did you mean `id`?" in said


def test_a_line_break_in_a_path_is_shown_in_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    said = said_by(["render", "a\nALLOWED\x1b[0m"], capsys, 74, 2)
    assert "a␤ALLOWED␛[0m" in said
    assert "\nALLOWED" not in said


def test_a_bug_is_told_as_tamely(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from policykit.cli import start

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(BAD)

    monkeypatch.setattr(start.cli, "main", broken)
    said_by(["gate"], capsys, 70)
    monkeypatch.setenv("POLICYKIT_TRACE", "1")
    assert "\n  File " in said_by(["gate"], capsys, 70)


def test_what_was_written_is_named_tamely(capsys: pytest.CaptureFixture[str]) -> None:
    Path("p.csv").write_text("y,yhat\n" + "1,1\n0,0\n" * 40)
    words = ["gate", "p.csv", "--target", "y", "--prediction", "yhat", "-q", "--save", FILE]
    assert "wrote ::error::␤::error::pwned" in said_by(words, capsys, 0, 1, 2, 3)


def test_without_an_encoding_for_them_they_are_shown_all_the_same() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    ran = subprocess.run(
        [sys.executable, "-m", "policykit", "render", "a\x1b[31m"], capture_output=True, env=environment, check=False
    )
    assert ran.returncode in (2, 74)
    assert b"\x1b" not in ran.stderr
