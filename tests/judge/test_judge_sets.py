"""Comparators of values that are not numbers."""

from __future__ import annotations

from policykit.judge.sets import in_set
from policykit.terms.expr import Lit
from policykit.terms.policy import Constraint

A, B, ONE, TRUE = Lit("a"), Lit("b"), Lit(1), Lit(True)


def test_present_and_absent() -> None:
    assert in_set("x", Constraint(presence="present")) is True
    assert in_set(None, Constraint(presence="present")) is False
    assert in_set(None, Constraint(presence="absent")) is True


def test_one_is_not_true_and_one_is_one_point_zero() -> None:
    assert in_set(True, Constraint(equals=ONE)) is False
    assert in_set(1, Constraint(equals=TRUE)) is False
    assert in_set(1.0, Constraint(equals=ONE)) is True
    assert in_set("1", Constraint(equals=ONE)) is False


def test_a_missing_value_is_never_one_of_anything_nor_none_of_anything() -> None:
    assert in_set(None, Constraint(is_one_of=(A, B))) is False
    assert in_set(None, Constraint(none_of=(A, B))) is False


def test_sets_are_compared_whole() -> None:
    assert in_set(("a", "b"), Constraint(superset_of=(A,))) is True
    assert in_set(("a",), Constraint(superset_of=(A, B))) is False
    assert in_set(("a",), Constraint(subset_of=(A, B))) is True
    assert in_set(("a", "c"), Constraint(subset_of=(A, B))) is False
    assert in_set(("a", "c"), Constraint(is_one_of=(A, B))) is False
    assert in_set("a", Constraint(superset_of=(A,))) is False


def test_without_a_set_comparator_there_is_no_answer() -> None:
    assert in_set("a", Constraint()) is None
