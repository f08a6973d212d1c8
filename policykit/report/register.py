"""Lists of a site: where each model stands, what each rule stopped, which waivers there are, what ends soon. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from policykit.report.numbers import several
from policykit.report.site_names import called, model_path, month, report_path, rule_anchor, stage_path
from policykit.terms.layout import Look, Tone
from policykit.terms.site import Filed, RuleSaid, Signed, WaiverSaid
from policykit.terms.site_layout import Expiring, Row, RuleEntry, StageCount, Standing, WaiverEntry

SOON: Final = 30
"""Days within which what ends is said to end soon."""
_MOST_MODELS: Final = 12
_TONES: Final[Mapping[str, Tone]] = {"ALLOWED": "allowed", "BLOCKED": "blocked"}


@dataclass(frozen=True, slots=True)
class Shelf:
    """Every report in its order, and what was signed about them; `asked`: signatures were to be verified."""

    reports: Sequence[Filed]
    acts: Sequence[Signed]
    asked: bool

    def counts(self, one: Filed | Signed) -> bool:
        """Return whether it may open anything: where signatures are verified, only what somebody was shown to have signed."""
        return bool(one.vouched.signer) or not self.asked


def revoked(acts: Iterable[Signed]) -> frozenset[str]:
    """Return the digests of all that was taken back: everybody's word takes back, on a page that lets nobody through."""
    return frozenset(one.act.about for one in acts if one.act.kind == "revocation" and one.act.about)


def tone_of(decision: str) -> Tone:
    """Return the colour of a decision."""
    return _TONES.get(decision, "held")


def row(one: Filed, *, taken_back: frozenset[str] = frozenset()) -> Row:
    """Return one report as a line of a list."""
    head = one.head
    first = next(iter(head.stops), None)
    rest = sum(standing in ("failed", "undecided") for _, standing in head.rules) - 1
    more = f", and {several(rest, 'more rule')}" if first is not None and rest > 0 else ""
    marks = [*(["unverified"] if not one.vouched.signer else []), *(["revoked"] if head.id in taken_back else [])]
    marks += [*(["audit only"] if head.mode == "audit" else []), *([head.scope] if head.scope != "full" else [])]
    waived = [waiver.id for waiver in head.waivers if waiver.state == "used"]
    said = f"{first.title}: {first.why}{more}" if first is not None else head.reason
    return Row(
        path=report_path(head),
        name=called(head.name),
        model=model_path(head.name),
        version=called(head.version, "no version"),
        stage=called(head.stage, ""),
        decision=head.decision,
        tone="held" if head.decision == "ALLOWED" and not head.lets_through else tone_of(head.decision),
        day=head.time[:16].replace("T", " "),
        what=f"{said} (waived by {', '.join(waived)})" if waived and first is None else said,
        who=first.owner if first is not None else "",
        marks=tuple(marks),
        entry=f"{one.entry.index:,}" if one.entry is not None else "",
    )


def standings(shelf: Shelf) -> tuple[Standing, ...]:
    """Return where each model stands in each stage, by name."""
    back = revoked(shelf.acts)
    permits = _permits(shelf, back)
    found = defaultdict[tuple[str, str], list[Filed]](list)
    for one in shelf.reports:
        found[one.head.name, one.head.stage].append(one)
    return tuple(_standing(shelf, each, back, permits) for _, each in sorted(found.items()))


def stages(found: Iterable[Standing]) -> tuple[StageCount, ...]:
    """Return every stage in one line."""
    of = defaultdict[str, list[Standing]](list)
    for one in found:
        of[one.stage].append(one)
    return tuple(
        StageCount(
            called(name, "no stage named"),
            stage_path(name),
            len(each),
            sum(s.allowed is not None for s in each),
            sum(s.stopped for s in each),
        )
        for name, each in sorted(of.items())
    )


def waivers(shelf: Shelf, as_of: date) -> tuple[WaiverEntry, ...]:
    """Return every waiver that a report tells of, the one that ends first at the top, those that are over at the end."""
    back = revoked(shelf.acts)
    told = defaultdict[tuple[str, ...], list[tuple[Filed, WaiverSaid]]](list)
    for one in shelf.reports:
        for waiver in one.head.waivers:
            told[waiver.id, waiver.rule, waiver.expires, one.head.name].append((one, waiver))
    found = [_waiver(each, as_of, back) for each in told.values()]
    return tuple(sorted(found, key=lambda one: (one.look == "not_applicable", one.until, one.id, one.name, one.rule)))


