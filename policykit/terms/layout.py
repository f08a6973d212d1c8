"""Layouts: a report made ready to be shown. Every position and every text is settled here, so that renderers only draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Tone: TypeAlias = Literal["allowed", "blocked", "held"]
Face: TypeAlias = Literal["allowed", "blocked", "held", "looked"]
Look: TypeAlias = Literal["pass", "caution", "fail", "undecided", "waived", "not_applicable"]
"""How a rule or a finding is drawn: its status, a pass that needs watching, and what waivers excuse as a whole."""
DRAWN = 500
"""Rules whose numbers are drawn, and whose groups are told; the others are rows of tables."""
FEWEST = 10
"""Cells with fewer people than this are not shown."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A line on an axis: the limit, the second limit (`surely`), the caution; `at` runs from 0 to 100."""

    kind: Literal["limit", "surely", "caution"]
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A label under an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Trace:
    """A value with its interval, as positions from 0 to 100."""

    low: float
    value: float
    high: float


@dataclass(frozen=True, slots=True)
class Bar:
    """An interval against its limit: positions from 0 to 100; `clipped` ends run on beyond the axis.

    `good` are the stretches the limit allows; `words` says the whole drawing in one sentence, for those who cannot see it.
    """

    low: float
    value: float
    high: float
    clipped_low: bool
    clipped_high: bool
    exact: bool
    marks: tuple[Mark, ...] = ()
    good: tuple[tuple[float, float], ...] = ()
    ticks: tuple[Tick, ...] = ()
    words: str = ""
    label: Tick | None = None  # what the limit is called, above the axis
    before: Trace | None = None  # the model of the last release, or the champion, on the same axis
    together: Trace | None = None  # the wider interval that a fail was held to, among several looked at together


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group as shown; one with fewer than ten people shows `<10` and nothing else. All groups of a finding share a scale."""

    name: str
    rows: str
    value: str
    interval: str
    note: str
    hidden: bool
    trace: Trace | None = None
    before: str = ""  # its value in the last release


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding as shown."""

    name: str
    look: Look
    word: str  # pass · pass, caution · fail · not shown yet · not applicable
    cause: str
    reason: str
    check: str
    limit: str
    observed: str
    interval: str
    rows: str
    method: str
    needed: str
    source: str
    bar: Bar | None
    groups: tuple[GroupRow, ...]
    evidence: tuple[str, ...]
    excused: str = ""  # the ids of the waivers that excuse it
    before: str = ""  # what the last release showed: "7.1 pp (6.2 to 8.1 pp)"
    scale: tuple[str, str] = ("", "")  # what the ends of the groups' shared scale are
    window: tuple[float, float] | None = None  # where on it the limit lets all groups lie
    window_words: str = ""  # "within 10 pp of the highest"
    models: str = ""  # of a difference from the champion: what each of the two reaches
    both: Bar | None = None  # the two of them on one axis: the candidate, and the champion as its `before`
    together: str = ""  # "looked at together with the others: 8.9 to 29 pp"


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule as shown. `anchor` is ours: safe to link to. `findings` are sorted, the one that decided it first."""

    anchor: str
    id: str
    policy: str
    title: str
    sentence: str
    question: str
    look: Look
    word: str
    cause: str
    reason: str
    remark: str  # the reason, where no finding says it already
    blocking: bool
    enforcement: str
    severity: str
    confidence: str
    owner: str
    why: str
    fix: str
    controls: tuple[str, ...]
    ignored: str
    findings: tuple[FindingView, ...]
    excused: tuple[str, ...] = ()  # who excused it, by which waiver, until when: a sentence for each
    advisory: str = ""  # "advisory", "advisory before 2027-05-01; blocks from then"; empty: it blocks
    blocks_from: str = ""  # "blocks from 2027-05-01 (in 9 days)"; empty: it blocks already, or never will


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of what decided it: a rule, or a notice (then `anchor` is empty)."""

    look: Look
    word: str
    rule: str
    title: str
    what: str
    where: str
    anchor: str
    when: str = ""  # "blocks from 2027-05-01 (in 9 days)"; empty: it blocks already, or never will


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do next: who does it, what, and what else it needs."""

    who: str
    what: str
    needed: tuple[str, ...]
    rule: str
    anchor: str
    brief: str = ""  # the least of it in a few words: "410 more labelled rows, above all from `18-25`"; else empty


@dataclass(frozen=True, slots=True)
class Overrule:
    """Who may set aside what stands in the way: nobody needs to, a waiver may, nobody can."""

    who: Literal["nobody needs to", "a waiver may", "nobody can"]
    what: str
    rules: tuple[tuple[str, str], ...]  # id, anchor
    command: str = ""


@dataclass(frozen=True, slots=True)
class ControlRow:
    """One control of a framework: how it stands, by which rules (id, anchor, look, word, how it answers to the control)."""

    id: str
    look: Look
    word: str
    rules: tuple[tuple[str, str, Look, str, str], ...]


@dataclass(frozen=True, slots=True)
class Framework:
    """The controls of one framework that rules of this report answer to, and how many of them are shown."""

    id: str
    told: str  # "7 of 9 controls shown"
    controls: tuple[ControlRow, ...]


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """Somebody who approved this very report, by signature."""

    who: str
    role: str
    at: str
    key: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many rules look the same, and how many of them only advise; `share` of all rules from 0 to 100."""

    look: Look
    word: str
    rules: int
    share: float
    advisory: int = 0


