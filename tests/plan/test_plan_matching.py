"""Which policies speak of a bundle, and why."""

from __future__ import annotations

import pytest

from policykit.errors import UsageError
from policykit.plan.matching import match_policies
from policykit.terms.bundle import Bundle
from policykit.terms.policy import AppliesTo, Policy

BUNDLE = Bundle("loans", "1", {}, labels={"use_case": ("credit-scoring", "loan-pricing"), "risk": ("high",)})


def policy(**asked: object) -> Policy:
    return Policy("p", "1", "t", "o", AppliesTo(**asked), ())  # type: ignore[arg-type]


def why(asked: Policy, stage: str | None = None) -> tuple[bool, str, str]:
    (match,) = match_policies([asked], BUNDLE, stage)
    return match.matched, match.why, match.held


def test_everything_matches() -> None:
    assert why(policy(everything=True)) == (True, "it applies to everything", "")


def test_one_of_the_values_is_enough() -> None:
    matched, told, _ = why(policy(labels={"use_case": ("marketing", "loan-pricing")}))
    assert matched
    assert told == "use_case is `credit-scoring` or `loan-pricing`"


def test_another_value_does_not_match_and_says_both() -> None:
    told = "it speaks of use_case `marketing`, and this bundle's is `credit-scoring` or `loan-pricing`"
    assert why(policy(labels={"use_case": ("marketing",)})) == (False, told, "")


def test_a_label_asked_for_and_absent_holds_the_release() -> None:
    matched, told, held = why(policy(labels={"jurisdiction": ("EU",)}))
    assert not matched
    assert told == "it asks about the label `jurisdiction`, which this bundle lacks"
    assert held == "`jurisdiction`"


def test_a_policy_of_another_use_case_holds_nothing_for_a_label_it_also_asks_about() -> None:
    matched, _, held = why(policy(labels={"jurisdiction": ("EU",), "use_case": ("marketing",)}))
    assert (matched, held) == (False, "")


def test_a_policy_of_another_stage_holds_nothing() -> None:
    asked = policy(labels={"jurisdiction": ("EU",)}, stages=("production",))
    assert why(asked, "staging") == (False, "it speaks of stage `production`, and the stage is `staging`", "")


def test_a_stage_that_policies_name_has_to_be_asked_for() -> None:
    with pytest.raises(UsageError, match="the policies name stages \\(`production`\\) and no stage was asked for"):
        match_policies([policy(stages=("production",))], BUNDLE, None)
