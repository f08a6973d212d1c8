"""The whole product, in the order it happens: one call a room."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from policykit.errors import UsageError
from policykit.judge.judgement import judge
from policykit.judge.waived import waive
from policykit.plan.planner import make_plan, open_measures
from policykit.report.assemble import assemble
from policykit.report.predicate import predicate
from policykit.stories.champion import champion_notices
from policykit.terms.asking import ROUNDS
from policykit.terms.bundle import Bundle
from policykit.terms.history import History
from policykit.terms.instant import rfc3339
from policykit.terms.measure import Measure
from policykit.terms.plan import Champion, Measurement, Plan, Taken
from policykit.terms.policy import Policy
from policykit.terms.report import Notice, Report
from policykit.terms.verdict import Unmeasured
from policykit.terms.waiver import SignedWaiver
from policykit.version import VERSION, sources

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many steps of it are done, and how many there are (0: not known)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How a gate is asked: the stage, the day as of which it judges, and what the run is for."""

    stage: str | None
    now: datetime
    as_of: str = ""  # ISO day; empty: the UTC day of `now`
    only: tuple[str, ...] = ()
    mode: Literal["enforce", "audit"] = "enforce"
    trial: bool = False
    gate_id: str = ""
    nonce: str = ""
    cache: Path | None = None
    notices: tuple[Notice, ...] = ()
    champion: Champion | None = None
    measured: str = "here"  # or `file`, or `signed file (key …)`
    waivers: tuple[SignedWaiver, ...] = ()
    trust: tuple[str, int, str] | None = None  # id, version and digest of the trust file
    history: History | None = None  # what the ledger knows; None: no ledger was given

    def __post_init__(self) -> None:
        """Refuse a day that is none: compared as text it would make every rule advisory."""
        if self.as_of:
            iso_day(self.as_of)

    @property
    def day(self) -> str:
        """Return the day as of which everything is judged."""
        return self.as_of or self.now.astimezone(UTC).date().isoformat()


@dataclass(frozen=True, slots=True)
class Judged:
    """One run of the gate: the report, and what it was made from."""

    report: Report
    plan: Plan
    taken: Taken

    def predicate(self) -> Mapping[str, Any]:
        """Return the report as the predicate of a statement."""
        return predicate(self.report, self.plan, self.taken)


def iso_day(text: str) -> str:
    """Return an ISO day as given; raise `UsageError` where it is none."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass  # the 30th of February
    raise UsageError(f"`{text}` is not a day", hint="write it as 2026-11-22")


def gate(bundle: Bundle, policies: Sequence[Policy], asked: Asked, progress: Progress | None = None) -> Judged:
    """Plan, measure, judge, report."""
    plan, taken = measured(bundle, policies, asked, progress)
    return judged(plan, taken, asked)


def measured(
    bundle: Bundle, policies: Sequence[Policy], asked: Asked, progress: Progress | None = None
) -> tuple[Plan, Taken]:
    """Return the plan, and everything it asks for measured: a check may ask again once it has seen its first answer."""
    from policykit.measure.describe import describe
    from policykit.measure.engine import take

    if progress is not None:
        progress("looking at the columns", 0, 0)
    schemas = describe(bundle)
    plan = make_plan(
        policies, bundle, schemas, stage=asked.stage, as_of=asked.day, only=asked.only, champion=asked.champion
    )
    taken: dict[Measure, Measurement | Unmeasured] = {}
    for _ in range(ROUNDS):
        wanted, hopeless = open_measures(plan, taken)
        taken |= hopeless
        if not wanted:
            break
        taken |= take(bundle, wanted, schemas, cache=asked.cache, progress=progress)
    return plan, taken


def judged(plan: Plan, taken: Taken, asked: Asked) -> Judged:
    """Return the verdicts, what waivers excuse of them, and the decision on what was measured."""
    verdicts = judge(plan, taken)
    report = assemble(
        plan,
        taken,
        verdicts,
        engine=VERSION,
        sources=sources(),
        time_evaluated=rfc3339(asked.now),
        mode=asked.mode,
        trial=asked.trial,
        gate_id=asked.gate_id,
        nonce=asked.nonce,
        notices=(*asked.notices, *champion_notices(plan)),
        waived=waive(plan, verdicts, asked.waivers),
        trust=asked.trust,
        history=asked.history,
    )
    return Judged(replace(report, measured=asked.measured), plan, taken)
