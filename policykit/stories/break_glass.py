"""Break the glass: two people put a bundle in place without a permit, and everybody sees it for thirty days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from policykit.attest.sealing import sealed
from policykit.attest.statement import BREAK_GLASS, statement
from policykit.decide.promote.placed import Placed
from policykit.decide.promote.registry import Registry
from policykit.errors import LedgerError, UsageError, VerificationError
from policykit.load.bundle import load_bundle
from policykit.stories.consistent import subjects_of
from policykit.stories.promote import Promoted, move
from policykit.terms.instant import rfc3339

if TYPE_CHECKING:
    from policykit.attest.authority import Authority
    from policykit.attest.ledger.folder import Ledger
    from policykit.attest.signer import Signer

RED = timedelta(days=30)
LEAST = 2  # signers, whatever the trust file says


def break_glass(
    bundle: Path,
    stage: str,
    registry: Registry,
    reason: str,
    signed_by: Sequence[Signer],
    authority: Authority,
    *,
    log: Callable[[Sequence[bytes]], None],
    ledger: Ledger | None = None,
) -> Promoted:
    """Promote without a permit. The signed claims go to `log` before anything moves: no trace, no effect.

    `ledger` is the one that `log` appends to: where the stage names a ledger, it has to be that one.

    Raises:
        UsageError: no reason.
        VerificationError: `break_glass_none`, `break_glass_ledger`, `break_glass_signers`, `moved_bytes`, or a signer who is
            not of the role.
        LedgerError: `ledger_origin`, `ledger_key`: it is another ledger than the stage's.
    """
    if not reason.strip():
        raise UsageError("the glass is not broken without a reason", hint='write `--break-glass "why"`')
    asks = authority.stage(stage).break_glass
    if asks is None:
        hint = "get a permit; or let the trust file name `break_glass: {role: …, count: 2}` for this stage"
        raise VerificationError("break_glass_none", f"at `{stage}` there is no glass to break", hint=hint)
    _check_ledger(stage, ledger, authority)
    found = load_bundle(bundle)
    until = (authority.now + RED).date().isoformat()
    payload = statement(
        subjects_of(found),
        {
            "stage": stage,
            "bundle": {"name": found.name, "version": found.version},
            "reason": reason.strip(),
            "role": asks.role,
            "time": rfc3339(authority.now),
            "until": until,
        },
        predicate_type=BREAK_GLASS,
    )
    claims = [sealed(payload, signer) for signer in signed_by]
    who, digest = signers(claims, asks.role, max(LEAST, asks.count), authority)
    placed = Placed(
        stage,
        found.manifest_digest,
        f"{found.name}@{found.version}",
        held="",
        how="break_glass",
        since=rfc3339(authority.now),
        permit=digest,
        until=until,
        reason=reason.strip(),
        who=who,
    )
    log(claims)
    return move(found, placed, registry, [(digest, b"\n".join(claims))])


def _check_ledger(stage: str, ledger: Ledger | None, authority: Authority) -> None:
    """Refuse to break the glass where the stage's own ledger would not hold it: another ledger is no trace."""
    name = authority.stage(stage).ledger
    if name is None:
        return
    terms = authority.trust.ledgers[name]  # a stage names only ledgers that the trust file lists
    if ledger is None:
        raise VerificationError(
            "break_glass_ledger",
            f"breaking the glass at `{stage}` is logged in the ledger `{terms.origin}`, and no ledger was given",
            hint="add `--ledger FOLDER --ledger-key KEY`",
        )
    hint = f"give the folder of `{terms.origin}`, which the trust file names for this stage"
    if ledger.origin != terms.origin:
        raise LedgerError("ledger_origin", f"this is the ledger `{ledger.origin[:200]}`, not the stage's", hint=hint)
    if ledger.key.id != authority.key(terms.key).id:
        raise LedgerError("ledger_key", "the ledger is signed by another key than the stage's", hint=hint)


def signers(claims: Sequence[bytes], role: str, least: int, authority: Authority) -> tuple[tuple[str, ...], str]:
    """Return who signed that the glass is broken, and the digest of what they signed; refuse fewer than `least` people.

    Raises:
        VerificationError: `break_glass_signers`, or a signer who is not of the role.
    """
    from policykit.attest.quorum import distinct, people

    signed = [authority.open(claim, role=role, predicate_type=BREAK_GLASS) for claim in claims]
    if distinct(people([each.by for each in signed])) < least:
        hint = f"give `--sign` once for each of {least} different people of the role `{role}`"
        raise VerificationError(
            "break_glass_signers", f"the glass is broken by {least} people, and fewer signed", hint=hint
        )
    return tuple(dict.fromkeys(each.by.who or each.by.name for each in signed)), signed[0].payload_digest
