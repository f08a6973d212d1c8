"""A progress bar on a terminal for anything longer than a second; silence everywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable


def progress(*, quiet: bool) -> Callable[[str, int, int], None] | None:
    """Return a callback that draws on standard error, or None where nobody watches."""
    if quiet or not sys.stderr.isatty():
        return None
    started = time.monotonic()
    drawn = False

    def draw(what: str, done: int, whole: int) -> None:
        nonlocal drawn
        if time.monotonic() - started < 1 and not drawn:
            return
        drawn = True
        share = done / whole if whole else 1.0
        filled = int(24 * share)
        sys.stderr.write(f"\r\x1b[K{'█' * filled}{'░' * (24 - filled)} {what[:40]}: step {done} of {whole}")
        if done >= whole:
            sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()

    return draw
