"""Signatories: somebody whose signature was shown to hold."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


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


def person(who: str) -> str:
    """Return the one spelling of a person's name: however it is written in capitals or composed, one person counts once."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", who).strip().casefold())
