"""The decision by intervals, written out: Wilson's interval of a share, Newcombe's of a difference, and the three answers.

Independent of policykit on purpose: `tests/examples/` compares the two.
"""

from __future__ import annotations

from itertools import combinations
from math import sqrt
from statistics import NormalDist

Group = tuple[int, int]
"""(how many had the outcome, of how many)."""


def wilson(hits: int, rows: int, z: float) -> tuple[float, float]:
    """Return Wilson's score interval of a share (Wilson, 1927)."""
    share, z2 = hits / rows, z * z
    centre = (share + z2 / (2 * rows)) / (1 + z2 / rows)
    half = z / (1 + z2 / rows) * sqrt(share * (1 - share) / rows + z2 / (4 * rows * rows))
    return centre - half, centre + half


def newcombe(a: Group, b: Group, z: float) -> tuple[float, float]:
    """Return the interval of share(a) − share(b) (Newcombe, 1998, method 10)."""
    share_a, share_b = a[0] / a[1], b[0] / b[1]
    (low_a, high_a), (low_b, high_b) = wilson(*a, z), wilson(*b, z)
    low = share_a - share_b - sqrt((share_a - low_a) ** 2 + (high_b - share_b) ** 2)
    high = share_a - share_b + sqrt((high_a - share_a) ** 2 + (share_b - low_b) ** 2)
    return low, high


def decide(groups: list[Group], limit: float, confidence: float = 0.95) -> str:
    """Return pass, fail or not shown: is the largest gap between any two groups within `limit`?

    Pass: the upper bound of every pair is within the limit (all must hold, so nothing is corrected). Fail: the lower bound of some
    pair is beyond it, with the error shared out over the pairs (the first step of Holm decides whether there is any).
    """
    pairs = list(combinations(groups, 2))
    z_pass = NormalDist().inv_cdf(confidence)
    z_fail = NormalDist().inv_cdf(1 - (1 - confidence) / len(pairs))
    if all(_largest(newcombe(a, b, z_pass)) <= limit for a, b in pairs):
        return "pass"
    if any(max(low, -high) > limit for low, high in (newcombe(a, b, z_fail) for a, b in pairs)):
        return "fail"
    return "not shown"


def _largest(interval: tuple[float, float]) -> float:
    return max(abs(interval[0]), abs(interval[1]))
