"""Many groups beside each other: the largest gap and the smallest ratio of their rates.

Passing needs no correction for the number of groups: the gap that is largest in truth belongs to one pair, and the upper
bound of that pair is not above the largest upper bound (an intersection–union test). Failing does: the largest of many
gaps of a fair model is large by chance, so each lower bound is taken at Bonferroni's level over the pairs. And a gap has no
sign, so chance may make it in either direction: it is called different from nothing only where a bound at half that error is.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, permutations, starmap
from math import sqrt

from policykit.stats.contrast import Interval, apart, over, share

_VANISHED = 1e-30


@dataclass(frozen=True, slots=True)
class Rate:
    """The rate of an outcome in one group: `hits` of `rows`."""

    name: str
    hits: int
    rows: int

    @property
    def share(self) -> Fraction:
        """Return the rate, exactly."""
        return Fraction(self.hits, self.rows)


@dataclass(frozen=True, slots=True)
class Extent:
    """How far groups are apart, and the two groups that are furthest apart."""

    value: Fraction
    low: float
    high: float
    least: Rate
    most: Rate


def largest_gap(rates: tuple[Rate, ...], level: float, *, among: int = 1) -> Extent:
    """Return the largest difference of rates between two groups, with its two-sided interval at `level`.

    `among` is how many such gaps the caller takes the largest of. At least two groups, each with rows.
    """
    least, most = _ends(rates)
    tests = among * _pairs(len(rates))
    low = high = surest = 0.0
    for _, down, up in starmap(apart, combinations(_shares(rates, level), 2)):
        high = max(high, up, -down)
    for _, down, up in starmap(apart, combinations(_shares(rates, _shared(level, tests)), 2)):
        low = max(low, down, -up)
    for _, down, up in starmap(apart, combinations(_shares(rates, _shared(level, 2 * tests)), 2)):
        surest = max(surest, down, -up)
    low = low if surest > 0 else 0.0
    value = most.share - least.share
    return Extent(value, min(low, float(value)), max(high, float(value)), least, most)


def smallest_ratio(rates: tuple[Rate, ...], level: float) -> Extent | None:
    """Return the lowest rate over the highest, with its two-sided interval at `level`; None where every rate is 0."""
    least, most = _ends(rates)
    if most.hits == 0:
        return None
    tests = _pairs(len(rates))
    low = high = surest = 1.0
    for _, down, _ in starmap(over, permutations(_shares(rates, level), 2)):
        low = min(low, down)
    for _, _, up in starmap(over, permutations(_shares(rates, _shared(level, tests)), 2)):
        high = min(high, up)
    for _, _, up in starmap(over, permutations(_shares(rates, _shared(level, 2 * tests)), 2)):
        surest = min(surest, up)
    high = high if surest < 1 else 1.0
    value = least.share / most.share
    return Extent(value, min(low, float(value)), max(high, float(value)), least, most)


def deviations(a: Rate, b: Rate) -> float:
    """Return how many standard deviations two rates are apart, under the assumption that they are the same (pooled)."""
    pooled = (a.hits + b.hits) / (a.rows + b.rows)
    if pooled in (0.0, 1.0):
        return 0.0
    return abs(float(a.share - b.share)) / sqrt(pooled * (1 - pooled) * (1 / a.rows + 1 / b.rows))


def fisher(a: Rate, b: Rate) -> float:
    """Return the two-sided p of Fisher's exact test that two rates are the same: how likely are tables no likelier than this.

    The hypergeometric weights are walked outwards from the likeliest table until they vanish, so millions of rows cost
    thousands of steps.
    """
    hits, rows = a.hits + b.hits, a.rows + b.rows
    least, most = max(0, hits - b.rows), min(hits, a.rows)
    mode = min(most, max(least, (hits + 1) * (a.rows + 1) // (rows + 2)))
    weights = {mode: 1.0}
    for step in (1, -1):
        place, weight = mode, 1.0
        while least <= place + step <= most and weight > _VANISHED:
            up = place if step > 0 else place - 1  # the ratio between `up` and `up + 1` hits in the first group
            ratio_up = (hits - up) * (a.rows - up) / ((up + 1) * (b.rows - hits + up + 1))
            place, weight = place + step, weight * (ratio_up if step > 0 else 1 / ratio_up)
            weights[place] = weight
    seen = weights.get(a.hits, 0.0) * (1 + 1e-7)
    return sum(weight for weight in weights.values() if weight <= seen) / sum(weights.values())


def _ends(rates: tuple[Rate, ...]) -> tuple[Rate, Rate]:
    return min(rates, key=lambda rate: (rate.share, rate.name)), max(rates, key=lambda rate: (rate.share, rate.name))


def _shares(rates: tuple[Rate, ...], level: float) -> list[Interval]:
    return [share(rate.hits, rate.rows, level) for rate in rates]


def _pairs(groups: int) -> int:
    return groups * (groups - 1) // 2


def _shared(level: float, tests: int) -> float:
    """Return the level whose error is that of `level`, shared by so many tests (Bonferroni)."""
    return 1 - (1 - level) / tests
