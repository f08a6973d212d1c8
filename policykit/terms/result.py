"""Results: what a report found, one line a finding, as machines beside us are told of it (alerts, test cases, annotations)."""

from __future__ import annotations

from dataclasses import dataclass, field

from policykit.terms.layout import Look
from policykit.terms.place import NOWHERE, Place

WHOLE = "policykit"
"""What stands for the policy where a result is about the run as a whole."""
UNVERIFIED = "unverified"
"""The stamp of a report that is shown though nobody's signature over it was checked: never green to a program."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One rule that was asked. `name` is `policy-id/RULE`: by this it is known over all versions of its policy."""

    name: str
    policy: str  # id@version
    id: str
    title: str
    sentence: str
    checks: tuple[str, ...]
    severity: str
    enforcement: str
    owner: str
    why: str = ""
    fix: str = ""
    controls: tuple[str, ...] = ()
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Excused:
    """Who excused a finding, by which waiver, until when and why."""

    waiver: str
    until: str
    reason: str
    by: str
    digest: str


@dataclass(frozen=True, slots=True)
class Result:
    """One finding, or something about the run as a whole.

    `look` is how it counts: `waived` where waivers excuse it, `caution` a pass to watch. `quiet` is never empty where it does not
    block: "advisory", "advisory before 2027-05-01; blocks from then". `fingerprint` stays the same over runs, over lines that
    move, numbers that change, and other parts of its rule. `needed` says what would settle it.
    """

    asking: Asking
    about: str  # its slice as text: `sex`, `sex=female`; empty for the whole
    part: int
    check: str
    status: str  # of the verdict, which no waiver changes
    look: Look
    word: str  # fail · not shown yet · waived · pass, caution · pass · not applicable
    cause: str  # the stable word: `straddles`; empty where it is settled
    because: str  # the same for people: "not settled either way"
    reason: str
    quiet: str = ""
    observed: str = ""
    interval: str = ""
    limit: str = ""
    needed: str = ""
    source: str = ""
    rows: str = ""
    excused: tuple[Excused, ...] = ()
    place: Place = NOWHERE
    fingerprint: str = ""
    parts: tuple[str, ...] = ()  # of `any_of`, which is told as a whole: what became of each part
    models: str = ""  # of a difference from the champion: what each of the two reaches
    together: str = ""  # "looked at together with the others: 8.9 to 29 pp": what a fail was held to

    @property
    def stops(self) -> bool:
        """Return whether it stops the release."""
        return self.look in ("fail", "undecided") and not self.quiet


@dataclass(frozen=True, slots=True)
class Results:
    """Everything a report found, what stops the release first. `whole` speaks of the run itself and is never empty.

    `exit_code` is the decision's own, and that of UNTRUSTED where it is unverified; `stamps` say what the run was not
    (audit, partial, trial, unverified).
    """

    name: str
    version: str
    stage: str
    decision: str
    reason: str
    exit_code: int
    asked: tuple[Asking, ...]
    found: tuple[Result, ...]
    whole: tuple[Result, ...]
    stamps: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str, str], ...] = ()  # level, code, text: what does not block
    facts: tuple[tuple[str, str], ...] = field(default=())  # (name, value): mode, scope, digests, engine
    time: str = ""
    engine: str = ""
    gate: str = ""  # by it and the stage, a run is compared with its earlier ones
    commit: tuple[str, str, str] = ("", "", "")  # repository, revision, branch: where known

    @property
    def stops(self) -> tuple[Result, ...]:
        """Return what stands in the way, the worst first; where no rule does, and nothing is allowed, the decision itself."""
        found = (*self.whole[1:], *(result for result in self.found if result.stops))
        return found or tuple(result for result in self.whole if result.stops)

    @property
    def unverified(self) -> bool:
        """Whether nobody's signature over the report was checked."""
        return any(name == UNVERIFIED for name, _ in self.stamps)

    @property
    def watch(self) -> tuple[Result, ...]:
        """Return what shows and blocks nothing: cautions, and advisory rules that did not pass."""
        return tuple(
            result
            for result in self.found
            if result.look == "caution" or (result.look in ("fail", "undecided") and result.quiet)
        )
