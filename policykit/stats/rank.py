"""How well a score ranks: the area under the ROC curve (AUC), from a table of score bins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

from policykit.stats.contrast import Interval
from policykit.stats.proportion import wilson_of


@dataclass(frozen=True, slots=True)
class Auc:
    """An AUC from bins: `value` counts a pair within one bin as half; `low` and `high` bound what the bins cannot tell.

    `variance` is DeLong's; it is infinite where a class has only one row.
    """

    value: float
    low: float
    high: float
    variance: float
    positives: int
    negatives: int


def auc(cells: Sequence[tuple[int, int]], *, exact: bool = False) -> Auc:
    """Return the AUC of (positives, negatives) a bin, bins in rising order of the score; both totals must be above 0.

    With `exact`, a bin is one value of the score: pairs within it are true ties, and the bounds close. Variance: DeLong,
    DeLong and Clarke-Pearson (1988), of the placements that the bins give.
    """
    m, n = sum(cell[0] for cell in cells), sum(cell[1] for cell in cells)
    below, twice, tied = 0, 0, 0
    placed: list[tuple[int, int]] = []  # twice the negatives below a positive; twice the positives below a negative
    positives_below = 0
    for positives, negatives in cells:
        placed.append((2 * below + negatives, 2 * positives_below + positives))
        twice += positives * (2 * below + negatives)
        tied += positives * negatives
        below += negatives
        positives_below += positives
    value = twice / (2 * m * n)
    half = 0.0 if exact else tied / (2 * m * n)
    variance = inf
    if m > 1 and n > 1:
        of_positives = sum(c[0] * (p[0] / (2 * n) - value) ** 2 for c, p in zip(cells, placed, strict=True))
        of_negatives = sum(c[1] * (1 - p[1] / (2 * m) - value) ** 2 for c, p in zip(cells, placed, strict=True))
        variance = of_positives / (m - 1) / m + of_negatives / (n - 1) / n
    return Auc(value, max(0.0, value - half), min(1.0, value + half), variance, m, n)


def interval(found: Auc, level: float) -> Interval:
    """Return an AUC with its two-sided interval at `level`, which holds the doubt of its bins too.

    The score interval of a share that would be as uncertain as DeLong says (as Newcombe 2006 does with Hanley and McNeil's
    variance). A perfect ranking has no variance at all; so the information is at most that of 4mn/(m + n) rows.
    """
    rows = _information(found)
    low, _ = wilson_of(found.low, rows, level)
    _, high = wilson_of(found.high, rows, level)
    return found.value, low, high


def difference(first: Auc, second: Auc, joint: Sequence[tuple[int, int, int, int]], level: float) -> Interval:
    """Return first AUC minus second, both of the same rows, with its two-sided interval at `level`.

    Each AUC's own interval, joined through their correlation (Zou and Donner 2008), which is DeLong's, from `joint`: (bin of
    the first score, bin of the second, positives, negatives). For many rows this is DeLong's paired interval; for few it still
    shows doubt where a ranking is perfect. Coarse joint bins can only lose correlation, which makes the interval wider. The
    bounds that the bins leave are added on either side.
    """
    value, most = first.value - second.value, sqrt(first.variance * second.variance) if second.variance else 0.0
    r = max(0.0, min(1.0, _covariance(joint) / most)) if 0 < most < inf else 0.0
    low1, high1 = wilson_of(first.value, _information(first), level)
    low2, high2 = wilson_of(second.value, _information(second), level)
    down, up, down2, up2 = first.value - low1, high1 - first.value, second.value - low2, high2 - second.value
    low = value - sqrt(max(0.0, down * down - 2 * r * down * up2 + up2 * up2))
    high = value + sqrt(max(0.0, up * up - 2 * r * up * down2 + down2 * down2))
    open_bins = (first.high - first.low + second.high - second.low) / 2
    return value, max(-1.0, low - open_bins), min(1.0, high + open_bins)


def hanley_mcneil(value: float, positives: float, negatives: float) -> float:
    """Return the variance that an AUC of `value` would have (Hanley and McNeil 1982): what planning needs, before any data."""
    q1, q2 = value / (2 - value), 2 * value * value / (1 + value)
    numerator = value * (1 - value) + (positives - 1) * (q1 - value**2) + (negatives - 1) * (q2 - value**2)
    return numerator / (positives * negatives)


def _information(found: Auc) -> float:
    most = 4 * found.positives * found.negatives / (found.positives + found.negatives)
    if found.variance in (0.0, inf):
        return most if found.variance == 0.0 else 1.0
    return min(most, max(0.5, found.value * (1 - found.value) / found.variance))


def _covariance(joint: Sequence[tuple[int, int, int, int]]) -> float:
    """DeLong's covariance of two AUCs, from the placements of each score among the rows of the other class."""
    import numpy as np

    table = np.asarray(joint, dtype=np.int64).reshape(-1, 4)
    positives, negatives = table[:, 2].astype(float), table[:, 3].astype(float)
    m, n = positives.sum(), negatives.sum()
    placed = []
    for column in (0, 1):
        size = int(table[:, column].max()) + 1
        pos = np.bincount(table[:, column], positives, minlength=size)
        neg = np.bincount(table[:, column], negatives, minlength=size)
        above = ((np.cumsum(neg) - neg / 2) / n)[table[:, column]]
        below = (1 - (np.cumsum(pos) - pos / 2) / m)[table[:, column]]
        area = np.sum(positives * above) / m
        placed.append((above - area, below - area))
    (above, below), (other_above, other_below) = placed
    spread = np.sum(positives * above * other_above) / (m - 1) / m
    return float(spread + np.sum(negatives * below * other_below) / (n - 1) / n)
