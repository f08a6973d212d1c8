"""The checks of performance and fairness get from the engine what a row-by-row count gives, and so say the same."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from row_engine import frame_of, measure, rows_of

from policykit.checks.fairness.demographic_parity_difference import DemographicParityDifference
from policykit.checks.fairness.equalized_odds_difference import EqualizedOddsDifference
from policykit.checks.performance.accuracy import Accuracy
from policykit.checks.performance.balanced_accuracy import BalancedAccuracy
from policykit.checks.performance.brier import Brier
from policykit.checks.performance.f1 import F1
from policykit.checks.performance.log_loss import LogLoss
from policykit.checks.performance.mae import Mae
from policykit.checks.performance.rmse import Rmse
from policykit.checks.performance.roc_auc import RocAuc
from policykit.terms.check import Check
from policykit.terms.verdict import Cause, Unmeasured
from tests.measure_bundles import in_memory, measured

BINARY = {
    "kind": "binary-classification",
    "target": "y",
    "prediction": "p",
    "score": "s",
    "positive": 1,
    "favourable": 1,
}
CUT = {**BINARY, "prediction": {"at_least": 0.35}}
MANY = {"kind": "multiclass-classification", "target": "colour", "prediction": "named"}
NUMBERS = {"kind": "regression", "target": "amount", "prediction": "guess"}
ASKED: list[tuple[Check, dict]] = [
    *((check, task) for check in (Accuracy(), BalancedAccuracy(), F1()) for task in (BINARY, CUT)),
    (Accuracy(), MANY),
    (F1(average="weighted"), MANY),
    *((check, BINARY) for check in (RocAuc(), LogLoss(), Brier())),
    *((check, NUMBERS) for check in (Rmse(), Mae())),
    *((check, task) for check in (DemographicParityDifference(), EqualizedOddsDifference()) for task in (BINARY, CUT)),
]


def columns(n, seed, holes):
    random = np.random.RandomState(seed)
    logit = random.normal(0, 3, n)
    y = (random.random_sample(n) < 1 / (1 + np.exp(-logit))).astype(int)
    s = 1 / (1 + np.exp(-2 * logit - random.normal(0, 1, n)))
    data = {
        "y": y.tolist(),
        "p": (s > 0.5).astype(int).tolist(),
        "s": s.tolist(),
        "sex": random.choice(["f", "m", None], n, p=[0.5, 0.45, 0.05]).tolist(),
        "colour": random.choice(["red", "green", "blue"], n).tolist(),
        "amount": (1000 * random.normal(0, 1, n)).round(2).tolist(),
        "guess": (1000 * random.normal(0, 1, n)).round(2).tolist(),
    }
    data["named"] = [c if i % 3 else "red" for i, c in enumerate(data["colour"])]
    data["champion_score"] = random.random_sample(n).tolist()
    data["champion_prediction"] = [1 - p if i % 5 == 0 else p for i, p in enumerate(data["p"])]
    if holes:
        data["y"][3], data["p"][4], data["s"][5], data["s"][6], data["named"][7] = None, None, None, math.nan, None
        data["guess"][8], data["amount"][9] = math.nan, None
    return data


@pytest.mark.parametrize("holes", [False, True], ids=["whole", "with holes"])
@pytest.mark.parametrize(("check", "task"), ASKED, ids=[f"{c.id} {t['kind'].split('-')[0]}" for c, t in ASKED])
def test_the_engine_gives_what_counting_row_by_row_gives(check, task, holes):
    data = columns(400, 1, holes)
    frame = frame_of(task, "sex")
    if check.has_champion and task is BINARY:
        other = {**task, "prediction": "champion_prediction", "score": "champion_score"}
        frame = frame_of(task, "sex", champion=frame_of(other, "sex"))
    bundle, rows, got, by_hand = in_memory(pl.DataFrame(data)), rows_of(data), {}, {}
    for _ in range(3):
        asked = {name: m for name, m in check.measures(frame, got).items() if name not in got}
        got |= dict(zip(asked, measured(bundle, *asked.values()), strict=True))
        by_hand |= {name: measure(m, rows) for name, m in asked.items()}
    assert got == by_hand
    assert check.estimate(frame, got, 0.9) == check.estimate(frame, by_hand, 0.9)


@pytest.mark.parametrize("check", [Accuracy(), F1(), BalancedAccuracy()], ids=lambda check: check.id)
def test_labels_and_predictions_of_different_types_are_not_all_wrong_but_of_the_wrong_type(check):
    bundle = in_memory(pl.DataFrame({"colour": [1, 2, 3], "named": ["1", "2", "3"]}))
    found = measured(bundle, *check.measures(frame_of(MANY), {}).values())
    assert Cause.WRONG_TYPE in {state.cause for state in found if isinstance(state, Unmeasured)}
