"""Reports: the verdicts and the decision, ready to be signed and shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from policykit.terms.decision import Decision as Decision
from policykit.terms.decision import Notice as Notice
from policykit.terms.instant import made_on_its_day

if TYPE_CHECKING:
    from policykit.terms.history import History
    from policykit.terms.measure import Measure
    from policykit.terms.plan import Measurement
    from policykit.terms.policy import Rule
    from policykit.terms.quantity import Unit
    from policykit.terms.verdict import Unmeasured, Verdict
    from policykit.terms.waiver import Excuse, WaiverLine

SEMANTICS = "1"
"""Version of what the numbers mean: part of every cache key and of the verdict digest."""


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """One policy that was read: which, where from, whether it applied and why."""

    ref: str
    title: str
    owner: str
    path: str
    digest: str
    text: str
    settings: Mapping[str, str]
    matched: bool
    why: str
    held: str = ""  # the labels it asks about and the bundle lacks


@dataclass(frozen=True, slots=True)
class Material:
    """One data set that evidence rests on."""

    role: str
    digest: str
    rows: int | None
    schema_digest: str
    collected: str | None
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule with its verdict and everything a reader needs beside it."""

    rule: Rule
    policy: str  # ref
    verdict: Verdict
    sentence: str
    unit: Unit
    question: str = ""
    excuses: tuple[Excuse, ...] = ()  # never empty and the rule passed: what kept it from passing is excused by these

    @property
    def excused(self) -> bool:
        """Return whether everything that kept the rule from passing is excused by valid waivers."""
        return bool(self.excuses)


@dataclass(frozen=True, slots=True)
class Waived:
    """What all waivers together did to one run: excuses by (policy `id@version`, rule), every waiver, and what to say of them."""

    excuses: Mapping[tuple[str, str], tuple[Excuse, ...]] = field(default_factory=dict)
    lines: tuple[WaiverLine, ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidenced:
    """One measure and what came of it, with its evidence id."""

    id: str
    measure: Measure
    taken: Measurement | Unmeasured


@dataclass(frozen=True, slots=True)
class Report:
    """What was decided about one bundle at one stage, and everything it rests on."""

    name: str
    version: str
    labels: Mapping[str, tuple[str, ...]]
    subject: str  # manifest digest; empty for tables in memory
    model_files: tuple[tuple[str, str], ...]  # (path, sha256)
    stage: str | None
    decision: Decision
    reason: str  # "nothing failed, 2 things are not shown yet"
    rules: tuple[RuleLine, ...]
    policies: tuple[PolicyLine, ...]
    materials: tuple[Material, ...]
    evidence: tuple[Evidenced, ...]
    notices: tuple[Notice, ...]
    as_of: str
    time_evaluated: str = ""
    mode: Literal["enforce", "audit"] = "enforce"
    scope: Literal["full", "partial", "trial"] = "full"
    gate_id: str = ""
    nonce: str = ""
    engine: str = ""
    sources: str = ""  # SHA-256 of the engine's own code; empty: not known
    measured: str = "here"  # or `file`, or `signed file (key …)`: where the measurements come from
    task: Mapping[str, object] = field(default_factory=dict)
    attributes: Mapping[str, object] = field(default_factory=dict)
    protected_attributes: tuple[str, ...] = ()
    other_files: int = 0
    verdict_digest: str = ""
    waivers: tuple[WaiverLine, ...] = ()  # those that bind this bundle
    trust: tuple[str, int, str] | None = None  # id, version and digest of the trust file it was made under
    history: History | None = None  # None: no ledger was given

    def __bool__(self) -> bool:
        """Refuse to be a truth value: `assert gate(…)` would be true of a BLOCKED report."""
        raise TypeError("a report is neither true nor false: ask `report.allowed`")

    @property
    def allowed(self) -> bool:
        """Return whether the decision is ALLOWED, and of a run that can allow something: what a test asserts."""
        return self.decision is Decision.ALLOWED and not self.only_looks

    @property
    def only_looks(self) -> bool:
        """Return whether the run allows nothing whatever it finds: of a part of the rules, or as of another day than its own."""
        return self.scope == "partial" or not self.on_its_day

    @property
    def on_its_day(self) -> bool:
        """Return whether it judges as of the day it was made on: as of an earlier one, rules do not block yet."""
        return made_on_its_day(self.as_of, self.time_evaluated)
