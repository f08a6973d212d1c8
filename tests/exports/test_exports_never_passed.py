"""No export calls passed what did not pass: HELD, undecided, waived, audit and partial are never green by translation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.render.exports.cyclonedx import cyclonedx
from policykit.render.exports.oscal import oscal
from policykit.render.exports.reading import Source
from policykit.render.exports.svr import svr
from policykit.render.exports.test_result import outcomes
from policykit.render.exports.vsa import vsa
from tests.exports.exports_reports import blocked, changed, held, source, standing_rules, with_rules

WAIVED = [{"waiver": "W-2027-014", "kind": "fail", "slices": [""], "until": "2027-03-31"}]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return source(tmp_path_factory.mktemp("real"))


@given(
    rules=standing_rules(),
    decision=st.sampled_from(["ALLOWED", "BLOCKED", "HELD"]),
    mode=st.sampled_from(["enforce", "audit"]),
    scope=st.sampled_from(["full", "partial", "trial"]),
)
def test_only_what_passed_is_called_passed_in_any_form(
    real: Source, rules: list[dict[str, Any]], decision: str, mode: str, scope: str
) -> None:
    found = with_rules(real, rules, decision=decision, mode=mode, scope=scope)
    green = {f"house@1/R-{index}" for index, rule in enumerate(rules) if rule["status"] == "pass"}
    lets_through = (decision, mode, scope) == ("ALLOWED", "enforce", "full")
    assert (vsa(found)["verificationResult"] == "PASSED") is lets_through
    result = outcomes(found)
    assert set(result["passedTests"]) - {"policykit/decision"} == green
    assert (result["result"] != "FAILED") is lets_through
    said = svr(found)["properties"]
    assert {word.removeprefix("POLICYKIT_PASSED:") for word in said if word.startswith("POLICYKIT_PASSED:")} == green
    assert any(word.startswith("POLICYKIT_ALLOWED") for word in said) is lets_through
    results = oscal(found)["assessment-results"]["results"][0]
    satisfied = {
        f["title"].partition(":")[0]
        for f in results.get("findings", [])
        if f["target"]["status"]["state"] == "satisfied"
    }
    assert satisfied == green
    mapped = cyclonedx(found)["declarations"].get("attestations", [{"map": []}])[0]["map"]
    assert {m["requirement"].removeprefix("rule:") for m in mapped if m["conformance"]["score"] > 0} == green


def test_a_held_report_fails_verification_and_permits_no_stage(tmp_path: Path) -> None:
    found = held(tmp_path)
    assert found.said["decision"] == "HELD"
    assert (vsa(found)["verificationResult"], vsa(found)["verifiedLevels"]) == ("FAILED", ["FAILED"])
    assert outcomes(found)["failedTests"] == ["policykit/decision", "house@1/R-2"]
    assert svr(found)["properties"] == ["POLICYKIT_PASSED:house@1/R-1"]


def test_a_report_to_which_no_policy_applied_fails_although_nothing_in_it_failed(real: Source) -> None:
    found = changed(real, rules=[], policies=[], decision="HELD")
    assert outcomes(found)["failedTests"] == ["policykit/decision"]
    assert cyclonedx(found)["declarations"] == {}


def test_a_notice_that_blocks_is_a_test_that_failed(real: Source) -> None:
    notice = {"level": "error", "code": "contradicted", "text": "declared 0.99, recomputed 0.71"}
    found = changed(real, notices=[notice], decision="BLOCKED")
    assert "policykit/notice/contradicted" in outcomes(found)["failedTests"]


def test_a_waived_rule_is_shown_as_waived_with_its_waiver_and_its_end_in_every_form(tmp_path: Path) -> None:
    found = blocked(tmp_path)
    rules = [rule | {"excused": WAIVED} if rule["status"] == "fail" else rule for rule in found.said["rules"]]
    found = changed(found, rules=rules, decision="ALLOWED")
    assert outcomes(found)["result"] == "WARNED"
    assert outcomes(found)["warnedTests"] == ["house@1/R-2"]
    assert "POLICYKIT_WAIVED:house@1/R-2" in svr(found)["properties"]
    for made in (vsa(found), svr(found), outcomes(found)):
        assert made["policykit"]["waivers"] == [{"rule": "house@1/R-2", "waiver": "W-2027-014", "until": "2027-03-31"}]
    (control,) = [
        f
        for f in oscal(found)["assessment-results"]["results"][0]["findings"]
        if f["target"]["target-id"] == "nist-ai-rmf_1.0_MEASURE-2.11"
    ]
    assert control["target"]["status"]["state"] == "not-satisfied"
    assert "waived by W-2027-014 until 2027-03-31" in control["target"]["status"]["remarks"]
    bom = cyclonedx(found)["components"][0]
    assert {"name": "policykit:waived", "value": "house@1/R-2 by W-2027-014 until 2027-03-31"} in bom["properties"]
    fairness = bom["modelCard"]["considerations"]["fairnessAssessments"]
    assert [f["mitigationStrategy"] for f in fairness] == ["waived, not mitigated: W-2027-014 until 2027-03-31"]


def test_permission_for_one_stage_is_another_word_than_for_any_other(real: Source) -> None:
    def word(stage: str) -> Any:
        return vsa(changed(real, gate={**real.said["gate"], "stage": stage}))["verifiedLevels"][0]

    assert word("production") == "POLICYKIT_ALLOWED_FOR_production"
    assert len({word("a b"), word("a_b"), word("a-b"), word("a%20b"), word("")}) == 5
