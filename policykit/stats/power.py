"""What a number of rows can settle: distances shown with 80 % power by a one-sided bound at 95 %, before anything is measured."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

from policykit.stats.rank import hanley_mcneil

_Z = NormalDist().inv_cdf(0.95) + NormalDist().inv_cdf(0.80)


def share(rows: float, limit: float) -> float | None:
    """Return the distance of a share from `limit` that `rows` rows settle (normal approximation at the limit)."""
    return _Z * sqrt(limit * (1 - limit) / rows) if rows >= 1 and 0 < limit < 1 else None


def gap(rows: float, groups: int) -> float | None:
    """Return the distance of a gap of rates from its limit that `rows` rows in equal groups settle, at worst (rates of one half)."""
    each = rows / groups if groups > 1 else 0.0
    return _Z * sqrt(2 * 0.25 / each) if each >= 1 else None


def ratio(rows: float, limit: float, groups: int) -> float | None:
    """Return the distance of a ratio of rates from its limit that `rows` rows in equal groups settle, the higher rate one half."""
    each = rows / groups if groups > 1 else 0.0
    if each < 1 or not 0 < limit <= 1:
        return None
    lower = limit / 2
    return _Z * limit * sqrt((1 - lower) / (each * lower) + 0.5 / (each * 0.5))


def auc(rows: float, limit: float) -> float | None:
    """Return the distance of an AUC from `limit` that `rows` rows, half of them positive, settle."""
    return _Z * sqrt(hanley_mcneil(limit, rows / 2, rows / 2)) if rows >= 4 and 0 < limit < 1 else None
