"""What stands beside the verdicts: waivers and what became of them, the ledger's attempts, and alarms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from policykit.report.numbers import listed, prose, several, whole
from policykit.terms.layout import ApprovalRow, AttemptRow, Look, RuleView, WaiverRow
from policykit.terms.quantity import Unit, show
from policykit.terms.report import Report, RuleLine
from policykit.terms.signatory import Signatory
from policykit.terms.verdict import Status
from policykit.terms.waiver import State, WaiverLine

WAIVED, ACCEPTED = "fail, waived", "not shown, accepted"
_WORDS: Mapping[State, tuple[str, Look]] = {
    "used": ("used", "waived"),
    "unused": ("unused", "caution"),
    "expired": ("expired", "caution"),
    "not_yet": ("not valid yet", "not_applicable"),
    "beyond": ("beyond its bound", "caution"),
    "refused": ("refused", "fail"),
}
_ORDER: Sequence[State] = ("used", "refused", "beyond", "unused", "expired", "not_yet")


def word(status: Status) -> str:
    """Return the word for what is excused: a fail stays a fail, a doubt a doubt."""
    return WAIVED if status is Status.FAIL else ACCEPTED


def excused_by(line: RuleLine, waivers: Iterable[WaiverLine]) -> tuple[str, ...]:
    """Return a sentence for each waiver that excuses a rule: who, until when, and why."""
    by_id = {one.signed.waiver.id: one for one in waivers}
    told = {}
    for excuse in line.excuses:
        found = by_id.get(excuse.waiver)
        if found is not None:
            what = "excused" if excuse.kind == "fail" else "the doubt is accepted"
            told[excuse.waiver] = (
                f"{what} by {_people(found.signed.approvers)} with `{excuse.waiver}` until {excuse.until} "
                f"({left(found)}): {prose(found.signed.waiver.reason)}"
            )
    return tuple(told.values())


def waivers(report: Report, rules: Sequence[RuleView]) -> tuple[WaiverRow, ...]:
    """Return every waiver of a report, those that excuse something first."""
    anchors = {f"{rule.policy.rpartition('@')[0]}/{rule.id}": rule.anchor for rule in rules}
    found = sorted(report.waivers, key=lambda line: (_ORDER.index(line.state), line.signed.waiver.id))
    return tuple(_row(line, anchors.get(line.signed.waiver.rule, "")) for line in found)


def left(line: WaiverLine) -> str:
    """Say how long a waiver still holds."""
    if line.state == "not_yet":
        return f"from {line.signed.waiver.valid_from}"
    match line.days_left:
        case 0:
            return "this is its last day"
        case days if days < 0:
            return f"ended {several(-days, 'day')} ago"
        case days:
            return f"{several(days, 'day')} left"


def alarms(report: Report) -> tuple[tuple[str, str], ...]:
    """Return what stays red for a while: whoever promoted without a permit."""
    if report.history is None:
        return ()
    return tuple(
        (
            "break glass",
            f"{one.bundle} was put into {one.stage} without a permit on {one.at[:10]} by {listed(one.who)}: "
            f"{prose(one.reason)} (shown until {one.until})",
        )
        for one in report.history.break_glass
        if one.until >= report.as_of
    )


def attempt(report: Report) -> tuple[str, str]:
    """Say how often this held-out data has been looked at, and what looking that often costs; nothing without a ledger."""
    history = report.history
    if history is None or report.scope == "trial":
        return "", ""
    least = "at least " if history.unread else ""
    said = f"attempt {least}{whole(history.looks)} against this held-out data"
    if history.spent is None:
        return said, ""
    growing, independent = (show(share, Unit.SHARE) for share in history.spent)
    chance = growing if growing == independent else f"{growing} (looks at growing data) to {independent} (fresh data)"
    return said, f"a model exactly at a limit would have passed at least one of these looks with a chance of {chance}"


def attempts(report: Report) -> tuple[AttemptRow, ...]:
    """Return the earlier reports on the same held-out data, the latest first."""
    if report.history is None or report.scope == "trial":
        return ()
    found = sorted(report.history.attempts, key=lambda one: one.at, reverse=True)
    return tuple(AttemptRow(one.at, one.bundle, one.decision, one.payload) for one in found)


def approval(one: Signatory) -> ApprovalRow:
    """Return somebody who approved, as shown."""
    return ApprovalRow(one.who or one.name, one.role, one.at or "at a time nobody vouches for", one.key_id)


def _row(line: WaiverLine, anchor: str) -> WaiverRow:
    waiver, (said, look) = line.signed.waiver, _WORDS[line.state]
    return WaiverRow(
        id=waiver.id,
        rule=waiver.rule,
        state=line.state,
        word=said,
        told=prose(line.told),
        excuses=_excuses(line),
        reason=prose(waiver.reason),
        asked_by=waiver.requested_by,
        approved_by=_approved(line),
        ticket=waiver.ticket,
        until=waiver.expires,
        left=left(line),
        look=look,
        anchor=anchor,
    )


def _excuses(line: WaiverLine) -> str:
    kinds: dict[Literal["fail", "doubt"], list[str]] = {}
    for excuse in line.excuses:
        kinds.setdefault(excuse.kind, []).extend(name for name in excuse.slices if name)
    said = []
    for kind, names in kinds.items():
        where = f" of {listed(dict.fromkeys(names))}" if names else ""
        said.append(f"{'the fail' if kind == 'fail' else 'the doubt'}{where}")
    return listed(said) if said else "nothing"


def _approved(line: WaiverLine) -> str:
    """Nobody looks for the signatures of a waiver that is over: its approvers' keys may be long gone."""
    over = line.state == "expired" and not line.signed.approvers
    return "not checked, since it is over" if over else _people(line.signed.approvers)


def _people(found: Sequence[Signatory]) -> str:
    return listed(f"{one.who or one.name} ({one.role})" for one in found) if found else "nobody"