def expiring(shelf: Shelf, registered: Iterable[WaiverEntry], as_of: date) -> tuple[Expiring, ...]:
    """Return the waivers in use and the permits that end within a month, the first first."""
    found = list[Expiring]()
    for one in registered:
        days = days_left(one.until, as_of)
        if one.state == "used" and days is not None and 0 <= days <= SOON:
            what = f"waiver {one.id} for {one.rule}"
            found.append(Expiring(what, one.name, one.newest.path, one.until, one.left, "waived"))
    back, by_id = revoked(shelf.acts), {one.head.id: one for one in shelf.reports}
    for signed in shelf.acts:
        act, days = signed.act, days_left(signed.act.until[:10], as_of)
        if act.kind != "permit" or act.id in back or not shelf.counts(signed) or days is None or not 0 <= days <= SOON:
            continue
        about = by_id.get(act.about)
        path = report_path(about.head) if about is not None else ""
        found.append(Expiring(f"permit for {act.stage}", called(act.name), path, act.until[:10], left(days), "pass"))
    return tuple(sorted(found, key=lambda one: (one.until, one.name, one.what)))


def rules(shelf: Shelf, said: Mapping[str, RuleSaid]) -> tuple[RuleEntry, ...]:
    """Return every rule that a report tells of, those that stopped most at the top; `said` is each in its newest words."""
    back = revoked(shelf.acts)
    tally = defaultdict[str, _Tally](_Tally)
    for one in shelf.reports:
        for name, standing in one.head.rules:
            mine = tally[name]
            mine.asked += 1
            mine.of[standing] = mine.of.get(standing, 0) + 1
            if standing in ("failed", "undecided"):
                mine.models[one.head.name] = mine.models.get(one.head.name, 0) + 1
                mine.last = one
    found = [_rule(name, each, said.get(name), back) for name, each in tally.items()]
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

    __slots__ = ("asked", "last", "models", "of")

    def __init__(self) -> None:
        self.asked = 0
        self.of = dict[str, int]()
        self.models = dict[str, int]()
        self.last: Filed | None = None


def _rule(name: str, mine: _Tally, said: RuleSaid | None, back: frozenset[str]) -> RuleEntry:
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
        models=tuple((called(name), model_path(name), count) for name, count in models[:_MOST_MODELS]),
        more_models=max(0, len(models) - _MOST_MODELS),
        last=row(mine.last, taken_back=back) if mine.last is not None else None,
    )


def _permits(shelf: Shelf, back: frozenset[str]) -> Mapping[str, Signed]:
    """Return the newest permit of each report that counts and was not taken back."""
    found = dict[str, Signed]()
    for one in shelf.acts:
        if one.act.kind == "permit" and one.act.id not in back and shelf.counts(one):
            found[one.act.about] = one
    return found


def _standing(shelf: Shelf, reports: Sequence[Filed], back: frozenset[str], permits: Mapping[str, Signed]) -> Standing:
    through = [one for one in reports if one.head.lets_through and shelf.counts(one) and one.head.id not in back]
    # what nobody vouches for lets nothing through, but may well say that something is wrong
    said = [one for one in reports if shelf.counts(one) or not one.head.lets_through] or list(reports)
    allowed, newest = (through[-1] if through else None), said[-1]
    permit = permits.get(allowed.head.id) if allowed is not None else None
    head = newest.head
    return Standing(
        name=head.name,
        model=model_path(head.name),
        stage=head.stage,
        stage_path=stage_path(head.stage),
        allowed=row(allowed, taken_back=back) if allowed is not None else None,
        newest=row(newest, taken_back=back),
        stopped=newest is not allowed,
        permit=f"permit until {permit.act.until[:10]}" if permit is not None and permit.act.until else "",
    )


def _waiver(told: Sequence[tuple[Filed, WaiverSaid]], as_of: date, back: frozenset[str]) -> WaiverEntry:
    newest, said = told[-1]
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
        newest=row(newest, taken_back=back),
    )


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


def by_month(reports: Iterable[Filed]) -> Iterator[tuple[str, list[Filed]]]:
    """Yield the months from the newest, each with its reports, the newest first."""
    found = defaultdict[str, list[Filed]](list)
    for one in reports:
        found[month(one.head.time)].append(one)
    for name in sorted(found, key=lambda each: (each != "undated", each), reverse=True):
        yield name, found[name][::-1]
