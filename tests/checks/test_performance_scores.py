"""AUC, log loss, Brier, RMSE, MAE: the numbers of scikit-learn within the bounds said, the traps, and the champion."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from row_engine import answer, ask, compare, frame_of, rows_of
from sklearn import metrics

from policykit.checks.performance.brier import Brier
from policykit.checks.performance.log_loss import LogLoss
from policykit.checks.performance.mae import Mae
from policykit.checks.performance.rmse import Rmse
from policykit.checks.performance.roc_auc import RocAuc
from policykit.terms.verdict import Cause, Unmeasured

SCORED = {"kind": "binary-classification", "target": "y", "score": "s", "positive": 1}
NUMBERS = {"kind": "regression", "target": "y", "prediction": "s"}
SCORES = {"auc": RocAuc(), "log loss": LogLoss(), "brier": Brier()}
ERRORS = {"rmse": Rmse(), "mae": Mae()}
ALL = {**SCORES, **ERRORS}
SKLEARN = {
    "auc": metrics.roc_auc_score,
    "log loss": metrics.log_loss,
    "brier": metrics.brier_score_loss,
    "rmse": metrics.root_mean_squared_error,
    "mae": metrics.mean_absolute_error,
}


def task_of(name):
    return SCORED if name in SCORES else NUMBERS


def with_champion(name, **more):
    task = task_of(name)
    other = {**task, **({"score": "c"} if name in SCORES else {"prediction": "c"})}
    return frame_of(task, champion=frame_of(other, **more), **more)


def drawn(n, seed, scale=1.0):
    """Labels and probabilities that fit them, more or less."""
    random = np.random.RandomState(seed)
    logit = random.normal(0, 2 * scale, n)
    y = (random.random_sample(n) < 1 / (1 + np.exp(-logit))).astype(int)
    return y.tolist(), (1 / (1 + np.exp(-logit - random.normal(0, 0.5, n)))).tolist()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("seed", range(3))
def test_the_number_is_that_of_scikit_learn_within_what_bins_leave_open(name, seed):
    y, s = drawn(500, seed)
    found = answer(ALL[name], frame_of(task_of(name)), rows_of({"y": y, "s": s}))
    assert found.value == pytest.approx(SKLEARN[name](y, s), abs={"auc": 2e-3, "log loss": 5e-4}.get(name, 1e-9))
    assert found.low < SKLEARN[name](y, s) < found.high
    assert found.n == 500


@pytest.mark.parametrize("name", ALL)
def test_the_contrast_is_the_difference_of_scikit_learns_numbers(name):
    y, s = drawn(400, 1)
    c = (0.7 * np.array(s) + 0.3 * np.random.RandomState(1).random_sample(400)).tolist()
    found = compare(ALL[name], with_champion(name), rows_of({"y": y, "s": s, "c": c}))
    assert found.value == pytest.approx(
        SKLEARN[name](y, s) - SKLEARN[name](y, c), abs={"auc": 5e-4, "log loss": 5e-4}.get(name, 1e-9)
    )
    assert found.low < found.value < found.high


@pytest.mark.parametrize("name", ALL)
def test_the_interval_covers_nine_tenths(name):
    truth = SKLEARN[name](*drawn(400_000, 99))
    hits = 0
    for seed in range(150):
        y, s = drawn(150, seed)
        found = answer(ALL[name], frame_of(task_of(name)), rows_of({"y": y, "s": s}))
        hits += found.low <= truth <= found.high
    assert hits / 150 > 0.84


@pytest.mark.parametrize("name", ALL)
def test_the_paired_interval_covers_nine_tenths(name):
    def pair(n, seed):
        y, s = drawn(n, seed)
        return y, s, (0.7 * np.array(s) + 0.3 * np.random.RandomState(seed + 1000).random_sample(n)).tolist()

    y, s, c = pair(400_000, 99)
    truth, hits = SKLEARN[name](y, s) - SKLEARN[name](y, c), 0
    for seed in range(80):
        y, s, c = pair(120, seed)
        found = compare(ALL[name], with_champion(name), rows_of({"y": y, "s": s, "c": c}))
        hits += found.low <= truth <= found.high
    assert hits / 80 > 0.82


@pytest.mark.parametrize("name", ALL)
def test_a_higher_level_gives_an_interval_that_holds_the_lower_one(name):
    y, s = drawn(80, 4)
    rows = rows_of({"y": y, "s": s})
    intervals = [answer(ALL[name], frame_of(task_of(name)), rows, level) for level in (0.5, 0.8, 0.9, 0.95, 0.999)]
    for less, more in itertools.pairwise(intervals):
        assert more.low <= less.low <= less.value <= less.high <= more.high


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("hole", "cause"), [(None, Cause.MISSING), (math.nan, Cause.NOT_FINITE)])
def test_rows_without_a_score_leave_it_undecided(name, hole, cause):
    y, s = drawn(100, 5)
    what = "score" if name in SCORES else "prediction"
    found = answer(ALL[name], frame_of(task_of(name)), rows_of({"y": y, "s": [hole, hole, *s[2:]]}))
    assert found == Unmeasured(cause, f"2 rows have no {what}")


@pytest.mark.parametrize("name", ALL)
def test_rows_without_a_score_may_be_left_out_which_is_said(name):
    y, s = drawn(100, 5)
    what = "score" if name in SCORES else "prediction"
    found = answer(ALL[name], frame_of(task_of(name), missing="exclude"), rows_of({"y": y, "s": [None, *s[1:]]}))
    assert found.detail.endswith(("left out: 1 without a score", f"left out: 1 without a {what}"))
    same = answer(ALL[name], frame_of(task_of(name)), rows_of({"y": y[1:], "s": s[1:]}))
    assert (found.value, found.n) == (pytest.approx(same.value), 99)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("missing", ["fail", "pass"])
def test_a_missing_score_is_neither_right_nor_wrong(name, missing):
    y, s = drawn(50, 5)
    found = answer(ALL[name], frame_of(task_of(name), missing=missing), rows_of({"y": y, "s": [None, *s[1:]]}))
    assert found.cause is Cause.UNDEFINED
    assert found.detail.endswith(": write `missing: exclude`")


@pytest.mark.parametrize("name", ALL)
def test_an_infinite_score_leaves_it_undecided(name):
    y, s = drawn(50, 5)
    found = answer(ALL[name], frame_of(task_of(name)), rows_of({"y": y, "s": [math.inf, *s[1:]]}))
    what = "score" if name in SCORES else "prediction"
    assert found == Unmeasured(Cause.NOT_FINITE, f"1 row has an infinite {what}")


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_shown_by_no_rows_or_no_labels(name):
    assert answer(ALL[name], frame_of(task_of(name)), []) == Unmeasured(Cause.EMPTY, "no rows")
    bare = rows_of({"y": [None, None], "s": [0.1, 0.2]})
    assert answer(ALL[name], frame_of(task_of(name)), bare) == Unmeasured(Cause.MISSING, "no row has a label")
    holes = rows_of({"y": [1, 0], "s": [None, None]})
    assert isinstance(answer(ALL[name], frame_of(task_of(name), missing="exclude"), holes), Unmeasured)


@pytest.mark.parametrize("name", ALL)
def test_rows_without_a_label_are_left_out_and_said(name):
    y, s = drawn(60, 6)
    found = answer(ALL[name], frame_of(task_of(name)), rows_of({"y": [*y, None, math.nan], "s": [*s, 0.5, None]}))
    assert found.detail == "left out: 2 without a label"
    assert found.n == 60


@pytest.mark.parametrize("name", ALL)
def test_without_a_champion_there_is_nothing_to_compare_with(name):
    y, s = drawn(60, 6)
    frame = frame_of(task_of(name))
    found = ALL[name].contrast(frame, ask(ALL[name], frame, rows_of({"y": y, "s": s})), 0.9)
    assert found.cause is Cause.NO_CHAMPION


@pytest.mark.parametrize("name", ALL)
def test_rows_left_out_for_one_model_are_left_out_for_the_other(name):
    y, s = drawn(80, 7)
    c = np.random.RandomState(7).random_sample(80).tolist()
    holed = rows_of({"y": y, "s": [None, *s[1:]], "c": [c[0], None, *c[2:]]})
    found = compare(ALL[name], with_champion(name, missing="exclude"), holed)
    same = compare(ALL[name], with_champion(name), rows_of({"y": y[2:], "s": s[2:], "c": c[2:]}))
    assert found.value == pytest.approx(same.value, abs=1e-9)
    assert found.n == 78
    undecided = compare(ALL[name], with_champion(name), rows_of({"y": y, "s": s, "c": [None, *c[1:]]}))
    assert undecided.cause is Cause.MISSING
    assert undecided.detail.endswith("of the champion")


@pytest.mark.parametrize("name", ["log loss", "brier"])
def test_scores_outside_nought_and_one_are_not_probabilities(name):
    found = answer(ALL[name], frame_of(SCORED), rows_of({"y": [1, 0], "s": [1.5, -0.5]}))
    assert found == Unmeasured(Cause.UNDEFINED, "scores run from -0.5 to 1.5: they are not probabilities of 0 … 1")


def test_one_class_alone_has_no_auc():
    found = answer(RocAuc(), frame_of(SCORED), rows_of({"y": [1, 1], "s": [0.2, 0.4]}))
    assert found == Unmeasured(Cause.UNDEFINED, "every row with a score has the same label: there is nothing to rank")


@pytest.mark.parametrize(
    "shape", [lambda s: 300 + 550 * s, lambda s: np.log(s / (1 - s)), lambda s: s / 1000, lambda s: s.round(1)]
)
def test_the_auc_does_not_depend_on_the_scale_of_the_score(shape):
    y, s = drawn(800, 8)
    scores = shape(np.array(s))
    found = answer(RocAuc(), frame_of(SCORED), rows_of({"y": y, "s": scores.tolist()}))
    assert found.value == pytest.approx(metrics.roc_auc_score(y, scores), abs=2e-3)
    assert found.high - found.low < 0.08


def test_an_auc_of_many_rows_is_asked_again_in_finer_bins_where_the_scores_are(monkeypatch):
    monkeypatch.setattr("policykit.checks.performance._scores._FEW", 100)
    y, s = drawn(3000, 9)
    scores = np.array(s) / 500
    scores[0] = 1.0
    got = ask(RocAuc(), frame_of(SCORED), rows_of({"y": y, "s": scores.tolist()}))
    assert "fine" in got
    assert "values" not in got
    found = RocAuc().estimate(frame_of(SCORED), got, 0.9)
    assert found.value == pytest.approx(metrics.roc_auc_score(y, scores), abs=2e-3)


def test_an_auc_of_few_rows_in_few_places_is_exact():
    y, s = drawn(400, 13)
    scores = (np.array(s).round(1) / 7).tolist()
    found = answer(RocAuc(), frame_of(SCORED), rows_of({"y": y, "s": scores}))
    assert found.value == pytest.approx(metrics.roc_auc_score(y, scores), abs=1e-12)


def test_an_auc_of_many_rows_with_few_different_scores_is_exact(monkeypatch):
    monkeypatch.setattr("policykit.checks.performance._scores._FEW", 100)
    y, s = drawn(1500, 10)
    scores = np.array(s).round(1)
    found = answer(RocAuc(), frame_of(SCORED), rows_of({"y": y, "s": scores.tolist()}))
    assert found.value == pytest.approx(metrics.roc_auc_score(y, scores), abs=1e-12)


def test_one_huge_score_does_not_spoil_the_auc(monkeypatch):
    monkeypatch.setattr("policykit.checks.performance._scores._FEW", 100)
    y, s = drawn(1500, 11)
    scores = [*(np.array(s) * 10)[:-1], 1e9]
    found = answer(RocAuc(), frame_of(SCORED), rows_of({"y": y, "s": scores}))
    assert found.value == pytest.approx(metrics.roc_auc_score(y, scores), abs=2e-3)
    assert found.high - found.low < 0.06


def test_being_sure_and_wrong_costs_what_it_costs_in_scikit_learn():
    y, s = [1, 0, 1, 0] * 10, [0.0, 1.0, 1.0, 0.0] * 10
    found = answer(LogLoss(), frame_of(SCORED), rows_of({"y": y, "s": s}))
    assert found.value == pytest.approx(metrics.log_loss(y, s), rel=1e-6)


@pytest.mark.parametrize("tiny", [1e-3, 1e-6, 1e-9, 1e-14])
def test_small_probabilities_are_told_apart(tiny):
    y, s = [1] * 20 + [0] * 20, [tiny] * 20 + [0.25] * 20
    found = answer(LogLoss(), frame_of(SCORED), rows_of({"y": y, "s": s}), 0.0001)
    assert found.low <= metrics.log_loss(y, s) <= found.high
    assert found.value == pytest.approx(metrics.log_loss(y, s), rel=2e-3)


def test_few_rows_without_error_still_show_doubt():
    rows = rows_of({"y": [1] * 15 + [0] * 15, "s": [1.0] * 15 + [0.0] * 15})
    assert answer(LogLoss(), frame_of(SCORED), rows).high > 2
    assert answer(Brier(), frame_of(SCORED), rows).high > 0.08
    assert answer(RocAuc(), frame_of(SCORED), rows).low < 0.96


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("scale", [1e-12, 1e-3, 1e6, 1e15])
def test_errors_of_any_size_are_added_without_loss(name, scale):
    y, s = ((np.array(x) * scale).tolist() for x in drawn(200, 12))
    found = answer(ERRORS[name], frame_of(NUMBERS), rows_of({"y": y, "s": s}))
    assert found.value == pytest.approx(SKLEARN[name](y, s), rel=1e-9)
    assert found.low < found.value < found.high


@pytest.mark.parametrize("name", ERRORS)
def test_a_model_without_error_has_an_error_of_nothing(name):
    assert answer(ERRORS[name], frame_of(NUMBERS), rows_of({"y": [1.5, 2.5], "s": [1.5, 2.5]})).value == 0.0


@pytest.mark.parametrize("name", ERRORS)
def test_one_row_shows_nothing(name):
    found = answer(ERRORS[name], frame_of(NUMBERS), rows_of({"y": [1.5], "s": [2.0]}))
    assert (found.value, found.low, found.high) == (0.5, 0.0, math.inf)


def test_what_this_many_rows_settle_is_said_before_measuring():
    assert RocAuc().smallest_distance(1000, 0.8, 1) == pytest.approx(0.035, abs=5e-3)
    assert Mae().smallest_distance(1000, 4.0, 1) is None
