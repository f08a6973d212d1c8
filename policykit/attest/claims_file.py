"""`claims.jsonl`: everything that was signed about one thing, one signed file per line, beside it.

Claims are found by the digest they are about, never by where they stand. Lines are only ever added.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from policykit.attest.lock import alone_in
from policykit.attest.ordinary import open_ordinary
from policykit.attest.strict_json import strict_json
from policykit.attest.whole import write_whole
from policykit.canon import canonical
from policykit.errors import StorageError, VerificationError

CLAIMS: Final = "claims.jsonl"
LARGEST: Final = 64 * 1024 * 1024
MOST_LINES: Final = 10_000

_MOST_VALUES: Final = 10_000


def read_claims(path: Path) -> tuple[bytes, ...]:
    """Return the signed files that the claims file holds; none where there is no file. Nothing in them is believed yet.

    Raises:
        StorageError: it cannot be read.
        VerificationError: reason `claims_file`: too large, cut short, or a line that is not a JSON object.
    """
    try:
        with open_ordinary(path) as file:
            if os.fstat(file.fileno()).st_size > LARGEST:
                raise _too_large(path)
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise StorageError(
            f"cannot read the claims: {(error.strerror or str(error)).lower()}", where=str(path)
        ) from error
    if len(data) > LARGEST:
        raise _too_large(path)
    return claims_in(data, path)


def claims_in(data: bytes, path: Path) -> tuple[bytes, ...]:
    """Return the signed files that the bytes of a claims file hold; `path` is where they came from, for messages.

    Raises:
        VerificationError: reason `claims_file`, as `read_claims`.
    """
    if not data:
        return ()
    *lines, rest = data.split(b"\n")
    if len(lines) > MOST_LINES:
        raise _too_many(path)
    for number, line in enumerate(lines, 1):
        _value(line, f"line {number}", path)
    if rest:
        raise VerificationError(
            "claims_file",
            f"line {len(lines) + 1} is cut short",
            hint="the file was cut, or written by another program: take it again from where it is kept",
            where=str(path),
        )
    return tuple(line.rstrip(b"\r") for line in lines)


def add_claim(path: Path, data: bytes) -> None:
    """Add one signed file to the claims, as a line of its own; one that is there already is not added again.

    Whoever adds waits for whoever adds, so that nothing is lost; a crash at any instant leaves the old file or the new one.

    Raises:
        StorageError: the file cannot be read or written.
        VerificationError: as `read_claims`, of the file or of what is to be added; nothing is added then.
    """
    line = canonical(_value(data, "what is to be added", path))
    try:
        with alone_in(path.parent):
            there = read_claims(path)
            if any(line == canonical(strict_json(claim)) for claim in there):
                return
            if len(there) >= MOST_LINES:
                raise _too_many(path)
            whole = b"".join(claim + b"\n" for claim in (*there, line))
            if len(whole) > LARGEST:
                raise _too_large(path)
            write_whole(path, whole)
    except OSError as error:
        told = (error.strerror or str(error)).lower()
        raise StorageError(f"cannot add to the claims: {told}", hint="nothing was changed", where=str(path)) from error


def _value(line: bytes, what: str, path: Path) -> object:
    try:
        value = strict_json(line, most_values=_MOST_VALUES)
    except VerificationError as error:
        told = str(error).removeprefix("the file ")
        raise VerificationError(
            "claims_file", f"{what} {told}", hint="each line is one signed file, and whole", where=str(path)
        ) from error
    if not isinstance(value, dict):
        raise VerificationError(
            "claims_file",
            f"{what} is not a signed file",
            hint="each line is one signed file, and whole",
            where=str(path),
        )
    return value


def _too_large(path: Path) -> VerificationError:
    told = f"the claims are larger than {LARGEST // 1024**2} MiB"
    return VerificationError(
        "claims_file", told, hint="keep the claims of each release in a file of their own", where=str(path)
    )


def _too_many(path: Path) -> VerificationError:
    told = f"the claims are more than {MOST_LINES:,}"
    return VerificationError(
        "claims_file", told, hint="keep the claims of each release in a file of their own", where=str(path)
    )
