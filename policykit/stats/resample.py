"""The bootstrap, as draws of whole tables: its cost grows with the cells of a table, never with the rows behind it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from policykit.stats.proportion import normal_quantile

if TYPE_CHECKING:
    import numpy as np

    Draws = np.ndarray[Any, np.dtype[Any]]

_LEAST_IN_TAIL = 10


def bootstrap(
    cells: Sequence[float],
    statistic: Callable[[Draws], Draws],
    level: float,
    seed: int,
    draws: int = 2000,
) -> tuple[float, float]:
    """Return the two-sided percentile interval of a statistic of a table of counts, from multinomial draws of that table.

    `statistic` takes an array (draws × cells) and gives one number a draw. A draw in which it is undefined (NaN) counts as
    the worst on either side. Deep in the tails, where the draws are too few, the normal approximation may only widen it.
    """
    import numpy as np

    counts = np.asarray(cells, dtype=float)
    rows = round(float(counts.sum()))
    # RandomState, because its streams are frozen for ever; those of Generator may change between versions of numpy.
    source = np.random.RandomState(seed % 2**32)
    found = np.asarray(statistic(source.multinomial(rows, counts / counts.sum(), size=draws)), dtype=float)
    tail = (1 - level) / 2
    undefined = np.isnan(found)
    low = float(np.quantile(np.where(undefined, -np.inf, found), tail, method="inverted_cdf"))
    high = -float(np.quantile(-np.where(undefined, np.inf, found), tail, method="inverted_cdf"))
    if tail * draws < _LEAST_IN_TAIL and not undefined.all():
        middle, half = float(found[~undefined].mean()), normal_quantile(level) * float(found[~undefined].std())
        low, high = min(low, middle - half), max(high, middle + half)
    return low, high


def seed_of(cells: Sequence[int]) -> int:
    """Return a seed that is a function of the counts alone, so that the same measurements always give the same interval."""
    return int.from_bytes(hashlib.sha256(",".join(map(str, cells)).encode()).digest()[:4])
