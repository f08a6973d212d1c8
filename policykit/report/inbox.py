"""The inbox: the newest report on every model, what stops it, who acts, since when, and what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import takewhile
from typing import Final

from policykit.report.changes import changes
from policykit.report.first_reason import errors_of, first_of, meant
from policykit.report.numbers import prose
from policykit.report.shared_causes import shared_causes
from policykit.report.stamps import as_of_mark
from policykit.report.stopping import MILDEST, gravity, stopping
from policykit.terms.inbox import Inbox, Waiting
from policykit.terms.layout import Tone
from policykit.terms.told import Change, Told

_TONES: Final[dict[str, Tone]] = {"BLOCKED": "blocked", "HELD": "held", "ALLOWED": "allowed"}
_ORDER: Final[dict[Tone, int]] = {"blocked": 0, "held": 1, "allowed": 2}
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the inbox is wanted: models with a report since a day, of one stage, waiting for somebody."""

    since: date | None = None
    stage: str | None = None
    owner: str | None = None

    @property
    def said(self) -> str:
        """Return it as text."""
        parts = (("since", self.since), ("stage", self.stage), ("owner", self.owner))
        return ", ".join(f"{name} {value}" for name, value in parts if value is not None)


def inbox(
    reports: Iterable[Told],
    *,
    today: date,
    wanted: Wanted,
    unread: Sequence[tuple[str, str]] = (),
    others: int = 0,
    checked: bool = False,
) -> Inbox:
    """Return the inbox of these reports; what needs doing comes first.

    A report never takes the place of one that weighs more: what nobody vouches for, another gate's, and what decides nothing
    (an audit, a part of the rules, a trial, as of another day, not by what its stage asks for) stand in lines of their own.
    Of what decides nothing, only what is newer than the decision is told.
    """
    every = list(reports)
    count, series = len(every), list(_series(every))
    kept = [row for row in series if _is_wanted(row[0], wanted)]
    hidden = {_model(row[0]) for row in series} - {_model(row[0]) for row in kept}
    lines = [_waiting(row, today, wanted.owner) for row in kept]
    ranked = sorted(zip(kept, lines, strict=True), key=lambda each: _rank(*each))
    tops = dict[tuple[str, str], Told]()  # a model that has several lines shares a cause with others, not with itself
    for row, _ in ranked:
        tops.setdefault(_model(row[0]), row[0])
    causes = shared_causes(list(tops.values()))
    return Inbox(
        day=today.isoformat(),
        waiting=tuple(line for _, line in ranked),
        causes=tuple(cause for cause in causes if not wanted.owner or meant(wanted.owner, cause.who)),
        reports=count,
        unread=tuple(unread),
        others=others,
        left_out=len(hidden),
        asked=wanted.said,
        checked=checked,
    )


def _series(reports: Sequence[Told]) -> Iterator[list[Told]]:
    """Yield the reports of each line, the newest first."""
    rows: dict[tuple[str, str, str, bool], tuple[list[Told], list[Told]]] = {}
    for told in sorted(reports, key=lambda told: (_moment(told), told.path), reverse=True):
        key = (told.name, told.stage, told.gate_id, bool(told.signer))
        rows.setdefault(key, ([], []))[not told.decides].append(told)
    for deciding, others in rows.values():
        if deciding:
            yield deciding
        if others and (not deciding or _moment(others[0]) > _moment(deciding[0])):
            yield others


