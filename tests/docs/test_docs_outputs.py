"""The page on formats says what is: every format, every limit, and the console in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from policykit.cli.start import run
from policykit.render import comment, github, junit, markdown, sarif
from policykit.stories.outputs import FORMATS, SHOWN
from policykit.stories.refused import CARRYING
from tests.build import ENOUGH, write_bundle, write_policy
from tests.docs.pages import ROOT, blocks, consoled

PAGE = ROOT / "docs" / "outputs.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_every_format_has_a_row() -> None:
    table = TEXT.split("| format | for |")[1].split("\n\n")[0]
    assert set(re.findall(r"(?m)^\| `([a-z]+)`", table)) == set(FORMATS)


def test_the_limits_are_those_of_the_code() -> None:
    said = " ".join(TEXT.split())
    assert f"{comment.MOST_UNITS:,} UTF-16 units" in said
    assert f"{markdown.MOST_BYTES:,} bytes" in said
    assert f"stores {sarif.MOST_RESULTS:,} results" in said
    assert f"more than {sarif.MOST_TAGS} tags" in said
    assert f"Past {junit.MOST_CASES:,} findings" in said
    assert github.MOST == 10
    assert "at most ten errors and ten warnings" in said


def test_the_formats_that_carry_problems_are_named() -> None:
    told = ", ".join(f"`{name}`" for name in CARRYING[:-1]) + f" and `{CARRYING[-1]}` carry the problems"
    assert told in " ".join(TEXT.split())


def test_what_cannot_be_rendered_is_named() -> None:
    assert set(FORMATS) - set(SHOWN) == {"statement", "attestation"}


def test_the_first_command_works_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block, *_) = blocks(PAGE)
    ((line, _),) = consoled(block.text)
    monkeypatch.chdir(tmp_path)
    write_bundle(tmp_path / "bundle")
    write_policy(tmp_path / "policies" / "house.yaml", ENOUGH)
    assert run(["keys", "new", "gate", "--unencrypted"]) == 0
    assert run(line.replace("\\\n", " ").split()[1:]) == 0
    assert Path("report.html").is_file() and Path("report.sigstore.json").is_file()
