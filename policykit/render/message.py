"""A decision as a message: what was decided, why, who acts next, and where to read more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policykit.render.visible import visible
from policykit.terms.layout import Layout, Reason, Step
from policykit.terms.message import Message

THINGS: Final = 3
LONGEST: Final = 400

_CALLS: Final = re.compile(
    r"@(?=(?:everyone|here|channel|all|room|team)\b)|<(?=[!@#&/a-zA-Z])|\](?=[(\[])", re.IGNORECASE
)


def message(layout: Layout, *, link: str = "") -> Message:
    """Return what people are told of a report: `BLOCKED loan-default 1.4.0 for production`, three reasons, who acts.

    It is plain text: what is hidden in names is made visible, and what a chat would take for a call to everybody, a tag or a
    link is broken by a blank.
    """
    notes = ", ".join(name for name, _ in layout.stamps)
    stage = f" for {_plain(layout.stage, 64)}" if layout.stage else ""
    title = f"{layout.tone.upper()} {_plain(layout.subject, 120)}{stage}{f' ({notes})' if notes else ''}"
    return Message(title, "\n".join(_lines(layout, link)), layout.tone)


def _lines(layout: Layout, link: str) -> Iterator[str]:
    yield _plain(layout.reason)
    for name, what in layout.alarms:
        yield f"{_plain(name).upper()}: {_plain(what)}"
    if layout.deciding:
        yield ""
    for number, reason in enumerate(layout.deciding[:THINGS], start=1):
        yield f"{number}. {_reason(reason)}"
    yield from _more(len(layout.deciding) - THINGS)
    if layout.steps:
        yield ""
        yield "Who acts next:"
    for step in layout.steps[:THINGS]:
        yield f"- {_step(step)}"
    yield from _more(len(layout.steps) - THINGS)
    if link:
        yield ""
        yield link


def _reason(reason: Reason) -> str:
    where = f" [{reason.where}]" if reason.where and not reason.what.startswith(reason.where) else ""
    word = "failed" if reason.word == "fail" else reason.word
    head = f"{reason.rule} {word}" if reason.rule else word
    return _plain(f"{head}: {reason.what}{where}")


def _step(step: Step) -> str:
    rule = f" ({step.rule})" if step.rule else ""
    return _plain(f"{step.who or 'whoever owns the bundle'}: {step.brief or step.what}{rule}")


def _more(left: int) -> Iterator[str]:
    if left > 0:
        yield f"and {left:,} more"


def _plain(text: str, longest: int = LONGEST) -> str:
    return _CALLS.sub(lambda found: f"{found[0]} ", visible(visible(text), longest=longest))
