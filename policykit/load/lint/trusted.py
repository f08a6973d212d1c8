"""What a trust file can say and should not: deciders without a name; and warnings of what somebody will wish had been done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from policykit.errors import Diagnostic
from policykit.load.node import Node
from policykit.load.scalars import shown
from policykit.terms.signatory import person
from policykit.terms.trust import Quorum, StageTrust, Trust, TrustIdentity, TrustKey

SOON = 30  # days


def problems(root: Node, found: Trust, as_of: str | None) -> Iterator[Diagnostic]:
    """Find deciders without a name; warn of what expires soon, is pinned loosely, excused widely, or checks itself."""
    expires = root.get("expires")
    if as_of is not None and expires is not None and found.expires:
        yield from _expiring(expires, found.expires, date.fromisoformat(as_of[:10]))
    stages = root.get("stages")
    for name, stage in found.stages.items():
        written = None if stages is None else stages.get(name)
        if written is not None:
            yield from _widest(written, stage)
            yield from _same_person(written, stage, found)
            yield from _versions(written)
    yield from _recorded(root, found)
    yield from _nameless(root, found)


def _expiring(node: Node, expires: str, today: date) -> Iterator[Diagnostic]:
    last = date.fromisoformat(expires)
    if last <= today + timedelta(days=SOON):
        days = (last - today).days
        when = "today" if days == 0 else f"in {days} day{'' if days == 1 else 's'}"
        message = f"this trust file expired on {expires}" if days < 0 else f"this trust file expires {when}"
        hint = "raise its version, set a later day, and have it signed; until then nothing is permitted once it has expired"
        yield node.warning("PK511", message, hint=hint)


def _widest(written: Node, stage: StageTrust) -> Iterator[Diagnostic]:
    waivers = written.get("waivers")
    widest = None if waivers is None else waivers.get("widest")
    if widest is not None and stage.waivers is not None and stage.waivers.widest == "model":
        message = f"at `{stage.name}` a waiver may excuse every future version of a model"
        yield widest.warning("PK512", message, hint="write `version`, so that each version is looked at anew")


def _same_person(written: Node, stage: StageTrust, trust: Trust) -> Iterator[Diagnostic]:
    judges = _people(stage.report_signed_by, trust)
    said: list[tuple[str, Quorum]] = [("approvals", each) for each in stage.approvals]
    if stage.waivers is not None:
        said.append(("waivers", stage.waivers.signed_by))
    for key, quorum in said:
        both = sorted(judges & _people(quorum.role, trust))
        node = written.get(key)
        if both and node is not None:
            message = f"`{both[0]}` both judges for `{stage.name}` and signs as `{quorum.role}`"
            yield node.warning("PK513", message, hint="let one role judge and another decide")


def _versions(written: Node) -> Iterator[Diagnostic]:
    pins = written.get("policies")
    for item in () if pins is None else pins.items:
        name, lowest = item.get("id"), item.get("at_least")
        if name is not None and lowest is not None and item.get("digest") is None:
            message = f"`{shown(name.text)}` is pinned by its version: any text that calls itself so meets it"
            hint = "add `digest:`, as reports show it, for exactly one text"
            yield lowest.warning("PK517", message, hint=hint)


def _recorded(root: Node, trust: Trust) -> Iterator[Diagnostic]:
    """Warn of accounts whose reviews are recorded by who signs reports of a stage that they approve at: one hand does both."""
    accounts = root.get("accounts")
    for account in trust.accounts.values():
        written = None if accounts is None else accounts.get(account.name)
        node = None if written is None else written.get("recorded_by")
        meets = [
            stage.name
            for stage in trust.stages.values()
            if account.recorded_by in trust.roles.get(stage.report_signed_by, ())
            and any(account.name in trust.roles.get(quorum.role, ()) for quorum in _decide(stage))
        ]
        if node is not None and meets:
            message = (
                f"`{account.recorded_by}` records the reviews of `{account.name}` and signs reports for `{meets[0]}`"
            )
            hint = "have another key or workflow record them: one that signs reports could make its own approvals"
            yield node.warning("PK518", message, hint=hint)


def _nameless(root: Node, trust: Trust) -> Iterator[Diagnostic]:
    """Find each key and identity that approves, excuses or breaks glass and names no person: none of these counts."""
    parts = [part for name in ("keys", "identities") if (part := root.get(name)) is not None]
    at = {name.text: name for part in parts for name, _ in part.pairs}
    known: dict[str, TrustKey | TrustIdentity] = {**trust.keys, **trust.identities}
    roles = dict.fromkeys(quorum.role for stage in trust.stages.values() for quorum in _decide(stage))
    told: dict[str, str] = {}
    for role in roles:
        for member in trust.roles.get(role, ()):
            if member in known and not known[member].who:
                told.setdefault(member, role)
    for member, role in told.items():
        hint = "add `who:`: decisions are counted by person, and nobody approves what is their own"
        yield at[member].problem("PK616", f"`{member}` decides as `{role}`, and names no person", hint=hint)


def _decide(stage: StageTrust) -> tuple[Quorum, ...]:
    """Return everybody who decides at a stage about what others judged."""
    waivers = () if stage.waivers is None else (stage.waivers.signed_by,)
    return (*stage.approvals, *waivers, *(() if stage.break_glass is None else (stage.break_glass,)))


def _people(role: str, trust: Trust) -> set[str]:
    found: set[str] = set()
    for name in trust.roles.get(role, ()):
        member = trust.keys.get(name) or trust.identities.get(name) or trust.accounts.get(name)
        found.add(person(member.who) if member is not None and member.who else name)
    return found
