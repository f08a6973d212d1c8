"""Canonical bytes and their digests: the only place that serialises what gets signed."""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785

_EXACT = 2**53 - 1


def canonical(value: Any) -> bytes:
    """Return the RFC 8785 (JCS) bytes of `value`; an integer beyond ±(2^53 − 1) must already be a decimal string."""
    return rfc8785.dumps(value)


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data` as lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def integer(value: int) -> int | str:
    """Return `value` as JSON can carry it exactly: a number up to 2^53 − 1, a decimal string beyond."""
    return value if -_EXACT <= value <= _EXACT else str(value)


def number(value: float) -> float | int:
    """Return `value` rounded to 12 significant digits, so that two machines write the same text."""
    rounded = float(f"{value:.12g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < _EXACT else rounded
