"""Lists of a site: where each model stands, what each rule stopped, which waivers there are, what ends soon. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

from policykit.report.numbers import several
from policykit.report.site_names import called, model_path, month, month_path, report_path, rule_anchor, stage_path
from policykit.report.stamps import as_of_mark
from policykit.terms.layout import Look, Tone
from policykit.terms.site import Filed, RuleSaid, Signed, WaiverSaid
from policykit.terms.site_layout import Expiring, MonthCount, Row, RuleEntry, StageCount, Standing, WaiverEntry

SOON: Final = 30
"""Days within which what ends is said to end soon."""
_MOST_MODELS: Final = 12
_TONES: Final[Mapping[str, Tone]] = {"ALLOWED": "allowed", "BLOCKED": "blocked"}


@dataclass(frozen=True, slots=True)
class Shelf:
    """Every report in its order, and what was signed about them.

    `asked`: signatures were to be verified; `trusted`: under a trust file, which says who may sign what.
    """

    reports: Sequence[Filed]
    acts: Sequence[Signed]
    asked: bool
    trusted: bool = False

    def counts(self, one: Filed | Signed) -> bool:
        """Return whether it may open anything: where signatures are verified, only what somebody was shown to have signed."""
        return bool(one.vouched.signer) or not self.asked

    def decides(self, one: Filed) -> bool:
        """Return whether a report counts and decides: enforced, over every rule, of its day, by what its stage asks for."""
        return self.counts(one) and one.head.decides and not one.vouched.unfit


TakenBack: TypeAlias = frozenset[tuple[str, str]]
"""Kind and digest of all that was taken back."""


def revoked(shelf: Shelf) -> TakenBack:
    """Return all that was taken back. Without a trust file nobody knows who may: everybody's word takes back."""
    acts = (one for one in shelf.acts if one.act.kind == "revocation" and one.act.about)
    return frozenset((one.act.of, one.act.about) for one in acts if one.vouched.signer or not shelf.trusted)


def newest_of(shelf: Shelf, reports: Sequence[Filed]) -> Filed:
    """Return the newest report that decides; where none does, the newest whose word counts, else the newest.

    What nobody vouches for decides nothing for the better, but may well say that something is wrong.
    """
    said = [
        one
        for one in reports
        if shelf.decides(one) or (not shelf.counts(one) and one.head.decides and one.head.decision != "ALLOWED")
    ]
    return (said or [one for one in reports if shelf.counts(one)] or reports)[-1]


def tone_of(decision: str) -> Tone:
    """Return the colour of a decision."""
    return _TONES.get(decision, "held")


def row(one: Filed, *, taken_back: TakenBack = frozenset(), asked: bool) -> Row:
    """Return one report as a line of a list."""
    head = one.head
    first = next(iter(head.stops), None)
    rest = sum(standing in ("failed", "undecided") for _, standing in head.rules) - 1
    more = f", and {several(rest, 'more rule')}" if first is not None and rest > 0 else ""
    back = ("report", head.id) in taken_back
    marks = [*(["unverified"] if not one.vouched.signer else []), *(["revoked"] if back else [])]
    marks += [*(["audit only"] if head.mode == "audit" else []), *([head.scope] if head.scope != "full" else [])]
    marks += [*([] if head.on_its_day else [as_of_mark(head.as_of)]), *(["not accepted"] if one.vouched.unfit else [])]
    opens = head.decides and not back and not one.vouched.unfit and (bool(one.vouched.signer) or not asked)
    waived = [waiver.id for waiver in head.waivers if waiver.state == "used"]
    said = f"{first.title}: {first.why}{more}" if first is not None else head.reason
    return Row(
        path=report_path(head),
        name=called(head.name),
        model=model_path(head.name),
        version=called(head.version, "no version"),
        stage=called(head.stage, ""),
        decision=head.decision,
        tone="held" if head.decision == "ALLOWED" and not opens else tone_of(head.decision),
        day=head.time[:16].replace("T", " "),
        what=f"{said} (waived by {', '.join(waived)})" if waived and first is None else said,
        who=first.owner if first is not None else "",
        marks=tuple(marks),
        entry=f"{one.entry.index:,}" if one.entry is not None else "",
        gate=head.gate if head.gate != head.name else "",
    )


def standings(shelf: Shelf) -> tuple[Standing, ...]:
    """Return where each model stands in each stage by each gate, by name."""
    back = revoked(shelf)
    permits = _permits(shelf, back)
    found = defaultdict[tuple[str, str, str], list[Filed]](list)
    for one in shelf.reports:
        found[one.head.name, one.head.stage, one.head.gate].append(one)
    return tuple(_standing(shelf, each, back, permits) for _, each in sorted(found.items()))


