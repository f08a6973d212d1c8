"""The gate cannot be green by accident: accidents with classes, groups and rare events that once passed without evidence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from policykit.stories.gate import Asked, gate
from policykit.stories.open import Table, open_all
from policykit.terms.report import Decision
from tests.build import ACCURATE, EQUAL, TASK, judged, people, rows, status, write_bundle, write_policy
from tests.clock import NOW

CUT = {
    "kind": "binary-classification",
    "target": "y",
    "score": "s",
    "prediction": {"from": "score", "at_least": 0.5},
    "positive": 1,
    "favourable": 1,
}
FIFTHS = {"check": "fairness.four_fifths", "for_each": "protected_attributes", "at_least": "4/5"}
ODDS = {"check": "fairness.equalized_odds_difference", "for_each": ["sex"], "at_most": "10 pp"}
CHANCES = {"check": "fairness.equal_opportunity_difference", "for_each": ["sex"], "at_most": "10 pp"}
HALF = rows(
    (400, {"sex": "m", "y": 1, "s": 0.9}),
    (3600, {"sex": "m", "y": 0, "s": 0.1}),
    (200, {"sex": "f", "y": 1, "s": 0.9}),
    (3800, {"sex": "f", "y": 0, "s": 0.1}),
)
CHAMPION = {"compared_with": "champion", "if_no_champion": "undecided"}


def task(**changed: Any) -> dict[str, Any]:
    return {name: value for name, value in {**CUT, **changed}.items() if value is not None}


def test_a_cut_score_without_a_positive_class_is_not_read_as_the_other_class(tmp_path: Path) -> None:
    found = judged(tmp_path, FIFTHS, ACCURATE, data=HALF, task=task(positive=None))
    assert status(found) == status(found, "R-2") == "undecided(missing)"
    assert "`task.positive`, which a prediction cut from a score needs" in found.report.rules[0].verdict.reason


def test_a_favourable_outcome_written_as_1_0_is_the_class_1(tmp_path: Path) -> None:
    assert status(judged(tmp_path, FIFTHS, data=HALF, task=task(favourable=1.0))) == "fail"


@pytest.mark.parametrize("favourable", [3, "1", True])
def test_a_favourable_outcome_that_no_label_holds_is_not_the_contrary_of_a_score(
    favourable: Any, tmp_path: Path
) -> None:
    found = judged(tmp_path, FIFTHS, data=HALF, task=task(favourable=favourable))
    assert status(found) == "undecided(undefined)"


@pytest.mark.parametrize("rule", [EQUAL, FIFTHS, ODDS, CHANCES])
def test_a_favourable_outcome_that_nobody_is_predicted_shows_no_equality(rule: dict[str, Any], tmp_path: Path) -> None:
    found = judged(tmp_path, rule, data=people(men=(900, 1000), women=(100, 1000)), task={**TASK, "favourable": 2})
    assert status(found) == "undecided(undefined)"


def test_probabilities_in_the_column_of_predictions_show_no_equality(tmp_path: Path) -> None:
    certain = rows((900, {"sex": "m", "y": 1, "yhat": 0.9}), (900, {"sex": "f", "y": 0, "yhat": 0.1}))
    assert status(judged(tmp_path / "a", EQUAL, data=certain)) == "undecided(undefined)"
    spread = rows(*((9, {"sex": "mf"[i % 2], "y": i % 2, "yhat": i / 200}) for i in range(201)))
    found = judged(tmp_path / "b", EQUAL, data=spread)
    assert status(found) == "undecided(undefined)"
    assert "the prediction holds 201 values, and the task is binary" in found.report.rules[0].verdict.reason


def test_a_misspelt_positive_class_is_not_a_class_without_errors(tmp_path: Path) -> None:
    rare = rows((990, {"y": 0, "s": 0.1}), (10, {"y": 1, "s": 0.1}))
    brier = {"check": "performance.brier", "at_most": 0.1}
    loss = {"check": "performance.log_loss", "at_most": 0.3}
    found = judged(tmp_path, ACCURATE, brier, loss, data=rare, task=task(positive=7), protected_attributes=None)
    assert {status(found, rule) for rule in ("R-1", "R-2", "R-3")} == {"undecided(undefined)"}
    assert found.report.decision is Decision.HELD


def test_a_group_called_missing_does_not_hide_in_the_group_that_is_missing(tmp_path: Path) -> None:
    data = rows(
        (200, {"sex": "(missing)", "y": 1, "yhat": 1}),
        (200, {"sex": None, "y": 1, "yhat": 0}),
        (200, {"sex": "f", "y": 1, "yhat": 1}),
        (200, {"sex": "f", "y": 0, "yhat": 0}),
    )
    assert status(judged(tmp_path, {**EQUAL, "at_most": "20 pp"}, data=data)) == "fail"


@pytest.mark.parametrize("rule", [ODDS, CHANCES])
def test_a_group_without_labels_is_not_left_out(rule: dict[str, Any], tmp_path: Path) -> None:
    known = [(300, {"sex": sex, "y": y, "yhat": y}) for sex in "mx" for y in (0, 1)]
    found = judged(tmp_path, rule, data=rows(*known, (600, {"sex": "f", "y": None, "yhat": 0})))
    assert status(found) == "undecided(undefined)"
    assert "group `f` has no row with a label" in found.report.rules[0].verdict.reason


def test_a_group_that_a_filter_empties_is_not_left_out(tmp_path: Path) -> None:
    data = rows(
        (300, {"sex": "m", "y": 1, "yhat": 1, "c": "on"}),
        (300, {"sex": "x", "y": 1, "yhat": 1, "c": "on"}),
        (300, {"sex": "f", "y": 1, "yhat": 0, "c": "off"}),
    )
    rule = {**EQUAL, "where": {"column": "c", "equals": "on"}}
    found = judged(tmp_path / "a", rule, data=data)
    assert status(found) == "undecided(empty)"
    assert "group `f` has no row left" in found.report.rules[0].verdict.reason
    said = {"ignore_groups": {"values": ["f"], "why": "women apply in the branch"}}
    assert status(judged(tmp_path / "b", {**rule, **said}, data=data)) == "pass"


def test_what_the_champion_did_not_answer_is_not_its_error(tmp_path: Path) -> None:
    data = rows(
        (700, {"sex": "m", "y": 1, "yhat": 1, "champion_prediction": 1}),
        (300, {"sex": "m", "y": 1, "yhat": 0, "champion_prediction": None}),
    )
    rule = {"check": "performance.accuracy", **CHAMPION, "worse_by_at_most": "1 pp", "evidence": {"missing": "fail"}}
    assert status(judged(tmp_path, rule, data=data)) == "fail"


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy"])
def test_a_champion_whose_classes_are_written_otherwise_is_not_beaten(metric: str, tmp_path: Path) -> None:
    rule = {"check": f"performance.{metric}", **CHAMPION, "worse_by_at_most": "1 pp"}
    parts = ((700, "a", "a", "A"), (300, "b", "a", "B"))
    data = rows(*((n, {"sex": "m", "y": y, "yhat": p, "champion_prediction": c}) for n, y, p, c in parts))
    two = {**TASK, "positive": "a", "favourable": "a"}
    many = {"kind": "multiclass-classification", "target": "y", "prediction": "yhat"}
    for name, task, said in (("two", two, "together hold 4 values"), ("many", many, "the champion is right in no row")):
        found = judged(tmp_path / name, rule, data=data, task=task, protected_attributes=None)
        assert status(found) == "undecided(undefined)"
        assert said in found.report.rules[0].verdict.reason


def test_one_row_of_a_class_does_not_show_that_the_class_is_found(tmp_path: Path) -> None:
    rule = {"check": "performance.balanced_accuracy", "at_least": "40 %"}
    data = rows((1, {"sex": "a", "y": 1, "yhat": 1}), (4000, {"sex": "b", "y": 0, "yhat": 0}))
    found = judged(tmp_path, rule, data=data)
    assert status(found) == "undecided(too_few)"
    assert "1 rows in group `positive`" in found.report.rules[0].verdict.reason


@pytest.mark.parametrize("check", ["brier", "log_loss"])
def test_a_catastrophe_that_few_rows_did_not_show_is_not_excluded(check: str, tmp_path: Path) -> None:
    random, passed = np.random.RandomState(8), 0
    rule = {"check": f"performance.{check}", **CHAMPION, "worse_by_at_most": 0.02}
    for i in range(30):
        y = (random.random_sample(40) < 0.5).astype(int)
        score = np.where(y == 1, 0.9, 0.1)
        mine = np.where(random.random_sample(40) < 0.03, 1 - score, score)
        data = {"y": y.tolist(), "s": mine.tolist(), "champion_score": score.tolist()}
        plain = {"kind": "binary-classification", "target": "y", "score": "s", "positive": 1}
        found = judged(tmp_path / str(i), rule, data=data, task=plain, protected_attributes=None)
        passed += status(found) == "pass"
    assert passed <= 3


@pytest.mark.parametrize("metric", ["mae", "rmse"])
@pytest.mark.parametrize("error", [0.0, 0.1])
def test_errors_that_never_vary_do_not_show_how_large_they_can_be(error: float, metric: str, tmp_path: Path) -> None:
    data = {"y": [float(i) for i in range(100)], "yhat": [i + error for i in range(100)]}
    rule = {"check": f"performance.{metric}", "at_most": 1}
    plain = {"kind": "regression", "target": "y", "prediction": "yhat"}
    found = judged(tmp_path, rule, data=data, task=plain, protected_attributes=None)
    assert status(found) == "undecided(too_few)"


def test_two_models_that_err_alike_in_every_row_and_differ_are_not_the_same(tmp_path: Path) -> None:
    plain = {"kind": "regression", "target": "y", "prediction": "yhat"}
    for metric in ("mae", "rmse"):
        rule = {"check": f"performance.{metric}", **CHAMPION, "worse_by_at_most": 0.1}
        for name, champion, said in (("same", 1.0, "pass"), ("other", -1.0, "undecided(too_few)")):
            data = {"y": [0.0] * 60, "yhat": [1.0] * 60, "champion_prediction": [champion] * 60}
            found = judged(tmp_path / metric / name, rule, data=data, task=plain, protected_attributes=None)
            assert status(found) == said


def test_two_rows_of_a_class_do_not_show_a_ranking_better_than_the_champions(tmp_path: Path) -> None:
    data = {
        "y": [1, 1, *[0] * 200],
        "s": [0.9, 0.8, *(i / 300 for i in range(200))],
        "champion_score": [0.1, 0.0, *(0.2 + i / 300 for i in range(200))],
    }
    rule = {"check": "performance.roc_auc", **CHAMPION, "worse_by_at_most": 0.1}
    plain = {"kind": "binary-classification", "target": "y", "score": "s", "positive": 1}
    found = judged(tmp_path, rule, data=data, task=plain, protected_attributes=None)
    assert status(found) == "undecided(too_few)"
    assert "2 rows in group `positive`" in found.report.rules[0].verdict.reason


METRICS = ("accuracy", "balanced_accuracy", "precision", "recall", "f1")


def test_three_classes_are_not_read_as_two(tmp_path: Path) -> None:
    data = rows(*((300, {"sex": "m", "y": y, "yhat": p}) for y, p in (("a", "a"), ("b", "c"), ("c", "b"))))
    rules = [{"check": f"performance.{name}", "at_least": 0.3} for name in METRICS]
    found = judged(tmp_path, *rules, data=data, task={**TASK, "positive": "a", "favourable": "a"})
    assert {status(found, line.rule.id) for line in found.report.rules} == {"undecided(undefined)"}


@pytest.mark.parametrize(("check", "limit"), [("roc_auc", 0.5), ("brier", 0.9), ("log_loss", 9)])
def test_three_classes_are_not_ranked_as_two(check: str, limit: float, tmp_path: Path) -> None:
    data = rows(*((300, {"sex": "m", "y": y, "s": s}) for y, s in ((0, 0.1), (1, 0.9), (2, 0.2))))
    word = "at_least" if check == "roc_auc" else "at_most"
    found = judged(tmp_path, {"check": f"performance.{check}", word: limit}, data=data, task=CUT)
    assert status(found) == "undecided(undefined)"


def documented(folder: Path, rule: dict[str, Any], **documents: Any) -> str:
    """Judge a rule about documents alone."""
    named = {name: {"path": f"{name}.json"} for name in documents}
    bundle = write_bundle(folder / "bundle", people(), documents=named)
    for name, document in documents.items():
        (bundle / f"{name}.json").write_text(json.dumps(document))
    opened = open_all(bundle, [write_policy(folder / "policy.yaml", rule)], None, Table())
    return status(gate(opened.bundle, opened.policies, Asked(stage=None, now=NOW)))


def test_a_ledger_does_not_choose_the_delta_that_makes_its_loss_small(tmp_path: Path) -> None:
    releases = [{"name": f"r{i}", "epsilon": 0.05, "delta": 0, "mechanism": "laplace"} for i in range(400)]
    ledger = {"budget": {"epsilon": 30, "delta": 0.5}, "releases": releases}
    rule = {"check": "privacy.dp_budget", "at_most": 3}
    assert documented(tmp_path, rule, privacy_ledger=ledger) == "undecided(undefined)"


def test_a_declared_privacy_loss_below_the_recomputed_one_fails(tmp_path: Path) -> None:
    training = {
        "noise_multiplier": 1.1,
        "batch_size": 256,
        "dataset_size": 60000,
        "steps": 3500,
        "delta": 1e-5,
        "sampler": "poisson",
        "adjacency": "add_or_remove_one",
    }
    rule = {"check": "privacy.dp_epsilon", "at_most": 8}
    assert documented(tmp_path / "plain", rule, dp_training=training) == "pass"
    assert documented(tmp_path / "false", rule, dp_training={**training, "declared_epsilon": 0.1}) == "fail"
