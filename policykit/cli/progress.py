"""A progress line on a terminal for anything longer than a second; silence everywhere else."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from shutil import get_terminal_size
from typing import Final, Protocol, TextIO

_PATIENCE: Final = 1.0  # seconds of silence
_BETWEEN: Final = 0.12  # seconds from one picture to the next
_WIDTH: Final = 24  # columns of the bar
_TURNS: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_CLEAR: Final = "\r\x1b[K"


class Progress(Protocol):
    """Called with what is being done, how many steps of it are done, and how many there are (0: not known)."""

    def __call__(self, what: str, done: int, whole: int, /) -> None: ...


@contextmanager
def watching(*, quiet: bool = False) -> Iterator[Progress]:
    """Yield a callback that draws one line on standard error while the block runs, and wipes it at its end.

    Nothing is drawn in the first second, where standard error is no terminal, in CI, or where `quiet` asks for silence.
    """
    if quiet or not watched(sys.stderr, os.environ):
        yield _unseen
        return
    line = _Line(sys.stderr)
    line.start()
    try:
        yield line.say
    finally:
        line.end()


def watched(screen: TextIO, environment: Mapping[str, str]) -> bool:
    """Return whether somebody sees a line that moves: a terminal that can wipe it, and no log of a CI."""
    ci = environment.get("CI", "").lower() not in ("", "0", "false")
    return screen.isatty() and not ci and environment.get("TERM") != "dumb"


def _unseen(what: str, done: int, whole: int, /) -> None:
    """Draw nothing: nobody watches."""


class _Line:
    """One line that a second thread redraws, so that it moves while a library is busy."""

    def __init__(self, screen: TextIO) -> None:
        self._screen = screen
        self._signs = _encodable(screen)
        self._said = ("starting", 0, 0)
        self._started = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._draw_on, name="policykit-progress", daemon=True)
        self._drawn = False

    def start(self) -> None:
        self._thread.start()

    def say(self, what: str, done: int, whole: int, /) -> None:
        self._said = (what, done, whole)

    def end(self) -> None:
        self._over.set()
        self._thread.join()
        if self._drawn:
            self._write(_CLEAR)

    def _draw_on(self) -> None:
        if self._over.wait(_PATIENCE):
            return
        turn = 0
        while True:
            self._drawn = True
            width = get_terminal_size().columns
            self._write(
                _CLEAR + picture(*self._said, time.monotonic() - self._started, turn, width, plain=not self._signs)
            )
            turn += 1
            if self._over.wait(_BETWEEN):
                return

    def _write(self, text: str) -> None:
        try:
            self._screen.write(text)
            self._screen.flush()
        except (OSError, ValueError):  # the terminal went away: nobody watches any more
            self._over.set()


def picture(what: str, done: int, whole: int, seconds: float, turn: int, width: int, *, plain: bool = False) -> str:
    """Return one picture of the line, no wider than the terminal: `━━━━━━──  measuring evaluation, step 3 of 7, 4 s`."""
    from policykit.render.visible import visible

    full, empty, turns = ("#", "-", "|/-\\") if plain else ("━", "─", _TURNS)
    name = visible(what, longest=200)
    told = f"{name}, step {min(done + 1, whole)} of {whole}" if whole else name
    told = f"{told}, {int(seconds)} s"
    filled = int(_WIDTH * min(done / whole, 1.0)) if whole else 0
    bar = (
        f"{turns[turn % len(turns)]} {full * filled}{empty * (_WIDTH - filled)}  "
        if whole
        else f"{turns[turn % len(turns)]} "
    )
    room = max(width - 1 - len(bar), 8)
    short = "..." if plain else "…"
    return bar + (told if len(told) <= room else told[: room - len(short)] + short)


def _encodable(screen: TextIO) -> bool:
    try:
        (_TURNS + "━─…").encode(screen.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
