"""Policies: what must be true, for which models, and who says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any, Literal

from policykit.terms.expr import Expr, Lit
from policykit.terms.place import NOWHERE as NOWHERE
from policykit.terms.place import Place as Place
from policykit.terms.quantity import Quantity
from policykit.terms.source import Source as Source

_FIRST = re.compile(r"0([.+-].*)?|1(\.0)*([+-].*)?")


class Enforcement(StrEnum):
    """Who may overrule a rule: nobody needs to (advisory), a waiver (waivable), nobody can (absolute)."""

    ADVISORY = "advisory"
    WAIVABLE = "waivable"
    ABSOLUTE = "absolute"


class Severity(StrEnum):
    """Sorts, nothing else."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Relative:
    """A limit against another model: the champion, or a named dataset."""

    way: Literal["worse_by_at_most", "better_by_at_least"]
    amount: Quantity
    relative: bool = False  # `5 % relative`: amount is then a share of the champion's value
    to: str = "champion"
    if_none: Literal["undecided", "advisory"] = "undecided"


@dataclass(frozen=True, slots=True)
class Constraint:
    """What is enough. Every field that is None asks for nothing; quantities are in the check's canonical unit."""

    at_least: Quantity | None = None
    at_most: Quantity | None = None
    above: Quantity | None = None
    below: Quantity | None = None
    between: tuple[Quantity, Quantity] | None = None
    equals: Quantity | Lit | None = None
    is_one_of: tuple[Lit, ...] | None = None
    none_of: tuple[Lit, ...] | None = None
    superset_of: tuple[Lit, ...] | None = None
    subset_of: tuple[Lit, ...] | None = None
    presence: Literal["present", "absent"] | None = None
    surely_at_least: Quantity | None = None
    surely_at_most: Quantity | None = None
    caution_above: Quantity | None = None
    caution_below: Quantity | None = None
    relative: Relative | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """One check with its parameters, its data and its limit; a rule has one, or several under all_of / any_of."""

    check: str
    params: Mapping[str, Any]  # as under `with`: plain Python values, quantities and literals already typed
    constraint: Constraint
    data: str = "evaluation"
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a rule asks of its evidence. Floors withhold passes, never fails."""

    min_rows: int | None = None  # None: 30 for a number about a population, no floor for one about these rows
    min_rows_per_group: int | None = None  # None: likewise
    max_age: Quantity | None = None
    source: Source | None = None
    confidence: Fraction | None = Fraction(95, 100)  # None: `confidence: none`, the point is judged
    missing: Literal["exclude", "pass", "fail"] | None = None  # None: the check's own default


@dataclass(frozen=True, slots=True)
class Control:
    """A control of a framework that a rule answers to."""

    id: str
    how: str = "contributes"


@dataclass(frozen=True, slots=True)
class Ignored:
    """Groups a rule leaves out, and why: said in the report."""

    values: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement."""

    id: str
    title: str
    clauses: tuple[Clause, ...]
    combine: Literal["one", "all_of", "any_of"] = "one"
    for_each: tuple[str, ...] | Literal["protected_attributes"] | None = None
    across: tuple[tuple[str, ...], ...] = ()
    where: Expr | None = None
    evidence: Evidence = Evidence()
    enforcement: Enforcement = Enforcement.WAIVABLE
    severity: Severity = Severity.MEDIUM
    block_from: str | None = None  # ISO date; advisory before it
    rolled_out: bool = False  # `block_from` is the day after the policy's `audit_until`: set by the plan, never written
    if_other_task: Literal["undecided", "not_applicable"] = "undecided"
    ignore_groups: Ignored | None = None
    owner: str = ""
    controls: tuple[Control, ...] = ()
    why: str = ""
    fix: str = ""
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Bands:
    """An attribute made by cutting another one: `age_band: {from: age, cut: [25, 40, 62]}`."""

    of: str
    edges: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class AppliesTo:
    """Which bundles and stages a policy speaks of; `everything` matches all."""

    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stages: tuple[str, ...] = ()
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value of the policy that the gate file may set within bounds."""

    title: str
    value: str
    between: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A named, versioned set of rules. `text` is the document as read; `settings` what the gate file set.

    Until `audit_until` (an ISO day, included) it only advises, but for the bundles named in `canary`.
    """

    id: str
    version: str
    title: str
    owner: str
    applies_to: AppliesTo
    rules: tuple[Rule, ...]
    must_cover: tuple[str, ...] = ()  # protected attributes some blocking fairness rule has to measure
    attributes: Mapping[str, Bands] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    review_by: str | None = None
    audit_until: str | None = None
    canary: tuple[str, ...] = ()
    path: str = ""  # relative to the argument it was found under
    text: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    place: Place = NOWHERE

    @property
    def ref(self) -> str:
        """Return `id@version`."""
        return f"{self.id}@{self.version}"

    @property
    def is_first(self) -> bool:
        """Return whether its version is one before which none was in force: a draft `0.…`, or `1`, `1.0`, `1.0.0`."""
        return _FIRST.fullmatch(self.version) is not None

    def only_advises(self, bundle: str, day: str) -> bool:
        """Return whether this policy is still being rolled out, on this ISO day, to the bundle of this name."""
        return self.audit_until is not None and day <= self.audit_until and bundle not in self.canary
