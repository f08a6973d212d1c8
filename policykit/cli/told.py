"""What a verified file says, as lines to read: who signed, about what, by whose word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policykit.attest.ledger.inclusion import Logged
    from policykit.stories.verified_permit import AuthenticPermit
    from policykit.stories.verify import Authentic, Under
    from policykit.terms.signatory import Signatory


def report_lines(found: Authentic, under: Under | None, *, rejudged: bool, at_hand: bool) -> Iterator[str]:
    """Yield what an authentic report says."""
    said = found.said
    yield f"{found.decision.value}: {word(said, 'reason')}"
    yield f"  bundle   {word(said, 'bundle', 'name')} {word(said, 'bundle', 'version')}, sha256 {found.subject}"
    made = f"judged as of {word(said, 'asOf')}, made {word(said, 'timeEvaluated')}"
    yield f"  stage    {word(said, 'gate', 'stage') or '(none)'}, {made}"
    yield f"  verdict  {word(said, 'verdictDigest')}{', judged again and equal' if rejudged else ''}"
    yield f"  signed   by {signer(found.by) if found.by is not None else f'key {found.key_id}'}"
    measured = word(said, "gate", "measured")
    if measured != "here":
        yield f"  measured elsewhere: {measured}"
    for waiver in found.waivers:
        people = ", ".join(signer(one) for one in waiver.approvers)
        yield f"  waived   {shown(waiver.waiver.rule)} until {waiver.waiver.expires} by {shown(waiver.waiver.id)}: {people}"
    for approval in found.approvals:
        yield f"  approved by {signer(approval.by)}"
    yield from _others(found.logged, found.stamped, under)
    if at_hand:
        yield "  bytes    the bundle at hand is the one that was judged"


def permit_lines(found: AuthenticPermit, under: Under, *, at_hand: bool) -> Iterator[str]:
    """Yield what an authentic permit says."""
    said = found.said
    yield f"PERMITTED: {shown(said.bundle)} for {under.stage} until {shown(said.until_said)}"
    yield f"  bundle   sha256 {said.digest}"
    yield f"  report   payload sha256 {shown(said.report)}"
    yield f"  signed   by {signer(found.signed.by)}"
    if said.approved_by:
        yield f"  approved by {', '.join(shown(name) for name in said.approved_by)}"
    waivers = found.signed.predicate.get("waivers")
    if isinstance(waivers, Sequence) and waivers:
        yield f"  waived   by {', '.join(shown(str(name)) for name in waivers)}"
    yield from _others(found.logged, None, under)
    if at_hand:
        yield "  bytes    the bundle at hand is the one that is permitted"


def signer(by: Signatory) -> str:
    """Return who signed, by the words of the trust file."""
    who = f" ({shown(by.who)})" if by.who else ""
    role = f" as {shown(by.role)}" if by.role else ""
    return f"{shown(by.name)}{who}{role}" + (f" at {by.at}" if by.at else "")


def shown(text: str) -> str:
    """Return foreign text as it may be shown: nothing hidden in it."""
    from policykit.render.visible import visible

    return visible(text, longest=200)


def word(said: Mapping[str, Any], *names: str) -> str:
    """Return a word of the report as it may be shown: nothing hidden in it, and nothing where it says nothing."""
    found: Any = said
    for name in names:
        found = found.get(name, "") if isinstance(found, dict) else ""
    return shown(str(found))


def _others(logged: Logged | None, stamped: datetime | None, under: Under | None) -> Iterator[str]:
    if under is not None:
        trust = under.authority.trust
        yield f"  trust    {shown(trust.id)} version {trust.version}, stage {under.stage}"
    if logged is not None:
        seen = f", witnessed by {', '.join(logged.witnesses)}" if logged.witnesses else ""
        yield f"  ledger   entry {logged.index:,} of {logged.size:,}, root {logged.root}{seen}"
    if stamped is not None:
        yield f"  stamped  {stamped:%Y-%m-%dT%H:%M:%SZ}"
