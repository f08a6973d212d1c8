"""From rules to questions: attributes, bands, intersections, columns, and what cannot be asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from policykit.stories.gate import Asked, gate
from policykit.stories.open import Table, open_all
from policykit.terms.report import Decision
from tests.build import ACCURATE, EQUAL, TASK, judged, people, rows, status, write_bundle, write_policy
from tests.clock import NOW

AGES = rows(
    *((100, {"sex": s, "age": a, "y": a % 2, "yhat": a % 2}) for s in ("f", "m") for a in (17, 25, 39, 40, 61, 62, 80))
)


def findings(found: Any, rule: str = "R-1") -> list[str]:
    return [f.name for line in found.report.rules if line.rule.id == rule for f in line.verdict.findings]


def groups(found: Any) -> set[str]:
    return {g.name for line in found.report.rules for f in line.verdict.findings for g in f.groups}


def test_bands_belong_to_the_policy_and_are_half_open(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "b", AGES, protected_attributes=["sex", "age_band"])
    bands = {"age_band": {"from": "age", "cut": [25, 40, 62]}}
    rule = {**EQUAL, "at_most": "90 pp", "evidence": {"min_rows_per_group": 1}}
    policy = write_policy(
        tmp_path / "p.yaml", rule, attributes=bands, must_cover={"protected_attributes": ["sex", "age_band"]}
    )
    opened = open_all(bundle, [policy], None, Table())
    found = gate(opened.bundle, opened.policies, Asked(stage=None, now=NOW))
    lines = {g.name: g.rows for f in found.report.rules[0].verdict.findings if f.name == "age_band" for g in f.groups}
    assert lines == {"under 25": 200, "25 to under 40": 400, "40 to under 62": 400, "62 and over": 400}


def test_an_attribute_that_must_be_covered_and_is_not_there_is_missing(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "b", people(), protected_attributes=["sex"])
    policy = write_policy(tmp_path / "p.yaml", ACCURATE, EQUAL, must_cover={"protected_attributes": ["sex", "race"]})
    opened = open_all(bundle, [policy], None, Table())
    found = gate(opened.bundle, opened.policies, Asked(stage=None, now=NOW))
    assert status(found, "R-2") == "undecided(missing)"
    assert findings(found, "R-2") == ["sex", "race"]
    assert found.report.decision is Decision.HELD


def test_values_are_renamed_as_the_bundle_says(tmp_path: Path) -> None:
    data = {**people(), "code": [1 if sex == "m" else 2 for sex in people()["sex"]]}
    bundle = write_bundle(
        tmp_path / "b", data, attributes={"sex": {"column": "code", "values": {"1": "male", "2": "female"}}}
    )
    manifest = bundle / "bundle.yaml"
    manifest.write_text(manifest.read_text().replace('"1":', "1:").replace('"2":', "2:"))
    opened = open_all(bundle, [write_policy(tmp_path / "p.yaml", EQUAL)], None, Table())
    found = gate(opened.bundle, opened.policies, Asked(stage=None, now=NOW))
    assert groups(found) == {"male", "female"}
    assert status(found) == "pass"


def test_codes_of_another_type_than_the_column_are_a_wrong_type(tmp_path: Path) -> None:
    data = {**people(), "code": [1 if sex == "m" else 2 for sex in people()["sex"]]}
    attributes = {"sex": {"column": "code", "values": {"1": "male", "2": "female"}}}
    assert status(judged(tmp_path, EQUAL, data=data, attributes=attributes)) == "undecided(wrong_type)"


def test_intersections_are_asked_across(tmp_path: Path) -> None:
    rule = {**EQUAL, "for_each": ["sex"], "across": [["sex", "region"]], "at_most": "99 pp"}
    data = {**people(), "region": ["north", None] * 1000}
    found = judged(tmp_path, rule, data=data)
    assert findings(found) == ["sex", "sex × region"]
    crossed = [g.name for f in found.report.rules[0].verdict.findings if f.name == "sex × region" for g in f.groups]
    assert set(crossed) == {"f × north", "f × (missing)", "m × north", "m × (missing)"}


def test_several_columns_give_one_finding_each(tmp_path: Path) -> None:
    rule = {"check": "data.completeness", "with": {"columns": ["sex", "y", "nope"]}, "at_least": "99 %"}
    found = judged(tmp_path, rule)
    assert findings(found) == ["column=sex", "column=y", "column=nope"]
    assert status(found) == "undecided(missing)"


def test_a_check_that_compares_no_groups_gives_one_finding_per_group(tmp_path: Path) -> None:
    found = judged(tmp_path, {**ACCURATE, "for_each": ["sex"]})
    assert findings(found) == ["sex=f", "sex=m"]
    assert status(found) == "pass"


def test_one_group_alone_is_undefined(tmp_path: Path) -> None:
    data = {**people(), "sex": ["f"] * 2000}
    assert status(judged(tmp_path / "a", {**ACCURATE, "for_each": ["sex"]}, data=data)) == "undecided(undefined)"
    assert status(judged(tmp_path / "b", EQUAL, data=data)) == "undecided(undefined)"


def test_groups_left_out_are_said_with_the_reason(tmp_path: Path) -> None:
    data = people(men=(500, 1000), women=(500, 1000))
    for name, value in (("sex", "unknown"), ("y", 1), ("yhat", 1)):
        data[name] = [*data[name], *[value] * 100]
    rule = {**EQUAL, "ignore_groups": {"values": ["unknown"], "why": "the form did not ask"}}
    found = judged(tmp_path, rule, data=data)
    assert status(found) == "pass"
    assert any("leaves out `unknown`: the form did not ask" in notice.text for notice in found.report.notices)


def test_a_check_of_another_kind_of_task_is_not_applicable_only_where_the_rule_says_so(tmp_path: Path) -> None:
    rule = {"check": "performance.rmse", "at_most": 1}
    assert status(judged(tmp_path / "a", rule)) == "undecided(undefined)"
    found = judged(tmp_path / "b", {**rule, "if_other_task": "not_applicable"}, ACCURATE)
    assert status(found) == "not_applicable"
    assert found.report.decision is Decision.ALLOWED


def test_evidence_that_is_old_or_undated_withholds_a_pass_and_hides_no_fail(tmp_path: Path) -> None:
    aged = {"evidence": {"max_age": "90 days"}}
    where = {"datasets": {"evaluation": {"path": "rows.parquet", "collected": "2026-01-01"}}}
    assert status(judged(tmp_path / "a", {**ACCURATE, **aged}, **where)) == "undecided(stale)"
    assert status(judged(tmp_path / "b", {**ACCURATE, **aged})) == "undecided(missing)"
    wrong = {**people(), "yhat": [1 - y for y in people()["y"]]}
    assert status(judged(tmp_path / "c", {**ACCURATE, **aged}, data=wrong, **where)) == "fail"
    fresh = {"datasets": {"evaluation": {"path": "rows.parquet", "collected": "2026-11-01"}}}
    assert status(judged(tmp_path / "d", {**ACCURATE, **aged}, **fresh)) == "pass"
    future = {"datasets": {"evaluation": {"path": "rows.parquet", "collected": "2027-11-01"}}}
    assert status(judged(tmp_path / "e", {**ACCURATE, **aged}, **future)) == "undecided(stale)"


def test_a_rule_advises_until_its_day_and_blocks_from_then_on(tmp_path: Path) -> None:
    wrong = {**people(), "yhat": [1 - y for y in people()["y"]]}
    enough = {"check": "data.row_count", "at_least": 1}
    later = judged(tmp_path / "a", {**ACCURATE, "block_from": "2027-01-01"}, enough, data=wrong)
    assert later.report.decision is Decision.ALLOWED
    now = judged(tmp_path / "b", {**ACCURATE, "block_from": "2026-11-22"}, enough, data=wrong)
    assert now.report.decision is Decision.BLOCKED


def test_a_prediction_cut_from_the_score_is_judged_as_if_it_were_a_column(tmp_path: Path) -> None:
    data = people(men=(600, 1000), women=(550, 1000))
    scored = {**data, "s": [0.9 if p else 0.1 for p in data["yhat"]]}
    task = {**{k: v for k, v in TASK.items() if k != "prediction"}, "prediction": {"from": "s", "at_least": 0.35}}
    cut = judged(tmp_path / "cut", ACCURATE, EQUAL, data=scored, task=task)
    column = judged(tmp_path / "column", ACCURATE, EQUAL, data=scored)
    seen = [[(f.status, f.observed) for f in line.verdict.findings] for line in cut.report.rules]
    assert seen == [[(f.status, f.observed) for f in line.verdict.findings] for line in column.report.rules]


def test_the_floor_of_a_rule_counts_the_rows_of_all_its_groups(tmp_path: Path) -> None:
    few = people(men=(200, 400), women=(200, 400))
    rule = {**ACCURATE, "for_each": ["sex"], "evidence": {"min_rows": 2000}}
    found = judged(tmp_path / "few", rule, data=few)
    assert status(found) == "undecided(too_few)"
    assert "800 rows, and the rule wants 2,000" in found.report.rules[0].verdict.reason
    assert status(judged(tmp_path / "enough", rule, data=people())) == "pass"


def test_floors_hold_for_exact_numbers_only_where_a_rule_says_so(tmp_path: Path) -> None:
    rule = {"check": "data.completeness", "with": {"column": "y"}, "for_each": ["sex"], "at_least": "99 %"}
    few = people(men=(4, 8), women=(4, 8))
    assert status(judged(tmp_path / "a", rule, data=few)) == "pass"
    asked = {**rule, "evidence": {"min_rows_per_group": 30}}
    assert status(judged(tmp_path / "b", asked, data=few)) == "undecided(too_few)"


def test_two_limits_read_as_they_are_judged(tmp_path: Path) -> None:
    rule = {"check": "performance.accuracy", "at_least": "90 %", "surely_at_least": "80 %"}
    data = rows((92, {"sex": "f", "y": 1, "yhat": 1}), (8, {"sex": "m", "y": 1, "yhat": 0}))
    found = judged(tmp_path, rule, data=data)
    assert status(found) == "pass"
    assert " is at least 90 %, and surely at least 80 %" in found.report.rules[0].verdict.reason
