"""The tutorial of a release, walked through as it is written: every file saved, every command run, every answer compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.test_docs_blocks import ROOT, consoled, normal, not_said
from tests.promote.test_promote_mlflow import server

PAGE = ROOT / "docs" / "tutorial-release.md"
STEP = re.compile(r"(?m)^(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<kind>yaml|console)\n(?P<text>(?:.*\n)*?)```")
SERVER = "http://127.0.0.1:5000"

__all__ = ["server"]  # the fixture: a real MLflow server


@pytest.mark.slow
def test_every_command_of_the_release_tutorial_says_what_the_page_says(server: str, tmp_path: Path) -> None:
    steps = [
        found
        for found in STEP.finditer(PAGE.read_text(encoding="utf-8"))
        if found["kind"] == "console" or found["file"]
    ]
    (tmp_path / "policykit").symlink_to(ROOT)
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "cosign").symlink_to(ROOT / ".tools" / "cosign-sid")
    environment = {
        "PATH": f"{tmp_path / 'tools'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "COLUMNS": "100",
        "LC_ALL": "C.UTF-8",
        "DO_NOT_TRACK": "1",
    }
    ran, code = 0, 0
    for step in steps:
        if step["file"]:
            path = tmp_path / step["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step["text"], encoding="utf-8")
            continue
        for command, expected in consoled(step["text"]):
            line = command.replace("$?", str(code)).replace(SERVER, server)
            done = subprocess.run(["bash", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True)
            code = done.returncode
            said = told((done.stdout + done.stderr).replace(server, SERVER))
            missing = not_said(told(expected), said)
            assert missing is None, f"`{command}` does not say:\n{missing}\nIt says:\n{said}"
            ran += 1
    assert ran > 30


def told(text: str) -> str:
    """Return the text without what differs from run to run: days, digests, and the year in a waiver's id."""
    return re.sub(r"W-\d{4}-", "W-YEAR-", re.sub(r"permit [0-9a-f]{12}\b", "permit DIGEST", normal(text)))
