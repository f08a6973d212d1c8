"""Waivers: who excused which rule, for what, how far and until when. A waiver changes the decision, never the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from policykit.terms.place import NOWHERE, Place

if TYPE_CHECKING:
    from policykit.terms.bundle import Bundle
    from policykit.terms.signatory import Signatory
    from policykit.terms.verdict import Cause

Binding = Literal["build", "version", "model"]


@dataclass(frozen=True, slots=True)
class Amount:
    """A limit as the waiver writes it, and where: its unit is that of the rule's check, known only when the rule is."""

    text: str
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Allows:
    """How far a waiver goes. Without `undecided` it excuses a fail, with it that doubt alone.

    `at_most` with `surely_at_most` are read as a rule's own limits: the first alone asks the bound to be within it; with the
    second, the estimate within the first and the bound within the second. `fail_any` is for rules whose limit is no number.
    """

    at_most: Amount | None = None
    at_least: Amount | None = None
    surely_at_most: Amount | None = None
    surely_at_least: Amount | None = None
    undecided: Cause | None = None
    fail_any: bool = False


@dataclass(frozen=True, slots=True)
class Waiver:
    """Who set which rule aside, for what, how far, why and until when.

    `rule` is `policy-id/RULE-ID`, `check` what that rule asks (empty: whatever it asks); days are ISO days, both inclusive;
    `only_for` narrows to slices. `text` are its bytes as read, `digest` the SHA-256 of them in lower-case hex: what its
    approvers sign.
    """

    id: str
    rule: str
    bundle: str
    allows: Allows
    reason: str
    requested_by: str
    valid_from: str
    expires: str
    version: str | None = None
    build: str | None = None  # manifest digest in lower-case hex
    only_for: tuple[
        tuple[str, str], ...
    ] = ()  # (("attribute", "age_band"),) · (("sex", "female"),) · (("column", "income"),)
    ticket: str = ""
    check: str = ""
    approved_by: tuple[tuple[str, str], ...] = ()  # (who, role), as written: proven by signature, not by this
    path: str = ""
    text: bytes = b""
    digest: str = ""
    place: Place = NOWHERE

    @property
    def binding(self) -> Binding:
        """Return what it is bound to: one build, one version, or every version of a model."""
        return "build" if self.build is not None else "version" if self.version is not None else "model"

    @property
    def days(self) -> int:
        """Return how many days it holds, first and last counted."""
        from datetime import date

        return (date.fromisoformat(self.expires) - date.fromisoformat(self.valid_from)).days + 1


@dataclass(frozen=True, slots=True)
class SignedWaiver:
    """A waiver whose approvals were verified under a trust file before anything was excused.

    `claims` are the signed files as JSON values, kept in the report so that anyone can verify them again; `refused` says why
    trust does not let it count (over-broad, too long, never to be waived): then it excuses nothing and is a finding.
    """

    waiver: Waiver
    approvers: tuple[Signatory, ...]
    claims: tuple[Mapping[str, Any], ...] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Excuse:
    """What one waiver did to one rule of a report."""

    waiver: str  # id
    rule: str  # policy-id/RULE-ID
    kind: Literal["fail", "doubt"]
    slices: tuple[str, ...]  # names of the findings it excuses; ("",) for the whole
    until: str
    findings: tuple[int, ...] = ()  # their places among the findings of the rule, from 0


State = Literal["used", "unused", "expired", "not_yet", "beyond", "refused"]


@dataclass(frozen=True, slots=True)
class WaiverLine:
    """One waiver as a report shows it: what became of it, and what it excuses. `days_left` counts from the as-of day."""

    signed: SignedWaiver
    state: State
    told: str  # one sentence
    days_left: int
    excuses: tuple[Excuse, ...] = field(default=())


def binds(waiver: Waiver, bundle: Bundle) -> bool:
    """Return whether a waiver speaks of this bundle: its name, and its version or its very files where the waiver says so."""
    if waiver.bundle != bundle.name or (waiver.version is not None and waiver.version != bundle.version):
        return False
    return waiver.build is None or (bool(bundle.files) and waiver.build == bundle.manifest_digest)
