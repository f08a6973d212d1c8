"""What the gate says is what judging it again says: over all checks, groups, combinations and bad data."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from policykit.canon import canonical
from policykit.load.measurements import dump_measurements, load_measurements
from policykit.stories.consistent import check_follows, check_policies_own
from policykit.stories.gate import Asked
from policykit.stories.rejudge import judge_measurements, rejudge
from tests.build import judged
from tests.clock import NOW

Pool = Sequence[Any]
LABELS: tuple[Pool, ...] = ([0, 1], [0, 1, None], [1], [0, 1, 2])
SCORES: tuple[Pool, ...] = ([0.1, 0.2, 0.7, 0.9], [0.0, 1.0, 0.5, float("nan"), None], [1e308, -1e308, 5e-324, 0.5])
GROUPS: tuple[Pool, ...] = (["f", "m"], ["f", "m", "x", None], ["", " ", "f"], ["f"])
NUMBERS: tuple[Pool, ...] = ([1, 2, 3], [2**53 + 1, -(2**60), None], [0.5, float("inf"), -1e-12], ["a", "b"])

RULES: tuple[dict[str, Any], ...] = (
    {"check": "performance.accuracy", "at_least": "60 %"},
    {"check": "performance.accuracy", "for_each": ["sex"], "between": ["20 %", "90 %"]},
    {"check": "performance.roc_auc", "at_least": 0.6, "evidence": {"confidence": "99 %"}},
    {"check": "performance.brier", "at_most": 0.2},
    {"check": "fairness.demographic_parity_difference", "for_each": "protected_attributes", "at_most": "10 pp"},
    {"check": "fairness.equalized_odds_difference", "for_each": "protected_attributes", "at_most": "10 pp"},
    {"check": "data.completeness", "with": {"columns": ["sex", "x"]}, "at_least": "99 %"},
    {"check": "data.mean", "with": {"column": "x"}, "between": [1, 3]},
    {"check": "data.row_count", "at_least": 100},
    {
        "any_of": [
            {"check": "performance.precision", "at_least": "90 %"},
            {"check": "performance.recall", "at_least": "1 %"},
        ]
    },
    {"all_of": [{"check": "performance.precision", "at_least": "1 %"}, {"check": "data.row_count", "at_least": 1}]},
    {
        "check": "performance.accuracy",
        "compared_with": "champion",
        "worse_by_at_most": "1 pp",
        "if_no_champion": "undecided",
    },
    {"check": "performance.accuracy", "at_least": "60 %", "block_from": "2099-01-01"},
    {"check": "governance.owner", "with": {"of": "model"}, "is": "present"},
)


@pytest.mark.parametrize("seed", range(12))
def test_an_honest_report_is_what_judging_it_again_gives(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)

    def column(pools: tuple[Pool, ...]) -> list[Any]:
        pool = rng.choice(pools)
        return [rng.choice(pool) for _ in range(rows)]

    rows = rng.choice((0, 20, 400, 400))
    makers: dict[str, Callable[[], list[Any]]] = {
        "sex": lambda: column(GROUPS),
        "y": lambda: column(LABELS),
        "yhat": lambda: column(LABELS),
        "s": lambda: column(SCORES),
        "x": lambda: column(NUMBERS),
        "champion_prediction": lambda: column(LABELS),
    }
    data = {name: make() for name, make in makers.items()}
    task = {
        "kind": "binary-classification",
        "target": "y",
        "prediction": "yhat",
        "score": "s",
        "positive": 1,
        "favourable": 1,
    }
    found = judged(tmp_path, *rng.sample(RULES, 8), data=data, task=task, labels={"risk": "high"})
    said = json.loads(canonical(found.predicate()))
    check_policies_own(said)
    assert check_follows(said) is found.report.decision
    assert rejudge(said, now=NOW).report.verdict_digest == found.report.verdict_digest
    plan = found.plan
    dumped = dump_measurements(plan.bundle, plan.schemas, found.taken, stage=None, as_of=plan.as_of, engine="x")
    policies = [match.policy for match in plan.matches]
    again = judge_measurements(load_measurements(dumped), policies, Asked(stage=None, now=NOW, as_of=plan.as_of))
    assert again.report.verdict_digest == found.report.verdict_digest
