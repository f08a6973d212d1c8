"""Two models of one recipe: the same scores, cut once for everybody, or cut so that need finds help equally often in each group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from people import FEATURES
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

PLACES = 0.20
"""The programme has a place for one member in five: both models offer that many on the training rows."""

WORDS = ["age_band", "sex", "physical_limitation", "self_rated_health"]
AMOUNTS = [
    "visits_last_year",
    "other_visits_last_year",
    "admissions_last_year",
    "outpatient_dollars_last_year",
    "drug_dollars_last_year",
    "income",
]


@dataclass(frozen=True)
class Cuts:
    """From which score on a person is offered a place; keyed `<physical_limitation>/<sex>`."""

    at_least: dict[str, float]

    def offers(self, rows: pd.DataFrame, scores: np.ndarray) -> np.ndarray:
        """Return 1 for each row that is offered a place, else 0."""
        return (scores >= (_cell(rows).map(self.at_least)).to_numpy()).astype("int64")


def recipe(features: list[str]) -> Pipeline:
    """Return the untrained model: logistic regression on words and (logged) amounts."""
    words = [name for name in features if name in WORDS]
    amounts = [name for name in features if name in AMOUNTS]
    numbers = [name for name in features if name not in WORDS + AMOUNTS]
    columns = ColumnTransformer(
        [
            ("words", OneHotEncoder(handle_unknown="ignore"), words),
            ("amounts", make_pipeline(FunctionTransformer(np.log1p), SimpleImputer(), StandardScaler()), amounts),
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
        ]
    )
    return Pipeline([("columns", columns), ("model", LogisticRegression(max_iter=2000))])


def high_use(train: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Return 1 where a person saw a doctor more often than 80 % of the training rows did, else 0."""
    return (rows.visits > usual_visits(train)).astype("int64")


def usual_visits(train: pd.DataFrame) -> int:
    """Return the number of visits that four fifths of the training rows do not exceed."""
    return int(train.visits.quantile(0.8, interpolation="lower"))


def held_out_scores(train: pd.DataFrame, features: list[str] = FEATURES) -> np.ndarray:
    """Return a score for each training row from a model that saw nobody of that row's household."""
    folds = GroupKFold(n_splits=5)
    target = high_use(train, train)
    return cross_val_predict(
        recipe(features), train[features], target, groups=train.household, cv=folds, method="predict_proba"
    )[:, 1]


def one_cut(scores: np.ndarray) -> Cuts:
    """Return the cut that fills the places with the highest scores, the same for everybody."""
    cut = float(np.quantile(scores, 1 - PLACES))
    return Cuts({cell: round(cut, 6) for cell in _CELLS})


def equal_chance_cuts(train: pd.DataFrame, scores: np.ndarray) -> Cuts:
    """Return one cut per group: of those who go on to high use, the same share is offered a place in every group.

    Equal opportunity by group thresholds: Hardt, Price and Srebro (2016), without the randomised part. Fitted on held-out scores
    of the training rows, at the recall that fills the same number of places. Whoever has no answer on physical limitation gets
    the lower cut of their sex: in doubt, offer help.
    """
    target = high_use(train, train).to_numpy()
    cells = _cell(train)
    low, high = 0.0, 1.0
    for _ in range(40):
        recall = (low + high) / 2
        cuts = Cuts(_cuts_at(recall, cells, scores, target))
        low, high = (recall, high) if cuts.offers(train, scores).mean() < PLACES else (low, recall)
    return Cuts({cell: round(cut, 6) for cell, cut in cuts.at_least.items()})


_CELLS = [f"{limitation}/{sex}" for limitation in ("no", "yes", "unknown") for sex in ("female", "male")]


def _cell(rows: pd.DataFrame) -> pd.Series:
    return rows.physical_limitation + "/" + rows.sex


def _cuts_at(recall: float, cells: pd.Series, scores: np.ndarray, target: np.ndarray) -> dict[str, float]:
    cuts = {
        cell: float(np.quantile(scores[(cells == cell).to_numpy() & (target == 1)], 1 - recall))
        for cell in _CELLS
        if not cell.startswith("unknown")
    }
    return cuts | {f"unknown/{sex}": min(cuts[f"no/{sex}"], cuts[f"yes/{sex}"]) for sex in ("female", "male")}
