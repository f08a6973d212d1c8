"""Means of measured numbers, from their sums and sums of squares."""

from __future__ import annotations

from fractions import Fraction
from math import inf, sqrt

from policykit.stats.contrast import Interval
from policykit.stats.proportion import normal_quantile, wilson

_MANY = 200


def mean(total: Fraction, squares: Fraction, n: int, level: float) -> Interval:
    """Return the mean with its two-sided interval at `level`, by Student's t: right for many rows (central limit theorem).

    `total` and `squares` are the sums of the values and of their squares over `n` rows. One row tells nothing about spread.
    """
    value = float(total / n)
    half = student_quantile(n - 1, level) * sqrt(variance_of_mean(total, squares, n)) if n > 1 else inf
    return value, value - half, value + half


def mean_of_losses(total: Fraction, squares: Fraction, n: int, level: float, *, worst: float) -> Interval:
    """Return the mean of losses that cannot be negative, with its interval at `level`.

    A loss that no row showed may still exist: the upper bound is at least what the mean would be, were a loss of `worst`
    as frequent as Wilson's upper bound for an event never seen. Without this, 30 rows without an error show no doubt.
    """
    value, low, high = mean(total, squares, n, level)
    unseen = wilson(0, n, level)[1]
    return value, max(0.0, low), max(high, value + unseen * max(0.0, worst - value))


def variance_of_mean(total: Fraction, squares: Fraction, n: int) -> float:
    """Return the squared standard error of a mean, from exact sums (so that nothing cancels)."""
    return max(0.0, float((squares - total * total / n) / (n - 1) / n)) if n > 1 else inf


def root_mean(total: Fraction, squares: Fraction, n: int, level: float) -> Interval:
    """Return the root of a mean of values that are not negative, with the roots of its interval."""
    value, low, high = mean(total, squares, n, level)
    return sqrt(max(0.0, value)), sqrt(max(0.0, low)), sqrt(max(0.0, high))


def root_difference(
    first: tuple[Fraction, Fraction], second: tuple[Fraction, Fraction], product: Fraction, n: int, level: float
) -> Interval:
    """Return the root of the first mean minus the root of the second, measured on the same rows, with its interval.

    `first` and `second` are (sum, sum of squares) and `product` the sum of products; the delta method with Student's t.
    """
    roots = [sqrt(max(0.0, float(total / n))) for total, _ in (first, second)]
    value = roots[0] - roots[1]
    if n < 2:
        return value, -inf, inf
    slopes = [Fraction(0.5 / root) if root > 0 else Fraction(0) for root in roots]
    total = slopes[0] * first[0] - slopes[1] * second[0]
    squares = slopes[0] ** 2 * first[1] - 2 * slopes[0] * slopes[1] * product + slopes[1] ** 2 * second[1]
    half = student_quantile(n - 1, level) * sqrt(variance_of_mean(total, squares, n))
    return value, value - half, value + half


def student_quantile(freedom: int, level: float) -> float:
    """Return the t that holds `level` of Student's distribution between −t and t.

    From 200 degrees on by the expansion of Cornish and Fisher (Abramowitz and Stegun 26.7.5), right to 1e-6 of its value:
    importing scipy costs more than judging a small bundle.
    """
    if freedom < _MANY:
        from scipy.special import stdtrit

        return float(-stdtrit(freedom, (1 - level) / 2))
    z, v = normal_quantile(level), float(freedom)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    fourth = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    return z + first / v + second / v**2 + third / v**3 + fourth / v**4
