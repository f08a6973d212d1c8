"""Promote: what a permit allows is done to the very bytes that it is about, and to no others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from policykit.decide.promote.folder import Folder
from policykit.decide.promote.placed import Placed
from policykit.decide.promote.registry import Registry
from policykit.errors import DocumentError, UsageError, VerificationError
from policykit.load.bundle import load_bundle
from policykit.stories.heard import remembered, to_remember
from policykit.stories.permitted import check_in_time, check_subject, check_young, open_permit
from policykit.terms.bundle import Bundle
from policykit.terms.instant import rfc3339

if TYPE_CHECKING:
    from policykit.attest.authority import Authority


@dataclass(frozen=True, slots=True)
class Promoted:
    """What stands at the stage now, and what stood there before."""

    now: Placed
    before: Placed | None
    already: bool = False


def promote(
    bundle: Path,
    stage: str,
    registry: Registry,
    permit: bytes,
    authority: Authority,
    *,
    claims: Sequence[bytes] = (),
) -> Promoted:
    """Verify the permit against the bundle, copy the bytes, hash them again where they arrived, and only then let them count.

    `claims` is everything that is heard (`heard`); what took back a permit of this stage is kept in the registry.

    Raises:
        UsageError: the registry lies inside the bundle.
        VerificationError: the permit does not hold (`permitted`), or the bytes that arrived are others (`moved_bytes`).
        BundleError, StorageError: what cannot be read, copied or written; what stood at the stage still does.
    """
    found = load_bundle(bundle)
    permitted = open_permit(permit, authority, stage, claims)
    kept = remembered(registry, permitted.payload)
    if kept:
        open_permit(permit, authority, stage, kept)
    check_subject(permitted, found.manifest_digest)
    check_in_time(permitted, authority.now)
    check_young(permitted, authority.stage(stage).permit_max_age, authority.now)
    placed = Placed(
        stage,
        found.manifest_digest,
        permitted.bundle,
        held="",
        how="permit",
        since=rfc3339(authority.now),
        permit=permitted.payload,
        until=permitted.until_said,
        who=permitted.approved_by,
    )
    papers = [(permitted.payload, permit), *to_remember(stage, registry, authority, claims)]
    return move(found, placed, registry, papers)


def move(bundle: Bundle, placed: Placed, registry: Registry, papers: Sequence[tuple[str, bytes]]) -> Promoted:
    """Copy the bytes, hash what arrived, point the stage at it; nothing counts before its digest was seen at the goal."""
    from dataclasses import replace

    _check_apart(bundle, registry)
    with registry.locked():
        before = registry.current(placed.stage)
        held = registry.put(bundle)
        try:
            with registry.opened(held) as path:
                check_arrived(path, placed.digest, registry, held)
        except BaseException:
            registry.discard(held)
            raise
        already = before is not None and (before.digest, before.permit, before.held) == (
            placed.digest,
            placed.permit,
            held,
        )
        if before is not None and already:
            now = registry.point(before, papers)  # a run that was cut short is completed, and nothing is written twice
        else:
            now = registry.point(replace(placed, held=held), papers)
    return Promoted(now, before, already)


def check_arrived(path: Path, digest: str, registry: Registry, held: str) -> None:
    """Refuse bytes that are not those the permit is about."""
    try:
        arrived = load_bundle(path).manifest_digest
    except (DocumentError, VerificationError) as error:
        raise VerificationError(
            "moved_bytes",
            f"what lies in `{registry.name}` as `{held}` is not the permitted bundle: {error}",
            hint="promote from, and into, a place that nobody else writes to",
        ) from error
    if arrived != digest:
        raise VerificationError(
            "moved_bytes",
            f"what lies in `{registry.name}` as `{held}` is the bundle `{arrived}`, and `{digest}` was permitted",
            hint="a file was changed between judging and promoting, or the registry was written to: look who did",
        )


def _check_apart(bundle: Bundle, registry: Registry) -> None:
    """Refuse a registry inside the bundle: its files would be the bundle's from then on, and no permit is about those."""
    if not isinstance(registry, Folder) or bundle.root is None or bundle.archive:
        return
    if registry.root.resolve().is_relative_to(bundle.root.resolve()):
        hint = "name a folder that is not part of what is promoted"
        raise UsageError(f"the registry `{registry.name}` lies inside the bundle", hint=hint)
