"""Roll back: what was lawfully in place keeps the right to stand there again for a while, without a new permit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from policykit.decide.promote.placed import Placed
from policykit.decide.promote.registry import Registry
from policykit.errors import UsageError, VerificationError
from policykit.stories.heard import knows, remembered, to_remember
from policykit.stories.permitted import check_subject, open_permit
from policykit.stories.promote import Promoted, check_arrived
from policykit.terms.instant import rfc3339

if TYPE_CHECKING:
    from policykit.attest.authority import Authority


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that stood at the stage, when it last stopped standing there, and why it may not come back (empty: it may)."""

    placed: Placed
    ended: str
    refused: VerificationError | None = None


def rollback(
    stage: str,
    registry: Registry,
    authority: Authority,
    *,
    claims: Sequence[bytes] = (),
    asked: bool = True,
    to: str | None = None,
    reason: str = "",
    dry_run: bool = False,
) -> Promoted:
    """Bring back `to` (`name@version` or a digest), or else the last that may come back; with `dry_run` only say which.

    `claims` is everything that is heard (`heard`). `asked`: somebody named where revocations are, so that hearing of none
    means that there is none; else that takes claims which know of the permit itself, since it is taken back beside it.

    Raises:
        VerificationError: `rollback_none`, `rollback_expired`, `rollback_unheard`, `revoked`, `moved_bytes`, or any reason
            of a permit.
        UsageError: nothing of that name ever stood there.
    """
    if registry.current(stage) is None:  # asked before the lock: a registry that is not there is not made
        hint = "check the name of the stage and of the registry"
        raise VerificationError("rollback_none", f"nothing stands at `{stage}` in `{registry.name}`", hint=hint)
    with registry.locked():
        before = registry.current(stage)
        listening = _Listening(authority, tuple(claims), asked)
        chosen = _chosen(stage, registry, listening, to)
        fresh = replace(
            chosen.placed, how="rollback", since=rfc3339(authority.now), reason=reason, who=chosen.placed.who
        )
        if dry_run:
            return Promoted(fresh, before)
        return Promoted(registry.point(fresh, to_remember(stage, registry, authority, claims)), before)


def candidates(
    stage: str, registry: Registry, authority: Authority, *, claims: Sequence[bytes] = (), asked: bool = True
) -> tuple[Candidate, ...]:
    """Return everything that stood at the stage by right before what stands there now, the latest first, each once."""
    history, listening = registry.history(stage), _Listening(authority, tuple(claims), asked)
    return tuple(replace(each, refused=_refusal(each, history, registry, listening)) for each in _earlier(history))


@dataclass(frozen=True, slots=True)
class _Listening:
    """By whose word, what was heard, and whether somebody said where to listen."""

    authority: Authority
    claims: tuple[bytes, ...]
    asked: bool


def _earlier(history: Sequence[Placed]) -> tuple[Candidate, ...]:
    found = dict[str, Candidate]()
    for entry, following in reversed(list(pairwise(history))):
        if entry.digest not in found and entry.digest != history[-1].digest and entry.how in ("permit", "rollback"):
            found[entry.digest] = Candidate(entry, following.since)
    return tuple(found.values())


def _chosen(stage: str, registry: Registry, listening: _Listening, to: str | None) -> Candidate:
    """Return the latest that is meant and may come back; bytes are hashed only until one is found."""
    history = registry.history(stage)
    name = None if to is None else to.removeprefix("sha256:")
    first: VerificationError | None = None
    for each in _earlier(history):
        if name not in (None, each.placed.bundle, each.placed.digest):
            continue
        refused = _refusal(each, history, registry, listening)
        if refused is None:
            return each
        first = first or refused
    if first is not None:
        raise first
    if to is None:
        hint = "promote a bundle with a permit"
        raise VerificationError("rollback_none", f"nothing stood at `{stage}` before by right", hint=hint)
    hint = f"`policykit rollback --stage {stage} --of {registry.name} --list` shows what could come back"
    raise UsageError(f"`{to}` never stood at `{stage}` by right, or stands there now", hint=hint)


def _refusal(
    each: Candidate, history: Sequence[Placed], registry: Registry, listening: _Listening
) -> VerificationError | None:
    try:
        _check(each, history, registry, listening)
    except VerificationError as error:
        return error
    return None


def _check(each: Candidate, history: Sequence[Placed], registry: Registry, listening: _Listening) -> None:
    placed, authority = each.placed, listening.authority
    within = authority.stage(placed.stage).rollback_within
    if within is None:
        raise VerificationError(
            "rollback_none",
            f"the trust file gives no right to roll back at `{placed.stage}`",
            hint="promote it with a permit of its own",
        )
    if authority.now - _moment(each.ended) > timedelta(days=within):
        raise VerificationError(
            "rollback_expired",
            f"`{placed.bundle}` stood there until {each.ended}, longer than {within} days ago",
            hint="ask for a new permit for it",
        )
    paper = registry.paper(placed.permit)
    if paper is None:
        raise VerificationError(
            "rollback_none", f"the permit of `{placed.bundle}` is not kept there any more", hint="ask for a new permit"
        )
    permitted = open_permit(paper, authority, placed.stage, (*listening.claims, *remembered(registry, placed.permit)))
    if not listening.asked and not knows(listening.claims, placed.permit, placed.stage):
        raise VerificationError(
            "rollback_unheard",
            f"whether the permit of `{placed.bundle}` was taken back is not known: none of the claims that were read know it",
            hint="add `--claims` with the `claims.jsonl` that lay beside the permit, or `--ledger`",
        )
    check_subject(permitted, placed.digest)
    placed_by_it = [_moment(entry.since) for entry in history if (entry.how, entry.permit) == ("permit", placed.permit)]
    if not any(permitted.issued - timedelta(minutes=5) <= moment <= permitted.until for moment in placed_by_it):
        raise VerificationError(
            "rollback_none",
            f"`{placed.bundle}` was not placed there while its permit was good",
            hint="ask for a new permit for it",
        )
    with registry.opened(placed.held) as path:
        check_arrived(path, placed.digest, registry, placed.held)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise VerificationError(
            "rollback_none", "the history does not say when it stood there", hint="ask for a new permit for it"
        ) from error