@dataclass(frozen=True, slots=True)
class WaiverRow:
    """One waiver as shown: what became of it, what it excuses, who asked and who approved, and how long it still holds."""

    id: str
    rule: str
    state: str
    word: str
    told: str
    excuses: str
    reason: str
    asked_by: str
    approved_by: str
    ticket: str
    until: str
    left: str  # "129 days left", "the last day", "expired"
    look: Look
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An earlier report on the same held-out data."""

    at: str
    bundle: str
    decision: str
    payload: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One thing that is otherwise than in the last release: for the better, for the worse, or neither."""

    what: str
    about: str
    before: str
    after: str
    word: str  # better · worse · other
    look: Look
    rule: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """How much of the decision rests on one source of evidence."""

    source: str
    meaning: str
    findings: int
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One measurement, without its values: they are in the json report."""

    id: str
    what: str
    dataset: str
    source: str
    engine: str
    problem: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and its value: digests, versions, dates. `code` values are shown in a fixed-width face."""

    name: str
    value: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A policy that was read, and why it did or did not apply."""

    ref: str
    title: str
    owner: str
    path: str
    digest: str
    why: str
    settings: str
    matched: bool


@dataclass(frozen=True, slots=True)
class MaterialRow:
    """A data set that evidence rests on."""

    role: str
    rows: str
    columns: str
    collected: str
    digest: str
    schema_digest: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole report, ready to be drawn. `rules` are sorted: what stops the release first."""

    tone: Tone
    decision: str
    reason: str
    meaning: str
    subject: str  # "loan-default 1.4.0"
    stage: str
    stamps: tuple[tuple[str, str], ...]  # ("audit", "what it means")
    counts: tuple[Count, ...]
    deciding_title: str
    deciding: tuple[Reason, ...]
    watch: tuple[Reason, ...]  # cautions and advisory rules: they show, never block
    steps: tuple[Step, ...]
    ways_out: tuple[str, ...]
    rules: tuple[RuleView, ...]
    provenance: tuple[Provenance, ...]
    evidence: tuple[EvidenceRow, ...]
    materials: tuple[MaterialRow, ...]
    applied: tuple[PolicyRow, ...]
    not_applied: tuple[PolicyRow, ...]
    notices: tuple[tuple[str, str, str], ...]  # level, code, text
    facts: tuple[Fact, ...]
    digests: tuple[Fact, ...]
    model_files: tuple[Fact, ...]
    unproven: tuple[str, ...]
    waivers: tuple[WaiverRow, ...] = ()
    alarms: tuple[tuple[str, str], ...] = ()  # ("break glass", "what happened"): red, on every page
    attempt: str = ""  # "attempt 3 against this held-out data"
    spent: str = ""  # what looking that often costs, in one sentence
    attempts: tuple[AttemptRow, ...] = ()  # those before this one
    before: str = ""  # what it is compared with: the last release, "loan-default 1.3.2", "… (UNVERIFIED)"
    changes: tuple[ChangeRow, ...] = ()  # what changed since then, the heaviest first
    carried: tuple[Reason, ...] = ()  # what an ALLOWED rests on: what is waived, then what came closest to its limit
    overrule: tuple[Overrule, ...] = ()
    frameworks: tuple[Framework, ...] = ()
    approvals: tuple[ApprovalRow, ...] = ()
    coming: tuple[Reason, ...] = ()  # what did not pass and blocks from a day to come

    @property
    def decided(self) -> tuple[Reason, ...]:
        """Return what the decision follows from: of a BLOCKED, what failed; mending what is open as well would not change it."""
        return (
            self.deciding if self.decision != "BLOCKED" else tuple(one for one in self.deciding if one.look == "fail")
        )

    @property
    def also_open(self) -> tuple[Reason, ...]:
        """Return what is not shown yet beside what blocked it: it would still hold the release."""
        return tuple(one for one in self.deciding if one.look == "undecided") if self.decision == "BLOCKED" else ()

    @property
    def face(self) -> Face:
        """Return what page one looks like: an ALLOWED that lets nothing through (a trial, an audit, unverified) is never green."""
        return "looked" if self.stamps and self.tone == "allowed" else self.tone
