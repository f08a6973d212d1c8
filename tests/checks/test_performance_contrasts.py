"""Classes against the champion: the difference of two models on the same rows."""

from __future__ import annotations

import numpy as np
import pytest
from row_engine import answer, ask, compare, frame_of, rows_of
from sklearn import metrics

from policykit.checks.performance.accuracy import Accuracy
from policykit.checks.performance.balanced_accuracy import BalancedAccuracy
from policykit.checks.performance.f1 import F1
from policykit.checks.performance.precision import Precision
from policykit.checks.performance.recall import Recall
from policykit.terms.verdict import Cause, Unmeasured
from tests.checks.performance_rows import CHECKS, FULL, MANY, NAMES, TWO, random_rows, sklearn_of


def champion_frame(task, **more):
    frame = frame_of(task, **more)
    other = frame_of({**task, "prediction": "c"}, **more)
    return frame_of(task, champion=other, **more) if frame.champion is None else frame


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("task", [TWO, MANY], ids=["two", "many"])
def test_the_contrast_is_the_difference_of_scikit_learns_numbers(name, task):
    classes = [0, 1] if task is TWO else ["a", "b", "c"]
    y, p = random_rows(classes, 250, 1, right=0.8)
    _, c = random_rows(classes, 250, 2, right=0.2)
    c = [a if i % 2 else b for i, (a, b) in enumerate(zip(y, c, strict=True))]
    average = "binary" if task is TWO and " " not in name else "macro"
    if task is TWO and " " in name:
        return
    found = compare(CHECKS[name], champion_frame(task), rows_of({"y": y, "p": p, "c": c}))
    assert found.value == pytest.approx(sklearn_of(name, y, p, average) - sklearn_of(name, y, c, average))
    assert found.low < found.value < found.high


@pytest.mark.parametrize("name", NAMES)
def test_two_models_that_never_differ_still_leave_doubt(name):
    rows = rows_of({**FULL, "c": FULL["p"]})
    found = compare(CHECKS[name], champion_frame(TWO), rows)
    assert found.value == 0
    assert found.low < 0 < found.high


@pytest.mark.parametrize("name", NAMES)
def test_pairing_makes_the_interval_narrower_than_two_samples_would(name):
    y, p = random_rows([0, 1], 400, 3, right=0.6)
    c = [1 - v if i % 40 == 0 else v for i, v in enumerate(p)]
    found = compare(CHECKS[name], champion_frame(TWO), rows_of({"y": y, "p": p, "c": c}))
    alone = answer(CHECKS[name], frame_of(TWO), rows_of({"y": y, "p": p}))
    assert found.high - found.low < alone.high - alone.low


@pytest.mark.parametrize("name", NAMES)
def test_the_paired_interval_covers_nine_tenths(name):
    keys = [(y, p, c) for y in (1, 0) for p in (1, 0) for c in (1, 0)]
    shares = np.array([0.25, 0.06, 0.04, 0.05, 0.05, 0.05, 0.08, 0.42])
    y, p, c = zip(*keys, strict=True)
    options = {"sample_weight": shares}
    score = {
        "accuracy": metrics.accuracy_score,
        "balanced": metrics.balanced_accuracy_score,
        "precision": metrics.precision_score,
        "recall": metrics.recall_score,
        "f1": metrics.f1_score,
    }[name]
    truth = score(y, p, **options) - score(y, c, **options)
    random, hits = np.random.RandomState(5), 0
    for counts in random.multinomial(150, shares, size=150):
        rows = [{"y": a, "p": b, "c": d} for (a, b, d), count in zip(keys, counts, strict=True) for _ in range(count)]
        found = compare(CHECKS[name], champion_frame(TWO), rows)
        hits += found.low <= truth <= found.high
    assert hits / 150 > 0.84


@pytest.mark.parametrize("name", NAMES)
def test_without_a_champion_there_is_nothing_to_compare_with(name):
    found = CHECKS[name].contrast(frame_of(TWO), ask(CHECKS[name], frame_of(TWO), rows_of(FULL)), 0.9)
    assert found == Unmeasured(Cause.NO_CHAMPION, "there is no champion with predictions on the same rows")


@pytest.mark.parametrize("name", NAMES)
def test_rows_without_the_champions_prediction_leave_it_undecided(name):
    rows = rows_of({**FULL, "c": [None, *FULL["p"][1:]]})
    found = compare(CHECKS[name], champion_frame(TWO), rows)
    assert found == Unmeasured(Cause.MISSING, "1 row has no prediction of the champion")
    kept = compare(CHECKS[name], champion_frame(TWO, missing="exclude"), rows)
    assert kept.detail == "left out: 1 without a prediction"


def test_the_same_rows_give_the_same_interval_every_time():
    rows = rows_of({"y": list("abc") * 40, "p": list("abcbca") * 20})
    assert answer(F1(), frame_of(MANY), rows) == answer(F1(), frame_of(MANY), list(reversed(rows)))


def test_what_this_many_rows_settle_is_said_before_measuring():
    assert Accuracy().smallest_distance(1000, 0.8, 1) == pytest.approx(0.0314, abs=1e-3)
    assert Recall().smallest_distance(2000, 0.8, 1) == pytest.approx(0.0314, abs=1e-3)
    assert Precision().smallest_distance(2000, 0.8, 2) == pytest.approx(0.0445, abs=1e-3)
    assert BalancedAccuracy().smallest_distance(1000, 0.8, 1) == pytest.approx(0.0314, abs=1e-3)
    assert F1().smallest_distance(1000, 0.8, 1) is None
