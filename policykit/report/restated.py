"""Read a predicate's rules back and fold them again: a decision that does not follow from its own rules is refused."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

from policykit.report.decision import decide
from policykit.terms.plan import Match
from policykit.terms.report import Decision, Notice
from policykit.terms.verdict import Cause, Status, Verdict


def restated(said: Mapping[str, Any]) -> Decision:
    """Return the decision that follows from the rules, notices and policies a predicate states.

    Raises KeyError, TypeError or ValueError where it is not written as a predicate is.
    """
    verdicts = [_verdict(rule) for rule in said["rules"]]
    notices = [Notice(entry["level"], entry["code"], entry["text"]) for entry in said["notices"]]
    matches = [_match(entry) for entry in said["policies"]]
    decision, _ = decide(verdicts, matches, notices, partial=said["gate"]["scope"] == "partial")
    return decision


def _verdict(rule: Mapping[str, Any]) -> Verdict:
    status = Status(rule["status"])
    parts = [Status(finding["status"]) for finding in rule["findings"]]
    alone = len(set(rule["checks"])) == 1
    if alone and parts and status is Status.PASS and any(part in (Status.FAIL, Status.UNDECIDED) for part in parts):
        raise ValueError(f"rule `{rule['id']}` says pass, and a finding of it does not")
    if status is Status.PASS and Status.PASS not in parts:
        raise ValueError(f"rule `{rule['id']}` says pass, and no finding of it does")
    cause = Cause(rule["cause"]) if rule["cause"] else None
    return Verdict(rule["policy"], rule["id"], status, cause, rule["reason"], advisory=rule["advisory"] is True)


def _match(entry: Mapping[str, Any]) -> Match:
    policy = cast("Any", SimpleNamespace(ref=entry["policy"]))
    return Match(policy, matched=entry["applied"] is True, why=entry["why"], held=entry["held"])
