"""`data.completeness` and `data.row_count`: what is there."""

from __future__ import annotations

import math
from fractions import Fraction

import pandas as pd
import pytest
from counting_by_hand import ask
from hypothesis import given
from hypothesis import strategies as st

from policykit.checks.data.completeness import Completeness
from policykit.checks.data.row_count import RowCount
from policykit.terms.estimate import Estimate
from policykit.terms.expr import Col, Lit, equals
from policykit.terms.verdict import Cause, Unmeasured

incomes = st.lists(st.one_of(st.none(), st.just(math.nan), st.floats(0, 1e6)), min_size=1, max_size=60)


def rows_of(values: list[float | None]) -> list[dict[str, float | None]]:
    return [{"income": value} for value in values]


def complete(values: list[float | None]) -> Estimate:
    answer = ask(Completeness(column="income"), rows_of(values))
    assert isinstance(answer, Estimate)
    return answer


@given(incomes)
def test_completeness_is_what_pandas_counts(values: list[float | None]) -> None:
    frame = pd.DataFrame({"income": pd.Series(values, dtype="float64")})
    assert complete(values).exact == Fraction(int(frame["income"].notna().sum()), len(values))


@given(incomes, st.randoms())
def test_the_order_of_the_rows_does_not_matter(values: list[float | None], random) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)
    assert complete(shuffled) == complete(values)


@given(incomes, st.sampled_from([None, math.nan]))
def test_a_missing_row_more_never_raises_completeness(values: list[float | None], gap: float | None) -> None:
    assert complete([*values, gap]).value <= complete(values).value


@pytest.mark.parametrize("missing", [None, "exclude", "pass", "fail"])
def test_what_a_rule_says_about_missing_values_does_not_change_completeness(missing: str | None) -> None:
    answer = ask(Completeness(column="income"), rows_of([1.0, None, 3.0, 4.0]), missing=missing)
    assert isinstance(answer, Estimate)
    assert answer.exact == Fraction(3, 4)
    assert answer.detail == "1 of 4 rows have no `income`"


def test_completeness_of_no_rows_is_no_number() -> None:
    assert ask(Completeness(column="income"), []) == Unmeasured(Cause.EMPTY, "there are no rows")


def test_an_infinite_value_is_a_value() -> None:
    assert complete([math.inf, 1.0]).exact == 1


def test_row_count_counts_the_rows_that_a_filter_keeps() -> None:
    rows = [{"account": "test"}, {"account": "real"}, {"account": None}]
    kept = ask(RowCount(), rows, where=equals(Col("account"), Lit("test")))
    assert isinstance(kept, Estimate)
    assert (kept.exact, kept.n, kept.method) == (1, 3, "exact")


def test_row_count_may_find_that_no_row_is_kept() -> None:
    kept = ask(RowCount(), [{"account": "real"}], where=equals(Col("account"), Lit("test")))
    assert isinstance(kept, Estimate)
    assert kept.exact == 0


def test_row_count_of_a_table_without_rows_is_not_zero() -> None:
    assert ask(RowCount(), []) == Unmeasured(Cause.EMPTY, "there are no rows")
