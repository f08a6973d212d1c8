"""`privacy.k_anonymity`: the smallest crowd anybody hides in."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from counting_by_hand import ask
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policykit.checks.privacy.k_anonymity import KAnonymity
from policykit.terms.estimate import Estimate
from policykit.terms.verdict import Cause, Unmeasured

people = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(0, 3)), st.sampled_from(["F", "M", None])), min_size=1, max_size=40
)


def smallest(pairs: list[tuple[Any, Any]], columns: list[str]) -> Estimate:
    answer = ask(KAnonymity(columns=columns), [{"age": age, "sex": sex} for age, sex in pairs])
    assert isinstance(answer, Estimate)
    return answer


@given(people)
def test_the_smallest_crowd_is_that_of_pandas(pairs: list[tuple[Any, Any]]) -> None:
    frame = pd.DataFrame(pairs, columns=["age", "sex"]).astype({"age": "Int64", "sex": "string"})
    expected = int(frame.groupby(["age", "sex"], dropna=False).size().min())
    assert smallest(pairs, ["age", "sex"]).exact == expected


@given(people, st.randoms())
def test_neither_the_order_of_rows_nor_of_columns_matters(pairs: list[tuple[Any, Any]], random: Any) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)
    assert smallest(shuffled, ["sex", "age"]) == smallest(pairs, ["age", "sex"])


@given(people)
def test_one_column_more_never_makes_a_crowd_larger(pairs: list[tuple[Any, Any]]) -> None:
    assert smallest(pairs, ["age", "sex"]).value <= smallest(pairs, ["age"]).value


def test_somebody_whose_age_is_missing_stands_out_too() -> None:
    answer = smallest([(40, "F")] * 5 + [(None, "F"), (math.nan, "F")], ["age", "sex"])
    assert (answer.exact, answer.n, answer.detail) == (2, 7, "1 combination of 2, in 2 rows only")


def test_how_many_stand_alone_is_told() -> None:
    assert (
        smallest([(40, "F"), (41, "F"), (42, "M"), (42, "M")], ["age"]).detail == "2 combinations of 3, in 1 row only"
    )


def test_nobody_is_no_crowd() -> None:
    assert ask(KAnonymity(columns=["age"]), []) == Unmeasured(Cause.EMPTY, "there are no rows")


@pytest.mark.parametrize("params", [{}, {"columns": []}])
def test_columns_have_to_be_named(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        KAnonymity(**params)
