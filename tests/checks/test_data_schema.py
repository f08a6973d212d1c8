"""What a table looks like, and how old it is."""

from __future__ import annotations

from typing import Any

import pytest
from counting_by_hand import ask
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policykit.checks.data.freshness import Freshness
from policykit.checks.data.schema import Schema
from policykit.terms.check import Answer
from policykit.terms.estimate import Estimate
from policykit.terms.verdict import Cause, Unmeasured

FOUND = [
    ["id", "integer"],
    ["income", "decimal"],
    ["sex", "text"],
    ["born", "date"],
    ["note", "null"],
    ["photo", "other"],
]


def schema(found: Any, columns: dict[str, str], **params: Any) -> Answer:
    return ask(Schema(columns=columns, **params), facts={"datasets": {"evaluation": {"columns": found}}})


def deviations(found: Any, columns: dict[str, str], **params: Any) -> list[str]:
    answer = schema(found, columns, **params)
    assert isinstance(answer, Estimate)
    told = answer.detail.split("; ") if answer.detail else []
    assert answer.exact == len(told)
    return told


def test_a_table_as_agreed_has_no_deviation() -> None:
    columns = {"id": "integer", "income": "number", "sex": "text", "born": "date", "photo": "any"}
    assert deviations(FOUND, columns, order=True) == []


@pytest.mark.parametrize("wanted", ["text", "integer", "decimal", "number", "boolean", "date", "datetime", "any"])
def test_a_column_without_a_value_takes_the_agreed_type(wanted: str) -> None:
    assert deviations(FOUND, {"note": wanted}) == []


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"age": "integer"}, "`age` is missing"),
        ({"income": "integer"}, "`income` is decimal, not integer"),
        ({"id": "decimal"}, "`id` is integer, not decimal"),
        ({"sex": "number"}, "`sex` is text, not number"),
        ({"born": "datetime"}, "`born` is date, not datetime"),
        ({"photo": "text"}, "`photo` is other, not text"),
    ],
)
def test_each_deviation_is_told(columns: dict[str, str], told: str) -> None:
    assert deviations(FOUND, columns) == [told]


def test_order_is_asked_for_among_the_agreed_columns_only() -> None:
    assert deviations(FOUND, {"id": "any", "sex": "any"}, order=True) == []
    assert deviations(FOUND, {"sex": "any", "id": "any"}, order=True) == ["the columns come in another order"]
    assert deviations(FOUND, {"sex": "any", "id": "any"}) == []


def test_columns_that_nobody_agreed_to_may_be_refused() -> None:
    told = deviations(FOUND, {"id": "any", "income": "any", "sex": "any", "born": "any"}, extras="refused")
    assert told == ["`note` was not agreed", "`photo` was not agreed"]


def test_a_column_that_stands_there_twice_is_a_deviation() -> None:
    assert deviations([["id", "integer"], ["id", "integer"]], {"id": "integer"}) == ["`id` stands there 2 times"]


@given(st.permutations(FOUND))
def test_without_order_the_order_makes_no_difference(found: list[list[str]]) -> None:
    assert deviations(found, {"id": "integer", "age": "integer"}, extras="allowed") == ["`age` is missing"]


def test_all_deviations_are_counted_at_once() -> None:
    answer = schema(FOUND, {"age": "any", "sex": "integer"}, extras="refused")
    assert isinstance(answer, Estimate)
    assert (answer.exact, answer.n) == (7, 6)


def test_a_table_without_columns_is_empty() -> None:
    assert schema([], {"id": "any"}) == Unmeasured(Cause.EMPTY, "there are no columns")


@pytest.mark.parametrize("columns", [{}, {"id": "string"}, ["id"]])
def test_an_agreement_about_nothing_is_refused(columns: Any) -> None:
    with pytest.raises(ValidationError):
        Schema(columns=columns)


def fresh(collected: Any, as_of: str = "2026-11-22") -> Answer:
    return ask(Freshness(), facts={"datasets": {"evaluation": {"collected": collected}}}, as_of=as_of)


@pytest.mark.parametrize(
    ("collected", "days"),
    [("2026-11-22", 0), ("2026-11-21", 1), ("2025-11-22", 365), ("2024-02-29", 997), ("1982-01-31", 16366)],
)
def test_age_is_counted_in_days(collected: str, days: int) -> None:
    answer = fresh(collected)
    assert isinstance(answer, Estimate)
    assert answer.exact == days * 86_400
    assert answer.detail == f"collected on {collected}"


def test_a_day_to_come_is_not_fresh_but_wrong() -> None:
    told = "the day `evaluation` was collected, 2026-11-23, lies after the day of judging, 2026-11-22"
    assert fresh("2026-11-23") == Unmeasured(Cause.UNDEFINED, told)


@pytest.mark.parametrize(
    "odd", ["2026-02-30", "20261121", "2026-W01-1", "yesterday", "2026-11-21T10:00:00", 20261121, None, True]
)
def test_what_is_no_day_is_said_to_be_none(odd: Any) -> None:
    told = f"the day `evaluation` was collected is `{odd}`, not a day such as 2026-10-31"
    assert fresh(odd) == Unmeasured(Cause.WRONG_TYPE, told)


def test_a_day_that_nobody_states_is_missing() -> None:
    told = "nothing is stated under `datasets.evaluation.collected`"
    assert ask(Freshness(), facts={}) == Unmeasured(Cause.MISSING, told)
