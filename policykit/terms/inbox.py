"""The inbox: many reports as one list of what waits, for whom, and since when. Every text is ready to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from policykit.terms.layout import Tone
from policykit.terms.told import Change

_WORST: tuple[Tone, ...] = ("allowed", "held", "blocked")


@dataclass(frozen=True, slots=True)
class Waiting:
    """The newest report on one model for one stage.

    `reason` is the first thing that stops it and `more` how many others do; `who` acts next, empty where nobody is named.
    `days` counts from the first report in a row that was not ALLOWED; None: it is allowed. `signer` is who signed, empty:
    nobody's word was checked. `changes` are held against the report before (`before`: of which day and version; empty: there
    is none), `news` the same as texts. `look`: it decides nothing, and is compared with nothing.
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
    look: bool = False

    @property
    def word(self) -> str:
        """Return the decision as it counts: an ALLOWED that lets nothing through is HELD."""
        return self.tone.upper() if self.decision == "ALLOWED" else self.decision


@dataclass(frozen=True, slots=True)
class SharedCause:
    """What stops several models at once: `said` holds what is the same in all, and the least and the most of what is not."""

    rule: str
    title: str
    word: str  # `failed` or `not shown yet`
    said: str
    who: str
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inbox:
    """What waits, what several models share, and what could not be read.

    A model is a name on its way to one stage: it may have several lines. `unread` are files with why; `others` how many JSON
    files are no reports; `left_out` how many models the filters hide;
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

    @property
    def models(self) -> int:
        """Return how many models are shown."""
        return len(self._standing())

    def count(self, decision: str) -> int:
        """Return how many models stand so: by the worst of the lines that decide, and of these by those somebody vouches for."""
        return sum(1 for tone in self._standing().values() if tone == decision.lower())

    def _standing(self) -> Mapping[tuple[str, str], Tone]:
        weights: dict[tuple[str, str], tuple[bool, bool, int]] = {}
        for line in self.waiting:
            model, weight = (line.name, line.stage), (bool(line.signer), not line.look, _WORST.index(line.tone))
            weights[model] = max(weight, weights.get(model, weight))
        return {model: _WORST[weight[-1]] for model, weight in weights.items()}
