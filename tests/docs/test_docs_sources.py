"""docs/sources.md does what it says, from its first file to its last command."""

from __future__ import annotations

import re
from pathlib import Path

from policykit.load import fetch, fetched, git, yaml
from policykit.load.lint.advice import LONGEST_ROLLOUT
from tests.docs.pages import ROOT, normal, walk

PAGE = ROOT / "docs" / "sources.md"


def test_the_page_is_walked_from_top_to_bottom(tmp_path: Path) -> None:
    assert walk(PAGE, tmp_path, tell=lambda said: normal(said.replace(str(tmp_path), "/home/team"))) == 9


def test_the_limits_of_the_page_are_those_of_the_code() -> None:
    text = re.sub(r"\s+", " ", PAGE.read_text(encoding="utf-8"))
    assert f"{git.MOST_ENTRIES:,} files" in text
    assert f"more than {yaml.LARGEST // 2**10} KiB" in text
    assert f"more than {fetched.MOST_BYTES // 2**20} MiB together" in text
    assert f"more than {fetch.LARGEST // 2**20} MiB" in text
    assert f"more than {LONGEST_ROLLOUT} days ahead" in text
    assert fetch.SECONDS == 60
    assert "It has a minute" in text
