"""Averages of several shares, such as the recall of each class."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from policykit.stats.contrast import Interval


def weighted(parts: Sequence[Interval], weights: Sequence[float]) -> Interval:
    """Return the weighted sum of independent values, each given with its interval, with the interval of the sum.

    Zou and Donner (2008), the method of variance estimates recovery (MOVER): each side is the root of the sum of squares of
    the distances on that side, so it keeps the lopsidedness that a share near 0 or 1 has. Weights are not negative.
    """
    value = sum(weight * part[0] for part, weight in zip(parts, weights, strict=True))
    down = sqrt(sum((weight * (part[0] - part[1])) ** 2 for part, weight in zip(parts, weights, strict=True)))
    up = sqrt(sum((weight * (part[2] - part[0])) ** 2 for part, weight in zip(parts, weights, strict=True)))
    return value, value - down, value + up
