"""Warnings of trust files: nothing is wrong, and somebody will wish it had been done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from policykit.errors import Diagnostic
from policykit.load.node import Node
from policykit.terms.signatory import person
from policykit.terms.trust import Quorum, StageTrust, Trust

SOON = 30  # days


def warnings(root: Node, found: Trust, as_of: str | None) -> Iterator[Diagnostic]:
    """Warn of a trust file that is about to expire, of waivers for whole models, and of people who check themselves."""
    expires = root.get("expires")
    if as_of is not None and expires is not None and found.expires:
        yield from _expiring(expires, found.expires, date.fromisoformat(as_of[:10]))
    stages = root.get("stages")
    for name, stage in found.stages.items():
        written = None if stages is None else stages.get(name)
        if written is not None:
            yield from _widest(written, stage)
            yield from _same_person(written, stage, found)


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


def _people(role: str, trust: Trust) -> set[str]:
    found: set[str] = set()
    for name in trust.roles.get(role, ()):
        member = trust.keys.get(name) or trust.identities.get(name) or trust.accounts.get(name)
        found.add(person(member.who) if member is not None and member.who else name)
    return found
