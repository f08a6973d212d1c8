"""How many rows would settle a question that is not shown yet."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from statistics import NormalDist

from policykit.judge.bounds import Bound
from policykit.terms.estimate import Estimate
from policykit.terms.verdict import StillNeeded

_HOPELESS = 1000
"""Beyond this many times the rows at hand no number is honest: the truth may sit at the limit."""


def still_needed(answer: Estimate, limits: Sequence[Bound], confidence: float) -> StillNeeded:
    """Return how many rows in all would probably settle the limit, if the truth is near the estimate.

    The interval shrinks with 1/√n: with half-width h and distance d to the limit, n·(h/d)² rows settle it every second
    time (`few`), n·(h/d · (z_confidence + z_80) / z_confidence)² four times in five (`many`).
    """
    z = NormalDist().inv_cdf(confidence)
    if z <= 0:
        return StillNeeded(None, None, answer.smallest_name)
    power = (z + NormalDist().inv_cdf(0.8)) / z
    few = many = 0
    for bound in limits:
        limit = float(bound.limit)
        above = answer.value >= limit
        reach = answer.value - answer.low if above else answer.high - answer.value
        distance = abs(answer.value - limit)
        if bound.surely is not None and above == (bound.side == "lower"):
            distance = abs(answer.value - float(bound.surely))
        ratio = reach / distance if distance else float("inf")
        if not ratio < _HOPELESS**0.5:
            return StillNeeded(None, None, answer.smallest_name)
        few = max(few, ceil(answer.n * ratio**2))
        many = max(many, ceil(answer.n * (ratio * power) ** 2))
    return StillNeeded(max(few, answer.n + 1), max(many, answer.n + 1), answer.smallest_name)
