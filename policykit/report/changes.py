"""What changed between two reports on one model, as far as a release manager cares: the heaviest first, noise left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from policykit.report.moved import moved
from policykit.terms.told import Change, Told, ToldFinding, ToldPolicy, ToldRule, ToldWaiver

SOON: Final = 14
"""A waiver with so many days left, or fewer, is about to end."""

_RANK: Final = {"failed": 0, "undecided": 1, "waived": 2, "advisory": 2, "caution": 3, "passed": 4}
_DECISIONS: Final = {"BLOCKED": 0, "HELD": 1, "ALLOWED": 2}
_WAY: Final = re.compile(r"(?:surely )?(?:(at least|above)|(at most|below)) (?!.* (?:worse|better) than )")
T = TypeVar("T")
Key = tuple[Hashable, ...]


def changes(before: Told, after: Told) -> tuple[Change, ...]:
    """Return the differences of two reports on one model, each as texts to show.

    In order: the decision; rules that newly stop, then those that no longer do; how others stand; numbers that moved beyond
    doubt or notably; limits; rules added and gone; policies; waivers. Within each, what is worse comes first.

    A number is for the better or the worse only where its two intervals have nothing in common and the limit says which way
    is better. Seen the other way round, every change is its own opposite.
    """
    found = (
        *_decision(before, after),
        *_rules(before, after),
        *_policies(before, after),
        *_waivers(before, after),
    )
    stopped, stops = ({rule.name for rule in told.rules if rule.stops} for told in (before, after))
    return tuple(sorted(found, key=lambda change: _weight(change, stopped, stops)))


def standing(rule: ToldRule) -> str:
    """Return where a rule stands, as people read it: `failed at 12.6 pp (sex)`, `waived until 2027-03-31 by W-1`."""
    match rule.standing:
        case "passed" | "failed":
            return f"{rule.standing}{_at(rule)}"
        case "caution":
            return f"passed with caution{_at(rule)}"
        case "undecided":
            return f"not shown yet{_cause(rule)}{_at(rule)}"
        case "waived":
            until = ", ".join(f"until {day} by {waiver}" for waiver, day in rule.excused)
            return f"waived {until}"
        case "advisory":
            what = "failed" if rule.status == "fail" else f"not shown yet{_cause(rule)}"
            return f"{what}{_at(rule)}, advisory"
        case "not_applicable":
            return "not applicable"


def _cause(rule: ToldRule) -> str:
    return f" ({rule.cause.replace('_', ' ')})" if rule.cause and rule.cause != "straddles" else ""


def _at(rule: ToldRule) -> str:
    """Return the number of the one finding that a rule stands by, where one alone does."""
    mine = [f for f in rule.findings if f.status == rule.status and (f.caution or rule.standing != "caution")]
    if len(mine) != 1 or not mine[0].shown:
        return ""
    return f" at {mine[0].shown}" + (f" ({mine[0].name})" if mine[0].name else "")


def _decision(before: Told, after: Told) -> Iterator[Change]:
    one, two = _decided(before), _decided(after)
    if one != two:
        yield Change("decision", "", "Decision", "", one, two, _better(_DECISIONS, before.decision, after.decision))


def _decided(told: Told) -> str:
    more = [*(["audit only"] if told.mode == "audit" else []), *([told.scope] if told.scope != "full" else [])]
    return f"{told.decision} ({', '.join(more)})" if more else told.decision


def _better(rank: Mapping[str, int], before: str, after: str) -> bool | None:
    one, two = rank.get(before), rank.get(after)
    return None if one is None or two is None or one == two else two > one


def _rules(before: Told, after: Told) -> Iterator[Change]:
    one, two = _named(before.rules), _named(after.rules)
    for key in _both(one, two):
        old, new = one.get(key), two.get(key)
        if old is None and new is not None:
            yield Change("rule_added", new.name, new.title, "", "", standing(new))
        elif new is None and old is not None:
            yield Change("rule_gone", old.name, old.title, "", standing(old), "")
        elif old is not None and new is not None:
            yield from _rule(old, new)


def _rule(before: ToldRule, after: ToldRule) -> Iterator[Change]:
    name, title = after.name, after.title
    one, two = before.standing, after.standing
    if one != two or (one == "waived" and before.excused != after.excused):
        better = _better(_RANK, one, two)
        yield Change("status", name, title, "", standing(before), standing(after), better)
    else:
        yield from _findings(before, after)
    yield from _limits(before, after)


def _findings(before: ToldRule, after: ToldRule) -> Iterator[Change]:
    """Yield what changed below a rule that stands where it stood: the status of a finding, or its number."""
    old, new = _placed(before.findings), _placed(after.findings)
    for key in _both(old, new):
        one, two = old.get(key), new.get(key)
        if one is None or two is None:
            continue
        if one.status != two.status:
            worth = _better({"fail": 0, "undecided": 1, "pass": 2}, one.status, two.status)
            yield Change("status", after.name, after.title, two.name, _found(one), _found(two), worth)
            continue
        shift = moved(one, two, after.unit if after.unit == before.unit else "")
        if shift is not None:
            better = None if shift == "notably" else _towards(one, two)
            yield Change("number", after.name, after.title, two.name, one.shown, two.shown, better)


def _found(finding: ToldFinding) -> str:
    word = {"pass": "passed", "fail": "failed", "undecided": "not shown yet"}.get(finding.status, finding.status)
    return f"{word} at {finding.shown}" if finding.shown else word


def _towards(before: ToldFinding, after: ToldFinding) -> bool | None:
    """Return whether a number moved to the side that its limit asks for; None where the limit does not say, or changed sides."""
    asked = way(before.limit)
    if asked is None or asked != way(after.limit) or before.value is None or after.value is None:
        return None
    return (after.value > before.value) is (asked == "higher")


def way(limit: str) -> str | None:
    """Return which way is better by the words of a limit: `higher`, `lower`; None where it asks for neither, or for both."""
    said = [_WAY.match(part) for part in limit.split(", and ")]
    higher, lower = (all(found is not None and found[group] for found in said) for group in (1, 2))
    return "higher" if higher else "lower" if lower else None


def _limits(before: ToldRule, after: ToldRule) -> Iterator[Change]:
    if before.enforcement != after.enforcement:
        yield Change("limit", after.name, after.title, "enforcement", before.enforcement, after.enforcement)
    old, new = _placed(before.findings), _placed(after.findings)
    changed = dict.fromkeys(
        (old[key].limit, new[key].limit)
        for key in _both(old, new)
        if key in old and key in new and old[key].limit != new[key].limit
    )
    for one, two in changed:
        yield Change("limit", after.name, after.title, "", one, two)


def _policies(before: Told, after: Told) -> Iterator[Change]:
    one, two = _by_id(before.policies), _by_id(after.policies)
    for key in _both(one, two):
        old, new = one.get(key), two.get(key)
        either = new or old
        texts = (_policy(old, new), _policy(new, old))
        if either is not None and texts[0] != texts[1]:
            yield Change("policy", "", either.title, str(key[0]), *texts)


def _policy(mine: ToldPolicy | None, other: ToldPolicy | None) -> str:
    """Return a policy as a text that differs where it does: by its version, whether it applied, or its words."""
    if mine is None:
        return ""
    text = mine.ref if mine.applied else f"{mine.ref}, did not apply"
    if other is not None and (mine.ref, mine.applied) == (other.ref, other.applied) and mine.digest != other.digest:
        return f"{text}, text {mine.digest.removeprefix('sha256:')[:8]}"
    return text


def _waivers(before: Told, after: Told) -> Iterator[Change]:
    one, two = (_numbered(told.waivers, lambda waiver: waiver.id) for told in (before, after))
    for key in _both(one, two):
        old, new = one.get(key), two.get(key)
        either = new or old
        if either is None or (old is not None and new is not None and _alike(old, new)):
            continue
        yield Change("waiver", either.rule, either.id, "", _waiver(old), _waiver(new))


def _alike(one: ToldWaiver, two: ToldWaiver) -> bool:
    return (one.state, one.expires, one.days_left <= SOON) == (two.state, two.expires, two.days_left <= SOON)


def _waiver(waiver: ToldWaiver | None) -> str:
    if waiver is None:
        return ""
    ends = f", until {waiver.expires}" if waiver.expires else ""
    left = waiver.days_left
    days = "over" if left < 0 else "its last day" if left == 0 else f"{left:,} {'day' if left == 1 else 'days'} left"
    return f"{waiver.state.replace('_', ' ')}{ends} ({days})"


def _named(rules: Sequence[ToldRule]) -> Mapping[Key, ToldRule]:
    return _numbered(rules, lambda rule: rule.name)


def _placed(findings: Sequence[ToldFinding]) -> Mapping[Key, ToldFinding]:
    return _numbered(findings, lambda finding: (finding.check, finding.name))


def _by_id(policies: Sequence[ToldPolicy]) -> Mapping[Key, ToldPolicy]:
    return _numbered(policies, lambda policy: policy.ref.rpartition("@")[0] or policy.ref)


def _numbered(things: Iterable[T], name: Callable[[T], Hashable]) -> Mapping[Key, T]:
    """Return each thing by its name; where several have one, the first of them is held against the first, and so on."""
    seen = Counter[Hashable]()
    found = dict[Key, T]()
    for thing in things:
        key = name(thing)
        found[key, seen[key]] = thing
        seen[key] += 1
    return found


def _both(one: Mapping[Key, T], two: Mapping[Key, T]) -> Iterator[Key]:
    """Yield the keys of two reports: those of the newer in its order, then those that are gone."""
    yield from dict.fromkeys((*two, *one))


def _weight(change: Change, stopped: set[str], stops: set[str]) -> tuple[int, int]:
    """Return where a change stands in the list: by its kind, and the worse of a kind first."""
    side = {False: 0, None: 1, True: 2}[change.better]
    match change.kind:
        case "decision":
            return 0, side
        case "status" | "rule_added" | "rule_gone":
            was, now = change.rule in stopped, change.rule in stops
            if not change.about and was != now:
                return (1 if now else 2), side
            return (3 if change.kind == "status" else 6), side
        case "number":
            return 4, side
        case "limit":
            return 5, side
        case "policy":
            return 7, side
        case "waiver":
            return 8, side
