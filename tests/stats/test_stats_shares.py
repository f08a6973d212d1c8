"""Shares, their differences and ratios: against other people's code, by property, and by simulation."""

from __future__ import annotations

from math import inf, isclose

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import fisher_exact, norm
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from policykit.stats.contrast import newcombe, paired, ratio
from policykit.stats.groups import Rate, deviations, fisher, largest_gap, smallest_ratio
from policykit.stats.mover import weighted
from policykit.stats.proportion import clopper_pearson, wilson

COUNTS = st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
LEVELS = st.floats(0.01, 0.9999)


@given(COUNTS, LEVELS)
def test_wilson_is_that_of_statsmodels(counts, level):
    low, high = proportion_confint(*counts, alpha=1 - level, method="wilson")
    assert wilson(*counts, level) == pytest.approx((max(0.0, low), min(1.0, high)), abs=1e-9)


@given(COUNTS, LEVELS)
def test_clopper_pearson_is_that_of_statsmodels(counts, level):
    assert clopper_pearson(*counts, level) == pytest.approx(
        proportion_confint(*counts, alpha=1 - level, method="beta"), abs=1e-7
    )


@given(COUNTS, COUNTS, LEVELS)
def test_newcombe_is_that_of_statsmodels(a, b, level):
    low, high = confint_proportions_2indep(*a, *b, method="newcomb", compare="diff", alpha=1 - level)
    value, mine_low, mine_high = newcombe(*a, *b, level)
    assert value == pytest.approx(a[0] / a[1] - b[0] / b[1])
    assert (mine_low, mine_high) == pytest.approx((low, high), abs=1e-9)


def test_the_paired_interval_is_that_of_newcombes_own_example():
    # Newcombe (1998b), table III, method 10: 36 12 2 0 of 50 gives 0.0569 … 0.3404.
    value, low, high = paired(36, 12, 2, 0, 0.95)
    assert value == pytest.approx(0.2)
    assert (low, high) == pytest.approx((0.0569, 0.3404), abs=5e-5)


def test_the_difference_is_that_of_newcombes_own_example():
    # Newcombe (1998a), table II, method 10: 56/70 − 48/80 gives 0.0524 … 0.3339.
    assert newcombe(56, 70, 48, 80, 0.95)[1:] == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_no_rows_tell_nothing():
    assert wilson(0, 0, 0.9) == (0.0, 1.0)


def test_rows_on_which_two_models_never_differ_still_leave_doubt():
    value, low, high = paired(20, 0, 0, 10, 0.9)
    assert value == 0
    assert low < 0 < high


INTERVALS = [
    lambda a, b, level: (a[0] / a[1], *wilson(*a, level)),
    lambda a, b, level: (a[0] / a[1], *clopper_pearson(*a, level)),
    lambda a, b, level: newcombe(*a, *b, level),
    lambda a, b, level: ratio(*a, *b, level),
    lambda a, b, level: paired(a[0], a[1] - a[0], b[0], b[1] - b[0], level),
    lambda a, b, level: weighted([newcombe(*a, *b, level), (a[0] / a[1], *wilson(*a, level))], [0.3, 0.7]),
]


@given(COUNTS, COUNTS, LEVELS, LEVELS, st.sampled_from(INTERVALS))
def test_a_higher_level_gives_an_interval_that_holds_the_lower_one(a, b, one, other, interval):
    less, more = sorted((one, other))
    value, low, high = interval(a, b, less)
    _, lower, higher = interval(a, b, more)
    assume(value != inf)
    assert lower - 1e-9 <= low <= value + 1e-9
    assert value - 1e-9 <= high <= higher + 1e-9


@given(COUNTS, COUNTS, LEVELS)
def test_a_difference_turned_round_has_its_interval_turned_round(a, b, level):
    value, low, high = newcombe(*a, *b, level)
    assert newcombe(*b, *a, level) == pytest.approx((-value, -high, -low), abs=1e-12)


@given(COUNTS, COUNTS, LEVELS)
def test_a_ratio_turned_round_has_its_interval_turned_round(a, b, level):
    assume(a[0] > 0 and b[0] > 0)
    value, low, high = ratio(*a, *b, level)
    _, other_low, other_high = ratio(*b, *a, level)
    assert isclose(value, 1 / ratio(*b, *a, level)[0])
    assert low == pytest.approx(1 / other_high if other_high else inf, rel=1e-6)
    assert high == pytest.approx(1 / other_low if other_low else inf, rel=1e-6)


def test_a_ratio_over_a_rate_of_zero_is_unbounded_and_not_wrong():
    value, low, high = ratio(3, 10, 0, 10, 0.9)
    assert (value, high) == (inf, inf)
    assert 0 < low < 3
    assert ratio(0, 10, 0, 10, 0.9)[0] == 1.0
    assert ratio(0, 10, 5, 10, 0.9)[:2] == (0.0, 0.0)


