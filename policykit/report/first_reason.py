"""What stops a model first, in one line, and who acts on it."""

from __future__ import annotations

from dataclasses import dataclass

from policykit.report.mending import WHOEVER_ASKED, waiver_of
from policykit.report.numbers import prose
from policykit.report.shared_causes import reason_of, short, word_of
from policykit.report.stamps import as_of_mark
from policykit.report.stopping import stopping
from policykit.terms.told import Told


@dataclass(frozen=True, slots=True)
class First:
    """The first thing that stops a model, who acts on it, and how many others there are."""

    reason: str
    short: str
    who: str = ""
    rule: str = ""
    more: int = 0


def first_of(told: Told, owner: str | None) -> First:
    """Return what stops a model first: a rule that `owner` answers for, what failed, what is wrong with the run, what is open."""
    if told.decision == "ALLOWED":
        why = _no_release(told) or prose(told.reason)
        return First(why, why)
    stops, errors = stopping(told.rules), errors_of(told)
    mine = [rule for rule in stops if owner and meant(owner, rule.owner)]
    rule = next(iter((*mine, *stops)), None)
    more = max(0, len(stops) + len(errors) - 1)
    if errors and not mine and (rule is None or rule.status != "fail"):
        text, who = errors[0]
        return First(text, text, who, more=more)
    if rule is None:
        return First(prose(told.reason), prose(told.reason))
    head, reason = f"{rule.id} {word_of(rule)}: ", reason_of(rule)
    return First(prose(head + reason), prose(head + short(reason)), rule.owner, rule.name, more)


def errors_of(told: Told) -> list[tuple[str, str]]:
    """Return what blocks a model without being a rule, and who acts: of a waiver whoever asked for it."""
    asked = {waiver.id: waiver.requested_by for waiver in told.waivers}
    return [
        (prose(text), asked.get(waiver_of(text, asked), "") or (WHOEVER_ASKED if code.startswith("waiver_") else ""))
        for level, code, text in told.notices
        if level == "error"
    ]


def meant(asked: str, owner: str) -> bool:
    """Return whether an owner is meant: part of the name is enough."""
    return asked.casefold() in owner.casefold()


def _no_release(told: Told) -> str:
    """Say why an ALLOWED releases nothing; empty where it does."""
    if told.lets_through:
        return ""
    if told.mode == "audit":
        return "ALLOWED by a run in audit mode: it releases nothing"
    if told.scope == "partial":
        return "ALLOWED by a run over some of the rules: it releases nothing"
    if told.scope == "trial":
        return "ALLOWED by a first look with a ready-made policy: it releases nothing"
    if not told.on_its_day:
        return f"ALLOWED {as_of_mark(told.as_of)}, which is another day than it was made on: it releases nothing"
    return prose(told.unfit)
