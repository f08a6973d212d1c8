"""Two shares beside each other: their difference and their ratio, with intervals that hold for few rows and rare outcomes."""

from __future__ import annotations

from math import inf, sqrt

from policykit.stats.proportion import wilson

Interval = tuple[float, float, float]
"""Value, low, high."""


def newcombe(hits: int, n: int, other_hits: int, other_n: int, level: float) -> Interval:
    """Return the difference of two independent shares, first minus second, with its two-sided interval at `level`.

    Newcombe (1998a), method 10: the hybrid of two Wilson intervals. Both n must be above 0.
    """
    return apart(share(hits, n, level), share(other_hits, other_n, level))


def share(hits: int, n: int, level: float) -> Interval:
    """Return a share with its Wilson interval."""
    return hits / n, *wilson(hits, n, level)


def apart(one: Interval, other: Interval) -> Interval:
    """Return the difference of two independent shares, each given with its Wilson interval."""
    (first, low1, high1), (second, low2, high2) = one, other
    value = first - second
    low = value - sqrt((first - low1) ** 2 + (high2 - second) ** 2)
    high = value + sqrt((high1 - first) ** 2 + (second - low2) ** 2)
    return value, max(-1.0, low), min(1.0, high)


def paired(both: int, first_only: int, second_only: int, neither: int, level: float) -> Interval:
    """Return the difference of two shares measured on the same rows, first minus second, with its interval at `level`.

    Newcombe (1998b), method 10: Wilson intervals joined through the correlation of the pairs, which is corrected for
    continuity. Rows on which the two never differ still leave doubt.
    """
    n = both + first_only + second_only + neither
    first, second = (both + first_only) / n, (both + second_only) / n
    low1, high1 = wilson(both + first_only, n, level)
    low2, high2 = wilson(both + second_only, n, level)
    phi = _correlation(both, first_only, second_only, neither)
    down, up = first - low1, high2 - second
    down2, up2 = second - low2, high1 - first
    value = first - second
    low = value - sqrt(max(0.0, down * down - 2 * phi * down * up + up * up))
    high = value + sqrt(max(0.0, down2 * down2 - 2 * phi * down2 * up2 + up2 * up2))
    return value, max(-1.0, low), min(1.0, high)


def ratio(hits: int, n: int, other_hits: int, other_n: int, level: float) -> Interval:
    """Return the ratio of two independent shares, first over second, with its two-sided interval at `level`.

    Donner and Zou (2012), MOVER-R over Wilson intervals: defined where the first share is 0, and unbounded above, not wrong,
    where the second is. The value is infinite where only the second share is 0, and 1 where both are.
    """
    return over(share(hits, n, level), share(other_hits, other_n, level))


def over(one: Interval, other: Interval) -> Interval:
    """Return the ratio of two independent shares, each given with its Wilson interval."""
    (first, low1, high1), (second, low2, high2) = one, other
    product = first * second
    # The roots of Donner and Zou, rationalised: the lower one never divides by a difference that may vanish.
    top, bottom = low1 * (2 * first - low1), high2 * (2 * second - high2)
    under = product + sqrt(max(0.0, product * product - top * bottom))
    low = top / under if under > 0 else 0.0
    top, bottom = high1 * (2 * first - high1), low2 * (2 * second - low2)
    high = (product + sqrt(max(0.0, product * product - top * bottom))) / bottom if bottom > 0 else inf
    value = first / second if second > 0 else (inf if first > 0 else 1.0)
    return value, min(low, value), max(high, value)


def _correlation(both: int, first_only: int, second_only: int, neither: int) -> float:
    margins = (both + first_only, second_only + neither, both + second_only, first_only + neither)
    if 0 in margins:
        return 0.0
    cross = both * neither - first_only * second_only
    n = both + first_only + second_only + neither
    corrected = max(cross - n / 2, 0.0) if cross > 0 else float(cross)
    return corrected / (sqrt(margins[0] * margins[1]) * sqrt(margins[2] * margins[3]))
