"""Read a predicate's rules back and fold them again: a decision that does not follow from its own rules is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from policykit.report.decision import decide
from policykit.report.excused import excuse_from_json
from policykit.terms.decision import Decision, Notice
from policykit.terms.match import Match
from policykit.terms.verdict import Cause, Status, Verdict

if TYPE_CHECKING:
    from policykit.terms.waiver import Excuse


def restated(said: Mapping[str, Any]) -> Decision:
    """Return the decision that follows from the rules, waivers, notices and policies a predicate states.

    Raises KeyError, TypeError, AttributeError or ValueError where it is not written as a predicate is, or where a rule is
    excused by no waiver that it holds.
    """
    verdicts = [_verdict(rule) for rule in said["rules"]]
    notices = [Notice(entry["level"], entry["code"], entry["text"]) for entry in said["notices"]]
    matches = [_match(entry) for entry in said["policies"]]
    given = _given(said, notices)
    excuses = {(rule["policy"], rule["id"]): _excuses(rule, given) for rule in said["rules"] if rule.get("excused")}
    if sum(len(found) for found in excuses.values()) != sum(len(found) for found in given.values()):
        raise ValueError("a waiver excuses what no rule says is excused")
    decision, _ = decide(verdicts, matches, notices, partial=said["gate"]["scope"] == "partial", excuses=excuses)
    return decision


def _given(said: Mapping[str, Any], notices: Sequence[Notice]) -> Mapping[str, tuple[Excuse, ...]]:
    """Return what each waiver excuses, by its id: one that was used, by somebody, on a day it held."""
    given: dict[str, tuple[Excuse, ...]] = {}
    for waiver in said.get("waivers", ()):  # a report of before there were waivers holds none
        found = tuple(excuse_from_json(one) for one in waiver["excuses"])
        used = waiver["state"] == "used"
        if waiver["id"] in given or used != bool(found) or (used and (waiver["refused"] or not waiver["signers"])):
            raise ValueError(f"waiver `{waiver['id']}` says other things of what it excuses")
        if any((e.waiver, e.rule) != (waiver["id"], waiver["rule"]) or e.until < said["asOf"] for e in found):
            raise ValueError(f"waiver `{waiver['id']}` excuses what it may not")
        if waiver["state"] == "refused" and all(notice.level != "error" for notice in notices):
            raise ValueError(f"waiver `{waiver['id']}` is refused, and no finding says so")
        given[waiver["id"]] = found
    return given


def _excuses(rule: Mapping[str, Any], given: Mapping[str, tuple[Excuse, ...]]) -> tuple[Excuse, ...]:
    """Return what excuses a rule; refuse what no waiver says, and what does not excuse all of it."""
    from policykit.terms.policy import Enforcement

    found = tuple(excuse_from_json(one) for one in rule["excused"])
    name = f"{rule['policy'].rpartition('@')[0]}/{rule['id']}"
    if any(one.rule != name or one not in given.get(one.waiver, ()) for one in found):
        raise ValueError(f"rule `{rule['id']}` is excused by no waiver that the report holds")
    if Enforcement(rule["enforcement"]) is not Enforcement.WAIVABLE or rule["advisory"] is not False:
        raise ValueError(f"rule `{rule['id']}` is one that no waiver excuses")
    passed = dict.fromkeys((place for one in found for place in one.findings), "pass")
    for one in found:
        for place in one.findings:
            finding = rule["findings"][place]
            if Status(finding["status"]) is not (Status.FAIL if one.kind == "fail" else Status.UNDECIDED):
                raise ValueError(f"rule `{rule['id']}` is excused for what it does not say")
    findings = [
        {**finding, "status": passed.get(place, finding["status"])} for place, finding in enumerate(rule["findings"])
    ]
    if Status(rule["status"]) is Status.PASS or _folded({**rule, "findings": findings}) is not Status.PASS:
        raise ValueError(f"rule `{rule['id']}` is not excused as a whole")
    return found


def _verdict(rule: Mapping[str, Any]) -> Verdict:
    stated, found = Status(rule["status"]), _folded(rule)
    if stated is not found:
        raise ValueError(f"rule `{rule['id']}` says {stated}, and {found} follows from its findings")
    cause = Cause(rule["cause"]) if rule["cause"] else None
    return Verdict(rule["policy"], rule["id"], stated, cause, rule["reason"], advisory=rule["advisory"] is True)


def _folded(rule: Mapping[str, Any]) -> Status:
    parts: list[list[Status]] = [[] for _ in rule["checks"]]
    for finding in rule["findings"]:
        parts[range(len(parts))[finding["part"]]].append(Status(finding["status"]))
    if rule["combine"] not in ("one", "all_of", "any_of"):
        raise ValueError(f"rule `{rule['id']}` is combined in a way that no rule is")
    if rule["combine"] != "any_of":
        return _fold([status for part in parts for status in part])
    outcomes = [_fold(part) for part in parts]
    if Status.PASS in outcomes:
        return Status.PASS
    return next((outcome for outcome in outcomes if outcome is not Status.FAIL), Status.FAIL)


def _fold(found: Sequence[Status]) -> Status:
    for status in (Status.FAIL, Status.UNDECIDED, Status.PASS):
        if status in found:
            return status
    return Status.NOT_APPLICABLE if found else Status.UNDECIDED


def _match(entry: Mapping[str, Any]) -> Match:
    policy = cast("Any", SimpleNamespace(ref=entry["policy"]))
    return Match(policy, matched=entry["applied"] is True, why=entry["why"], held=entry["held"])
