"""How far a waiver may loosen a limit: in its direction, in its unit, and for the part it was given for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from policykit.errors import WaiverError
from policykit.terms.report import Decision
from tests.build import ACCURATE, ENOUGH, EQUAL, TASK, people, rows
from tests.judge.waiving import UNEQUAL, refusal, run, said, state
from tests.waivers import signed


def test_a_waiver_loosens_in_the_direction_of_the_limit_alone(tmp_path: Path) -> None:
    wrong = refusal(tmp_path, signed(allows={"at_least": "1 pp"}))
    assert "`at_least` does not loosen the rule's limit" in str(wrong)
    assert wrong.hint == "the rule asks for the other direction: write `at_most`"
    doubt = refusal(tmp_path, signed(allows={"undecided": "straddles", "surely_at_least": "1 pp"}))
    assert doubt.hint == "the rule asks for the other direction: write `surely_at_most`"


def test_a_waiver_is_written_in_the_unit_of_the_rule(tmp_path: Path) -> None:
    wrong = refusal(tmp_path, signed(allows={"at_most": "12 %"}))
    assert "can be read two ways" in str(wrong)
    assert "12 pp" in wrong.hint


def test_a_waiver_that_does_not_fit_is_wrong_even_where_the_rule_passes(tmp_path: Path) -> None:
    refusal(tmp_path, signed(allows={"at_least": "1 pp"}), data=people())


def test_a_doubt_that_comes_with_a_number_has_to_be_bounded(tmp_path: Path) -> None:
    stale = {**EQUAL, "evidence": {"max_age": "10 days"}}
    old = {"datasets": {"evaluation": {"path": "rows.parquet", "collected": "2026-01-01"}}}
    how: dict[str, Any] = {"rules": (stale, ENOUGH), "data": people(), **old}
    wrong = refusal(tmp_path, signed(allows={"undecided": "stale"}), **how)
    assert "`house/R-1` is undecided(stale) with a number, and the waiver sets no bound for it" in str(wrong)
    assert wrong.hint == "write `surely_at_most` or `surely_at_least` beside `undecided`"
    bounded = run(tmp_path, signed(allows={"undecided": "stale", "surely_at_most": "9 pp"}), **how)
    assert state(bounded) == "used"


def test_two_waivers_of_one_name_are_told_apart_by_nobody(tmp_path: Path) -> None:
    with pytest.raises(WaiverError, match="two different waivers are called `W-1`"):
        run(tmp_path, signed(), signed(ticket="RISK-1"))
    assert state(run(tmp_path, signed(), signed())) == "used"


def test_a_limit_against_the_champion_is_waived_as_a_distance(tmp_path: Path) -> None:
    rule = {
        "check": "performance.accuracy",
        "compared_with": "champion",
        "worse_by_at_most": "1 pp",
        "if_no_champion": "undecided",
    }
    good, bad = {"sex": "m", "y": 1, "yhat": 1}, {"sex": "m", "y": 1, "yhat": 0}
    data = rows((800, {**good, "champion_prediction": 1}), (200, {**bad, "champion_prediction": 1}))
    how: dict[str, Any] = {"rules": (rule, ENOUGH), "data": data}
    assert state(run(tmp_path, signed(allows={"at_most": "25 pp"}), **how)) == "used"
    assert state(run(tmp_path, signed(allows={"at_most": "20.1 pp"}), **how)) == "beyond"
    refusal(tmp_path, signed(allows={"at_least": "25 pp"}), **how)


WORSE = {"check": "performance.brier", "compared_with": "champion", "if_no_champion": "undecided"}


SCORED = rows(
    (1000, {"sex": "m", "y": 1, "yhat": 1, "score": 0.8, "champion_score": 0.9, "champion_prediction": 1}),
    (1000, {"sex": "f", "y": 0, "yhat": 0, "score": 0.2, "champion_score": 0.1, "champion_prediction": 0}),
)  # 0.04 against 0.01: worse by 0.03, or by 300 % of the champion's


SCORING = {**TASK, "score": "score"}


@pytest.mark.parametrize("text", ["0.05 relative", "5 % relative", "5%relative", " 0.05 relative "])
def test_a_share_of_the_champions_value_loosens_no_limit_in_the_checks_own_unit(tmp_path: Path, text: str) -> None:
    how: dict[str, Any] = {"rules": ({**WORSE, "worse_by_at_most": "0.005"}, ENOUGH), "data": SCORED, "task": SCORING}
    wrong = refusal(tmp_path, signed(allows={"at_most": text}), **how)
    assert "is a share of the champion's value, and the rule's limit is none" in str(wrong)
    assert wrong.hint == "write it without `relative`, in the unit of the rule's own limit"
    assert state(run(tmp_path, signed(allows={"at_most": "0.05"}), **how)) == "used"
    assert state(run(tmp_path, signed(allows={"at_most": "0.02"}), **how)) == "beyond"


@pytest.mark.parametrize("text", ["20", "0.9", "90 %", "2000 %"])
def test_a_limit_of_a_share_of_the_champions_value_is_loosened_by_such_a_share_alone(tmp_path: Path, text: str) -> None:
    rule = {**WORSE, "worse_by_at_most": "5 % relative"}
    how: dict[str, Any] = {"rules": (rule, ENOUGH), "data": SCORED, "task": SCORING}
    wrong = refusal(tmp_path, signed(allows={"at_most": text}), **how)
    assert f"`{text}` does not say of what it is a share: the rule's limit is `5 % relative`" in str(wrong)
    assert wrong.hint == "write it as the rule does, such as `8 % relative`"
    assert state(run(tmp_path, signed(allows={"at_most": "400 % relative"}), **how)) == "used"
    assert state(run(tmp_path, signed(allows={"at_most": "200 % relative"}), **how)) == "beyond"


def test_a_waiver_past_every_number_there_can_be_is_wrong(tmp_path: Path) -> None:
    accurate = ({**ACCURATE, "at_least": "99 %"}, ENOUGH)
    wrong = refusal(tmp_path, signed(allows={"at_least": "-200 %"}), rules=accurate)
    assert wrong.hint == "no number is beyond 100 %"
    assert state(run(tmp_path, signed(allows={"at_most": "100 pp"}))) == "used"


TWO = (
    {"check": "data.maximum", "with": {"columns": ["income"]}, "at_most": 55},
    {"check": "data.maximum", "with": {"columns": ["age"]}, "at_most": 100},
)


HIGH = rows((500, {"sex": "m", "y": 1, "yhat": 1, "income": 390.0, "age": 300.0}))


@pytest.mark.parametrize("combine", ["all_of", "any_of"])
def test_one_number_excuses_no_two_unlike_parts_of_a_rule(tmp_path: Path, combine: str) -> None:
    how: dict[str, Any] = {"rules": ({combine: [*TWO]}, ENOUGH), "data": HIGH}
    wrong = refusal(tmp_path, signed(allows={"at_most": "400"}), **how)
    assert "one number cannot speak of `data.maximum` of `income` and `data.maximum` of `age`" in str(wrong)
    assert wrong.hint == (
        "say which is meant with `only_for`; where the report does not tell them apart, make them rules of their own"
    )
    fine = rows((500, {"sex": "m", "y": 1, "yhat": 1, "income": 50.0, "age": 300.0}))
    refusal(tmp_path, signed(allows={"at_most": "400"}), **{**how, "data": fine})


def test_a_number_for_one_column_excuses_that_part_alone(tmp_path: Path) -> None:
    how: dict[str, Any] = {"rules": ({"all_of": [*TWO]}, ENOUGH), "data": HIGH}
    age = signed(allows={"at_most": "400"}, only_for={"column": "age"})
    assert state(run(tmp_path, age, **how)) == "unused"
    income = signed(id="W-2", allows={"at_most": "390"}, only_for={"column": "income"})
    assert run(tmp_path, age, income, **how).report.decision is Decision.ALLOWED
    assert run(tmp_path, age, **{**how, "rules": ({"any_of": [*TWO]}, ENOUGH)}).report.decision is Decision.ALLOWED


def test_a_number_for_one_check_excuses_the_parts_of_that_check_alone(tmp_path: Path) -> None:
    parts = [
        {"check": "data.completeness", "with": {"column": "x"}, "at_least": "99 %"},
        {"check": "performance.accuracy", "at_least": "99 %"},
    ]
    data = rows((100, {"sex": "m", "y": 1, "yhat": 1, "x": 1}), (900, {"sex": "f", "y": 1, "yhat": 0, "x": None}))
    how: dict[str, Any] = {"rules": ({"all_of": parts}, ENOUGH), "data": data}
    wrong = refusal(tmp_path, signed(allows={"at_least": "5 %"}), **how)
    assert "one number cannot speak of `data.completeness` of `x` and `performance.accuracy`" in str(wrong)
    assert wrong.hint == "say which is meant: `check:` with the check of that part"
    one = signed(allows={"at_least": "5 %"}, check="performance.accuracy")
    assert state(run(tmp_path, one, **how)) == "unused"
    other = signed(id="W-2", allows={"at_least": "5 %"}, check="data.completeness")
    assert run(tmp_path, one, other, **how).report.decision is Decision.ALLOWED


def test_parts_that_ask_the_same_of_several_data_sets_are_alike(tmp_path: Path) -> None:
    part = {"check": "data.row_count", "at_least": 5000}
    train = {"evaluation": {"path": "rows.parquet"}, "train": {"path": "rows.parquet"}}
    rule = {"all_of": [part, {**part, "data": "train"}]}
    found = run(tmp_path, signed(allows={"at_least": "1000"}), rules=(rule, ENOUGH), datasets=train)
    assert state(found) == "used"


def test_a_waiver_given_for_one_check_excuses_no_other_of_the_same_name(tmp_path: Path) -> None:
    asks = signed(check="fairness.demographic_parity_difference")
    assert state(run(tmp_path, asks)) == "used"
    swapped = {**EQUAL, "check": "fairness.equal_opportunity_difference", "at_most": "1 pp"}
    for data in (UNEQUAL, people()):
        found = run(tmp_path, asks, rules=(swapped, ENOUGH), data=data)
        assert state(found) == "refused"
        assert found.report.decision is Decision.BLOCKED
        assert said(found, "waiver_refused") == (
            "error",
            "the waiver `W-1` does not count: it was given for `fairness.demographic_parity_difference`, and"
            " `house/R-1` asks `fairness.equal_opportunity_difference`",
        )
