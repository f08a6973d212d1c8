"""What the ledger knows before a model is judged: how often its held-out data was looked at, and whether the glass was broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from policykit.attest.ledger.facts import Facts, Shape, facts_in, held_out_of, shapes_of
from policykit.attest.ledger.folder import Ledger, open_ledger
from policykit.attest.ledger.objects import Kept, Stray
from policykit.attest.ledger.whole import read_whole
from policykit.attest.publickey import PublicKey
from policykit.attest.state import State
from policykit.attest.statement import BREAK_GLASS, GATE_REPORT
from policykit.attest.strict_json import strict_json
from policykit.errors import VerificationError
from policykit.stats.sequential import spent
from policykit.stories.called import called
from policykit.stories.ledger import goes_on
from policykit.terms.bundle import Bundle
from policykit.terms.history import Attempt, BreakGlass, History

if TYPE_CHECKING:
    from policykit.attest.authority import Authority

CONFIDENCE: Final = 0.95
_RED: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the ledger knows, and how many of the attempts count only because their data looks the same."""

    history: History
    alike: int


@dataclass(frozen=True, slots=True)
class _Told:
    """One kept file that was held against the tree: where its entry stands and what it says."""

    place: int
    file: Kept
    said: Mapping[str, Any]
    facts: Facts


def history_of(
    ledger: Path,
    bundle: Bundle,
    *,
    stage: str | None,
    now: datetime,
    key: PublicKey | None = None,
    state: State | None = None,
    schemas: Mapping[str, object] | None = None,
    authority: Authority | None = None,
) -> History:
    """Return what the ledger in a folder knows of this bundle and of the data it is judged on, as `remembered` does."""
    return remembered(
        ledger, bundle, stage=stage, now=now, key=key, state=state, schemas=schemas, authority=authority
    ).history


def remembered(
    ledger: Path,
    bundle: Bundle,
    *,
    stage: str | None,
    now: datetime,
    key: PublicKey | None = None,
    state: State | None = None,
    schemas: Mapping[str, object] | None = None,
    authority: Authority | None = None,
) -> Remembered:
    """Return what the ledger in a folder knows of this bundle and of the data it is judged on.

    An attempt is a logged report, of whatever decision, that used the same held-out data in full and in earnest: some file of
    it, or, where predictions lie in the data's own file and change it with every model, data of a bundle of the same name with
    as many rows and the same columns. The same build with the same verdict counts once. Every entry and every kept file is
    read for it. Without `key` the ledger's own is taken; `state` is what was seen before, and remembers this; `schemas` say
    what the data sets look like where they are not at hand. Who broke the glass is called as `authority` knows them.

    Raises:
        LedgerError: the ledger does not hold together, does not go on from what was seen, or keeps a file that was not logged.
        StorageError: it cannot be read.
    """
    opened = open_ledger(ledger, key=key)
    told, unread = _read(opened)
    attempts, alike = _attempts(told, _own(bundle, told, schemas))
    goes_on(opened, state)
    return Remembered(
        History(
            origin=opened.origin,
            size=opened.size,
            root=opened.checkpoint.root.hex(),
            attempts=attempts,
            spent=spent(CONFIDENCE, len(attempts) + 1),
            break_glass=tuple(_broken(told, bundle.name, stage, now, authority)),
            unread=unread,
        ),
        alike,
    )


def looks_before(ledger: Ledger, statement: Mapping[str, Any], place: int) -> int:
    """Return how many attempts the ledger holds before entry `place` on the held-out data of a report.

    Raises:
        LedgerError: the ledger does not hold together, or keeps a file that was not logged.
    """
    told, _ = _read(ledger)
    own = facts_in(statement)
    looks = _looks([each for each in told if each.place < place], own)
    return sum((each.facts.subject, each.facts.verdict) != (own.subject, own.verdict) for each in looks)


