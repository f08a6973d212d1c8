"""Put the inputs of a site in order: each report once, in the ledger's order, with what was signed about it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from policykit.attest.ledger.whole import Whole
from policykit.report.register import Shelf, TakenBack, revoked
from policykit.stories.site_json import act_from_json, head_from_json
from policykit.stories.site_sources import Input, Sources
from policykit.stories.site_state import Record
from policykit.terms.site import Entry, Filed, Head, Signed, Unread

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


@dataclass(frozen=True)
class Ordered:
    """All that is on a site, in order. `acts` of each report by its id, of each model by its name; `inputs` by SHA-256."""

    shelf: Shelf
    by_report: Mapping[str, Sequence[Signed]]
    by_model: Mapping[str, Sequence[Signed]]
    taken_back: TakenBack
    unread: tuple[Unread, ...]
    inputs: Mapping[str, Input]
    records: Mapping[str, Record]
    ledgers: tuple[tuple[str, int], ...]


def ordered(found: Sources, records: Mapping[str, Record], *, asked: bool, trusted: bool) -> Ordered:
    """Return everything in order; of a ledger, only what its tree holds."""
    unread, reports, acts = [*found.unread], list[Filed](), list[Signed]()
    kept = defaultdict[int, set[int]](set)
    for one in found.inputs:
        record = records[one.sha256]
        entry, problem = _entry(one, record, found.ledgers.get(one.source), kept[one.source])
        if problem:
            unread.append(Unread(one.shown, problem))
        elif record.kind == "act":
            acts.append(Signed(act_from_json(record.short), one.shown, record.vouched, entry))
        else:
            head = head_from_json(record.short)
            reports.append(Filed(head, one.sha256, one.source, one.shown, record.vouched, entry))
    for source, whole in found.ledgers.items():
        if missing := whole.unread(len(kept[source])):
            unread.append(
                Unread(
                    whole.ledger.origin,
                    f"the ledger keeps no file for {missing:,} of its {whole.ledger.size:,} entries",
                )
            )
    shelf = Shelf(_in_order(_once(reports)), _acts_once(acts), asked, trusted)
    by_report, by_model = _about(shelf)
    return Ordered(
        shelf=shelf,
        by_report=by_report,
        by_model=by_model,
        taken_back=revoked(shelf),
        unread=tuple(sorted(set(unread), key=lambda each: (each.file, each.problem))),
        inputs={one.sha256: one for one in reversed(found.inputs)},
        records=records,
        ledgers=tuple((whole.ledger.origin, whole.ledger.size) for whole in found.ledgers.values()),
    )


def _entry(one: Input, record: Record, whole: Whole | None, kept: set[int]) -> tuple[Entry | None, str]:
    """Return where the tree holds a kept file, or why the file is not shown; a second copy of one stands nowhere."""
    if record.kind == "unread":
        if whole is not None and record.leaf and bytes.fromhex(record.leaf) in whole.places:
            kept.add(whole.places[bytes.fromhex(record.leaf)])  # the file is there, and named with its problem
        return None, record.short
    if whole is None:
        return None, ""
    payload = json.loads(record.short)[1 if record.kind == "act" else 0]
    if not one.path.name.startswith(payload):
        return None, "the kept file cannot be believed: its name is not the digest of what it holds"
    place = whole.places.get(bytes.fromhex(record.leaf)) if record.leaf else None
    if place is None or place in kept:
        return None, "no entry of the ledger stands for it"
    kept.add(place)
    return Entry(whole.ledger.origin, place), ""


def _once(reports: Iterable[Filed]) -> list[Filed]:
    """Return each report once: the copy in a ledger, else the one that somebody vouches for; a bare predicate last of all."""
    best = dict[str, Filed]()
    for one in reports:
        other = best.get(one.head.id)
        if other is None or _worth(one) < _worth(other):
            best[one.head.id] = one
    signed = {_same(one.head) for one in best.values() if not one.head.copied}
    return [one for one in best.values() if not one.head.copied or _same(one.head) not in signed]


def _worth(one: Filed) -> tuple[bool, bool, int, str]:
    return one.entry is None, not one.vouched.signer, one.source, one.file


def _same(head: Head) -> tuple[str, ...]:
    return head.name, head.version, head.stage, head.verdict, head.time, head.decision


def _acts_once(acts: Iterable[Signed]) -> tuple[Signed, ...]:
    """Return what was signed in the order of time, what one person signed of one thing once."""
    best = dict[tuple[str, ...], Signed]()
    for one in sorted(acts, key=lambda each: (each.entry is None, each.file)):
        best.setdefault((one.act.id, one.vouched.signer, one.vouched.why), one)
    return tuple(
        sorted(best.values(), key=lambda one: (_time(one.act.at), one.act.id, one.vouched.signer, one.vouched.why))
    )


def _in_order(reports: Sequence[Filed]) -> tuple[Filed, ...]:
    """Return reports as they came: in a ledger's own order, and those of folders between them by their time.

    An entry stands no earlier than those before it, whatever time it says.
    """
    latest, keys = dict[int, str](), dict[str, tuple[str, int, int, str]]()
    for one in sorted(reports, key=lambda each: (each.entry.index if each.entry is not None else -1, each.head.id)):
        time = _time(one.head.time)
        if one.entry is not None:
            time = latest[one.source] = max(time, latest.get(one.source, ""))
        keys[one.head.id] = (time, one.source, one.entry.index if one.entry is not None else -1, one.head.id)
    return tuple(sorted(reports, key=lambda one: keys[one.head.id]))


def _time(text: str) -> str:
    return text if _TIME.fullmatch(text) else ""


def _about(shelf: Shelf) -> tuple[Mapping[str, Sequence[Signed]], Mapping[str, Sequence[Signed]]]:
    """Return what was signed about each report and each model; what takes a permit back is about the report it is for."""
    names = {one.head.id: one.head.name for one in shelf.reports}
    subjects = defaultdict[str, list[str]](list)
    for one in shelf.reports:
        subjects[one.head.subject].append(one.head.id)
    permits = {one.act.id: one.act.about for one in shelf.acts if one.act.about in names}
    by_report, by_model = defaultdict[str, list[Signed]](list), defaultdict[str, list[Signed]](list)
    for each in shelf.acts:
        about = permits.get(each.act.about, each.act.about)
        name = names.get(about, "")
        if name:
            by_report[about].append(each)
        elif each.act.kind == "break_glass":
            for report in subjects.get(each.act.subject, ()) if each.act.subject else ():
                by_report[report].append(each)
        if name or each.act.kind in ("break_glass", "permit", "waiver"):
            by_model[name or each.act.name].append(each)
    return by_report, by_model
