"""Every error policykit raises on purpose, and the diagnostics that documents collect.

PolicykitError
├── DocumentError        a file a person wrote is wrong: all problems of it at once (exit 2)
│   ├── PolicyError
│   ├── BundleError
│   ├── WaiverError
│   └── TrustError
├── UsageError           the command line is wrong (exit 2)
├── MeasureError         a number could not be obtained: leaves its room as `Unmeasured`
├── SigningError         a signature could not be made (exit 2)
├── VerificationError    a signature, digest or claim does not hold (exit 4)
│   └── LedgerError      the ledger does not hold together
└── StorageError         a file could not be read or written (exit 74)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem of one document, at its place.

    `line` and `column` count from 1 (0: the file as a whole); `length` is how many characters the caret underlines;
    `excerpt` is the source line; `suggestion` is what was probably meant.
    """

    code: str
    message: str
    path: str
    line: int = 0
    column: int = 0
    length: int = 1
    hint: str = ""
    suggestion: str = ""
    excerpt: str = ""
    level: Literal["error", "warning"] = "error"

    @property
    def where(self) -> str:
        """Return `path:line:column`, as compilers and editors write it."""
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


class PolicykitError(Exception):
    """Base of every error policykit raises on purpose."""

    def __init__(self, message: str, *, hint: str = "", where: str = "") -> None:
        """Say what is wrong (`message`), how to mend it (`hint`) and in which file (`where`)."""
        super().__init__(message)
        self.hint = hint
        self.where = where


class DocumentError(PolicykitError):
    """A file that a person wrote is wrong; `problems` holds every problem found, in order of place."""

    def __init__(self, message: str, *, problems: Iterable[Diagnostic] = (), hint: str = "", where: str = "") -> None:
        super().__init__(message, hint=hint, where=where)
        self.problems = tuple(problems)


class PolicyError(DocumentError):
    """A policy is wrong."""


class BundleError(DocumentError):
    """A bundle is wrong."""


class WaiverError(DocumentError):
    """A waiver is wrong."""


class TrustError(DocumentError):
    """A trust file is wrong."""


class UsageError(PolicykitError):
    """The command line, or the call, asks for something that does not fit together."""


class MeasureError(PolicykitError):
    """A number could not be obtained."""


class SigningError(PolicykitError):
    """A signature could not be made."""


class VerificationError(PolicykitError):
    """A signature, a digest or a claim does not hold; `reason` is a stable code such as `bad_signature`."""

    def __init__(self, reason: str, message: str, *, hint: str = "", where: str = "") -> None:
        super().__init__(message, hint=hint, where=where)
        self.reason = reason


class LedgerError(VerificationError):
    """The ledger does not hold together; `reason` is a stable code such as `ledger_missing`."""


class StorageError(PolicykitError):
    """A file could not be read or written; nothing was left half-written."""
