"""Told: what a report says, read from its predicate alone, for whoever looks at many reports at once.

Nothing here is judged again: these are the report's own words and numbers, and who vouches for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from policykit.terms.instant import made_on_its_day

Standing: TypeAlias = Literal["passed", "caution", "waived", "failed", "undecided", "advisory", "not_applicable"]
"""Where a rule stands: what is waived did not pass; `advisory` did not pass and stops nothing."""


@dataclass(frozen=True, slots=True)
class ToldGroup:
    """One group of a comparison, or one of two models; None where the report does not know."""

    name: str
    rows: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class ToldFinding:
    """One finding. Numbers are in the canonical unit of the check; an end that is unbounded is infinite, an unknown one None.

    `name` is its slice as text (`sex`, `sex=female`, empty for the whole); `shown` the value as people read it; `few` and
    `many` are how many rows would probably settle it, `where` the group that lacks them. `part` is which of the rule's
    clauses it answers, `unit` that of its own numbers: those of `all_of` and `any_of` may differ. `models` are the two sides
    of a difference, `together` the wider interval that a fail was held to among several slices; empty in older reports.
    """

    name: str
    check: str
    status: str
    cause: str
    reason: str
    limit: str
    caution: bool
    source: str
    shown: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    few: int | None = None
    many: int | None = None
    where: str = ""
    groups: tuple[ToldGroup, ...] = ()
    unit: str = "number"
    part: int = 0
    models: tuple[ToldGroup, ...] = ()
    together: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class ToldRule:
    """One rule with its verdict. `policy` is `id@version`; `owner` the rule's, else the policy's."""

    policy: str
    id: str
    title: str
    sentence: str
    status: str
    cause: str
    reason: str
    advisory: bool
    enforcement: str
    severity: str
    owner: str
    unit: str
    controls: tuple[tuple[str, str], ...] = ()  # (id, how)
    excused: tuple[tuple[str, str], ...] = ()  # (waiver, until)
    findings: tuple[ToldFinding, ...] = ()
    confidence: str = ""  # what the intervals hold their numbers at: "95 %"

    @property
    def name(self) -> str:
        """Return `policy-id/RULE`: by this a rule is known over all versions of its policy."""
        return f"{self.policy.rpartition('@')[0]}/{self.id}"

    @property
    def standing(self) -> Standing:
        """Return where the rule stands."""
        match self.status:
            case "pass":
                return "caution" if any(finding.caution for finding in self.findings) else "passed"
            case "not_applicable":
                return "not_applicable"
            case status if self.excused or self.advisory:
                return "waived" if self.excused else "advisory"
            case status:
                return "failed" if status == "fail" else "undecided"

    @property
    def stops(self) -> bool:
        """Return whether it stops the release."""
        return self.standing in ("failed", "undecided")


@dataclass(frozen=True, slots=True)
class ToldPolicy:
    """One policy that was read, and why it did or did not apply."""

    ref: str
    title: str
    owner: str
    path: str
    digest: str
    applied: bool
    why: str


@dataclass(frozen=True, slots=True)
class ToldWaiver:
    """One waiver, and what became of it on the day the report judges as of."""

    id: str
    rule: str
    state: str
    told: str
    reason: str
    requested_by: str
    approved_by: tuple[str, ...]
    expires: str
    days_left: int


@dataclass(frozen=True, slots=True)
class Told:
    """What one report says. `signer` is who signed it, in one line; empty: nobody's word was checked.

    `subject` is the manifest's digest, `payload` the SHA-256 of the signed bytes (empty: not signed), both lower-case hex.
    `looks` counts the looks at the held-out data, this one included; None where no ledger was given.
    """

    name: str
    version: str
    subject: str
    stage: str
    decision: str
    reason: str
    mode: str
    scope: str
    as_of: str
    time_evaluated: str
    engine: str
    verdict_digest: str
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    policies: tuple[ToldPolicy, ...] = ()
    rules: tuple[ToldRule, ...] = ()
    waivers: tuple[ToldWaiver, ...] = ()
    notices: tuple[tuple[str, str, str], ...] = ()  # level, code, text
    looks: int | None = None
    ledger: tuple[str, int] | None = None  # origin, size
    payload: str = ""
    signer: str = ""
    path: str = ""
    gate_id: str = ""
    unfit: str = ""  # why its stage asks for more than it shows, although its word is believed; empty: it does not, or nobody asked
    described: tuple[tuple[str, str], ...] = ()  # labels, protected attributes, task, data sets; empty: not known

    @property
    def on_its_day(self) -> bool:
        """Return whether it judges as of the day it was made on: as of an earlier one, rules do not block yet."""
        return made_on_its_day(self.as_of, self.time_evaluated)

    @property
    def decides(self) -> bool:
        """Return whether it decides at all: enforced, over every rule, as of its own day, by what its stage asks for."""
        return (self.mode, self.scope) == ("enforce", "full") and self.on_its_day and not self.unfit

    @property
    def lets_through(self) -> bool:
        """Return whether the report lets its bundle go on: it decides, and says ALLOWED."""
        return self.decision == "ALLOWED" and self.decides


ChangeKind: TypeAlias = Literal[
    "decision",
    "status",
    "number",
    "limit",
    "rule_added",
    "rule_gone",
    "finding_added",
    "finding_gone",
    "policy",
    "waiver",
    "bundle",
]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two reports on one model: texts to show, and whether it is for the better (None: neither)."""

    kind: ChangeKind
    rule: str  # `policy-id/RULE`; empty for what is about the whole
    title: str
    about: str  # the finding's name; empty for the whole rule
    before: str
    after: str
    better: bool | None = None
