"""The last pair of eyes on text for a terminal: no workflow command of a build service, nothing the encoding lacks."""

from __future__ import annotations

import re

_COMMAND = re.compile(r"(?m)^((?:[^\S\n]|\x1b\[[0-9;]*m)*):(?=(?:\x1b\[[0-9;]*m)*:)")

_COMMON = "∞…×≤≥"
_PLAIN = str.maketrans({"∞": "inf", "…": "...", "×": "x", "≤": "<=", "≥": ">="})


def harmless(text: str) -> str:
    """Break `::command` at the start of a line and `##[command]` anywhere, which GitHub's runner would obey."""
    return _COMMAND.sub(r"\1: ", text).replace("##[", "# #[")


def fits(sample: str, encoding: str) -> bool:
    """Return whether `encoding` can write every character of `sample`."""
    try:
        sample.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def writable(text: str, encoding: str) -> str:
    """Return `text` with what `encoding` lacks written as escapes."""
    if not fits(_COMMON, encoding):
        text = text.translate(_PLAIN)
    try:
        return text.encode(encoding, "backslashreplace").decode(encoding)
    except LookupError:
        return text.encode("ascii", "backslashreplace").decode("ascii")