def words_of(change: Change) -> str:
    """Return a change as one line: `FAIR-01 sex: passed at 5 pp → failed at 12 pp`."""
    rule = change.rule.rpartition("/")[2]
    match change.kind:
        case "decision":
            return f"{change.before} → {change.after}"
        case "rule_added":
            return f"{rule} is new: {change.after}"
        case "rule_gone":
            return f"{rule} is gone: it {_was(change.before)}"
        case "finding_added":
            return f"{rule} newly asks {change.about}: {change.after}"
        case "finding_gone":
            return f"{rule} no longer asks {change.about}, which {_was(change.before)}"
        case "bundle":
            return f"{change.title}: {change.before or 'nothing'} → {change.after or 'nothing'}"
        case "limit" if change.about:
            return f"{rule} was {change.before}, is {change.after}"
        case "policy" | "waiver":
            name = (
                f"waiver {change.title} "
                if change.kind == "waiver"
                else ""
                if change.before and change.after
                else "policy "
            )
            if not change.before:
                return f"{name}{change.after} is new"
            return f"{name}{change.before} → {change.after}" if change.after else f"{name}{change.before} is gone"
        case "status" | "number" | "limit":
            about = f" {change.about}" if change.about else ""
            return f"{rule}{about}: {change.before or 'nothing'} → {change.after or 'nothing'}"


def _was(stood: str) -> str:
    """Return where a rule or a finding stood, as what follows `it`."""
    return f"was {stood}" if stood.startswith(("not ", "waived ")) else stood


def _waiting(row: Sequence[Told], today: date, owner: str | None) -> Waiting:
    newest = row[0]
    first = first_of(newest, owner)
    alike = (
        row if newest.decides else row[:1]
    )  # a look is compared with nothing: the one before may be one of another kind
    changed = changes(alike[1], newest) if len(alike) > 1 else ()
    waits = [told for told in takewhile(lambda told: told.decision != "ALLOWED", row) if _moment(told) != _LONG_AGO]
    since = _day(waits[-1]) if waits else None
    return Waiting(
        name=newest.name,
        version=newest.version,
        stage=newest.stage,
        decision=newest.decision,
        tone="held"
        if newest.decision == "ALLOWED" and not newest.lets_through
        else _TONES.get(newest.decision, "held"),
        note=_note(newest),
        rule=first.rule,
        reason=first.reason,
        short=first.short,
        more=first.more,
        who=first.who,
        days=max(0, (today - since).days) if since is not None else None,
        since=since.isoformat() if since is not None else "",
        made=newest.time_evaluated,
        signer=newest.signer,
        before=f"{alike[1].version} of {_day(alike[1])}".strip() if len(alike) > 1 else "",
        changes=changed,
        news=tuple(prose(words_of(change)) for change in changed),
        gate=newest.gate_id,
        path=newest.path,
        digest=newest.verdict_digest,
        look=not newest.decides,
    )


def _note(told: Told) -> str:
    parts = [f"gate {told.gate_id}"] if told.gate_id not in ("", told.name) else []
    parts += [*(["audit only"] if told.mode == "audit" else []), *([told.scope] if told.scope != "full" else [])]
    parts += [*([] if told.on_its_day else [as_of_mark(told.as_of)]), *(["not accepted"] if told.unfit else [])]
    return ", ".join(parts)


def _rank(row: Sequence[Told], line: Waiting) -> tuple[int, int, int, str, str]:
    """Return where a line stands: blocked, held, allowed; in each the most severe, then who waits longest."""
    severity = min(map(gravity, stopping(row[0].rules)), default=MILDEST)
    return _ORDER[line.tone], severity, -(line.days or 0), line.name, line.stage


def _is_wanted(told: Told, wanted: Wanted) -> bool:
    if wanted.since is not None and _day(told) < wanted.since:
        return False
    if wanted.stage is not None and told.stage != wanted.stage:
        return False
    owners = (*(rule.owner for rule in stopping(told.rules)), *(who for _, who in errors_of(told)))
    return not wanted.owner or any(meant(wanted.owner, owner) for owner in owners)


def _model(told: Told) -> tuple[str, str]:
    return told.name, told.stage


def _day(told: Told) -> date:
    return _moment(told).date()


def _moment(told: Told) -> datetime:
    try:
        moment = datetime.fromisoformat(told.time_evaluated)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return _LONG_AGO
