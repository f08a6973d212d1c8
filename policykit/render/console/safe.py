"""The last pair of eyes on text for a terminal: nothing the encoding lacks."""

from __future__ import annotations

_COMMON = "∞…×≤≥"
_PLAIN = str.maketrans({"∞": "inf", "…": "...", "×": "x", "≤": "<=", "≥": ">="})


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