@pytest.mark.parametrize(
    ("p", "q", "n", "m"), [(0.5, 0.5, 50, 50), (0.1, 0.3, 40, 200), (0.02, 0.05, 300, 100), (0.9, 0.95, 60, 60)]
)
def test_intervals_of_difference_and_ratio_cover_nine_tenths(p, q, n, m):
    random = np.random.RandomState(7)
    draws = [(int(random.binomial(n, p)), int(random.binomial(m, q))) for _ in range(3000)]
    differences = [newcombe(a, n, b, m, 0.9)[1:] for a, b in draws]
    ratios = [ratio(a, n, b, m, 0.9)[1:] for a, b in draws]
    assert np.mean([low <= p - q <= high for low, high in differences]) > 0.88
    assert np.mean([low <= p / q <= high for low, high in ratios]) > 0.88
    # The bound that is judged alone: one-sided at 95 %.
    assert np.mean([p - q <= high for _, high in differences]) > 0.925
    assert np.mean([low <= p / q for low, _ in ratios]) > 0.925


def rates(*counts):
    return tuple(Rate(f"g{i}", hits, rows) for i, (hits, rows) in enumerate(counts))


def simulated(shares, rows, draws, seed):
    random = np.random.RandomState(seed)
    hits = random.binomial(rows, shares, size=(draws, len(shares)))
    return [rates(*((int(h), rows) for h in row)) for row in hits]


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.5,) * 8, (0.4, 0.5, 0.45, 0.48), (0.05, 0.1, 0.15)])
def test_the_interval_of_the_largest_gap_covers_it_on_both_sides(shares):
    truth = max(shares) - min(shares)
    found = [largest_gap(groups, 0.9) for groups in simulated(shares, 200, 1500, 3)]
    assert np.mean([truth <= gap.high for gap in found]) > 0.94
    assert np.mean([gap.low <= truth for gap in found]) > 0.94


def test_a_fair_model_over_ten_groups_is_not_called_unfair():
    found = [largest_gap(groups, 0.9) for groups in simulated((0.3,) * 10, 150, 1000, 5)]
    naive = np.mean([float(gap.value) > 0.1 for gap in found])
    assert naive > 0.4  # what a bare comparison of the point with ten points would have blocked
    assert np.mean([gap.low > 0.02 for gap in found]) < 0.05


@pytest.mark.parametrize("shares", [(0.4, 0.5), (0.5,) * 6, (0.08, 0.1, 0.1)])
def test_the_interval_of_the_smallest_ratio_covers_it_on_both_sides(shares):
    truth = min(shares) / max(shares)
    found = [smallest_ratio(groups, 0.9) for groups in simulated(shares, 300, 1000, 9)]
    assert np.mean([extent.low <= truth for extent in found]) > 0.94
    assert np.mean([truth <= extent.high for extent in found]) > 0.94


@given(st.lists(COUNTS, min_size=2, max_size=6), LEVELS, LEVELS)
def test_gap_and_ratio_lie_in_their_intervals_which_grow_with_the_level(counts, one, other):
    groups = rates(*counts)
    less, more = sorted((one, other))
    small, large = largest_gap(groups, less), largest_gap(groups, more)
    assert large.low <= small.low + 1e-9 and small.high <= large.high + 1e-9
    assert small.low <= float(small.value) <= small.high
    if any(rate.hits for rate in groups):
        small, large = smallest_ratio(groups, less), smallest_ratio(groups, more)
        assert large.low <= small.low + 1e-9 and small.high <= large.high + 1e-9
        assert small.low <= float(small.value) <= small.high


def test_a_ratio_where_nobody_gets_the_outcome_does_not_exist():
    assert smallest_ratio(rates((0, 10), (0, 20)), 0.9) is None


def test_deviations_and_fisher_are_the_textbooks():
    a, b = rates((48, 80), (26, 80))
    pooled = 74 / 160
    assert deviations(a, b) == pytest.approx((48 - 26) / 80 / (pooled * (1 - pooled) * 2 / 80) ** 0.5)
    assert deviations(*rates((0, 5), (0, 9))) == 0
    assert fisher(a, b) == pytest.approx(0.000793, abs=5e-4)


@given(COUNTS, COUNTS)
def test_fisher_is_that_of_scipy(a, b):
    expected = fisher_exact([[a[0], a[1] - a[0]], [b[0], b[1] - b[0]]])[1]
    assert fisher(*rates(a, b)) == pytest.approx(expected, rel=1e-5, abs=1e-12)


def test_fisher_of_millions_of_rows_is_near_the_normal_one():
    a, b = rates((1_002_000, 4_000_000), (1_000_000, 4_000_000))
    assert fisher(a, b) == pytest.approx(2 * norm.sf(deviations(a, b)), rel=0.01)