def stages(found: Iterable[Standing]) -> tuple[StageCount, ...]:
    """Return every stage in one line; of several gates, each has to let a model through."""
    of = defaultdict[str, defaultdict[str, list[Standing]]](lambda: defaultdict(list))
    for one in found:
        of[one.stage][one.name].append(one)
    return tuple(
        StageCount(
            called(name, "no stage named"),
            stage_path(name),
            len(each),
            sum(all(s.allowed is not None for s in gates) for gates in each.values()),
            sum(any(s.stopped for s in gates) for gates in each.values()),
            sum(any(s.stopped and s.newest.tone == "blocked" for s in gates) for gates in each.values()),
        )
        for name, each in sorted(of.items())
    )


def waivers(shelf: Shelf, as_of: date) -> tuple[WaiverEntry, ...]:
    """Return every waiver in reports whose word counts: the one that ends first at the top, those that are over at the end.

    What became of one is told by reports that decide, where any does: a part of the rules may use no waiver at all.
    """
    back = revoked(shelf)
    told = defaultdict[tuple[str, ...], list[tuple[Filed, WaiverSaid]]](list)
    for one in filter(shelf.counts, shelf.reports):
        for waiver in one.head.waivers:
            told[waiver.id, waiver.rule, waiver.expires, one.head.name].append((one, waiver))
    found = [_waiver(shelf, each, as_of, back) for each in told.values()]
    return tuple(sorted(found, key=lambda one: (one.look == "not_applicable", one.until, one.id, one.name, one.rule)))


def expiring(shelf: Shelf, registered: Iterable[WaiverEntry], as_of: date) -> tuple[Expiring, ...]:
    """Return the waivers in use and the permits that end within a month, the first first."""
    found = list[Expiring]()
    for one in registered:
        days = days_left(one.until, as_of)
        if one.state == "used" and days is not None and 0 <= days <= SOON:
            what = f"waiver {one.id} for {one.rule}"
            found.append(Expiring(what, one.name, one.newest.path, one.until, one.left, "waived"))
    back, by_id = revoked(shelf), {one.head.id: one for one in shelf.reports}
    for signed in shelf.acts:
        act, days = signed.act, days_left(signed.act.until[:10], as_of)
        if not _holds(signed, shelf, back) or days is None or not 0 <= days <= SOON:
            continue
        about = by_id.get(act.about)
        path = report_path(about.head) if about is not None else ""
        found.append(Expiring(f"permit for {act.stage}", called(act.name), path, act.until[:10], left(days), "pass"))
    return tuple(sorted(found, key=lambda one: (one.until, one.name, one.what)))


def rules(shelf: Shelf, said: Mapping[str, RuleSaid]) -> tuple[RuleEntry, ...]:
    """Return every rule in reports whose word counts, those that stopped most at the top; `said` is each in its newest words.

    Only a report that decides stopped anything: of the others it is told how many there are.
    """
    back = revoked(shelf)
    tally = defaultdict[str, _Tally](_Tally)
    for one in filter(shelf.counts, shelf.reports):
        for name, standing in one.head.rules:
            mine = tally[name]
            if not shelf.decides(one):
                mine.looked += 1
                continue
            mine.asked += 1
            mine.of[standing] = mine.of.get(standing, 0) + 1
            if standing in ("failed", "undecided"):
                mine.models[one.head.name] = mine.models.get(one.head.name, 0) + 1
                mine.last = one
    found = [_rule(shelf, name, each, said.get(name), back) for name, each in tally.items()]
    return tuple(sorted(found, key=lambda one: (-one.failed, -one.undecided, -one.asked, one.name)))


def days_left(until: str, as_of: date) -> int | None:
    """Return how many days something still holds, its last day being 0; None where the day cannot be read."""
    try:
        return (date.fromisoformat(until) - as_of).days
    except ValueError:
        return None


def left(days: int) -> str:
    """Return how long something still holds: "129 days left", "the last day", "over since 3 days"."""
    if days < 0:
        return f"ended {several(-days, 'day')} ago"
    return f"{several(days, 'day')} left" if days else "the last day"


class _Tally:
    """What was counted of one rule so far."""

    __slots__ = ("asked", "last", "looked", "models", "of")

    def __init__(self) -> None:
        self.asked = self.looked = 0
        self.of = dict[str, int]()
        self.models = dict[str, int]()
        self.last: Filed | None = None