def _read(ledger: Ledger) -> tuple[Sequence[_Told], int]:
    """Return the reports and the broken glass that the ledger keeps, in the order they were logged, and how many files it lacks."""
    whole, kept, found = read_whole(ledger), 0, list[_Told]()
    for each in whole.kept():
        if isinstance(each, Stray):
            continue
        kept += 1
        place, file = each
        said = _statement(file)
        facts = facts_in(said)
        if facts.kind in (GATE_REPORT, BREAK_GLASS):
            found.append(_Told(place, file, said, facts))
    return sorted(found, key=lambda each: each.place), whole.unread(kept)


def _statement(file: Kept) -> Mapping[str, Any]:
    try:
        said = strict_json(file.envelope.payload)
    except VerificationError:
        return {}
    return said if isinstance(said, dict) else {}


def _own(bundle: Bundle, told: Sequence[_Told], schemas: Mapping[str, object] | None) -> Facts:
    """Return what is to be looked for; the data is looked into only where some report may be about data that looks the same."""
    found = Facts(name=bundle.name, held_out=held_out_of(bundle))
    if not any(_in_earnest(each.facts) and each.facts.name == bundle.name and each.facts.shapes for each in told):
        return found
    return Facts(name=bundle.name, held_out=found.held_out, shapes=_shapes(bundle, schemas))


def _shapes(bundle: Bundle, schemas: Mapping[str, object] | None) -> tuple[Shape, ...]:
    if schemas is None:
        if bundle.root is None:
            return ()
        from policykit.measure.describe import describe

        schemas = describe(bundle)
    return shapes_of(bundle, schemas)


def _attempts(told: Sequence[_Told], own: Facts) -> tuple[tuple[Attempt, ...], int]:
    looks = _looks(told, own)
    attempts = tuple(
        Attempt(f.at, f"{f.name} {f.version}".strip(), f.decision, each.file.payload)
        for each in looks
        for f in (each.facts,)
    )
    return attempts, sum(not _same_file(each.facts, own) for each in looks)


def _looks(told: Sequence[_Told], own: Facts) -> Sequence[_Told]:
    """Return the looks at the same held-out data, each build with each verdict once."""
    found = dict[tuple[str, str], _Told]()
    for each in told:
        if _in_earnest(each.facts) and (_same_file(each.facts, own) or _alike(each.facts, own)):
            found.setdefault((each.facts.subject, each.facts.verdict), each)
    return tuple(found.values())


def _in_earnest(facts: Facts) -> bool:
    return facts.kind == GATE_REPORT and (facts.mode, facts.scope) == ("enforce", "full")


def _same_file(one: Facts, other: Facts) -> bool:
    return not set(one.held_out).isdisjoint(other.held_out)


def _alike(one: Facts, other: Facts) -> bool:
    return one.name == other.name and any(mine.like(theirs) for mine in one.shapes for theirs in other.shapes)


def _broken(
    told: Sequence[_Told], name: str, stage: str | None, now: datetime, authority: Authority | None
) -> Iterator[BreakGlass]:
    """Return each time the glass was broken for this model in the last thirty days, with everybody who signed for it."""
    found = dict[tuple[str, str, str, str, str], list[str]]()
    for each in told:
        facts, said = each.facts, each.said
        if facts.kind != BREAK_GLASS or facts.name != name:
            continue
        predicate: Mapping[str, Any] = said["predicate"] if isinstance(said.get("predicate"), dict) else {}
        until = _until(str(predicate.get("until", "")), facts.at)
        if until < now.astimezone(UTC).date() or (stage is not None and facts.stage != stage):
            continue
        bundle = f"{facts.name} {facts.version}".strip()
        known = (facts.at, facts.stage, bundle, str(predicate.get("reason", "")), until.isoformat())
        found.setdefault(known, []).append(called(each.file.envelope, authority))
    for (at, where, bundle, reason, until_day), who in found.items():
        yield BreakGlass(at, where, bundle, tuple(dict.fromkeys(who)), reason, until_day)


def _until(until: str, at: str) -> date:
    """Return the last red day: as stated, but never before thirty days are over, and for ever where no day can be read."""
    try:
        least = datetime.fromisoformat(at).date() + _RED
        return max(least, date.fromisoformat(until)) if until else least
    except ValueError:
        return date.max
