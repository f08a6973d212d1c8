"""Shares of rows: in range, allowed, well written, unique, not copied."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest
from counting_by_hand import ask
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policykit.checks.data.allowed_values import AllowedValues
from policykit.checks.data.duplicate_rows import DuplicateRows
from policykit.checks.data.in_range import InRange
from policykit.checks.data.pattern import Pattern
from policykit.checks.data.uniqueness import Uniqueness
from policykit.terms.check import Check
from policykit.terms.estimate import Estimate
from policykit.terms.expr import Col, Compare, Lit
from policykit.terms.frame import Frame
from policykit.terms.measure import Count, Distinct
from policykit.terms.verdict import Cause, Unmeasured

numbers = st.one_of(st.none(), st.just(math.nan), st.floats(-5, 15), st.integers(-5, 15).map(float))
codes = st.one_of(st.none(), st.sampled_from(["F", "M", "f", "x1", ""]))
keys = st.one_of(st.none(), st.integers(0, 4))


def share(check: Check, rows: list[dict[str, Any]], **frame: Any) -> Fraction:
    answer = ask(check, rows, **frame)
    assert isinstance(answer, Estimate), answer
    assert answer.low == answer.value == answer.high
    assert answer.exact is not None
    return answer.exact


def column(values: list[Any]) -> list[dict[str, Any]]:
    return [{"a": value} for value in values]


@given(st.lists(numbers, min_size=1).filter(lambda values: any(v is not None and not math.isnan(v) for v in values)))
def test_in_range_is_what_pandas_says_of_the_values_that_are_there(values: list[float | None]) -> None:
    filled = pd.Series(values, dtype="float64").dropna()
    expected = Fraction(int(filled.between(0, 10).sum()), len(filled))
    assert share(InRange(column="a", minimum=0, maximum=10), column(values)) == expected


@pytest.mark.parametrize(
    ("missing", "expected"),
    [(None, Fraction(1, 2)), ("exclude", Fraction(1, 2)), ("pass", Fraction(2, 3)), ("fail", Fraction(1, 3))],
)
@pytest.mark.parametrize("gap", [None, math.nan])
def test_missing_values_are_left_out_or_pass_or_fail(
    missing: str | None, expected: Fraction, gap: float | None
) -> None:
    assert share(InRange(column="a", minimum=0), column([1.0, -1.0, gap]), missing=missing) == expected


@pytest.mark.parametrize("missing", [None, "exclude", "pass", "fail"])
def test_a_column_without_a_value_answers_nothing_whatever_missing_values_count_as(missing: str | None) -> None:
    answer = ask(InRange(column="a", minimum=0), column([None, math.nan]), missing=missing)
    assert answer == Unmeasured(Cause.EMPTY, "`a` has no value in any row")


def test_no_rows_are_not_all_in_range() -> None:
    assert ask(InRange(column="a", minimum=0), []) == Unmeasured(Cause.EMPTY, "there are no rows")


def test_the_detail_says_how_many_are_outside_and_how_many_missing() -> None:
    answer = ask(InRange(column="a", minimum=0), column([1.0, -1.0, None]), missing="fail")
    assert isinstance(answer, Estimate)
    assert answer.detail == "1 of 2 values outside the range; 1 missing failed"
    assert answer.n == 3


@pytest.mark.parametrize(("exclusive", "expected"), [(False, Fraction(1)), (True, Fraction(1, 3))])
def test_the_ends_belong_to_the_range_unless_it_is_exclusive(exclusive: bool, expected: Fraction) -> None:
    assert share(InRange(column="a", minimum=0, maximum=10, exclusive=exclusive), column([0, 5, 10])) == expected


@pytest.mark.parametrize("open_ended", [{"minimum": 0}, {"maximum": 10}])
def test_an_infinite_value_is_outside_a_range_with_an_open_end(open_ended: dict[str, int]) -> None:
    assert share(InRange(column="a", **open_ended), column([5.0, math.inf, -math.inf])) == Fraction(1, 3)


def test_a_nan_satisfies_no_lower_bound() -> None:
    assert share(InRange(column="a", minimum=0), column([5.0, math.nan]), missing="fail") == Fraction(1, 2)


def test_a_missing_row_more_never_raises_a_share_where_missing_fails() -> None:
    rows = [1.0, 2.0, -1.0]
    check = InRange(column="a", minimum=0)
    assert share(check, column([*rows, None]), missing="fail") < share(check, column(rows), missing="fail")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "write a `minimum`, a `maximum`, or both"),
        ({"minimum": 3, "maximum": 2}, "no value lies between 3 and 2"),
        ({"minimum": 3, "maximum": 3, "exclusive": True}, "no value lies between 3 and 3"),
        ({"minimum": math.nan}, "finite"),
        ({"minimum": 0, "max": 3}, "Extra inputs"),
    ],
)
def test_a_range_that_nothing_can_meet_is_refused(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        InRange(column="a", **params)


@given(st.lists(codes, min_size=1).filter(lambda values: any(v is not None for v in values)), st.randoms())
def test_allowed_values_is_what_pandas_says_in_any_order(values: list[str | None], random) -> None:
    filled = pd.Series(values, dtype="object").dropna()
    expected = Fraction(int(filled.isin(["F", "M"]).sum()), len(filled))
    shuffled = list(values)
    random.shuffle(shuffled)
    assert share(AllowedValues(column="a", values=["F", "M"]), column(shuffled)) == expected


@pytest.mark.parametrize("mixed", [[1, "1"], [True, 1], ["yes", False]])
def test_a_list_of_mixed_kinds_is_refused(mixed: list[Any]) -> None:
    with pytest.raises(ValidationError, match="the values are not all of one kind: texts, numbers, or true and false"):
        AllowedValues(column="a", values=mixed)


def test_a_list_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError):
        AllowedValues(column="a", values=[])


@pytest.mark.parametrize(
    ("values", "kinds"), [([1, 2], {"int"}), ([1, 2.5], {"float"}), (["1"], {"str"}), ([True], {"bool"})]
)
def test_listed_values_keep_one_kind(values: list[Any], kinds: set[str]) -> None:
    good = AllowedValues(column="a", values=values).measures(Frame("evaluation"), {})["good"]
    assert isinstance(good, Count)
    assert {lit.kind for lit in good.where.values} == kinds  # type: ignore[union-attr]


def test_the_order_of_listed_values_makes_no_other_measure() -> None:
    one, other = (
        AllowedValues(column="a", values=v).measures(Frame("evaluation"), {}) for v in (["M", "F"], ["F", "M", "F"])
    )
    assert one == other


@given(st.lists(codes, min_size=1).filter(lambda values: any(v is not None for v in values)))
def test_pattern_is_searched_for_as_pandas_searches(values: list[str | None]) -> None:
    filled = pd.Series(values, dtype="object").dropna()
    expected = Fraction(int(filled.str.contains(r"[A-Z]|1").sum()), len(filled))
    assert share(Pattern(column="a", matches="[A-Z]|1"), column(values)) == expected


@pytest.mark.parametrize(
    "pattern", [r"(?=x)a", r"(?!x)a", r"(?<=x)a", r"(?<!x)a", r"(a)\1", r"(?P<n>a)(?P=n)", r"(?>a)", r"(a)?(?(1)b)"]
)
def test_a_pattern_that_no_linear_time_engine_knows_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError, match="cannot be searched for in linear time"):
        Pattern(column="a", matches=pattern)


@pytest.mark.parametrize(
    "pattern", [r"\(\?=", r"[(?=]+", r"[\]](?:a)", r"(?i)a", r"\\1", r"[^\d](?P<n>a)", r"\x41", r"[[:alpha:](?!]"]
)
def test_a_pattern_that_only_looks_like_it_is_accepted(pattern: str) -> None:
    assert Pattern(column="a", matches=pattern).matches == pattern


def test_a_pattern_that_matches_everything_because_it_is_empty_is_refused() -> None:
    with pytest.raises(ValidationError):
        Pattern(column="a", matches="")


@given(st.lists(st.tuples(keys, keys), min_size=1))
def test_uniqueness_is_keys_that_occur_once_over_rows(pairs: list[tuple[int | None, int | None]]) -> None:
    frame = pd.DataFrame(pairs, columns=["a", "b"], dtype="Int64")
    expected = Fraction(int((~frame.duplicated(keep=False)).sum()), len(frame))
    rows = [{"a": a, "b": b} for a, b in pairs]
    assert share(Uniqueness(columns=["a", "b"]), rows) == expected
    assert share(Uniqueness(columns=["b", "a"]), rows) == expected


@given(st.lists(st.tuples(keys, keys), min_size=1))
def test_duplicate_rows_is_what_pandas_calls_duplicated(pairs: list[tuple[int | None, int | None]]) -> None:
    frame = pd.DataFrame(pairs, columns=["a", "b"], dtype="Int64")
    rows = [{"a": a, "b": b} for a, b in pairs]
    facts = {"datasets": {"evaluation": {"columns": [["a", "integer"], ["b", "integer"]]}}}
    answer = ask(DuplicateRows(), rows, facts)
    assert isinstance(answer, Estimate)
    assert answer.exact == Fraction(int(frame.duplicated().sum()), len(frame))
    assert ask(DuplicateRows(columns=["b", "a"]), rows).exact == answer.exact  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("missing", "expected"),
    [(None, Fraction(1, 6)), ("exclude", Fraction(1, 3)), ("pass", Fraction(4, 6)), ("fail", Fraction(1, 6))],
)
def test_missing_keys_are_one_key_unless_the_rule_says_otherwise(missing: str | None, expected: Fraction) -> None:
    rows = column([1, 2, 2, None, None, math.nan])
    assert share(Uniqueness(column="a"), rows, missing=missing) == expected


@pytest.mark.parametrize("params", [{}, {"column": "a", "columns": ["b"]}])
def test_a_key_is_one_column_or_several(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="write either `column` or `columns`"):
        Uniqueness(**params)


@pytest.mark.parametrize(
    "stated",
    [
        ["a", "b"],
        [["a", "text"], ["b", "text"]],
        [{"name": "a", "kind": "text"}, {"name": "b", "kind": "x"}],
        {"a": "text", "b": "x"},
    ],
)
def test_duplicate_rows_reads_the_columns_however_they_are_stated(stated: Any) -> None:
    rows = [{"a": "x", "b": "y"}, {"a": "x", "b": "y"}]
    answer = ask(DuplicateRows(), rows, {"datasets": {"evaluation": {"columns": stated}}})
    assert isinstance(answer, Estimate)
    assert answer.exact == Fraction(1, 2)
    assert answer.detail == "1 of 2 rows repeat an earlier one"


def test_rows_without_columns_are_no_rows() -> None:
    facts = {"datasets": {"evaluation": {"columns": []}}}
    assert ask(DuplicateRows(), [], facts) == Unmeasured(Cause.EMPTY, "there are no columns")


@pytest.mark.parametrize("check", [DuplicateRows(columns=["a"]), Uniqueness(column="a")])
def test_no_rows_are_neither_unique_nor_copied(check: Check) -> None:
    assert ask(check, []) == Unmeasured(Cause.EMPTY, "there are no rows")


def test_a_key_that_is_always_missing_answers_nothing_where_missing_is_left_out() -> None:
    answer = ask(Uniqueness(columns=["a", "b"]), [{"a": None, "b": 1}], missing="exclude")
    assert answer == Unmeasured(Cause.EMPTY, "no key `a` and `b` is whole in any row")


def test_one_repeated_key_counts_twice_against_uniqueness_and_once_as_a_copy() -> None:
    rows = column([*range(98), 7, 7])
    assert share(Uniqueness(column="a"), rows) == Fraction(97, 100)
    assert share(DuplicateRows(columns=["a"]), rows) == Fraction(2, 100)


def test_checks_of_one_key_share_one_measure() -> None:
    frame = Frame("evaluation")
    one = Uniqueness(columns=["a", "b"]).measures(frame, {})["keys"]
    other = DuplicateRows(columns=["b", "a"]).measures(frame, {})["rows"]
    assert isinstance(one, Distinct)
    assert one == other


def test_a_filter_narrows_every_count() -> None:
    where = Compare(">", Col("a"), Lit(0))
    rows = column(list(range(-5, 5)))
    answer = ask(InRange(column="a", maximum=2), rows, where=where)
    assert isinstance(answer, Estimate)
    assert (answer.exact, answer.n) == (Fraction(1, 2), 4)
