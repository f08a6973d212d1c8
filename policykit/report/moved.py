"""Whether a number moved between two reports, or only wavers as numbers do that are counted on few rows."""

from __future__ import annotations

from math import isfinite
from typing import Final, Literal

from policykit.terms.quantity import Unit
from policykit.terms.told import ToldFinding

Shift = Literal["surely", "notably"]

_SHARES: Final = (Unit.SHARE.value, Unit.DIFFERENCE.value)
_POINT: Final = 0.01
_TENTH: Final = 0.1
_FLOOR: Final = 0.1
"""Below this part of that, a move is no news, however sure it is."""


def moved(before: ToldFinding, after: ToldFinding, unit: str) -> Shift | None:
    """Return `surely` where the two intervals have nothing in common, `notably` where each number lies outside the other's interval.

    Exact numbers have no interval to leave, so they move surely once they move notably: a point of a share (1 pp), a tenth
    of any other number. A move of less than a tenth of that is no news, and neither is one that does not show. None: no news.
    """
    one, two = before.value, after.value
    if one is None or two is None or not isfinite(one) or not isfinite(two) or before.shown == after.shown:
        return None
    size = _size(one, two, unit)
    if size < _FLOOR:
        return None
    if not _doubted(before) and not _doubted(after):
        return None if size < 1 else "surely" if _exact(before) and _exact(after) else "notably"
    (low, high), (least, most) = _interval(before, one), _interval(after, two)
    if high < least or most < low:
        return "surely"
    outside = not low <= two <= high and not least <= one <= most
    return "notably" if outside else None


def _size(one: float, two: float, unit: str) -> float:
    """Return how far a number moved, 1 being notable."""
    far = abs(two - one)
    return far / _POINT if unit in _SHARES else far / (max(abs(one), abs(two)) * _TENTH) if far else 0.0


def _doubted(finding: ToldFinding) -> bool:
    """Return whether the number has an interval that is wider than itself."""
    return finding.low is not None and finding.high is not None and finding.low < finding.high


def _exact(finding: ToldFinding) -> bool:
    return finding.low is not None and finding.low == finding.high


def _interval(finding: ToldFinding, value: float) -> tuple[float, float]:
    return (value if finding.low is None else finding.low, value if finding.high is None else finding.high)
