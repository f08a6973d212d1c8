"""Members of a signed file: exactly those that belong there, in the one spelling that is accepted."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Set
from typing import Any, Final

from policykit.attest.quote import quoted
from policykit.errors import VerificationError

CUT: Final = "the file may be cut short or changed: fetch it again from where it was signed"


def as_object(value: object, what: str) -> Mapping[str, Any]:
    """Return the value where it is an object."""
    if not isinstance(value, dict):
        raise VerificationError("envelope", f"{what} is not an object", hint=CUT)
    return value


def as_list(value: object, what: str, *, most: int) -> list[Any]:
    """Return the value where it is a list of at most so many."""
    if not isinstance(value, list):
        raise VerificationError("envelope", f"{what} is not a list", hint=CUT)
    if len(value) > most:
        raise VerificationError("envelope", f"{what} has {len(value):,} entries, and at most {most} are accepted")
    return value


def as_text(value: object, what: str) -> str:
    """Return the value where it is text."""
    if not isinstance(value, str):
        raise VerificationError("envelope", f"{what} is not text", hint=CUT)
    return value


def only(members: Mapping[str, Any], what: str, must: Set[str], *, may: Set[str] = frozenset()) -> None:
    """Refuse members that are missing, and those we do not know: another program might read them as something."""
    for name in sorted(must - members.keys()):
        raise VerificationError("envelope", f"{what} has no `{name}`", hint=CUT)
    for name in sorted(members.keys() - must - may):
        raise VerificationError("envelope", f"{what} has a member {quoted(name)} that does not belong there")


def base64_text(data: bytes) -> str:
    """Return bytes as JSON carries them."""
    return base64.b64encode(data).decode("ascii")


def base64_bytes(text: object, what: str, *, most: int | None = None) -> bytes:
    """Decode base64 that has exactly one spelling: standard alphabet, padded, no stray bits or characters."""
    if not isinstance(text, str):
        raise VerificationError("base64", f"{what} is not text", hint=CUT)
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise VerificationError("base64", f"{what} is not base64", hint=CUT) from error
    if base64_text(data) != text:
        raise VerificationError("base64", f"{what} is base64 in a form that says the same thing twice", hint=CUT)
    if most is not None and len(data) > most:
        raise VerificationError("envelope", f"{what} has {len(data):,} bytes, and at most {most:,} are accepted")
    return data
