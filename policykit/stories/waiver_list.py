"""Every waiver there is: what it excuses, who stands for it, and how many days it has left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from policykit.errors import VerificationError
from policykit.stories.claimed import revocations
from policykit.stories.waivers import signed_waiver
from policykit.terms.sentence import list_words
from policykit.terms.signatory import Signatory
from policykit.terms.waiver import Allows, Waiver

if TYPE_CHECKING:
    from policykit.attest.authority import Authority


@dataclass(frozen=True, slots=True)
class Listed:
    """One waiver as a list shows it. `signed`: approved by whom; None: nobody looked, since no trust file was named.

    `state` is `valid`, `not_verified` (no trust file was named), `not_yet`, `expired`, `unsigned` (its
    approvals do not hold), `refused` (trust does not let it count), or what became of it in a report: `used`, `unused`, `beyond`.
    """

    waiver: Waiver
    state: str
    told: str
    days_left: int
    signed: tuple[Signatory, ...] | None = None
    error: VerificationError | None = None  # why its approvals do not hold

    @property
    def excuses(self) -> str:
        """Return what it excuses, as a sentence without its full stop."""
        return excuses(self.waiver)


def listed(
    waivers: Sequence[Waiver],
    *,
    now: datetime,
    authority: Authority | None = None,
    stage: str | None = None,
    claims: Sequence[bytes] = (),
    said: Mapping[str, Any] | None = None,
) -> tuple[Listed, ...]:
    """Return all waivers, the one that ends first at the top. `said` is a verified report that says which it used."""
    today = now.astimezone(UTC).date()
    used = {(entry["id"], entry["digest"]): entry for entry in said["waivers"]} if said is not None else {}
    found = [_one(waiver, today, authority, stage, claims, used.get((waiver.id, waiver.digest))) for waiver in waivers]
    return tuple(sorted(found, key=lambda one: (one.days_left, one.waiver.id)))


def excuses(waiver: Waiver) -> str:
    """Return what a waiver excuses: "a fail, as far as at most 12 pp", "not enough rows, within surely at most 18 pp"."""
    what = "a fail" if waiver.allows.undecided is None else f"the doubt `{waiver.allows.undecided}`"
    far = _far(waiver.allows)
    where = list_words(f"{key} `{value}`" for key, value in waiver.only_for)
    return f"{what}{f' of {where}' if where else ''}{f', as far as {far}' if far else ''}"


def bound_to(waiver: Waiver) -> str:
    """Return what a waiver holds for: a bundle, and which version or build of it."""
    if waiver.build is not None:
        return f"{waiver.bundle}, build {waiver.build[:12]}"
    return f"{waiver.bundle} {waiver.version}" if waiver.version is not None else f"{waiver.bundle}, every version"


def _one(
    waiver: Waiver,
    today: date,
    authority: Authority | None,
    stage: str | None,
    claims: Sequence[bytes],
    used: Mapping[str, Any] | None,
) -> Listed:
    left = (date.fromisoformat(waiver.expires) - today).days  # 0: today is its last day
    if left < 0:
        return Listed(waiver, "expired", f"expired on {waiver.expires}", left)
    signed: tuple[Signatory, ...] | None = None
    state, told = "valid", f"holds until {waiver.expires}"
    if authority is None:
        state, told = "not_verified", f"holds until {waiver.expires}, if it is approved: nobody looked"
    if waiver.valid_from > today.isoformat():
        state, told = "not_yet", f"holds from {waiver.valid_from}"
    if authority is not None:
        try:
            one = signed_waiver(waiver, claims, authority, stage, revocations(claims, authority))
        except VerificationError as error:
            return Listed(waiver, "unsigned", str(error), left, (), error)
        signed = one.approvers
        if one.refused:
            return Listed(waiver, "refused", one.refused, left, signed)
    if used is not None and state != "not_yet":
        state, told = str(used["state"]), str(used["told"])
    return Listed(waiver, state, told, left, signed)


def _far(allows: Allows) -> str:
    words = ("at_most", "at_least", "surely_at_most", "surely_at_least")
    said = [f"{name.replace('_', ' ')} {limit.text}" for name in words if (limit := getattr(allows, name)) is not None]
    return ", and ".join(said)
