"""Words of commands that people are told to type: what a report names is foreign, and a shell runs what is pasted."""

from __future__ import annotations

import re
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*", re.ASCII)


def word(text: str, otherwise: str) -> str:
    """Return a word that a shell takes for nothing but itself; else `otherwise`, for the reader to fill in ("FILE")."""
    return text if _PLAIN.fullmatch(text) else otherwise
