"""A decision as an exit code."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from policykit.errors import (
    DocumentError,
    LedgerError,
    PolicykitError,
    StorageError,
    UsageError,
    VerificationError,
)
from policykit.terms.decision import Decision

if TYPE_CHECKING:
    from policykit.terms.report import Report


class Exit(IntEnum):
    """What the shell sees (docs/exit-codes.md)."""

    ALLOWED = 0
    BLOCKED = 1
    INVALID = 2
    HELD = 3
    UNTRUSTED = 4
    BUG = 70
    IO = 74
    INTERRUPTED = 130


def of_decision(decision: Decision) -> Exit:
    """Return the code of a decision."""
    match decision:
        case Decision.ALLOWED:
            return Exit.ALLOWED
        case Decision.BLOCKED:
            return Exit.BLOCKED
        case Decision.HELD:
            return Exit.HELD


def of_report(report: Report) -> Exit:
    """Return the code of a run: in audit mode 1 and 3 become 0, but a run that only looks is HELD even then."""
    code = of_decision(report.decision)
    if report.only_looks:
        return Exit.BLOCKED if code is Exit.BLOCKED and report.mode == "enforce" else Exit.HELD
    return Exit.ALLOWED if report.mode == "audit" else code


def of_error(error: PolicykitError) -> Exit:
    """Return the code of an error raised on purpose."""
    match error:
        case DocumentError() | UsageError():
            return Exit.INVALID
        case VerificationError() | LedgerError():
            return Exit.UNTRUSTED
        case StorageError():
            return Exit.IO
        case _:
            return Exit.INVALID
