"""Privacy loss without a bound: an answer, and never within a limit."""

from __future__ import annotations

import sys
from math import inf

from policykit.terms.estimate import Estimate


def unbounded(n: int, detail: str) -> Estimate:
    """Return an ε beyond every limit that can be written; a point has to be finite, so it is the largest number there is."""
    return Estimate(sys.float_info.max, sys.float_info.max, inf, n, "exact", detail=detail)


def finite(number: int | float) -> bool:
    """Return whether a stated number can be reckoned with: neither NaN nor infinite, nor too long for a float."""
    return -sys.float_info.max <= number <= sys.float_info.max
