"""The table of exit codes: every verb has its row, and what can be tried cheaply ends as its row says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from policykit.cli.start import FIRST, REST, run
from tests.build import ENOUGH, write_bundle, write_policy

PAGE = (Path(__file__).parents[2] / "docs" / "exit-codes.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.split("| verb | codes |")[1].split("\n\n")[0].splitlines()[2:]
]
CODES = {verb: codes for verbs, codes in ROWS for verb in re.findall(r"`(\w+)`", verbs)}


def test_every_verb_has_one_row() -> None:
    listed = [verb for verbs, _ in ROWS for verb in re.findall(r"`(\w+)`", verbs)]
    assert sorted(listed) == sorted((*FIRST, *REST))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a bundle whose manifest states another digest, a policy, and a test of it that does not hold."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POLICYKIT_STATE", str(tmp_path / "state"))
    write_bundle(Path("swapped"), datasets={"evaluation": {"path": "rows.parquet", "sha256": "0" * 64}})
    write_policy(Path("p.yaml"), ENOUGH)
    Path("no.json").write_text("{}")
    Path("k.key.pem").write_text("there")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("bundle inspect swapped", 4),
        ("plan swapped -p p.yaml", 4),
        ("measure swapped -p p.yaml -o m.json", 4),
        ("gate swapped -p p.yaml", 4),
        ("render no.json", 4),
        ("verify no.json", 4),
        ("inbox gone", 2),
        ("test gone", 2),
        ("lint gone", 2),
        ("site gone -o s", 2),
        ("waivers gone", 2),
        ("gate gone", 2),
        ("init swapped --pack none", 2),
        ("explain nothing-known", 2),
        ("schema nothing-known", 2),
        ("keys new k --unencrypted", 2),
        ("checks nothing.known", 2),
    ],
)
def test_what_is_wrong_ends_as_the_row_says(here: Path, words: str, code: int) -> None:
    assert run(words.split()) == code
    row = CODES[words.split()[0]]
    assert str(code) in row or row == "all of them"
