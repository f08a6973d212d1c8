"""What a step tells GitHub: no text of others ends an output, begins a command, or leaves its block."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile.naughty_names import names

ROOT = Path(__file__).parents[2]


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("actions_tell", ROOT / "actions" / "tell.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tell = loaded()


def read(path: Path) -> dict[str, str]:
    """Read a file of outputs as the runner does."""
    found, lines = {}, iter(path.read_text(encoding="utf-8").split("\n"))
    for line in lines:
        if line:
            name, end = line.split("<<", 1)
            body = []
            while (one := next(lines)) != end:
                body.append(one)
            found[name] = "\n".join(body)
    return found


def test_no_value_ends_an_output_or_adds_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    wanted = {f"n{at}": f"{name}\nEOF\ndecision=ALLOWED\n{name}" for at, name in enumerate(names())}
    tell.outputs(wanted)
    said = read(tmp_path / "output")
    assert said.keys() == wanted.keys()
    assert all("decision=ALLOWED" in value for value in said.values())


def test_every_output_has_an_end_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    for _ in range(20):
        tell.outputs({"a": "1", "b": "2"})
    ends = [line.split("<<")[1] for line in (tmp_path / "output").read_text().splitlines() if "<<" in line]
    assert len(set(ends)) == 40


def test_between_the_random_words_nothing_is_a_command(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    tell.foreign("\n".join(names()) + "\n::error::pwned\n::set-output name=a::b\n::stop-commands::x")
    lines = capfdbinary.readouterr().out.decode().split("\n")
    assert lines[0].startswith("::stop-commands::")
    word = lines[0].removeprefix("::stop-commands::")
    assert len(word) == 32
    assert [at for at, line in enumerate(lines) if line == f"::{word}::"] == [len(lines) - 2]


def test_foreign_text_brings_no_code_for_a_terminal(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    tell.foreign("a\x1b[31mred \u202edesrever \r over \x9b1m")
    said = capfdbinary.readouterr().out.decode()
    assert "<U+001B>[31m" in said and "<U+202E>" in said and "<U+000D>" in said and "<U+009B>" in said


def test_nothing_foreign_says_nothing(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    tell.foreign(" \n")
    assert capfdbinary.readouterr().out == b""


def test_an_annotation_is_one_line_whatever_it_says(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for name in names():
        tell.annotation("error", name, title=name, file=name)
    said = capfdbinary.readouterr().out.decode("utf-8", "replace")
    assert len(said.rstrip("\n").split("\n")) == len(names())
    assert all(line.startswith("::error") for line in said.rstrip("\n").split("\n"))


def test_of_a_file_of_annotations_only_annotations_are_printed(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    tell.annotations("::error title=a::b\n::set-output name=x::y\nhello\n::warning::c\n ::add-mask::d\n::errors::e\n")
    assert capfdbinary.readouterr().out == b"::error title=a::b\n::warning::c\n"


def test_a_summary_is_cut_to_what_github_takes_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    tell.summary("é" * 600_000)
    data = (tmp_path / "summary").read_bytes()
    assert len(data) <= tell.LARGEST_SUMMARY
    assert data.decode().endswith("*Cut here: a job summary holds no more. The whole is in the report.*\n")


@given(st.text())
def test_a_block_is_never_ended_by_what_is_in_it(text: str) -> None:
    first, *body, last, rest = tell.fenced(text).split("\n")
    fence = first.removesuffix("text")
    assert set(fence) == {"`"} and last == fence and rest == ""
    assert not any(line.strip().startswith(fence) for line in body)


def test_a_long_text_is_cut_and_says_how_long_it_was() -> None:
    assert "(30,000 characters in all)" in tell.fenced("a" * 30_000)


def test_a_block_is_no_longer_than_asked_whatever_has_to_be_written_out() -> None:
    assert len(tell.fenced("\x1b" * 20_000)) < 20_100


def test_an_annotation_brings_no_code_for_a_terminal(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    tell.annotation("notice", "a\x1b[31m\u202e\r", title="b\x1b")
    assert capfdbinary.readouterr().out == b"::notice title=b<U+001B>::a<U+001B>[31m<U+202E><U+000D>\n"


def test_lines_are_values_and_blank_ones_are_none() -> None:
    assert tell.lines_of(" sex \r\n\n age band\n") == ["sex", "age band"]


def test_true_is_yes_false_or_nothing_is_no() -> None:
    assert [tell.flag(word, "strict") for word in ("true", "TRUE", "false", "False", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize("word", ["yes", "1", "on", "no", "0", "y", " true", "true\n", "ture", "wahr"])
def test_what_is_neither_true_nor_false_is_refused_by_the_name_of_the_input(word: str) -> None:
    with pytest.raises(ValueError, match="`strict` is `true` or `false`"):
        tell.flag(word, "strict")


def test_the_engine_sees_none_of_the_doors_to_github(monkeypatch: pytest.MonkeyPatch) -> None:
    for door in tell.FROM_GITHUB:
        monkeypatch.setenv(door, "x")
    assert set(tell.FROM_GITHUB) & tell.environment().keys() == set()
    assert tell.environment()["PATH"] == os.environ["PATH"]