def _rule(shelf: Shelf, name: str, mine: _Tally, said: RuleSaid | None, back: TakenBack) -> RuleEntry:
    models = sorted(mine.models.items(), key=lambda each: (-each[1], each[0]))
    return RuleEntry(
        name=name,
        anchor=rule_anchor(name),
        title=called(said.title, name) if said is not None else called(name),
        sentence=said.sentence if said is not None else "",
        policy=said.policy if said is not None else "",
        check=said.check if said is not None else "",
        owner=said.owner if said is not None else "",
        enforcement=said.enforcement if said is not None else "",
        severity=said.severity if said is not None else "",
        asked=mine.asked,
        failed=mine.of.get("failed", 0),
        undecided=mine.of.get("undecided", 0),
        waived=mine.of.get("waived", 0),
        advisory=mine.of.get("advisory", 0),
        looked=mine.looked,
        models=tuple((called(name), model_path(name), count) for name, count in models[:_MOST_MODELS]),
        more_models=max(0, len(models) - _MOST_MODELS),
        last=row(mine.last, taken_back=back, asked=shelf.asked) if mine.last is not None else None,
    )


def _holds(one: Signed, shelf: Shelf, back: TakenBack) -> bool:
    """Return whether something is a permit that counts, and neither it nor the report behind it was taken back."""
    return (
        one.act.kind == "permit"
        and shelf.counts(one)
        and ("permit", one.act.id) not in back
        and ("report", one.act.about) not in back
    )


def _permits(shelf: Shelf, back: TakenBack) -> Mapping[str, Signed]:
    """Return the newest permit that holds of each report, for its own stage and its own files."""
    about = {one.head.id: (one.head.stage, one.head.subject) for one in shelf.reports}
    found = dict[str, Signed]()
    for one in shelf.acts:
        if _holds(one, shelf, back) and about.get(one.act.about) == (one.act.stage, one.act.subject):
            found[one.act.about] = one
    return found


def _standing(shelf: Shelf, reports: Sequence[Filed], back: TakenBack, permits: Mapping[str, Signed]) -> Standing:
    through = [
        one
        for one in reports
        if one.head.decision == "ALLOWED" and shelf.decides(one) and ("report", one.head.id) not in back
    ]
    allowed, newest = (through[-1] if through else None), newest_of(shelf, reports)
    permit = permits.get(allowed.head.id) if allowed is not None else None
    head = newest.head
    return Standing(
        name=head.name,
        model=model_path(head.name),
        stage=head.stage,
        stage_path=stage_path(head.stage),
        allowed=row(allowed, taken_back=back, asked=shelf.asked) if allowed is not None else None,
        newest=row(newest, taken_back=back, asked=shelf.asked),
        stopped=newest is not allowed,
        permit=f"permit until {permit.act.until[:10]}" if permit is not None and permit.act.until else "",
    )


def _waiver(shelf: Shelf, told: Sequence[tuple[Filed, WaiverSaid]], as_of: date, back: TakenBack) -> WaiverEntry:
    newest, said = _latest(shelf, told)
    days = days_left(said.expires, as_of)
    state = "expired" if days is not None and days < 0 else said.state
    return WaiverEntry(
        id=said.id,
        rule=said.rule,
        name=called(newest.head.name),
        model=model_path(newest.head.name),
        state=state.replace("_", " "),
        look=_look(state),
        reason=said.reason or said.told,
        requested_by=said.requested_by,
        approved_by=", ".join(said.approved_by),
        until=said.expires,
        left=left(days) if days is not None else "",
        used=sum(waiver.state == "used" for _, waiver in told),
        reports=len(told),
        newest=row(newest, taken_back=back, asked=shelf.asked),
    )


def _latest(shelf: Shelf, told: Sequence[tuple[Filed, WaiverSaid]]) -> tuple[Filed, WaiverSaid]:
    """Return what became of a waiver: by the newest report of each stage and gate that decides; in use, where one uses it."""
    deciding = [each for each in told if shelf.decides(each[0])]
    newest = {(one.head.stage, one.head.gate): (one, said) for one, said in deciding or told}.values()
    return max(newest, key=lambda each: (each[1].state == "used", told.index(each)))


def _look(state: str) -> Look:
    match state:
        case "used":
            return "waived"
        case "expired":
            return "not_applicable"
        case "unused" | "not_yet":
            return "caution"
        case _:
            return "fail"


def month_count(shelf: Shelf, name: str, reports: Sequence[Filed], rows: Sequence[Row]) -> MonthCount:
    """Return one month in one line: of its `reports`, as `rows`, what those say that decide."""
    of = Counter(row.tone for one, row in zip(reports, rows, strict=True) if shelf.decides(one))
    return MonthCount(
        name, month_path(name), len(rows), of["allowed"], of["blocked"], of["held"], len(rows) - of.total()
    )


def by_month(reports: Iterable[Filed]) -> Iterator[tuple[str, list[Filed]]]:
    """Yield the months from the newest, each with its reports, the newest first."""
    found = defaultdict[str, list[Filed]](list)
    for one in reports:
        found[month(one.head.time)].append(one)
    for name in sorted(found, key=lambda each: (each != "undated", each), reverse=True):
        yield name, found[name][::-1]
