"""Pages of a site, ready to be drawn: every text, link and position is settled here. Links are paths from the site's root."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from policykit.terms.layout import Bar, Look, Tone
from policykit.terms.site import Unread


@dataclass(frozen=True, slots=True)
class Row:
    """One report in a list. `what` says in a line why; `marks` are words such as `unverified`, `revoked`, `audit only`.

    `gate` says which of several gates it was, where its id is not just the name of the model.
    """

    path: str
    name: str
    model: str
    version: str
    stage: str
    decision: str
    tone: Tone
    day: str
    what: str
    who: str
    marks: tuple[str, ...]
    entry: str
    gate: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a model stands in a stage by one gate: the report that last let it through, the newest one, and its permit."""

    name: str
    model: str
    stage: str
    stage_path: str
    allowed: Row | None
    newest: Row
    stopped: bool
    permit: str


@dataclass(frozen=True, slots=True)
class StageCount:
    """One stage in one line: how many models were let into it, how many are stopped before it, and of these are blocked."""

    name: str
    path: str
    models: int
    allowed: int
    stopped: int
    blocked: int


@dataclass(frozen=True, slots=True)
class Expiring:
    """Something that ends soon: a waiver, or a permit."""

    what: str
    name: str
    path: str
    until: str
    left: str
    look: Look


@dataclass(frozen=True, slots=True)
class WaiverEntry:
    """One waiver in the register, as its newest report tells of it. `used` counts the reports it excused something in."""

    id: str
    rule: str
    name: str
    model: str
    state: str
    look: Look
    reason: str
    requested_by: str
    approved_by: str
    until: str
    left: str
    used: int
    reports: int
    newest: Row


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """One rule of the catalogue: how often it was asked, stopped a release, was not shown, or was waived, and whose.

    Counted are the reports that decide; `looked` are those that were judged by it and decide nothing, such as audits.
    """

    name: str
    anchor: str
    title: str
    sentence: str
    policy: str
    check: str
    owner: str
    enforcement: str
    severity: str
    asked: int
    failed: int
    undecided: int
    waived: int
    advisory: int
    looked: int
    models: tuple[tuple[str, str, int], ...]  # name, path, how often it was stopped; most often first
    more_models: int
    last: Row | None


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement of a trend: positions from 0 to 100, from left and from above."""

    x: float
    y: float
    low: float
    high: float
    look: Look
    label: str


@dataclass(frozen=True, slots=True)
class TrendRow:
    """One measurement of a trend, in words."""

    version: str
    path: str
    day: str
    shown: str
    interval: str
    limit: str
    look: Look
    word: str


@dataclass(frozen=True, slots=True)
class Trend:
    """One measurement of a model over its reports. `band` and `line` are corners of shapes, `limits` one line for each limit.

    `stage` and `gate` are said where the model has several, the check in `about` where the rule asks several.
    """

    title: str
    rule: str
    rule_path: str
    about: str
    stage: str
    gate: str
    unit: str
    points: tuple[Point, ...]
    band: str
    line: str
    limits: tuple[str, ...]
    limit_text: str
    limit_at: float | None
    ticks: tuple[tuple[float, str], ...]
    first: str
    last: str
    words: str
    rows: tuple[TrendRow, ...]
    left_out: int
    look: Look


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One thing that changed since the report before."""

    what: str
    title: str
    before: str
    after: str
    better: Literal["better", "worse", ""]


@dataclass(frozen=True, slots=True)
class ActRow:
    """Something signed about a report: what it is, who signed it, when, what it says."""

    what: str
    look: Look
    at: str
    by: str
    unverified: str
    text: str
    entry: str
    digest: str


@dataclass(frozen=True, slots=True)
class FindingCell:
    """One finding of a report as shown; groups with few people show nothing."""

    name: str
    look: Look
    word: str
    observed: str
    interval: str
    limit: str
    rows: str
    reason: str
    needed: str
    source: str
    bar: Bar | None
    groups: tuple[tuple[str, str, str, str], ...]  # name, people, value, interval
    more_groups: int
    models: str = ""  # of a difference from the champion: what each of the two reaches
    both: Bar | None = None  # the two of them on one axis
    together: str = ""  # the wider interval that a fail was held to


@dataclass(frozen=True, slots=True)
class RuleCell:
    """One rule of a report as shown."""

    name: str
    path: str
    title: str
    sentence: str
    look: Look
    word: str
    reason: str
    owner: str
    enforcement: str
    severity: str
    controls: tuple[str, ...]
    excused: tuple[str, ...]
    findings: tuple[FindingCell, ...]
    more_findings: int


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A whole report, from what it says alone. `unverified` says why nobody's word was found for it; empty: `signer` signed it."""

    row: Row
    stage_path: str
    reason: str
    meaning: str
    stamps: tuple[tuple[str, str], ...]
    signer: str
    unverified: str
    facts: tuple[tuple[str, str], ...]
    before: tuple[str, str] | None  # path, words
    after: tuple[str, str] | None
    changes: tuple[ChangeRow, ...]
    more_changes: int
    stops: tuple[RuleCell, ...]
    rules: tuple[RuleCell, ...]
    more_rules: int
    waivers: tuple[tuple[str, str, str, str, str], ...]  # id, rule, told, by whom, until
    acts: tuple[ActRow, ...]
    policies: tuple[tuple[str, str, str, str], ...]  # ref, title, why, digest
    notices: tuple[tuple[Look, str, str], ...]
    digests: tuple[tuple[str, str], ...]
    commands: tuple[str, ...]
    copy: str


@dataclass(frozen=True, slots=True)
class Paged:
    """Which page of how many this is, and where the others are."""

    page: int
    pages: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """The first page: what was let through, what is stopped, what ends soon, what was decided last."""

    reports: int
    decisions: int
    models: int
    first: str
    last: str
    ledgers: tuple[tuple[str, int], ...]
    through: int
    recent: int
    stages: tuple[StageCount, ...]
    stopped: tuple[Standing, ...]
    more_stopped: int
    expiring: tuple[Expiring, ...]
    more_expiring: int
    newest: tuple[Row, ...]
    broken: tuple[tuple[ActRow, str, str], ...]  # what, model, its page
    unread: tuple[Unread, ...]
    more_unread: int


@dataclass(frozen=True, slots=True)
class ModelPage:
    """One model: where it stands, what changed, its trends, its reports. The pages after the first have its older reports alone."""

    name: str
    count: int
    first: str
    last: str
    standings: tuple[Standing, ...]
    changes: tuple[ChangeRow, ...]
    more_changes: int
    trends: tuple[Trend, ...]
    more_trends: int
    waivers: tuple[WaiverEntry, ...]
    acts: tuple[ActRow, ...]
    more_acts: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class MonthCount:
    """One month in one line: its decisions, and how many reports decide nothing."""

    name: str
    path: str
    reports: int
    allowed: int
    blocked: int
    held: int
    looked: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A page that is a list: its name, how many things there are in all, and those of this page."""

    name: str
    reports: int
    models: int
    rows: tuple[Any, ...] = ()
    months: tuple[MonthCount, ...] = ()
