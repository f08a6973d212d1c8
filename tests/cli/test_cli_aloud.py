"""What is read aloud on a terminal: wrapped at words, hiding nothing; and left as it is for other programs."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from policykit.render.console import Spoken, aloud

ANSI = re.compile(r"\x1b\[[0-9;]*m")
POLICY = """\
policykit: policy/1
id: acme.loans
version: 1.0.0
title: Models that decide on loans
owner: compliance@acme.example
applies_to: {use_case: [loans]}
rules:
  - id: FAIR-01
    title: Approval rates differ little between women and men
    check: fairness.demographic_parity_difference
    for_each: [sex]
    at_most: 10 pp
    why: Above ten points the Credit Ethics Board wants to see the case, and it has said so in its minutes more than once.
    fix: Compare the mitigations.
"""


def on_a_terminal(*words: str, columns: int = 60, **environment: str) -> str:
    """Return what policykit writes where standard output is a terminal of some columns."""
    leader, follower = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    env = {**kept, "TERM": "xterm", "COLUMNS": str(columns), "PYTHONIOENCODING": "utf-8", **environment}
    running = subprocess.Popen([sys.executable, "-m", "policykit", *words], stdout=follower, env=env)
    os.close(follower)
    shown = b""
    try:
        while chunk := os.read(leader, 65536):
            shown += chunk
    except OSError:  # the other end is closed and all is read
        pass
    finally:
        os.close(leader)
    assert running.wait() == 0
    return shown.decode().replace("\r\n", "\n")


def in_a_pipe(*words: str) -> str:
    """Return what policykit writes for another program."""
    command = [sys.executable, "-m", "policykit", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    return path


def test_a_policy_is_wrapped_at_words_under_its_own_beginning(policy: Path) -> None:
    lines = ANSI.sub("", on_a_terminal("explain", str(policy))).splitlines()
    assert max(map(len, lines)) <= 60
    why = next(at for at, line in enumerate(lines) if line.startswith("    Why: Above ten points"))
    assert lines[why + 1].startswith("    ") and lines[why + 1].strip()
    assert (
        " ".join(" ".join(lines).split()).count("Above ten points the Credit Ethics Board wants to see the case") == 1
    )


def test_what_is_read_aloud_cannot_paint_the_terminal() -> None:
    said = aloud([Spoken("a\x1b[31m red\u202e word", 2, "X\n1")], width=60, color=False)
    assert said == "  X␤1  a␛[31m red⟪U+202E⟫ word"


def test_no_color_is_obeyed_and_color_is_there_without_it(policy: Path) -> None:
    assert "\x1b[" in on_a_terminal("explain", str(policy))
    assert "\x1b[" not in on_a_terminal("explain", str(policy), NO_COLOR="1")
    assert "\x1b[" not in on_a_terminal("explain", str(policy), "--color", "never")


def test_a_page_is_drawn_on_a_terminal_and_stays_markdown_in_a_pipe() -> None:
    drawn = on_a_terminal("checks", "data.completeness", NO_COLOR="1")
    assert in_a_pipe("checks", "data.completeness").startswith("# `data.completeness`")
    assert "# `" not in drawn and "```" not in drawn
    assert max(map(len, drawn.splitlines())) <= 60


def test_a_long_line_stays_one_line_in_a_pipe(policy: Path) -> None:
    piped = in_a_pipe("explain", str(policy))
    assert any(line.endswith("in its minutes more than once.") and "Why: Above" in line for line in piped.splitlines())
