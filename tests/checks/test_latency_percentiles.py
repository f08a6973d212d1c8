"""Percentiles of response times, and what a sample shows of them."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from counting_by_hand import ask
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from policykit.checks.latency.p50 import P50
from policykit.checks.latency.p95 import P95
from policykit.checks.latency.p99 import P99
from policykit.stats.order_statistics import Ranks, rank_interval, samples_needed
from policykit.terms.check import Answer, Check
from policykit.terms.estimate import Estimate
from policykit.terms.verdict import Cause, Unmeasured

SHARES = [Fraction(1, 2), Fraction(95, 100), Fraction(99, 100)]
times = st.lists(st.integers(0, 3000).map(lambda v: v / 10), min_size=60, max_size=400)


def load_test(check: Check, samples: Any, unit: Any = "ms", level: float = 0.9) -> Answer:
    return ask(check, facts={"documents": {"load_test": {"unit": unit, "samples": samples}}}, level=level)


def told(check: Check, samples: Any, unit: str = "ms", level: float = 0.9) -> Estimate:
    answer = load_test(check, samples, unit, level)
    assert isinstance(answer, Estimate), answer
    return answer


@given(times, st.sampled_from([(P50, 0.5), (P95, 0.95), (P99, 0.99)]))
def test_the_point_is_the_inverse_cdf_of_numpy(samples: list[float], asked: tuple[type[Check], float]) -> None:
    check, share = asked
    ascending = np.sort(samples)
    # numpy multiplies floats, so the rank is told here in whole numbers where the two could differ
    rank = -(-len(samples) * round(share * 100) // 100)
    expected = np.quantile(ascending, (rank - 0.5) / len(samples), method="inverted_cdf")
    assert told(check(), samples).value == pytest.approx(expected / 1000, rel=1e-12)


@given(times, st.randoms())
def test_the_order_of_the_samples_does_not_matter(samples: list[float], random) -> None:
    shuffled = list(samples)
    random.shuffle(shuffled)
    assert told(P95(), shuffled) == told(P95(), samples)


@given(st.integers(1, 3000), st.sampled_from(SHARES), st.sampled_from([0.0, 0.5, 0.8, 0.9, 0.95, 0.99]))
def test_the_ranks_are_the_binomial_ones(n: int, share: Fraction, level: float) -> None:
    tail = (1 - level) / 2
    ranks = rank_interval(n, share, level)
    missed_low = lambda rank: binom.cdf(rank - 1, n, float(share))  # noqa: E731
    slack = 1e-12
    if ranks.low is not None:
        assert missed_low(ranks.low) <= tail + slack
    following = (ranks.low or 0) + 1
    assert following > ranks.point or missed_low(following) > tail - slack
    if ranks.high is None:
        assert missed_low(n) < 1 - tail + slack
    else:
        assert missed_low(ranks.high) >= 1 - tail - slack
        assert ranks.high == ranks.point or missed_low(ranks.high - 1) < 1 - tail + slack
    assert (ranks.low or 0) <= ranks.point <= (ranks.high or n)


@pytest.mark.parametrize(
    ("share", "level", "needed"),
    [(0, 0.9, 5), (1, 0.9, 59), (2, 0.9, 299), (2, 0.95, 368), (1, 0.95, 72), (0, 0.95, 6), (2, 0.98, 459)],
)
def test_how_many_samples_an_upper_bound_takes(share: int, level: float, needed: int) -> None:
    assert samples_needed(SHARES[share], level) == needed
    assert rank_interval(needed, SHARES[share], level).high == needed
    assert rank_interval(needed - 1, SHARES[share], level).high is None


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("shape", ["lognormal", "few values"])
def test_each_bound_holds_as_often_as_it_says(share: Fraction, shape: str) -> None:
    random = np.random.default_rng(20261122)
    runs, n, level = 3000, 400, 0.9
    if shape == "lognormal":
        drawn, truth = random.lognormal(3, 1, (runs, n)), math.exp(3 + float(_normal(share)))
    else:
        drawn, truth = np.ceil(random.exponential(1, (runs, n))), math.ceil(-math.log(1 - float(share)))
    ranks = rank_interval(n, share, level)
    assert ranks.low is not None and ranks.high is not None
    ascending = np.sort(drawn, axis=1)
    too_high = np.mean(ascending[:, ranks.low - 1] > truth)
    too_low = np.mean(ascending[:, ranks.high - 1] < truth)
    error = 3 * math.sqrt(0.05 * 0.95 / runs)
    assert too_high <= 0.05 + error
    assert too_low <= 0.05 + error


def _normal(share: Fraction) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(float(share))


@pytest.mark.parametrize(
    ("unit", "samples"), [("s", [0.2]), ("ms", [200]), ("us", [200_000]), ("µs", [200_000.0]), ("ns", [2e8])]
)
def test_a_unit_is_converted_exactly(unit: str, samples: list[float]) -> None:
    assert told(P50(), samples * 40, unit).value == 0.2


def test_a_sample_means_the_decimal_it_was_written_as() -> None:
    assert told(P99(), [200.1] * 400).value == 0.2001


@pytest.mark.parametrize("unit", ["sec", "", "minutes", 3, None, ["ms"]])
def test_an_unknown_unit_is_not_guessed_at(unit: Any) -> None:
    expected = Unmeasured(Cause.WRONG_TYPE, f"the unit of `load_test` is `{unit}`, not s, ms, us or ns")
    assert load_test(P99(), [1, 2], unit) == expected


@pytest.mark.parametrize("odd", [-1, -0.5, math.nan, math.inf, 10**400])
def test_a_time_that_cannot_be_is_not_left_out_in_silence(odd: float) -> None:
    expected = "1 sample of `load_test` cannot be a time: negative or not finite"
    assert load_test(P50(), [1, odd, 2]) == Unmeasured(Cause.NOT_FINITE, expected)
    expected = "2 samples of `load_test` cannot be a time: negative or not finite"
    assert load_test(P50(), [1, odd, odd]) == Unmeasured(Cause.NOT_FINITE, expected)


@pytest.mark.parametrize("odd", ["20", None, True, [20]])
def test_a_sample_that_is_no_number_is_of_the_wrong_type(odd: Any) -> None:
    assert load_test(P50(), [1, odd]) == Unmeasured(Cause.WRONG_TYPE, "the samples of `load_test` are not all numbers")


@pytest.mark.parametrize("odd", [{"p99": 20}, "fast", 20, None])
def test_a_summary_is_no_list_of_samples(odd: Any) -> None:
    assert load_test(P50(), odd) == Unmeasured(Cause.WRONG_TYPE, "the samples of `load_test` are not a list of numbers")


def test_no_samples_are_no_answer() -> None:
    assert load_test(P50(), []) == Unmeasured(Cause.EMPTY, "`load_test` has no samples")


@pytest.mark.parametrize("gap", ["samples", "unit"])
def test_what_the_document_does_not_say_is_missing(gap: str) -> None:
    stated = {"unit": "ms", "samples": [1, 2]}
    del stated[gap]
    answer = ask(P99(), facts={"documents": {"load_test": stated}})
    assert answer == Unmeasured(Cause.MISSING, f"nothing is stated under `documents.load_test.{gap}`")


def test_too_few_fast_samples_have_no_upper_bound() -> None:
    answer = told(P99(), [20 + i % 5 for i in range(120)])
    assert (answer.high, answer.n) == (math.inf, 120)
    assert answer.detail == "120 samples; a 95 % bound on p99 needs 299"


def test_too_few_slow_samples_still_show_that_they_are_slow() -> None:
    answer = told(P99(), [450 + i % 5 for i in range(12)])
    assert answer.low > 0.2
    assert answer.high == math.inf


def test_samples_that_bound_nothing_on_either_side_are_too_few() -> None:
    expected = Unmeasured(Cause.TOO_FEW, "3 samples; a 95 % bound on p50 needs 5")
    assert load_test(P50(), [1, 2, 3]) == expected


def test_a_surer_bound_is_never_a_narrower_one() -> None:
    samples = list(np.random.default_rng(5).lognormal(3, 1, 2000))
    intervals = [told(P95(), samples, level=level) for level in (0.5, 0.8, 0.9, 0.99)]
    for narrow, wide in pairwise(intervals):
        assert wide.low <= narrow.low <= narrow.value <= narrow.high <= wide.high


def test_an_interval_is_made_of_samples() -> None:
    answer = told(P95(), list(range(1, 401)), "s")
    assert (answer.value, answer.low, answer.high) == (380, 373, 388)
    assert rank_interval(400, SHARES[1], 0.9) == Ranks(380, 373, 388)


def test_nothing_is_promised_before_measuring() -> None:
    assert P99().smallest_distance(1000, 0.2, 1) is None
