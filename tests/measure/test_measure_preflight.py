"""What is seen to be impossible before anything is scanned, and in which words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from policykit.measure.scanned import scanned
from policykit.plan.preflight import preflight
from policykit.terms.bundle import Column, Schema
from policykit.terms.expr import (
    Abs,
    And,
    Band,
    Bin,
    Calc,
    Col,
    Compare,
    Cross,
    Expr,
    IsIn,
    IsMissing,
    Length,
    Lit,
    Matches,
    Not,
    Recode,
    equals,
)
from policykit.terms.measure import (
    Cells,
    Count,
    Distinct,
    Extreme,
    Fact,
    Histogram,
    Measure,
    Overlap,
    Quantile,
    Sample,
    Scan,
    Sum,
)
from policykit.terms.verdict import Cause, Unmeasured
from tests import measure_oracle as oracle
from tests.measure_bundles import frame, in_memory, measured

ROLE = "evaluation"
KINDS = {
    "sex": "text",
    "age": "integer",
    "score": "decimal",
    "paid": "boolean",
    "day": "date",
    "at": "datetime",
    "empty": "null",
    "list": "other",
}
SCHEMAS = {ROLE: Schema(tuple(Column(name, kind) for name, kind in KINDS.items()), 10)}
SEX, AGE, SCORE, PAID, DAY, AT, EMPTY, LIST = map(Col, KINDS)


def _why(measure: Measure) -> str:
    found = preflight(measure, SCHEMAS)
    return "" if found is None else f"{found.cause}: {found.detail}"


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (equals(SEX, Lit(1)), "the column `sex` holds text, the policy asks for the number 1"),
        (equals(Lit(1), SEX), "the column `sex` holds text, the policy asks for the number 1"),
        (equals(AGE, Lit("old")), "the column `age` holds whole numbers, the policy asks for the text `old`"),
        (equals(SCORE, Lit(True)), "the column `score` holds numbers, the policy asks for `true`"),
        (equals(PAID, Lit(1)), "the column `paid` holds true and false, the policy asks for the number 1"),
        (equals(DAY, Lit("soon")), "the column `day` holds dates, the policy asks for the text `soon`"),
        (equals(AT, Lit(1.5)), "the column `at` holds times, the policy asks for the number 1.5"),
        (equals(SEX, AGE), "the column `sex` holds text, the column `age` holds whole numbers"),
        (
            equals(LIST, Lit("a")),
            "the column `list` holds lists or other nested values, the policy asks for the text `a`",
        ),
        (
            Compare("<", PAID, Lit(True)),
            "the column `paid` holds true and false, which are not larger or smaller than each other",
        ),
        (IsIn(SEX, (Lit("f"), Lit(2))), "the column `sex` holds text, the policy asks for the number 2"),
        (Matches(AGE, "1"), "the column `age` holds whole numbers, a pattern needs text"),
        (equals(Length(SCORE), Lit(1)), "the column `score` holds numbers, a length needs text"),
        (And((PAID, AGE)), "the column `age` holds whole numbers, a combined condition needs true and false"),
        (Not(SEX), "the column `sex` holds text, a negated condition needs true and false"),
        (AGE, "the column `age` holds whole numbers, the condition needs true and false"),
        (Compare(">", Calc("+", SEX, AGE), Lit(1)), "the column `sex` holds text, arithmetic needs numbers"),
        (equals(Abs(DAY), Lit(1)), "the column `day` holds dates, arithmetic needs numbers"),
    ],
)
def test_a_wrong_type_is_said_in_the_words_of_the_policy(where: Expr, said: str) -> None:
    assert _why(Count(ROLE, where)) == f"wrong_type: {said}"


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        (Sum(ROLE, SEX), "the column `sex` holds text, what is added needs numbers"),
        (Extreme(ROLE, SEX), "the column `sex` holds text, what is compared needs numbers"),
        (Histogram(ROLE, DAY, (0.0, 1.0)), "the column `day` holds dates, what is ranked needs numbers"),
        (Quantile(ROLE, SEX, (0.5,)), "the column `sex` holds text, what is ranked needs numbers"),
        (Cells(ROLE, (LIST,)), "the column `list` holds lists or other nested values, which cannot tell groups apart"),
        (
            Distinct(ROLE, (AGE,), by=(LIST,)),
            "the column `list` holds lists or other nested values, which cannot tell groups apart",
        ),
        (
            Cells(ROLE, (Cross((SEX, LIST)),)),
            "the column `list` holds lists or other nested values, which cannot tell groups apart",
        ),
        (
            Cells(ROLE, (Recode(LIST, ()),)),
            "the column `list` holds lists or other nested values, which cannot be renamed",
        ),
        (
            Cells(ROLE, (Recode(SEX, ((Lit(1), "man"),)),)),
            "the column `sex` holds text, the policy asks for the number 1",
        ),
        (Cells(ROLE, (Band(SEX, (1.0,), ("a", "b")),)), "the column `sex` holds text, a band needs numbers"),
        (Cells(ROLE, (Bin(DAY, 0.0, 1.0, 2),)), "the column `day` holds dates, a bin needs numbers"),
    ],
)
def test_a_measure_of_the_wrong_type_is_said_so(measure: Measure, said: str) -> None:
    assert _why(measure) == f"wrong_type: {said}"


@pytest.mark.parametrize(
    "where",
    [
        equals(AGE, Lit(1.0)),
        Compare("<", SCORE, AGE),
        equals(DAY, Lit("2026-01-31")),
        equals(AT, Lit("2026-01-31T10:00:00")),
        Compare("<", DAY, AT),
        equals(EMPTY, Lit("a")),
        equals(EMPTY, Lit(1)),
        And((EMPTY, PAID)),
        Matches(EMPTY, "a"),
        IsMissing(LIST),
        Compare(">", Calc("-", SCORE, PAID), Lit(0)),
    ],
)
def test_what_fits_together_passes(where: Expr) -> None:
    assert _why(Count(ROLE, where)) == ""


def test_an_all_missing_column_can_be_anything() -> None:
    for measure in (Sum(ROLE, EMPTY), Extreme(ROLE, EMPTY), Cells(ROLE, (EMPTY,)), Quantile(ROLE, EMPTY, (0.5,))):
        assert _why(measure) == ""


def test_a_missing_column_comes_before_empty_data_and_empty_data_before_types() -> None:
    schemas = {ROLE: Schema(SCHEMAS[ROLE].columns, 0)}
    column = Unmeasured(Cause.MISSING, "no column is called `Sex` in the data set `evaluation`; did you mean `sex`?")
    assert preflight(Count(ROLE, equals(Col("Sex"), Lit(1))), schemas) == column
    empty = Unmeasured(Cause.EMPTY, "the data set `evaluation` has no rows")
    assert preflight(Count(ROLE, equals(SEX, Lit(1))), schemas) == empty


def test_a_missing_data_set_is_guessed_at_and_an_unreadable_one_says_why() -> None:
    assert _why(Count("evaluatoin")) == "missing: the bundle has no data set `evaluatoin`; did you mean `evaluation`?"
    assert _why(Count("other")) == "missing: the bundle has no data set `other`"
    broken = Unmeasured(Cause.CRASHED, "`a.parquet` cannot be read")
    assert preflight(Count(ROLE), {ROLE: broken}) == broken


def test_keys_of_two_data_sets_must_be_of_one_kind() -> None:
    schemas = {"l": Schema((Column("k", "text"),), 1), "r": Schema((Column("k", "integer"),), 1)}
    found = preflight(Overlap("l", "r", ("k",)), schemas)
    assert found == Unmeasured(Cause.WRONG_TYPE, "the column `k` holds text in `l` and integer in `r`")
    assert preflight(Overlap("l", "l", ("k",)), schemas) is None
    assert preflight(Sample("l", ("k",), 3), schemas) is None
    assert preflight(Fact(("facts", "x")), schemas) is None


@settings(max_examples=150, deadline=None)
@given(oracle.measures)
def test_what_passes_can_be_measured_and_what_does_not_cannot(measure: Scan) -> None:
    table = frame([dict.fromkeys(oracle.KINDS)] * 2)
    schema = Schema(scanned(table.lazy()).columns, 2)
    assert preflight(measure, {ROLE: schema}) is None
    (found,) = measured(in_memory(table), measure)
    assert not isinstance(found, Unmeasured)
