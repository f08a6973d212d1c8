"""The state of a measure over no rows: what a group that a filter emptied has."""

from __future__ import annotations

from policykit.terms.measure import Cells, Count, Distinct, Extreme, Histogram, Quantile, Scan, Sum
from policykit.terms.state import Binned, Counted, Extremes, Plain, Ranked, Repeats, Summed, Table


def zero(measure: Scan) -> Plain:
    """Return the state of `measure` over no rows."""
    match measure:
        case Count():
            return Counted(0)
        case Sum(scale=scale):
            return Summed(0, scale, 0)
        case Extreme():
            return Extremes(None, None, 0)
        case Cells():
            return Table(())
        case Histogram(edges=edges):
            return Binned(edges, (0,) * (len(edges) - 1), 0, 0, 0)
        case Distinct():
            return Repeats(())
        case Quantile():
            return Ranked((), 0)
