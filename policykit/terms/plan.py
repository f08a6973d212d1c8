"""Plans: the questions asked, and which policies asked them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from policykit.terms.bundle import Bundle, Schema
from policykit.terms.frame import Frame
from policykit.terms.match import Match as Match
from policykit.terms.measure import Key, Measure
from policykit.terms.policy import Clause, Policy, Rule, Source
from policykit.terms.state import State
from policykit.terms.verdict import Unmeasured

if TYPE_CHECKING:
    from policykit.terms.check import Check


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was counted, and where it came from."""

    state: State
    source: Source = Source.RECOMPUTED
    engine: str = ""
    cached: bool = False
    sampled: bool = False


Taken: TypeAlias = Mapping[Measure, Measurement | Unmeasured]


@dataclass(frozen=True, slots=True)
class Champion:
    """The model in use, as its own verified report measured it; `subject` is the digest of its bundle's manifest."""

    bundle: Bundle
    schemas: Mapping[str, Schema | Unmeasured]
    taken: Taken
    subject: str


@dataclass(frozen=True, slots=True)
class Question:
    """One clause of one rule about one slice, with the check that answers it.

    `unmet` says why it cannot be asked at all. `by` and `by_name`: for a rule that wants one finding per group of a check
    that does not compare groups, the key by which every scan of it is split.
    """

    policy: Policy
    rule: Rule
    clause: Clause
    check: Check
    frame: Frame
    slice: tuple[tuple[str, str], ...] = ()
    by: Key = ()
    by_name: tuple[str, ...] = ()
    rival: Frame | None = None  # the champion asked the same on equal rows, answered from its own report
    unmet: Unmeasured | None = None
    not_applicable: str = ""
    advisory: bool = False  # becomes advisory: no champion, and the rule says so; or before block_from


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will be asked of one bundle at one stage, as of one day (ISO date)."""

    bundle: Bundle
    schemas: Mapping[str, Schema | Unmeasured]
    stage: str | None
    as_of: str
    matches: tuple[Match, ...]
    questions: tuple[Question, ...]
    only: tuple[str, ...] = ()
    champion: Champion | None = None
