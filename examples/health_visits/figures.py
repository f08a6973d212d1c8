"""The numbers of the model card and the README, computed by scikit-learn and statsmodels: a second opinion on the gate's."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from sklearn.metrics import brier_score_loss, precision_score, recall_score, roc_auc_score
from statsmodels.stats.proportion import confint_proportions_2indep

TARGET, PREDICTION, SCORE = "high_use", "offered", "score"
NOT_COMPARED = "unknown"
"""People whose limitation was never asked are offered places like everybody, but are no group to be compared."""


@dataclass(frozen=True)
class Gap:
    """The largest difference of a share between two groups, with its two-sided 90 % (each side 95 %) Newcombe interval."""

    attribute: str
    high_group: str
    high_share: float
    high_rows: int
    low_group: str
    low_share: float
    low_rows: int
    low: float
    high: float

    @property
    def gap(self) -> float:
        return self.high_share - self.low_share


def performance(rows: pd.DataFrame) -> dict[str, float]:
    """Return what scikit-learn says of these predictions, at four decimals."""
    target, predicted, score = rows[TARGET], rows[PREDICTION], rows[SCORE]
    return {
        "roc_auc": round(float(roc_auc_score(target, score)), 4),
        "precision": round(float(precision_score(target, predicted)), 4),
        "recall": round(float(recall_score(target, predicted)), 4),
        "brier": round(float(brier_score_loss(target, score)), 4),
    }


def offer_gap(rows: pd.DataFrame, attribute: str, outcome: int | None = None) -> Gap:
    """Return the largest gap in the share offered a place; `outcome` 1 or 0 keeps the rows with that true outcome.

    With `outcome=1` that is the equal opportunity difference: of those who went on to high use, who was offered help?
    """
    kept = rows if outcome is None else rows[rows[TARGET] == outcome]
    kept = kept[kept[attribute] != NOT_COMPARED]
    table = kept.groupby(attribute)[PREDICTION].agg(["sum", "count", "mean"]).sort_values("mean")
    worst, best = table.iloc[0], table.iloc[-1]
    low, high = confint_proportions_2indep(
        best["sum"], best["count"], worst["sum"], worst["count"], compare="diff", method="newcomb", alpha=0.10
    )
    return Gap(
        attribute=attribute,
        high_group=str(table.index[-1]),
        high_share=float(best["mean"]),
        high_rows=int(best["count"]),
        low_group=str(table.index[0]),
        low_share=float(worst["mean"]),
        low_rows=int(worst["count"]),
        low=float(low),
        high=float(high),
    )
