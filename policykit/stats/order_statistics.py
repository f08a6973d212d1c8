"""Percentiles of a population from a sample, with an interval that assumes nothing about its shape.

The interval between two order statistics holds the q-quantile with a probability that the binomial distribution gives, since
the number of samples at or below it is binomial (Thompson 1936; David and Nagaraja, Order Statistics, 7.1). It is
conservative where values repeat.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, log

_TOO_FEW = re.compile(r"(\d[\d,]{0,20}) samples?; a [\d.]+ % bound on p\d+ needs (\d[\d,]{0,20})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ranks:
    """Which of `n` sorted samples, counted from 1, are the point and the ends of its interval; None: no sample bounds it."""

    point: int
    low: int | None
    high: int | None


def rank_interval(n: int, share: Fraction, level: float) -> Ranks:
    """Return the ranks of the quantile at `share` among `n` samples, each end missed with probability (1 − level)/2 at most."""
    tail = (1 - level) / 2
    point = max(1, ceil(share * n))
    # X_(r) ≤ quantile unless fewer than r samples lie at or below it; X_(r) ≥ quantile unless r or more lie below it.
    low = _largest(n, lambda r: _at_most(r - 1, n, share) <= tail)
    high = _largest(n, lambda r: _at_most(r - 1, n, share) < 1 - tail) + 1
    return Ranks(point, min(low, point) or None, max(high, point) if high <= n else None)


def samples_needed(share: Fraction, level: float) -> int:
    """Return how many samples the upper bound of the quantile takes at the two-sided `level`: the n with shareⁿ ≤ tail."""
    tail = (1 - level) / 2
    n = max(1, ceil(log(tail) / log(share)))
    while float(share) ** n > tail:
        n += 1
    while n > 1 and float(share) ** (n - 1) <= tail:
        n -= 1
    return n


def too_few_words(n: int, share: Fraction, level: float, name: str) -> str:
    """Say that `n` samples give the quantile no upper bound, and how many do: read again by `samples_lacking`."""
    sure = f"{(1 + level) / 2 * 100:.6g} %"
    return f"{n:,} samples; a {sure} bound on {name} needs {samples_needed(share, level):,}"


def samples_lacking(told: str) -> tuple[int, int] | None:
    """Return how many samples there are and how many a bound takes, as `too_few_words` says it; None where it does not."""
    found = _TOO_FEW.search(told)
    if found is None:
        return None
    there, enough = (int(number.replace(",", "")) for number in found.groups())
    return (there, enough) if there < enough else None


def _largest(n: int, holds: Callable[[int], bool]) -> int:
    """Return the largest rank from 1 to n that holds (those that hold come first); 0 where none does."""
    low, high = 0, n
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def _at_most(k: int, n: int, share: Fraction) -> float:
    """Return the probability that a binomial count is at most `k`."""
    from scipy.special import bdtr

    return float(bdtr(k, n, float(share)))
