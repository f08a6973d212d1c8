"""A page is walked as a reader walks it: one shell, from the first command to the last."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import pages
from tests.docs.pages import walk


def page(folder: Path, *parts: str) -> Path:
    found = folder / "page.md"
    found.write_text("\n".join(parts), encoding="utf-8")
    return found


def console(*lines: str) -> str:
    return "```console\n" + "".join(f"{line}\n" for line in lines) + "```\n"


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    (there := tmp_path / "reader").mkdir()
    return there


def test_a_reader_who_goes_into_a_folder_is_there_for_the_next_command(reader: Path, tmp_path: Path) -> None:
    gone = page(tmp_path, console("$ mkdir sub && cd sub", '$ basename "$PWD"', "sub"))
    assert walk(gone, reader) == 2
    assert (reader / "sub").is_dir()


def test_a_command_that_counts_on_the_folder_it_left_is_found(reader: Path, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="`cd sub && echo here` does not say:\nhere"):
        walk(page(tmp_path, console("$ mkdir sub", "$ cd sub", "$ cd sub && echo here", "here")), reader)


def test_a_file_is_saved_where_the_reader_is(reader: Path, tmp_path: Path) -> None:
    saved = page(
        tmp_path,
        console("$ mkdir sub && cd sub"),
        "<!-- file: a.txt -->\n```text\nhello\n```\n",
        console("$ cat a.txt", "hello"),
    )
    assert walk(saved, reader) == 2


def test_variables_and_the_last_exit_code_are_kept(reader: Path, tmp_path: Path) -> None:
    assert walk(page(tmp_path, console("$ who=me; false", "$ echo $?", "1", "$ echo $who", "me")), reader) == 3


def test_the_home_of_a_reader_is_not_the_folder_they_work_in(reader: Path, tmp_path: Path) -> None:
    assert walk(page(tmp_path, console('$ test "$HOME" = "$PWD"', "$ echo $?", "1")), reader) == 2


def test_a_command_that_ends_the_shell_is_named(reader: Path, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="`exit 3` ended the shell"):
        walk(page(tmp_path, console("$ exit 3")), reader)
