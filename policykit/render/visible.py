"""Make what cannot be seen visible: control characters, direction marks, and other ways to hide inside a name."""

from __future__ import annotations

import unicodedata

LONGEST = 2000
"""A name longer than this is cut, and says so."""
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_PILE = 3
"""More combining marks than this on one letter would climb over the lines above."""


def visible(text: str, *, longest: int = LONGEST) -> str:
    """Return `text` with every control, direction and format character written out: `␤`, `␛`, `⟪U+202E⟫`.

    Joiners inside an emoji stay. Texts longer than `longest` are cut and say how long they were.
    """
    if len(text) > longest:
        text = f"{text[:longest]}… ({len(text):,} characters in all)"
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    pile = 0
    for at, character in enumerate(text):
        kind = unicodedata.category(character)
        pile = pile + 1 if kind in ("Mn", "Me") else 0
        if pile > _PILE or kind in _HIDDEN or character in _BLANKS:
            shown.append(character if _joins_emoji(text, at) else _written_out(character))
        else:
            shown.append(character)
    return "".join(shown)


def _written_out(character: str) -> str:
    code = ord(character)
    if character == "\n":
        return "␤"
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return f"⟪U+{code:04X}⟫"


def _joins_emoji(text: str, at: int) -> bool:
    if text[at] != "\u200d" or not 0 < at < len(text) - 1:
        return False
    before = text[at - 2] if text[at - 1] == "\ufe0f" and at > 1 else text[at - 1]
    return all(unicodedata.category(near) in ("So", "Sk") for near in (before, text[at + 1]))
