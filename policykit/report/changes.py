"""What changed between two reports on one model, as far as a release manager cares: the heaviest first, noise left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from policykit.report import versus
from policykit.report.moved import moved
from policykit.report.numbers import minus
from policykit.report.said_limit import contrast, unit_of
from policykit.terms.estimate import Estimate
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

    In order: the decision; rules that newly stop, then those that no longer do; how others stand, and what is newly asked or
    no longer; numbers that moved beyond doubt or notably; limits; rules added and gone; policies; waivers; the bundle. Within
    each, what is worse comes first.

    A number is for the better or the worse only where its two intervals have nothing in common and the limit says which way
    is better. A rule is not better for being asked less, nor for stopping no more what it still finds. Seen the other way
    round, every change is its own opposite.
    """
    found = (
        *_decision(before, after),
        *_rules(before, after),
        *_policies(before, after),
        *_waivers(before, after),
        *_bundle(before, after),
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
            return f"{what}{_at(rule)}, stops nothing (advisory)"
        case "not_applicable":
            return "not applicable"


def _cause(rule: ToldRule) -> str:
    return f" ({rule.cause.replace('_', ' ')})" if rule.cause and rule.cause != "straddles" else ""


def _at(rule: ToldRule) -> str:
    """Return the number of the one finding that a rule stands by, where one alone does."""
    mine = [f for f in rule.findings if f.status == rule.status and (f.caution or rule.standing != "caution")]
    if len(mine) != 1 or not mine[0].shown:
        return ""
    return _by(mine[0]) + (f" ({mine[0].name})" if mine[0].name else "")


def _by(finding: ToldFinding) -> str:
    """Return the number that a finding stands by: ` at 5 pp`, against a champion `, worse by 5.8 pp`."""
    shown = _shown(finding)
    return f"{',' if shown[:1].isalpha() else ' at'} {shown}" if shown else ""


def _shown(finding: ToldFinding) -> str:
    """Return the number of a finding as people read it: against a champion, better or worse by how much."""
    value = finding.value
    if value is None or not finding.shown or not contrast(finding.limit):
        return minus(finding.shown)
    seen = Estimate(value, value, value, finding.n, "")
    return minus(versus.against(seen, finding.check, unit_of(finding.unit), contrast=True)[0])


def _decision(before: Told, after: Told) -> Iterator[Change]:
    one, two = _decided(before), _decided(after)
    if one != two:
        alike = (before.mode, before.scope) == (
            after.mode,
            after.scope,
        )  # an audit is no step from a decision, to neither side
        better = _better(_DECISIONS, before.decision, after.decision) if alike else None
        yield Change("decision", "", "Decision", "", one, two, better)


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
        yield Change("status", name, title, "", standing(before), standing(after), _worth(before, after))
    else:
        yield from _findings(before, after)
    yield from _asked(before, after)
    yield from _limits(before, after)


def _worth(before: ToldRule, after: ToldRule) -> bool | None:
    """Return whether a rule stands better: not where it is only excused, or where what stopped it is asked no more."""
    if {before.standing, after.standing} <= {
        "failed",
        "undecided",
        "waived",
        "advisory",
    } and before.stops != after.stops:
        return None
    better = _better(_RANK, before.standing, after.standing)
    less, more = (before, after) if better else (after, before)
    gone = (one for one, other in _unmatched(less.findings, more.findings) if other is None)
    return None if any(one is not None and one.status in ("fail", "undecided") for one in gone) else better


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
        shift = moved(one, two, two.unit if two.unit == one.unit else "")
        if shift is not None:
            better = None if shift == "notably" else _towards(one, two)
            yield Change("number", after.name, after.title, two.name, _shown(one), _shown(two), better)


def _asked(before: ToldRule, after: ToldRule) -> Iterator[Change]:
    """Yield what a rule asks now and did not, or no longer asks: an attribute that is not declared any more, a part, a group."""
    for one, two in _unmatched(before.findings, after.findings):
        if two is not None:
            yield Change("finding_added", after.name, after.title, _about(two), "", _found(two))
        elif one is not None:
            yield Change("finding_gone", after.name, after.title, _about(one), _found(one), "")


def _unmatched(
    before: Sequence[ToldFinding], after: Sequence[ToldFinding]
) -> Iterator[tuple[ToldFinding | None, ToldFinding | None]]:
    """Yield the findings that only one of two reports has; where one could ask its check of no slice at all, nothing of it."""
    old, new = _placed(before), _placed(after)
    unasked = [{one.check for one in each if not one.name and one.status == "undecided"} for each in (before, after)]
    asked = [{one.check for one in each if one.name} for each in (before, after)]
    whole = (unasked[0] & asked[1]) | (unasked[1] & asked[0])
    for key in _both(old, new):
        one, two = old.get(key), new.get(key)
        if any(either is not None and either.check not in whole for either in (one, two)) and (
            one is None or two is None
        ):
            yield one, two


def _about(finding: ToldFinding) -> str:
    return finding.name or finding.check


def _found(finding: ToldFinding) -> str:
    word = {"pass": "passed", "fail": "failed", "undecided": "not shown yet"}.get(finding.status)
    return (word or finding.status.replace("_", " ")) + _by(finding)


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
    for one, two in dict.fromkeys((*_pairs(before, after),)):
        if one != two:
            yield Change("limit", after.name, after.title, "", one, two)


def _pairs(before: ToldRule, after: ToldRule) -> Iterator[tuple[str, str]]:
    """Yield each limit with the one that stands in its place: of the same finding, else the same check under another name."""
    old, new = _placed(before.findings), _placed(after.findings)
    yield from ((old[key].limit, new[key].limit) for key in _both(old, new) if key in old and key in new)
    lone = [*_unmatched(before.findings, after.findings)]
    for check in dict.fromkeys(either.check for pair in lone for either in pair if either is not None):
        was = {one.limit for one, _ in lone if one is not None and one.check == check}
        now = {two.limit for _, two in lone if two is not None and two.check == check}
        yield from zip(sorted(was - now), sorted(now - was), strict=False)


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


def _bundle(before: Told, after: Told) -> Iterator[Change]:
    """Yield how what was judged was described anew; nothing where one of the reports does not say."""
    one, two = dict(before.described), dict(after.described)
    for name in dict.fromkeys((*two, *one)) if one and two else ():
        if one.get(name, "") != two.get(name, ""):
            yield Change("bundle", "", f"{name[:1].upper()}{name[1:]}", "", one.get(name, ""), two.get(name, ""))


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
        case "finding_added" | "finding_gone":
            return 3, side
        case "policy":
            return 7, side
        case "waiver":
            return 8, side
        case "bundle":
            return 9, side
