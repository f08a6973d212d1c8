"""What the percentiles of response times have in common: the samples, their unit, the interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import inf
from typing import Any

from policykit.stats.order_statistics import rank_interval, too_few_words
from policykit.terms.check import Answer, Example, Got
from policykit.terms.estimate import Estimate
from policykit.terms.measure import Fact, Measure
from policykit.terms.state import Stated
from policykit.terms.verdict import Cause, Unmeasured

_LONGEST = 1e300
_UNITS: Mapping[str, Fraction] = {
    "s": Fraction(1),
    "ms": Fraction(1, 1000),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),
    "ns": Fraction(1, 10**9),
}


def samples_asked() -> Mapping[str, Measure]:
    """Return what the document `load_test` must state: raw samples, and their unit."""
    return {
        "samples": Fact(("documents", "load_test", "samples")),
        "unit": Fact(("documents", "load_test", "unit")),
    }


def percentile(got: Got, share: Fraction, name: str, level: float) -> Answer:
    """Return the quantile of the recorded samples in seconds, with its interval by order statistics."""
    each = _UNITS.get(_stated(got, "unit")) if isinstance(_stated(got, "unit"), str) else None
    if each is None:
        return Unmeasured(Cause.WRONG_TYPE, f"the unit of `load_test` is `{_stated(got, 'unit')}`, not s, ms, us or ns")
    ascending = _ascending(_stated(got, "samples"))
    if isinstance(ascending, Unmeasured):
        return ascending
    n = len(ascending)
    ranks = rank_interval(n, share, level)
    few = too_few_words(n, share, level, name)
    if ranks.low is None and ranks.high is None:
        return Unmeasured(Cause.TOO_FEW, few)
    # Too few for an upper bound can be enough to fail: the lower bound stands, and the upper end is open.
    value, low, high = (_seconds(ascending, rank, each) for rank in (ranks.point, ranks.low, ranks.high))
    detail = few if high is None else ""
    return Estimate(value or 0.0, low or 0.0, inf if high is None else high, n, "order statistics", detail=detail)


def examples() -> tuple[Example, ...]:
    """Return what each percentile is tried on: fast, slow, slow and too few, too few to say."""
    fast, slow = [20 + i % 7 for i in range(400)], [450 + i % 7 for i in range(400)]
    return (
        Example("four hundred fast answers", "pass", {"at_most": "200 ms"}, documents=_load_test(fast)),
        Example("four hundred slow answers", "fail", {"at_most": "200 ms"}, documents=_load_test(slow)),
        Example(
            "twelve slow answers are few, and slow all the same",
            "fail",
            {"at_most": "200 ms"},
            documents=_load_test(slow[:12]),
        ),
        Example("nobody recorded any", "undecided(missing)", {"at_most": "200 ms"}),
        Example(
            "a clock that ran backwards",
            "undecided(not_finite)",
            {"at_most": "200 ms"},
            documents=_load_test([20, -3, 21]),
        ),
    )


def _ascending(samples: Any) -> list[int | float] | Unmeasured:
    if not isinstance(samples, list | tuple):
        return Unmeasured(Cause.WRONG_TYPE, "the samples of `load_test` are not a list of numbers")
    if not samples:
        return Unmeasured(Cause.EMPTY, "`load_test` has no samples")
    if not all(isinstance(sample, int | float) and not isinstance(sample, bool) for sample in samples):
        return Unmeasured(Cause.WRONG_TYPE, "the samples of `load_test` are not all numbers")
    odd = sum(1 for sample in samples if not 0 <= sample <= _LONGEST)
    if odd:
        which = "1 sample" if odd == 1 else f"{odd:,} samples"
        return Unmeasured(Cause.NOT_FINITE, f"{which} of `load_test` cannot be a time: negative or not finite")
    return sorted(samples)


def _seconds(ascending: Sequence[int | float], rank: int | None, each: Fraction) -> float | None:
    """Return the sample of that rank; it means the decimal number it was written as: 0.1 ms is 0.0001 s."""
    return None if rank is None else float(Fraction(str(ascending[rank - 1])) * each)


def _stated(got: Got, name: str) -> Any:
    state = got[name]
    return state.value if isinstance(state, Stated) else None


def _load_test(samples: list[int]) -> Mapping[str, Any]:
    return {"load_test": {"unit": "ms", "samples": samples}}
