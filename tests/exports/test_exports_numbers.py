"""The numbers of an export are those of the report, and no group is shown in it that a report would hide."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from policykit.render.exports.cyclonedx import cyclonedx
from policykit.render.exports.oscal import oscal, token
from policykit.render.exports.reading import Source
from policykit.render.exports.vsa import vsa
from tests.build import ACCURATE, ENOUGH, EQUAL, rows
from tests.exports.exports_reports import PAYLOAD, blocked, changed, held, source

OWNED = {"check": "governance.owner", "with": {"of": "model"}, "is": "present"}


@pytest.fixture(params=["allowed", "blocked", "held", "owner"])
def found(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    match request.param:
        case "allowed":
            return source(tmp_path)
        case "blocked":
            return blocked(tmp_path)
        case "held":
            return held(tmp_path)
        case _:
            return source(tmp_path, OWNED, ENOUGH, facts={"owners": {"model": "a@bank.example"}})


def bare(value: Any) -> Any:
    """Return a number out of text, a word as it is."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return value


def observed(said: Any) -> Counter[tuple[Any, ...]]:
    """Return every number of a report by its check, from the report itself."""
    found: Counter[tuple[Any, ...]] = Counter()
    for rule in said["rules"]:
        for finding in rule["findings"]:
            whole = [finding["observed"]] if finding["observed"] else []
            for number in [*whole, *finding["groups"]]:
                if number["value"] is not None:
                    both = number["low"] is not None and number["high"] is not None
                    ends = (bare(number["low"]), bare(number["high"])) if both else ()
                    found[finding["check"], bare(number["value"]), *ends] += 1
    return found


def test_the_model_card_of_the_bom_has_every_number_of_the_report_and_no_other(found: Source) -> None:
    metrics = cyclonedx(found)["components"][0]["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    written: Counter[tuple[Any, ...]] = Counter()
    for metric in metrics:
        ends = [bare(end) for end in metric.get("confidenceInterval", {}).values()]
        written[metric["type"], bare(metric["value"]), *ends] += 1
    assert written == observed(found.said)


def test_each_observation_of_oscal_has_the_numbers_and_the_limit_of_its_finding(found: Source) -> None:
    written = oscal(found)["assessment-results"]["results"][0]["observations"]
    findings = [finding for rule in found.said["rules"] for finding in rule["findings"]]
    assert len(written) == len(findings)
    for observation, finding in zip(written, findings, strict=True):
        facts = {prop["name"]: prop["value"] for prop in observation["props"]}
        stated = {name: finding[name] for name in ("check", "status", "cause", "limit", "source") if finding[name]}
        assert {name: facts.get(name) for name in stated} == stated
        for name in ("value", "low", "high", "n"):
            assert bare(facts.get(name)) == bare(finding["observed"].get(name))


def test_a_group_of_fewer_than_ten_people_is_in_no_export(tmp_path: Path) -> None:
    few = rows(
        (500, {"sex": "m", "y": 1, "yhat": 1}),
        (500, {"sex": "f", "y": 0, "yhat": 0}),
        (7, {"sex": "x", "y": 1, "yhat": 1}),
    )
    found = source(tmp_path, ACCURATE, EQUAL, data=few)
    groups = [group for rule in found.said["rules"] for finding in rule["findings"] for group in finding["groups"]]
    assert [group["rows"] for group in groups if group["name"] == "x"] == [7]
    metrics = cyclonedx(found)["components"][0]["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    slices = [metric.get("slice", "") for metric in metrics]
    assert "attribute: sex, group: m" in slices
    assert not [name for name in slices if "group: x" in name]


def test_files_and_data_are_named_with_the_hashes_of_the_report(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "model.skops").write_bytes(b"weights")
    found = source(tmp_path, model={"path": "model.skops", "format": "skops"})
    model, file, data = cyclonedx(found)["components"]
    assert (file["type"], file["name"], file["hashes"][0]["content"]) == ("file", *found.subjects[1])
    assert data["hashes"][0]["content"] == found.said["materials"][0]["digest"]["sha256"]
    assert model["modelCard"]["modelParameters"]["datasets"] == [{"ref": data["bom-ref"]}]
    assert model["externalReferences"][0]["hashes"] == [{"alg": "SHA-256", "content": PAYLOAD}]


def test_policies_are_named_by_the_digests_of_the_report(found: Source) -> None:
    (policy,) = found.said["policies"]
    assert vsa(found)["policy"]["digest"] == {"sha256": policy["digest"]}
    assert vsa(found)["inputAttestations"][0]["digest"] == {"sha256": PAYLOAD}


def test_an_export_made_twice_is_the_same_to_the_last_byte(found: Source) -> None:
    for make in (cyclonedx, oscal, vsa):
        assert json.dumps(make(found), sort_keys=True) == json.dumps(make(found), sort_keys=True)


def test_the_id_of_a_control_is_written_as_oscal_can_carry_it_and_kept_beside(tmp_path: Path) -> None:
    assert token("eu-ai-act@2024-1689/15(1)") == "eu-ai-act_2024-1689_15_1_"
    assert token("15") == "_15"
    results = oscal(source(tmp_path))["assessment-results"]["results"][0]
    assert results["reviewed-controls"]["control-selections"][0]["include-controls"] == [
        {"control-id": "nist-ai-rmf_1.0_MEASURE-2.11"}
    ]
    facts = [{p["name"]: p["value"] for p in finding["props"]} for finding in results["findings"]]
    assert "nist-ai-rmf@1.0/MEASURE-2.11" in [fact["answers-to"] for fact in facts]


def test_text_that_hides_something_is_made_visible_in_documents_for_people(tmp_path: Path) -> None:
    real = source(tmp_path)
    found = changed(real, bundle={**real.said["bundle"], "name": "loan\u202egnp.exe", "version": "1\n2"})
    model = cyclonedx(found)["components"][0]
    assert "\u202e" not in json.dumps(cyclonedx(found), ensure_ascii=False)
    assert "\u202e" not in json.dumps(oscal(found), ensure_ascii=False)
    assert model["version"] == "1 2"
    assert vsa(found)["resourceUri"] == "pkg:generic/loan%E2%80%AEgnp.exe@1%0A2"
