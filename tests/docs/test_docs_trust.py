"""The commands of the pages on trust and on waivers do what the pages say."""

from __future__ import annotations

import re
import shlex
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from policykit.cli.start import run
from tests.docs.pages import ROOT, blocks
from tests.trust_world import FAIRNESS, make_world

ROOTS = ("--trust-root", "root-a.pub.pem")


def commands(page: str) -> list[list[str]]:
    """Return the commands in the consoles of a page, as words."""
    text = "".join(block.text for block in blocks(ROOT / "docs" / page) if block.kind == "console")
    return [shlex.split(line.removeprefix("$ policykit ")) for line in text.splitlines()]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the keys of a small bank beside what they sign, and no state."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    return tmp_path


def keys_here(folder: Path) -> None:
    for path in sorted((folder / "keys").iterdir()):
        shutil.copy2(path, folder / path.name)


def test_the_trust_file_is_linted_signed_and_believed_as_the_page_says(here: Path) -> None:
    make_world(here, terms={"approvals": None})
    keys_here(here)
    (here / "claims.jsonl").unlink()
    assert [run(words) for words in commands("trust.md")] == [0, 0, 0, 0]
    assert len((here / "claims.jsonl").read_text().splitlines()) == 2


def test_a_waiver_is_asked_for_approved_and_used_as_the_page_says(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_world(here, women=(300, 1000), terms={"approvals": None})
    keys_here(here)
    today = datetime.now(UTC).date()
    said = {
        "acme.credit/FAIR-01": FAIRNESS,
        "W-2027-001": f"W-{today.year}-001",
        "2027-03-31": (today + timedelta(days=60)).isoformat(),
    }
    codes = []
    for words in commands("waivers.md"):
        known = [re.sub("|".join(said), lambda found: said[found[0]], word) for word in words]
        codes.append((known[0], run([*known, *(ROOTS if "--trust" in known else ())])))
    assert codes == [("waive", 0), ("lint", 0), ("approve", 0), ("gate", 0), ("waivers", 0)]
    assert FAIRNESS in capsys.readouterr().out
    assert world.report.exists()
