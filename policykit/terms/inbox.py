"""The inbox: many reports as one list of what waits, for whom, and since when. Every text is ready to show."""

from __future__ import annotations

from dataclasses import dataclass

from policykit.terms.layout import Tone
from policykit.terms.told import Change


@dataclass(frozen=True, slots=True)
class Waiting:
    """The newest report on one model for one stage.

    `reason` is the first thing that stops it and `more` how many others do; `who` acts next, empty where nobody is named.
    `days` counts from the first report in a row that was not ALLOWED; None: it is allowed. `signer` is who signed, empty:
    nobody's word was checked. `changes` are held against the report before (`before`: of which day and version; empty: there
    is none), `news` the same as texts.
    """

    name: str
    version: str
    stage: str
    decision: str
    tone: Tone
    note: str  # why it decides nothing: `audit only`, `partial`, `as of …`, `not accepted`; or empty
    rule: str  # `policy-id/RULE`, or empty
    reason: str
    short: str  # the same in fewer words
    more: int
    who: str
    days: int | None
    since: str
    made: str
    signer: str
    before: str
    changes: tuple[Change, ...]
    news: tuple[str, ...]
    path: str
    digest: str  # of the verdict
    gate: str = ""  # which of several gates, where it has an id


@dataclass(frozen=True, slots=True)
class SharedCause:
    """What stops several models at once: `said` holds what is the same in all, and the range of what is not."""

    rule: str
    title: str
    word: str  # `failed` or `not shown yet`
    said: str
    who: str
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inbox:
    """What waits, what several models share, and what could not be read.

    `unread` are files with why; `others` how many JSON files are no reports; `left_out` how many models the filters hide;
    `asked` are those filters as text. `checked`: signatures were checked, with a key or under a trust file.
    """

    day: str
    waiting: tuple[Waiting, ...]
    causes: tuple[SharedCause, ...]
    reports: int
    unread: tuple[tuple[str, str], ...]
    others: int
    left_out: int
    asked: str
    checked: bool

    def count(self, decision: str) -> int:
        """Return how many of the lines shown have this decision; an ALLOWED that lets nothing through counts as HELD."""
        return sum(1 for each in self.waiting if each.tone == decision.lower())
