"""Tests of policies: what is given in place of a measurement, and what must come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from policykit.terms.decision import Decision
from policykit.terms.estimate import Estimate, Observed
from policykit.terms.place import NOWHERE, Place
from policykit.terms.source import Source
from policykit.terms.verdict import Cause, Status, Unmeasured

GivenAnswer: TypeAlias = Estimate | Observed | Unmeasured


@dataclass(frozen=True, slots=True)
class GivenEstimate:
    """One answer that a check is taken to have given; empty keys say nothing about which question it answers.

    `compared` says that it is the distance from the champion, `relative` that this distance is a share of the champion's value.
    `together` are the ends of the wider interval, by which it fails where several slices of one rule are looked at together.
    """

    check: str
    answer: GivenAnswer
    rule: str = ""
    attribute: str = ""
    column: str = ""
    group: str = ""
    data: str = ""
    compared: bool = False
    relative: bool = False
    together: tuple[float, float] | None = None
    source: Source = Source.RECOMPUTED
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Given:
    """What one case takes for granted. `as_of` and `collected` are ISO days; None is not said.

    `settings` are values of the policy's parameters, in place of those in force; `settings_at` is where the case says so.
    """

    bundle: str = "given"
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stage: str | None = None
    task: str | None = None
    as_of: str | None = None
    collected: str | None = None
    protected_attributes: tuple[str, ...] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    estimates: tuple[GivenEstimate, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    settings_at: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Expected:
    """What a rule must come out as; no cause: whatever it is undecided for."""

    status: Status
    cause: Cause | None = None

    def __str__(self) -> str:
        return f"{self.status.value}({self.cause.value})" if self.cause is not None else self.status.value


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that a policy must do; `drafted`: written by the machine, and read by nobody yet."""

    name: str
    given: Given
    rules: Mapping[str, Expected]
    decision: Decision | None = None
    place: Place = NOWHERE
    drafted: bool = False


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """A document of cases for one policy, named as `id@version` or `id@major`; `lines` serve messages."""

    policy: str
    cases: tuple[Case, ...]
    path: str = ""
    lines: tuple[str, ...] = field(default=(), compare=False)
