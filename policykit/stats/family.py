"""Many tests at once: what remains significant when luck had many chances."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p: Sequence[float]) -> tuple[float, ...]:
    """Return Holm's adjusted p-values, in the order given: reject where at most α, and hardly ever (≤ α) reject any true one.

    Holm (1979); valid however the tests depend on each other.
    """
    adjusted = [1.0] * len(p)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        largest = max(largest, min(1.0, (len(p) - rank) * p[index]))
        adjusted[index] = largest
    return tuple(adjusted)


def benjamini_hochberg(p: Sequence[float]) -> tuple[float, ...]:
    """Return the adjusted p-values of Benjamini and Hochberg (1995): reject where at most q, and a share q of them is luck."""
    adjusted = [1.0] * len(p)
    smallest = 1.0
    for rank, index in reversed(list(enumerate(sorted(range(len(p)), key=lambda i: p[i]), start=1))):
        smallest = min(smallest, p[index] * len(p) / rank)
        adjusted[index] = smallest
    return tuple(adjusted)


def holm_levels(level: float, tests: int) -> tuple[float, ...]:
    """Return the two-sided levels of Holm's steps, strictest first: 1 − (1 − level)/tests, …, level."""
    return tuple(1 - (1 - level) / (tests - step) for step in range(tests))
