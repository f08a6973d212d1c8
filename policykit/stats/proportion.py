"""Shares of rows, and how sure we are of them."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

FEW = 100
"""Rows below which Wilson's interval is not trusted where several are joined: it then misses in up to 10 of 100 samples."""


def share_of_few(hits: int, n: int, level: float) -> tuple[float, float]:
    """Return the two-sided interval of a share that is to be joined with others: exact below 100 rows, Wilson's from there on.

    Without rows nothing is known: (0, 1).
    """
    return clopper_pearson(hits, n, level) if 0 < n < FEW else wilson(hits, n, level)


def mean_of_few(value: float, rows: Sequence[int], level: float) -> tuple[float, float]:
    """Return the exact interval of a mean of shares, as of one share of as many rows as tell as much.

    Where all have the same rows it is that of all rows together, which holds however the shares differ (Hoeffding 1956:
    a sum of unlike chances is less spread than one of like chances). Each n must be above 0.
    """
    as_many = len(rows) ** 2 / sum(1 / n for n in rows)
    return clopper_pearson(value * as_many, as_many, level)


def wilson(hits: int, n: int, level: float) -> tuple[float, float]:
    """Return the two-sided Wilson score interval of a share at `level`: good near 0 and 1, where the textbook one is empty.

    Wilson (1927), without continuity correction. Without rows nothing is known: (0, 1).
    """
    if n == 0:
        return 0.0, 1.0
    return wilson_of(hits / n, float(n), level)


def wilson_of(share: float, rows: float, level: float) -> tuple[float, float]:
    """Return the Wilson interval of a share that carries as much information as `rows` independent rows would."""
    z = normal_quantile(level)
    centre = share + z * z / (2 * rows)
    spread = z * sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows))
    whole = 1 + z * z / rows
    low = 0.0 if share <= 0 else min(share, max(0.0, (centre - spread) / whole))
    high = 1.0 if share >= 1 else max(share, min(1.0, (centre + spread) / whole))
    return low, high


def clopper_pearson(hits: float, n: float, level: float) -> tuple[float, float]:
    """Return the two-sided exact interval of a share at `level`: never covers less than asked, often more.

    Clopper and Pearson (1934), through quantiles of the beta distribution.
    """
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else float(betaincinv(hits, n - hits + 1, tail))
    high = 1.0 if hits == n else float(betaincinv(hits + 1, n - hits, 1 - tail))
    return low, high


def normal_quantile(level: float) -> float:
    """Return the z that holds `level` of the normal distribution between −z and z."""
    return -NormalDist().inv_cdf(max((1 - level) / 2, 1e-300))
