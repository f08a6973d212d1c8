"""Where the examples lie, and how their scripts are run: as a reader would, in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="session")
def examples() -> Path:
    return EXAMPLES


@pytest.fixture(scope="session")
def run():
    """Run a script of an example, or `-c` and code beside it, and return what it printed."""

    def _run(example: str, *arguments: str) -> str:
        folder = EXAMPLES / example
        done = subprocess.run(
            [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return _run


@pytest.fixture(scope="session")
def between():
    """Return the part of an example's README between two markers."""

    def _between(example: str, begin: str, end: str) -> str:
        text = (EXAMPLES / example / "README.md").read_text(encoding="utf-8")
        return text.split(begin)[1].split(end)[0].strip()

    return _between
