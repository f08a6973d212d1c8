"""Signatories: somebody whose signature was shown to hold, and when two words for people mean the same one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_ADDRESS: Final = re.compile(r"[^\s<>()\[\]:;,\"'`|/\\@]+@[\w-]+(?:\.[\w-]+)*")
_WORD_ENDS: Final = re.compile(r"[\s<>()\[\]:;,\"'`|/\\]+")
_UNSEEN: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_MARKS: Final = frozenset("._%+-@ <>()[]:;,\"'`|/\\&#’‘–·")
_EAST: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO"})
"""Scripts that stand together in one name."""


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signed, by the words of the trust file, and in which role.

    `name` is that of the key, identity or account; `who` the person behind it, empty for a machine; `key_id` the SHA-256 of
    the key's SPKI in lower-case hex, for an identity `issuer subject`, for an account `platform login`; `at` the trusted
    time in RFC 3339, empty where none is.
    """

    name: str
    who: str
    role: str
    key_id: str
    at: str = ""


def same_person(one: str, other: str) -> bool:
    """Say whether two words for people mean the same one; nobody is the same as nobody.

    Capitals, composition, what cannot be seen, and anything around an e-mail address are decoration; so is anything around
    a name of which the other consists.
    """
    return _same(_plain(one), _plain(other))


@lru_cache(maxsize=1024)
def person(who: str) -> str:
    """Return the one spelling of a person: the e-mail address where there is exactly one, else the words without decoration."""
    plain = _plain(who)
    addresses = _addresses(plain)
    return next(iter(addresses)) if len(addresses) == 1 else plain


@lru_cache(maxsize=1024)
def unclear(who: str) -> str:
    """Return why it cannot be told who is meant, because of letters that only look like others; empty where it can."""
    plain = _plain(who)
    odd = [sign for sign in plain if unicodedata.category(sign)[0] not in "LMN" and sign not in _MARKS]
    if odd:
        return f"it holds the character U+{ord(odd[0]):04X}"
    for word in _WORD_ENDS.split(plain):
        scripts = {_script(sign) for sign in word if unicodedata.category(sign)[0] == "L"} - _EAST
        if len(scripts) > 1:
            return f"one word mixes the letters of {' and '.join(sorted(scripts))}"
    return ""


@lru_cache(maxsize=1024)
def _plain(who: str) -> str:
    """Return it in small letters and in one composition, without what cannot be seen."""
    found = who
    for _ in range(3):  # folding composes anew, and what was composed folds once more
        found = unicodedata.normalize("NFKC", "".join(sign for sign in found if not _is_unseen(sign))).casefold()
    return " ".join(found.split())


def _is_unseen(sign: str) -> bool:
    if sign in "\t\n\r":
        return False
    point = ord(sign)
    selects = 0xFE00 <= point <= 0xFE0F or 0xE0100 <= point <= 0xE01EF
    return selects or sign in _UNSEEN or unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn")


def _addresses(plain: str) -> frozenset[str]:
    """Return the mailboxes named in it; `+anything` before the `@` is the same one."""
    found = (address.rpartition("@") for address in _ADDRESS.findall(plain))
    return frozenset(f"{box.partition('+')[0] or box}@{host}" for box, _, host in found)


def _same(one: str, other: str) -> bool:
    if not one or not other:
        return False
    mine, theirs = _addresses(one), _addresses(other)
    if one == other or mine & theirs:
        return True
    if mine and theirs:
        return False  # two mailboxes, whatever the names around them
    return _within(one, other) or _within(other, one)


def _within(short: str, long: str) -> bool:
    """Say whether the whole of one stands in the other, as words of its own."""
    return re.search(rf"(?<![\w.%+@-]){re.escape(short)}(?![\w%+@-]|\.\w)", long) is not None


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "")
    return "LATIN" if letter in "ªº" else name.split(" ")[0].split("-")[0] if name else "UNKNOWN"
