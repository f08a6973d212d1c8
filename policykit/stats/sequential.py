"""Looking again: how the chance of passing by luck grows with every look at the data."""

from __future__ import annotations

from typing import Final

MOST_LOOKS: Final = 200
_NODES: Final = 120


def spent(confidence: float, looks: int) -> tuple[float, float]:
    """Return the chance that a model whose true value is at its limit passes at least one of so many looks.

    The first number is for looks at the same data as it grows by equal parts, the second for looks at independent data. Each
    look is a one-sided test at `confidence`. Beyond 200 looks the first stays at what it is there: at least so much is spent.

    Source: P. Armitage, C. K. McPherson, B. C. Rowe, "Repeated significance tests on accumulating data", Journal of the Royal
    Statistical Society A 132 (1969), 235–244: the density of the sum among those that have not passed yet, integrated look by look.
    """
    if not 0.0 < confidence < 1.0:
        raise ValueError("a confidence lies between 0 and 1")
    if looks < 1:
        raise ValueError("there is at least one look")
    alone = 1.0 - confidence
    return _growing(confidence, min(looks, MOST_LOOKS)), 1.0 - (1.0 - alone) ** looks


def _growing(confidence: float, looks: int) -> float:
    """Return the chance that a standard random walk passes z·√j at some step j up to `looks`.

    Gauss–Legendre over the part of the line that has not passed: from where a standard normal tail is below 1e-14 to z·√j.
    """
    import numpy as np
    from scipy.special import ndtr, ndtri

    z = float(ndtri(confidence))
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    passed, where, held = 1.0 - confidence, None, None
    for look in range(1, looks + 1):
        high, low = z * look**0.5, -8.0 * look**0.5
        at = (high - low) / 2.0 * nodes + (high + low) / 2.0
        step = (high - low) / 2.0 * weights
        if where is None or held is None:
            density = np.exp(-0.5 * at * at) / (2.0 * np.pi) ** 0.5
        else:
            passed += float(held @ ndtr(where - high))
            apart = at[:, None] - where[None, :]
            density = (np.exp(-0.5 * apart * apart) / (2.0 * np.pi) ** 0.5) @ held
        where, held = at, density * step
    return min(1.0, passed)
