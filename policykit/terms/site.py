"""What a static site is made from: each report in short, what was signed about it, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from policykit.terms.told import Standing

ActKind: TypeAlias = Literal["permit", "approval", "revocation", "break_glass", "waiver", "policy", "trust", "other"]


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a ledger holds a file: the host it goes by, and the entry."""

    origin: str
    index: int


@dataclass(frozen=True, slots=True)
class Stop:
    """One rule that stopped a release: what is known of it in one line, and who acts next."""

    rule: str
    title: str
    standing: Standing
    why: str
    owner: str


@dataclass(frozen=True, slots=True)
class WaiverSaid:
    """A waiver as one report tells of it."""

    id: str
    rule: str
    state: str
    told: str
    reason: str
    requested_by: str
    approved_by: tuple[str, ...]
    expires: str


@dataclass(frozen=True, slots=True)
class Head:
    """One report in short. `id` is the SHA-256 of the signed bytes, of the file where nothing was signed.

    `rules` says where each rule stands, by its name; `stops` the worst of those that stop it; `copied` that the file is only
    the predicate, of which a signed copy may lie elsewhere.
    """

    id: str
    name: str
    version: str
    stage: str
    decision: str
    reason: str
    mode: str
    scope: str
    time: str
    as_of: str
    subject: str
    verdict: str
    signed: bool
    copied: bool
    rules: tuple[tuple[str, Standing], ...]
    stops: tuple[Stop, ...]
    waivers: tuple[WaiverSaid, ...]
    doubt: str = ""  # what of it does not follow from what it says
    gate: str = ""
    on_its_day: bool = True  # it judges as of the day it was made on

    @property
    def decides(self) -> bool:
        """Return whether it decides at all: enforced, over every rule, as of its own day."""
        return (self.mode, self.scope) == ("enforce", "full") and self.on_its_day


@dataclass(frozen=True, slots=True)
class Number:
    """One measurement of a report against its limit; None where it has none, infinite where it has no end.

    `finding` is its slice, `part` which of the rule's clauses it answers, by `check` and in `unit`; `standing` is the rule's:
    a part that fails stops nothing where another of `any_of` passes.
    """

    finding: str
    status: str
    limit: str
    shown: str
    value: float | None
    low: float | None
    high: float | None
    check: str
    unit: str
    part: int
    standing: Standing | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """One rule as a report tells of it, and its measurements."""

    name: str
    policy: str
    title: str
    sentence: str
    unit: str
    owner: str
    enforcement: str
    severity: str
    check: str
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Act:
    """Something signed about a report or a model: `about` is the SHA-256 of what it names, `text` what it says in one line."""

    kind: ActKind
    id: str
    name: str
    version: str
    stage: str
    at: str
    until: str
    about: str
    subject: str
    text: str
    of: str = ""  # of a revocation: the kind of what it takes back


@dataclass(frozen=True, slots=True)
class Vouched:
    """Who was shown to have signed a file; where nobody was, `why`. `unfit`: what its stage asks for and it does not show."""

    signer: str = ""
    why: str = ""
    unfit: str = ""


@dataclass(frozen=True, slots=True)
class Filed:
    """A report with where it was found: `file` relative to what was given, `source` the number of that, `order` its place in all."""

    head: Head
    sha256: str
    source: int
    file: str
    vouched: Vouched
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """Something signed about a report, with where it was found and who signed it."""

    act: Act
    file: str
    vouched: Vouched
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that is not on the site, and why."""

    file: str
    problem: str
