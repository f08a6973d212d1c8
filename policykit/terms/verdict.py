"""Verdicts: what is true of one rule. A waiver never changes a verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policykit.terms.estimate import Estimate
    from policykit.terms.quantity import Unit


class Status(StrEnum):
    """The four things that can be true of a rule."""

    PASS = "pass"
    FAIL = "fail"
    UNDECIDED = "undecided"
    NOT_APPLICABLE = "not_applicable"


class Cause(StrEnum):
    """Why something is not shown."""

    MISSING = "missing"
    WRONG_TYPE = "wrong_type"
    TOO_LARGE = "too_large"
    NOT_FINITE = "not_finite"
    CRASHED = "crashed"
    EMPTY = "empty"
    TOO_FEW = "too_few"
    STRADDLES = "straddles"
    UNDEFINED = "undefined"
    STALE = "stale"
    WRONG_SOURCE = "wrong_source"
    SAMPLED = "sampled"
    NO_CHAMPION = "no_champion"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A number that could not be had, and why: failure is data, so it can be judged. `detail` is one lower-case sentence."""

    cause: Cause
    detail: str = ""


@dataclass(frozen=True, slots=True)
class StillNeeded:
    """How many rows in all would probably settle a question that straddles: between `few` and `many`; None: no number would."""

    few: int | None
    many: int | None
    where: str = ""  # the group that lacks them


@dataclass(frozen=True, slots=True)
class Finding:
    """What is true of one slice of one rule: one attribute, one group, one column, or the whole."""

    slice: tuple[tuple[str, str], ...]  # (("sex", "female"),) · (("attribute", "sex"),) · (("column", "income"),) · ()
    status: Status
    cause: Cause | None
    reason: str  # one sentence: why this status
    observed: Estimate | None = None
    limit: str = ""  # the limit as a person wrote it: "at most 10 pp"
    caution: bool = False
    needed: StillNeeded | None = None
    groups: tuple[GroupLine, ...] = ()
    measurements: tuple[str, ...] = ()  # evidence ids
    source: str = ""  # recomputed · attested · declared; the weakest used
    check: str = ""  # the check that was asked (differs between the parts of all_of / any_of)
    unit: Unit | None = None  # of the observed value; None: the rule's
    part: int = 0  # which part of all_of / any_of it belongs to, in the order they are written
    weak: tuple[
        Unmeasured, ...
    ] = ()  # what is wrong with its evidence itself, whatever its status: no loosened limit mends it
    together: tuple[float, float] | None = None  # the wider interval that a fail was held to, among several slices

    @property
    def name(self) -> str:
        """Return the slice as text: `sex=female`; empty for the whole."""
        return " × ".join(f"{what}={value}" if what != "attribute" else value for what, value in self.slice)


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One row of the table behind a comparison of groups: what it is called, how many rows, its own value and interval."""

    name: str
    rows: int
    value: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is true of one rule of one policy, and the findings it rests on."""

    policy: str  # id@version
    rule: str  # id
    status: Status
    cause: Cause | None
    reason: str
    findings: tuple[Finding, ...] = field(default=())
    advisory: bool = False  # advisory by enforcement, or until block_from
    confidence: str = "95 %"
