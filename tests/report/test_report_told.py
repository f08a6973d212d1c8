"""Reading what a report says: only words that reports say are taken, and a decision only where it follows from its own rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from policykit.errors import VerificationError
from policykit.report.told import told_of
from tests.site.site_builder import said


def _rule(predicate: dict[str, Any]) -> dict[str, Any]:
    return predicate["rules"][0]


CLOSED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "decision": lambda p: p,
    "mode": lambda p: p["gate"],
    "scope": lambda p: p["gate"],
    "status": _rule,
    "cause": _rule,
    "enforcement": _rule,
    "severity": _rule,
    "unit": _rule,
    "status of a finding": lambda p: _rule(p)["findings"][0],
    "cause of a finding": lambda p: _rule(p)["findings"][0],
}


@pytest.mark.parametrize("member", CLOSED)
def test_a_word_that_no_report_says_is_not_taken(member: str) -> None:
    predicate = said("BLOCKED")["predicate"]
    name = member.partition(" ")[0]
    CLOSED[member](predicate)[name] = "by_the_moon"
    with pytest.raises(VerificationError) as caught:
        told_of(predicate)
    assert caught.value.reason == "incomplete"
    assert str(caught.value) == f"the report says `by_the_moon` where a {name} stands, and no report says that"


@pytest.mark.parametrize("odd", ["\x1b[2J", "a b", "`", "x" * 41, "ALLOWЕD"])
def test_an_odd_word_is_not_repeated(odd: str) -> None:
    predicate = said()["predicate"]
    predicate["decision"] = odd
    with pytest.raises(VerificationError, match=r"^the report says something where a decision stands"):
        told_of(predicate)


@pytest.mark.parametrize("other", [1, None, True, [], {}, ["pass"]])
def test_what_is_no_word_at_all_is_not_taken(other: object) -> None:
    predicate = said()["predicate"]
    _rule(predicate)["status"] = other
    with pytest.raises(VerificationError, match=r"^this is not written as a report is$"):
        told_of(predicate)


@pytest.mark.parametrize("kind", ["ALLOWED", "BLOCKED", "HELD"])
def test_only_the_decision_that_follows_from_its_rules_is_taken(kind: str) -> None:
    for other in ("ALLOWED", "BLOCKED", "HELD"):
        predicate = said(kind)["predicate"]
        predicate["decision"] = other
        if other == kind:
            assert told_of(predicate).decision == kind
            continue
        with pytest.raises(VerificationError, match=f"says {other}, and {kind} follows from its rules") as caught:
            told_of(predicate)
        assert caught.value.reason == "decision"


def test_a_rule_that_says_other_than_its_findings_is_not_taken() -> None:
    predicate = said("BLOCKED")["predicate"]
    for rule in predicate["rules"]:
        rule["status"] = "pass"
    predicate["decision"] = "ALLOWED"
    with pytest.raises(VerificationError, match="does not follow from the rest of it"):
        told_of(predicate)
