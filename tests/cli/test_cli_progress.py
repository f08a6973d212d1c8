"""The progress line: on a terminal, after a second, gone at the end; and nowhere else."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.cli.progress import picture, watched

LONG = """
from policykit.cli.progress import watching
import time
with watching() as say:
    say("measuring evaluation", 2, 7)
    time.sleep(1.4)
print("over")
"""
SHORT = LONG.replace("1.4", "0.1")


class Screen(io.StringIO):
    """A screen that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def on_a_terminal(program: str, **environment: str) -> str:
    """Run a program whose standard error is a terminal, and return what that showed."""
    leader, follower = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "TERM")}
    env = {**kept, "TERM": "xterm", "PYTHONIOENCODING": "utf-8", **environment}
    done = subprocess.run([sys.executable, "-c", program], stderr=follower, stdout=subprocess.PIPE, env=env, check=True)
    os.close(follower)
    assert done.stdout == b"over\n"
    shown = b""
    try:
        while chunk := os.read(leader, 65536):
            shown += chunk
    except OSError:  # the other end is closed and all is read
        pass
    finally:
        os.close(leader)
    return shown.decode()


def test_what_takes_more_than_a_second_is_told_and_wiped_at_the_end() -> None:
    shown = on_a_terminal(LONG)
    assert "measuring evaluation, step 3 of 7, 1 s" in shown
    assert shown.endswith("\r\x1b[K")


def test_what_is_done_within_a_second_shows_nothing() -> None:
    assert on_a_terminal(SHORT) == ""


@pytest.mark.parametrize("environment", [{"CI": "true"}, {"TERM": "dumb"}])
def test_a_log_of_a_ci_stays_silent_even_on_a_terminal(environment: dict[str, str]) -> None:
    assert on_a_terminal(LONG, **environment) == ""


@pytest.mark.parametrize(
    ("screen", "environment", "seen"),
    [
        (Screen(), {}, True),
        (Screen(), {"CI": "false"}, True),
        (Screen(), {"CI": "1"}, False),
        (Screen(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_a_line_is_drawn_only_where_somebody_sees_it(screen: Any, environment: dict[str, str], *, seen: bool) -> None:
    assert watched(screen, environment) is seen


@given(
    what=st.text(max_size=60),
    done=st.integers(0, 50),
    whole=st.integers(0, 50),
    width=st.integers(40, 200),
    turn=st.integers(0, 10**6),
    plain=st.booleans(),
)
def test_a_picture_is_one_line_within_the_width(
    what: str, done: int, whole: int, width: int, turn: int, *, plain: bool
) -> None:
    drawn = picture(what, done, whole, 12.9, turn, width, plain=plain)
    assert len(drawn) < width
    assert drawn.isprintable() or not what.isprintable()
    assert "\n" not in drawn and "\x1b" not in drawn and "\r" not in drawn


def test_a_terminal_without_the_signs_gets_plain_letters() -> None:
    assert (
        picture("measuring", 1, 4, 3.2, 0, 80, plain=True) == "| ######------------------  measuring, step 2 of 4, 3 s"
    )
