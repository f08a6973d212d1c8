"""What a run was not: one that decides, one over every rule, as of today, more than a first look."""

from __future__ import annotations

import re
from typing import Final

from policykit.terms.report import Decision, Report

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_AUDIT = "audit: this run only looks; the exit code does not stop anything"
_PARTIAL = "partial: only some rules were asked, so nothing can be allowed"
_TRIAL = "trial: a first look with a ready-made policy; it can never earn a permit"


def stamps_of(report: Report) -> tuple[tuple[str, str], ...]:
    """Return what has to stand on every page of `report`: a word, and what it means."""
    stamps = [("audit", _AUDIT)] if report.mode == "audit" else []
    match report.scope:
        case "partial":
            stamps.append(("partial", _PARTIAL))
        case "trial":
            stamps.append(("trial", _TRIAL))
        case "full":
            pass
    if not report.on_its_day:
        mark = as_of_mark(report.as_of)
        stamps.append((mark, f"{mark}: it was made on another day, so nothing can be allowed"))
    return tuple(stamps)


def as_of_mark(day: str) -> str:
    """Return how a report is marked that judges as of another day than it was made on; `day` is what it says."""
    return f"as of {day}" if _DAY.fullmatch(day) else "as of another day"


def only_looked(report: Report) -> str:
    """Say why an ALLOWED allows nothing; empty where it does, or where the decision is another."""
    if report.decision is not Decision.ALLOWED or report.allowed:
        return ""
    if not report.on_its_day:
        return "This judges as of another day than today: a look, which allows nothing. Gate again without `--as-of`."
    return "Only some of the rules were asked. Nothing is allowed by a partial run."
