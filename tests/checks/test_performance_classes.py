"""Metrics of classes: the numbers of scikit-learn, the traps, and the comparison with a champion."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from row_engine import answer, compare, frame_of, rows_of
from sklearn import metrics

from policykit.checks.performance.accuracy import Accuracy
from policykit.checks.performance.balanced_accuracy import BalancedAccuracy
from policykit.checks.performance.f1 import F1
from policykit.checks.performance.precision import Precision
from policykit.checks.performance.recall import Recall
from policykit.terms.expr import Col, Compare, Lit
from policykit.terms.verdict import Cause, Unmeasured
from tests.checks.performance_rows import CHECKS, FULL, MANY, NAMES, TWO, random_rows, sklearn_of


@pytest.mark.parametrize("name", ["accuracy", "balanced", "precision", "recall", "f1"])
@pytest.mark.parametrize("seed", range(4))
def test_two_classes_give_the_number_of_scikit_learn(name, seed):
    y, p = random_rows([0, 1], 120, seed)
    found = answer(CHECKS[name], frame_of(TWO), rows_of({"y": y, "p": p}))
    assert found.value == pytest.approx(sklearn_of(name, y, p, "binary"))
    assert found.low < found.value < found.high


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("seed", range(3))
def test_many_classes_give_the_number_of_scikit_learn(name, seed):
    y, p = random_rows(["ant", "bee", "cat", "dog"], 300, seed)
    found = answer(CHECKS[name], frame_of(MANY), rows_of({"y": y, "p": p}))
    assert found.value == pytest.approx(sklearn_of(name, y, p))
    assert found.low < found.value < found.high


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=3, max_size=30),
    st.sampled_from(sorted(CHECKS)),
    st.floats(0.5, 0.999),
    st.floats(0.5, 0.999),
)
def test_the_interval_holds_the_value_and_grows_with_the_level(pairs, name, one, other):
    rows = rows_of({"y": [y for y, _ in pairs], "p": [p for _, p in pairs]})
    less, more = sorted((one, other))
    small, large = (answer(CHECKS[name], frame_of(MANY), rows, level) for level in (less, more))
    if not isinstance(small, Unmeasured):
        assert 0 <= large.low <= small.low + 1e-12 <= small.value + 1e-9
        assert small.value - 1e-9 <= small.high <= large.high + 1e-12 <= 1 + 1e-9


@pytest.mark.parametrize(
    "name", ["accuracy", "balanced", "precision", "recall", "f1", "f1 weighted", "precision weighted"]
)
def test_a_perfect_model_on_few_rows_still_shows_doubt(name):
    found = answer(CHECKS[name], frame_of(MANY), rows_of({"y": list("abc") * 10, "p": list("abc") * 10}))
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low < 0.97


@pytest.mark.parametrize("name", ["balanced", "precision", "recall", "f1", "f1 weighted", "precision weighted"])
def test_intervals_of_many_classes_cover_nine_tenths(name):
    shares = np.array([[0.3, 0.06, 0.04], [0.05, 0.25, 0.02], [0.03, 0.01, 0.24]])
    names = ["a", "b", "c"]
    keys = [(y, p) for y in names for p in names]
    y, p = zip(*keys, strict=True)
    truth = sklearn_weighted(name, y, p, shares.ravel())
    random = np.random.RandomState(6)
    hits = 0
    for counts in random.multinomial(200, shares.ravel(), size=200):
        rows = [{"y": a, "p": b} for (a, b), count in zip(keys, counts, strict=True) for _ in range(count)]
        found = answer(CHECKS[name], frame_of(MANY), rows)
        hits += found.low <= truth <= found.high
    assert hits / 200 > 0.85


def sklearn_weighted(name, y, p, weight):
    if name == "balanced":
        return metrics.balanced_accuracy_score(y, p, sample_weight=weight)
    metric, average = name.split() if " " in name else (name, "macro")
    return getattr(metrics, f"{metric}_score")(y, p, average=average, sample_weight=weight)


def test_the_interval_of_a_binary_f1_covers_nine_tenths():
    random = np.random.RandomState(12)
    hits = 0
    for tp, fn, fp, tn in random.multinomial(80, [0.2, 0.05, 0.04, 0.71], size=400):
        rows = [
            {"y": y, "p": p}
            for (y, p), c in zip([(1, 1), (1, 0), (0, 1), (0, 0)], (tp, fn, fp, tn), strict=True)
            for _ in range(c)
        ]
        found = answer(F1(), frame_of(TWO), rows)
        hits += found.low <= 0.4 / 0.49 <= found.high
    assert hits / 400 > 0.87


def test_shares_are_exact_fractions():
    rows = rows_of({"y": [1, 1, 1, 0, 0, 0], "p": [1, 1, 0, 0, 1, 0]})
    assert answer(Accuracy(), frame_of(TWO), rows).exact == Fraction(4, 6)
    assert answer(Precision(), frame_of(TWO), rows).exact == Fraction(2, 3)
    assert answer(BalancedAccuracy(), frame_of(TWO), rows).exact == Fraction(2, 3)


def with_holes(hole, count=3):
    return rows_of({"y": FULL["y"], "p": FULL["p"][:-count] + [hole] * count})


@pytest.mark.parametrize("name", NAMES)
def test_rows_without_a_prediction_leave_it_undecided(name):
    assert answer(CHECKS[name], frame_of(TWO), with_holes(None)) == Unmeasured(
        Cause.MISSING, "3 rows have no prediction"
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_prediction_that_is_not_a_number_is_told_from_a_missing_one(name):
    assert answer(CHECKS[name], frame_of(TWO), with_holes(math.nan, 1)) == Unmeasured(
        Cause.NOT_FINITE, "1 row has no prediction"
    )


@pytest.mark.parametrize("name", NAMES)
def test_excluded_rows_are_said(name):
    found = answer(CHECKS[name], frame_of(TWO, missing="exclude"), with_holes(None))
    assert found.detail == "left out: 3 without a prediction"
    same = answer(CHECKS[name], frame_of(TWO), rows_of({k: v[:-3] for k, v in FULL.items()}))
    assert (found.value, found.low, found.n) == (same.value, same.low, same.n)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_prediction_may_count_as_wrong_or_as_right(name):
    wrong = answer(CHECKS[name], frame_of(TWO, missing="fail"), with_holes(None))
    assert wrong.value == answer(CHECKS[name], frame_of(TWO), with_holes(1)).value
    right = answer(CHECKS[name], frame_of(TWO, missing="pass"), with_holes(None))
    assert right.value == answer(CHECKS[name], frame_of(TWO), with_holes(0)).value


def test_of_many_classes_a_missing_prediction_that_counts_as_wrong_is_no_class_of_its_own():
    rows = rows_of({"y": list("aabbb"), "p": ["a", None, "b", "b", "b"]})
    assert answer(Recall(), frame_of(MANY, missing="fail"), rows).exact == Fraction(3, 4)
    assert answer(Precision(), frame_of(MANY, missing="fail"), rows).exact == 1


@pytest.mark.parametrize("name", NAMES)
def test_rows_without_a_label_are_left_out_and_said(name):
    rows = [*rows_of(FULL), *rows_of({"y": [None, math.nan], "p": [1, None]})]
    found = answer(CHECKS[name], frame_of(TWO), rows)
    assert found.detail == "left out: 2 without a label"
    assert found.value == answer(CHECKS[name], frame_of(TWO), rows_of(FULL)).value


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_shown_by_no_rows_or_no_labels(name):
    assert answer(CHECKS[name], frame_of(TWO), []) == Unmeasured(Cause.EMPTY, "no rows")
    bare = rows_of({"y": [None, None], "p": [1, 0]})
    assert answer(CHECKS[name], frame_of(TWO), bare) == Unmeasured(Cause.MISSING, "no row has a label")
    holes = rows_of({"y": [1, 0], "p": [None, None]})
    nothing = answer(CHECKS[name], frame_of(TWO, missing="exclude"), holes)
    assert nothing == Unmeasured(Cause.EMPTY, "no row has a prediction")


@pytest.mark.parametrize("name", ["precision", "recall", "f1", "balanced"])
def test_two_classes_without_a_positive_one_are_not_guessed_at(name):
    task = {k: v for k, v in TWO.items() if k != "positive"}
    assert answer(CHECKS[name], frame_of(task), rows_of(FULL)) == Unmeasured(
        Cause.MISSING, "the bundle does not say which class is `task.positive`"
    )


def test_accuracy_needs_no_positive_class():
    task = {k: v for k, v in TWO.items() if k != "positive"}
    assert answer(Accuracy(), frame_of(task), rows_of(FULL)).value == 0.75


def test_a_prediction_that_is_neither_class_is_not_right_by_being_not_positive():
    rows = rows_of({"y": [0, 0, 1, 1], "p": [2, 0, 1, 1]})
    told = "the prediction holds 3 values, and the task is binary"
    for name in ("accuracy", "balanced", "precision", "recall", "f1"):
        assert answer(CHECKS[name], frame_of(TWO), rows) == Unmeasured(Cause.UNDEFINED, told)
    assert answer(Accuracy(), frame_of({"target": "y", "prediction": "p"}), rows).value == 0.75


@pytest.mark.parametrize("name", ["accuracy", "balanced", "precision", "recall", "f1"])
def test_three_labels_are_not_a_binary_task(name):
    rows = rows_of({"y": ["a", "b", "c"], "p": ["a", "c", "b"]})
    said = Unmeasured(Cause.UNDEFINED, "the label holds 3 values, and the task is binary")
    assert answer(CHECKS[name], frame_of({**TWO, "positive": "a"}), rows) == said
    assert answer(CHECKS[name], frame_of({"target": "y", "prediction": "p", "positive": "a"}), rows) == said
    together = rows_of({"y": ["a", "b"], "p": ["a", "c"]})
    told = "label and prediction together hold 3 values, and the task is binary"
    assert answer(CHECKS[name], frame_of({**TWO, "positive": "a"}), together) == Unmeasured(Cause.UNDEFINED, told)


@pytest.mark.parametrize("name", ["accuracy", "balanced", "precision", "recall", "f1"])
def test_a_prediction_cut_from_a_score_needs_the_positive_class(name):
    task = {"kind": "binary-classification", "target": "y", "score": "s", "prediction": {"at_least": 0.5}}
    rows = rows_of({"y": [1, 0], "s": [0.9, 0.1]})
    told = "the bundle does not declare `task.positive`, which a prediction cut from a score needs"
    assert answer(CHECKS[name], frame_of(task), rows) == Unmeasured(Cause.MISSING, told)


def test_accuracy_of_a_cut_score_needs_a_row_of_the_positive_class():
    task = {
        "kind": "binary-classification",
        "target": "y",
        "score": "s",
        "prediction": {"at_least": 0.5},
        "positive": 7,
    }
    told = "no row is labelled `7`, which the bundle declares as `task.positive`"
    assert answer(Accuracy(), frame_of(task), rows_of({"y": [1, 0], "s": [0.1, 0.1]})) == Unmeasured(
        Cause.UNDEFINED, told
    )


def test_an_average_tells_its_smallest_class():
    rows = rows_of({"y": ["a"] * 40 + ["b"] * 2, "p": ["a"] * 40 + ["b"] * 2})
    found = answer(Recall(), frame_of(MANY), rows)
    assert (found.smallest, found.smallest_name, found.method) == (2, "b", "mover over clopper-pearson")
    found = answer(BalancedAccuracy(), frame_of(TWO), rows_of({"y": [1, 0, 0], "p": [1, 0, 0]}))
    assert (found.smallest, found.smallest_name) == (1, "positive")


def test_what_the_champion_did_not_answer_is_never_the_gain_of_the_candidate():
    rows = [{"y": 1, "p": 1, "c": 1}] * 70 + [{"y": 1, "p": 0, "c": None}] * 30 + [{"y": 0, "p": 0, "c": 0}] * 100
    for name in ("accuracy", "recall", "balanced"):
        frame = frame_of(TWO, missing="fail")
        beside = replace(frame, champion=replace(frame, prediction=Col("c")))
        assert compare(CHECKS[name], beside, rows).value < -0.1


@pytest.mark.parametrize(("rows", "recalls"), [((1, 400, 400), (0.25, 1, 1)), ((30, 30, 30), (0.9, 0.9, 0.9))])
def test_the_interval_of_an_average_over_few_rows_misses_no_more_often_than_it_says(rows, recalls):
    random, missed = np.random.RandomState(3), [0, 0]
    truth = sum(recalls) / 3
    for _ in range(400):
        table = []
        for name, n, recall in zip("abc", rows, recalls, strict=True):
            right = random.binomial(n, recall)
            table += [(name, name)] * right + [(name, "abca"["abc".index(name) + 1])] * (n - right)
        found = answer(Recall(), frame_of(MANY), rows_of({"y": [y for y, _ in table], "p": [p for _, p in table]}))
        missed[0] += found.low > truth + 1e-12
        missed[1] += found.high < truth - 1e-12
    assert max(missed) / 400 < 0.075


UNDEFINED = [
    ("precision", TWO, [1, 0, 0], [0, 0, 0], "no row is predicted as the positive class"),
    ("recall", TWO, [0, 0, 0], [0, 1, 0], "no row is labelled as the positive class"),
    ("f1", TWO, [0, 0, 0], [0, 0, 0], "no row is labelled or predicted as the positive class"),
    ("balanced", TWO, [0, 0, 0], [0, 1, 0], "every row has the same label: there is nothing to balance"),
    ("precision", MANY, ["a", "b", "b"], ["b", "b", "b"], "no row is predicted as class `a`"),
]


@pytest.mark.parametrize(("name", "task", "y", "p", "said"), UNDEFINED)
def test_a_metric_that_does_not_exist_is_not_zero(name, task, y, p, said):
    assert answer(CHECKS[name], frame_of(task), rows_of({"y": y, "p": p})) == Unmeasured(Cause.UNDEFINED, said)


def test_a_prediction_may_be_cut_from_the_score():
    task = {
        "kind": "binary-classification",
        "target": "y",
        "score": "s",
        "prediction": {"at_least": 0.35},
        "positive": 1,
    }
    rows = rows_of({"y": [1, 1, 0, 0], "s": [0.35, 0.34, 0.1, 0.9]})
    assert answer(Accuracy(), frame_of(task), rows).value == 0.5
    assert answer(Recall(), frame_of(task), rows).exact == Fraction(1, 2)
    gone = [*rows, {"y": 1, "s": math.nan}]
    assert answer(Accuracy(), frame_of(task), gone).cause is Cause.NOT_FINITE
    assert answer(Recall(), frame_of(task), gone).cause is Cause.NOT_FINITE


def test_only_the_rows_asked_about_count():
    where = Compare("=", Col("channel"), Lit("online"))
    rows = rows_of({"y": [1, 1, 0], "p": [1, 0, 0], "channel": ["online", "branch", "online"]})
    for check in CHECKS.values():
        assert answer(check, frame_of({**TWO, "kind": TWO["kind"]}, where=where), rows).value == 1.0
