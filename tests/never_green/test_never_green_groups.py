"""Groups cannot be hidden, rows cannot be counted twice, and a report is not true by being there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import policykit
from policykit.errors import UsageError
from policykit.stories.gate import Asked, gate
from policykit.stories.open import Table, open_all
from policykit.terms.report import Decision
from tests.build import ACCURATE, ENOUGH, EQUAL, judged, people, rows, status, write_bundle, write_policy
from tests.clock import NOW

RMSE = {"check": "performance.rmse", "at_most": 1}


def gated(
    tmp_path: Path, *rules: dict[str, Any], data: Any = None, head: dict[str, Any] | None = None, **manifest: Any
) -> Any:
    bundle = write_bundle(tmp_path / "b", data, **manifest)
    opened = open_all(bundle, [write_policy(tmp_path / "p.yaml", *rules, **(head or {}))], None, Table())
    return gate(opened.bundle, opened.policies, Asked(stage=None, now=NOW))


def test_a_failure_beside_a_clause_that_does_not_apply_stays_a_failure(tmp_path: Path) -> None:
    wrong = {**people(), "yhat": [1 - y for y in people()["y"]]}
    both = {"any_of": [ACCURATE, RMSE], "if_other_task": "not_applicable"}
    for name, rule in (("a", both), ("b", {**both, "any_of": [RMSE, ACCURATE]})):
        found = judged(tmp_path / name, rule, ENOUGH, data=wrong)
        assert status(found) == "fail"
        assert found.report.decision is Decision.BLOCKED


def test_intersections_whose_names_run_together_stay_apart(tmp_path: Path) -> None:
    data = rows(
        (300, {"a": "x × y", "b": "z", "y": 1, "yhat": 1}),
        (300, {"a": "x", "b": "y × z", "y": 1, "yhat": 0}),
        (300, {"a": "q", "b": "q", "y": 1, "yhat": 0}),
    )
    rule = {"check": EQUAL["check"], "across": [["a", "b"]], "at_most": "10 pp"}
    assert status(judged(tmp_path, rule, data=data, protected_attributes=["a"])) == "fail"


def test_a_group_called_missing_and_missing_values_stay_apart(tmp_path: Path) -> None:
    data = rows(
        (300, {"g": "(missing)", "y": 1, "yhat": 1}),
        (300, {"g": None, "y": 1, "yhat": 0}),
        (300, {"g": "x", "y": 1, "yhat": 0}),
    )
    assert status(judged(tmp_path / "one", EQUAL, data=data, protected_attributes=["g"])) == "fail"
    crossed = {"check": EQUAL["check"], "across": [["g", "h"]], "at_most": "10 pp"}
    both = {**data, "h": ["h"] * 900}
    assert status(judged(tmp_path / "two", crossed, data=both, protected_attributes=["g"])) == "fail"


def test_bands_of_large_numbers_keep_their_own_names(tmp_path: Path) -> None:
    data = rows(*((300, {"n": 1_000_000 + i, "y": 1, "yhat": i % 2}) for i in range(4)))
    head = {"attributes": {"band": {"from": "n", "cut": [1_000_001, 1_000_002, 1_000_003]}}}
    found = gated(tmp_path, {**EQUAL, "for_each": ["band"]}, data=data, head=head, protected_attributes=["n"])
    assert status(found) == "fail"
    names = [group.name for group in found.report.rules[0].verdict.findings[0].groups]
    assert len(set(names)) == 4


def test_a_value_that_is_not_renamed_is_not_merged_with_one_that_is(tmp_path: Path) -> None:
    data = people(men=(900, 1000), women=(100, 1000))
    found = judged(tmp_path, EQUAL, data=data, attributes={"sex": {"column": "sex", "values": {"m": "f"}}})
    assert status(found) == "fail"
    assert {group.name for group in found.report.rules[0].verdict.findings[0].groups} == {"f", "f (as it stands)"}


def test_rows_of_one_key_are_not_independent_and_pass_nothing(tmp_path: Path) -> None:
    data = {**people(), "id": [i % 20 for i in range(2000)]}
    keyed = {"datasets": {"evaluation": {"path": "rows.parquet", "key": "id"}}}
    found = judged(tmp_path / "few", ACCURATE, data=data, **keyed)
    assert status(found) == "undecided(too_few)"
    assert "2,000 rows hold 20 different `id`" in found.report.rules[0].verdict.reason
    wrong = {**data, "yhat": [1 - y for y in data["y"]]}
    assert status(judged(tmp_path / "wrong", ACCURATE, data=wrong, **keyed)) == "fail"
    each = {**people(), "id": list(range(2000))}
    assert status(judged(tmp_path / "each", ACCURATE, data=each, **keyed)) == "pass"


def test_what_must_be_covered_holds_until_a_rule_that_blocks_covers_it(tmp_path: Path) -> None:
    head = {"must_cover": {"protected_attributes": ["sex"]}}
    data = people(men=(900, 1000), women=(100, 1000))
    later = {**EQUAL, "block_from": "2099-01-01"}
    found = gated(tmp_path / "later", ACCURATE, later, data=data, head=head)
    assert found.report.decision is Decision.HELD
    assert found.report.reason == "`house@1` must cover `sex`, and no fairness rule that blocks today does"
    assert gated(tmp_path / "now", ACCURATE, EQUAL, data=people(), head=head).report.decision is Decision.ALLOWED


def test_a_model_judged_on_the_rows_it_was_trained_on_is_blocked(tmp_path: Path) -> None:
    same = {"train": {"path": "rows.parquet"}, "evaluation": {"path": "rows.parquet"}}
    found = judged(tmp_path, ACCURATE, datasets=same)
    assert found.report.decision is Decision.BLOCKED
    assert [notice.text for notice in found.report.notices] == ["`train` and `evaluation` are the same rows"]


def test_a_report_is_no_truth_value() -> None:
    import pandas as pd

    report = policykit.gate(pd.DataFrame(people()), target="y", prediction="yhat", protected="sex", favourable=1)
    with pytest.raises(TypeError, match=r"ask `report\.allowed`"):
        assert report


@pytest.mark.parametrize("day", ["1", "2026-13-01", "2026-02-30", "٢٠٢٦-11-22", "2026-11-22T00:00"])
def test_a_day_that_is_none_makes_no_rule_advisory(day: str) -> None:
    import pandas as pd

    with pytest.raises(UsageError, match="is not a day"):
        policykit.gate(
            pd.DataFrame(people()), target="y", prediction="yhat", protected=["sex"], favourable=1, as_of=day
        )
