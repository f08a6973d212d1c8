"""What the ledger knows before a model is judged: how often its held-out data was looked at, and whether the glass was broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from policykit.attest.ledger.facts import HELD_OUT, Facts, facts_in
from policykit.attest.ledger.folder import Ledger, open_ledger
from policykit.attest.ledger.index import Index, open_index
from policykit.attest.ledger.objects import hinted
from policykit.attest.publickey import PublicKey
from policykit.attest.statement import BREAK_GLASS, GATE_REPORT
from policykit.attest.strict_json import strict_json
from policykit.stats.sequential import spent
from policykit.terms.bundle import Bundle
from policykit.terms.history import Attempt, BreakGlass, History

CONFIDENCE: Final = 0.95
_RED: Final = timedelta(days=30)


def history_of(
    ledger: Path, bundle: Bundle, *, stage: str | None, now: datetime, key: PublicKey | None = None
) -> History:
    """Return what the ledger in a folder knows of this bundle and of the data it is judged on.

    An attempt is a logged report, of whatever decision, that used some file of the same held-out data in full and in earnest;
    the same build with the same verdict counts once. Without `key` the ledger's own is taken.

    Raises:
        LedgerError: the ledger does not hold together, or a file it keeps is not the one that was logged.
        StorageError: it cannot be read.
    """
    opened = open_ledger(ledger, key=key)
    with open_index(opened) as index:
        attempts = tuple(_attempts(index, _held_out(bundle)))
        return History(
            origin=opened.origin,
            size=opened.size,
            root=opened.checkpoint.root.hex(),
            attempts=attempts,
            spent=spent(CONFIDENCE, len(attempts) + 1),
            break_glass=tuple(_broken(index, bundle.name, stage, now)),
            unread=_unread(index, opened),
        )


def _attempts(index: Index, held_out: tuple[str, ...]) -> Iterator[Attempt]:
    if not held_out:
        return
    counted = set[tuple[str, str]]()
    for row in index.rows(kind=GATE_REPORT, held_out=held_out):
        kept = index.kept(row)  # what counts is what the tree holds, never what the index says
        facts = facts_in(strict_json(kept.envelope.payload))
        if not _counts(facts, held_out) or (facts.subject, facts.verdict) in counted:
            continue
        counted.add((facts.subject, facts.verdict))
        yield Attempt(facts.at, f"{facts.name} {facts.version}".strip(), facts.decision, kept.payload)


def _counts(facts: Facts, held_out: tuple[str, ...]) -> bool:
    earnest = facts.kind == GATE_REPORT and (facts.mode, facts.scope) == ("enforce", "full")
    return earnest and not set(facts.held_out).isdisjoint(held_out)


def _held_out(bundle: Bundle) -> tuple[str, ...]:
    """Return the SHA-256 of the files of the held-out data: a file of predictions beside them is the model's, and not meant."""
    known = {file.path: file.sha256 for file in bundle.files}
    paths = {path for role in HELD_OUT if role in bundle.datasets for path in bundle.datasets[role].files}
    return tuple(sorted({known[path] for path in paths if path in known}))


def _broken(index: Index, name: str, stage: str | None, now: datetime) -> Iterator[BreakGlass]:
    """Return each time the glass was broken for this model in the last thirty days, with everybody who signed for it."""
    found = dict[tuple[str, str, str, str, str], list[str]]()
    for row in index.rows(kind=BREAK_GLASS, name=name):
        kept = index.kept(row)
        said: Any = strict_json(kept.envelope.payload)
        predicate: Mapping[str, Any] = said["predicate"] if isinstance(said.get("predicate"), dict) else {}
        facts = facts_in(said)
        until = _until(str(predicate.get("until", "")), facts.at)
        if facts.kind != BREAK_GLASS or facts.name != name or until < now.astimezone(UTC).date():
            continue
        if stage is not None and facts.stage != stage:
            continue
        bundle = f"{facts.name} {facts.version}".strip()
        known = (facts.at, facts.stage, bundle, str(predicate.get("reason", "")), until.isoformat())
        by = hinted(kept.envelope)
        found.setdefault(known, []).append(f"key {by[:12]}" if by else "an identity")
    for (at, where, bundle, reason, until_day), who in found.items():
        yield BreakGlass(at, where, bundle, tuple(dict.fromkeys(who)), reason, until_day)


def _until(until: str, at: str) -> date:
    """Return the last red day: as stated, but never before thirty days are over, and for ever where no day can be read."""
    try:
        least = datetime.fromisoformat(at).date() + _RED
        return max(least, date.fromisoformat(until)) if until else least
    except ValueError:
        return date.max


def _unread(index: Index, ledger: Ledger) -> int:
    return min(max(index.unread(), 0), ledger.size)
