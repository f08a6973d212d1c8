"""No finite privacy loss: an answer, and never within a limit."""

from __future__ import annotations

import sys
from math import inf

from policykit.terms.estimate import Estimate


def unbounded(n: int, detail: str) -> Estimate:
    """Return an ε beyond every limit that can be written; a point has to be finite, so it is the largest number there is."""
    return Estimate(sys.float_info.max, sys.float_info.max, inf, n, "exact", detail=detail)
