"""Read a predicate's rules back and fold them again: a decision that does not follow from its own rules is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

from policykit.report.decision import decide
from policykit.terms.plan import Match
from policykit.terms.report import Decision, Notice
from policykit.terms.verdict import Cause, Status, Verdict


def restated(said: Mapping[str, Any]) -> Decision:
    """Return the decision that follows from the rules, notices and policies a predicate states.

    Raises KeyError, TypeError, AttributeError or ValueError where it is not written as a predicate is.
    """
    verdicts = [_verdict(rule) for rule in said["rules"]]
    notices = [Notice(entry["level"], entry["code"], entry["text"]) for entry in said["notices"]]
    matches = [_match(entry) for entry in said["policies"]]
    decision, _ = decide(verdicts, matches, notices, partial=said["gate"]["scope"] == "partial")
    return decision


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
