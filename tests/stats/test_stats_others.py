"""Ranks, means, resampling, families and planning: against other people's code, by property, and by simulation."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from sklearn.metrics import roc_auc_score
from statsmodels.stats.multitest import multipletests

from policykit.stats import moments, power, rank
from policykit.stats.family import holm
from policykit.stats.resample import bootstrap, seed_of

TABLES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=12).filter(
    lambda cells: sum(c[0] for c in cells) > 1 and sum(c[1] for c in cells) > 1
)
LEVELS = st.floats(0.01, 0.9999)


def rows_of(cells):
    labels = [label for p, n in cells for label in [1] * p + [0] * n]
    scores = [i for i, (p, n) in enumerate(cells) for _ in range(p + n)]
    return np.array(labels), np.array(scores)


def delong(labels, scores):
    """DeLong's variance straight from the definition: every pair of rows."""
    psi = (scores[labels == 1][:, None] > scores[labels == 0][None, :]) + 0.5 * (
        scores[labels == 1][:, None] == scores[labels == 0][None, :]
    )
    m, n = psi.shape
    return psi.mean(axis=1), psi.mean(axis=0), psi.mean(axis=1).var(ddof=1) / m + psi.mean(axis=0).var(ddof=1) / n


@given(TABLES)
def test_the_auc_of_a_table_is_that_of_scikit_learn_on_its_rows(cells):
    labels, scores = rows_of(cells)
    found = rank.auc(cells, exact=True)
    assert found.value == pytest.approx(roc_auc_score(labels, scores))
    assert found.low == found.value == found.high
    assert found.variance == pytest.approx(delong(labels, scores)[2], abs=1e-12)


@given(TABLES, st.randoms())
def test_the_bounds_of_the_bins_hold_however_scores_lie_within_them(cells, random):
    labels, bins = rows_of(cells)
    scores = np.array([b + random.random() for b in bins])
    found = rank.auc(cells)
    assert found.low - 1e-12 <= roc_auc_score(labels, scores) <= found.high + 1e-12


@given(TABLES, LEVELS, LEVELS)
def test_an_auc_lies_in_its_interval_which_grows_with_the_level(cells, one, other):
    less, more = sorted((one, other))
    value, low, high = rank.interval(rank.auc(cells), less)
    _, lower, higher = rank.interval(rank.auc(cells), more)
    assert 0 <= lower <= low <= value <= high <= higher <= 1


def test_a_perfect_ranking_of_few_rows_still_shows_doubt():
    value, low, high = rank.interval(rank.auc([(0, 15), (15, 0)], exact=True), 0.9)
    assert (value, high) == (1.0, 1.0)
    assert 0.8 < low < 0.95


@pytest.mark.parametrize(
    ("shift", "m", "n"), [(0.0, 30, 30), (1.0, 50, 50), (1.0, 20, 200), (2.0, 40, 40), (2.5, 15, 60)]
)
def test_the_interval_of_an_auc_covers_nine_tenths(shift, m, n):
    random = np.random.RandomState(11)
    truth = scipy_stats.norm.cdf(shift / 2**0.5)
    found = []
    for _ in range(800):
        scores = np.concatenate([random.normal(shift, 1, m), random.normal(0, 1, n)])
        labels = np.arange(m + n)[np.argsort(scores)] < m
        found.append(rank.interval(rank.auc([(int(x), int(not x)) for x in labels], exact=True), 0.9)[1:])
    assert np.mean([low <= truth <= high for low, high in found]) > 0.87
    assert np.mean([low <= truth for low, _ in found]) > 0.93


def test_the_paired_difference_of_two_aucs_is_delongs():
    random = np.random.RandomState(2)
    labels = (random.random_sample(300) < 0.4).astype(int)
    first = random.normal(labels, 1).round(1)
    second = (0.6 * first + random.normal(0.2 * labels, 1)).round(1)
    one, two = (sorted(set(scores)) for scores in (first, second))
    cells: dict[tuple[int, int], list[int]] = {}
    for label, a, b in zip(labels, first, second, strict=True):
        cells.setdefault((one.index(a), two.index(b)), [0, 0])[0 if label else 1] += 1
    joint = [(a, b, p, n) for (a, b), (p, n) in cells.items()]
    aucs = [rank.auc(table_of(labels, scores), exact=True) for scores in (first, second)]
    value, low, high = rank.difference(*aucs, joint, 0.95)
    (v10, v01, _), (w10, w01, _) = delong(labels, first), delong(labels, second)
    spread = ((v10 - w10).var(ddof=1) / len(v10) + (v01 - w01).var(ddof=1) / len(v01)) ** 0.5
    assert value == pytest.approx(roc_auc_score(labels, first) - roc_auc_score(labels, second))
    assert (low, high) == pytest.approx((value - 1.959964 * spread, value + 1.959964 * spread), abs=3e-3)


def table_of(labels, scores):
    return [
        (int(((scores == s) & (labels == 1)).sum()), int(((scores == s) & (labels == 0)).sum()))
        for s in sorted(set(scores))
    ]


def test_one_row_of_a_class_tells_hardly_anything():
    found = rank.auc([(0, 40), (1, 0)], exact=True)
    assert found.variance == inf
    assert rank.interval(found, 0.9)[1] < 0.5
    value, low, high = rank.difference(found, found, [(0, 0, 0, 40), (1, 1, 1, 0)], 0.9)
    assert value == 0.0
    assert high - low > 1


def test_two_perfect_rankings_of_few_rows_are_not_known_to_be_alike():
    perfect = rank.auc([(0, 15), (15, 0)], exact=True)
    value, low, high = rank.difference(perfect, perfect, [(0, 0, 0, 15), (1, 1, 15, 0)], 0.9)
    assert value == 0.0
    assert low < -0.05 < 0.05 < high


@given(TABLES, LEVELS, LEVELS)
def test_a_difference_of_two_aucs_grows_with_the_level(cells, one, other):
    less, more = sorted((one, other))
    joint = [(i, (3 * i) % len(cells), p, n) for i, (p, n) in enumerate(cells)]
    second: list[list[int]] = [[0, 0] for _ in cells]
    for _, j, p, n in joint:
        second[j][0] += p
        second[j][1] += n
    aucs = rank.auc(cells, exact=True), rank.auc([tuple(c) for c in second], exact=True)
    value, low, high = rank.difference(*aucs, joint, less)
    _, lower, higher = rank.difference(*aucs, joint, more)
    assert lower - 1e-9 <= low <= value <= high <= higher + 1e-9


VALUES = st.lists(st.integers(-(10**6), 10**6).map(lambda x: Fraction(x, 1000)), min_size=2, max_size=50)


@given(VALUES, LEVELS)
def test_a_mean_has_students_interval(values, level):
    low, high = moments.mean(moments.Sums(len(values), sum(values), sum(v * v for v in values)), level)[1:]
    numbers = [float(v) for v in values]
    if len(set(numbers)) == 1:
        assert low == high == pytest.approx(numbers[0])
    else:
        expected = scipy_stats.t.interval(level, len(values) - 1, np.mean(numbers), scipy_stats.sem(numbers))
        assert (low, high) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(st.integers(1, 100_000), st.floats(0.01, 0.99999))
def test_students_quantile_is_that_of_scipy(freedom, level):
    assert moments.student_quantile(freedom, level) == pytest.approx(
        scipy_stats.t.ppf((1 + level) / 2, freedom), rel=1e-6
    )


def test_one_row_tells_nothing_about_its_mean():
    assert moments.mean(moments.Sums(1, Fraction(3), Fraction(9)), 0.9) == (3.0, -inf, inf)


def test_losses_that_no_row_showed_keep_the_upper_bound_up():
    value, low, high = moments.mean_of_losses(moments.Sums(30, Fraction(0), Fraction(0)), 0.9, worst=1.0)
    assert (value, low) == (0.0, 0.0)
    assert high == pytest.approx(0.0827, abs=1e-3)  # Wilson for 0 of 30


def sums_of(x):
    return moments.Sums(len(x), *(Fraction(float((x**power).sum())) for power in (1, 2, 3)))


def test_the_skewness_is_that_of_scipy():
    x = np.random.RandomState(1).exponential(1, 50)
    assert sums_of(x).skewness == pytest.approx(scipy_stats.skew(x))
    assert sums_of(np.ones(5)).skewness == 0.0


@pytest.mark.parametrize("rows", [50, 200])
def test_the_upper_bound_of_lopsided_errors_fails_as_seldom_as_it_says(rows):
    random = np.random.RandomState(3)
    samples = random.exponential(1, (2000, rows))
    corrected = np.mean([moments.mean(sums_of(x), 0.9)[2] < 1 for x in samples])
    plain = np.mean([moments.mean(replace(sums_of(x), cubes=None), 0.9)[2] < 1 for x in samples])
    assert corrected < 0.065
    assert corrected < plain


@given(VALUES, LEVELS, LEVELS)
def test_a_corrected_mean_lies_in_its_interval_which_grows_with_the_level(values, one, other):
    sums = moments.Sums(len(values), *(sum((v**k for v in values), Fraction(0)) for k in (1, 2, 3)))
    less, more = sorted((one, other))
    value, low, high = moments.mean(sums, less)
    _, lower, higher = moments.mean(sums, more)
    assert lower - 1e-9 <= low <= value <= high <= higher + 1e-9


def test_the_difference_of_two_roots_covers_nine_tenths():
    random = np.random.RandomState(4)
    hits = 0
    for _ in range(600):
        shared = random.normal(0, 1, 200)
        one, two = (shared + random.normal(0, 1, 200)) ** 2, (shared + random.normal(0, 0.7, 200)) ** 2
        sums = [sums_of(x) for x in (one, two)]
        _, low, high = moments.root_difference(*sums, Fraction(float((one * two).sum())), 0.9)
        hits += low <= 2**0.5 - 1.49**0.5 <= high
    assert hits / 600 > 0.87


def share_of_first(draws):
    return draws[:, 0] / draws.sum(axis=1)


def test_the_bootstrap_of_a_share_agrees_with_the_normal_one():
    low, high = bootstrap([400, 600], share_of_first, 0.9, seed=1)
    assert (low, high) == pytest.approx((0.4 - 0.0255, 0.4 + 0.0255), abs=0.003)


def test_the_bootstrap_gives_the_same_interval_every_time():
    assert bootstrap([7, 9, 2], share_of_first, 0.9, 5) == bootstrap([7, 9, 2], share_of_first, 0.9, 5)
    assert seed_of([7, 9, 2]) == seed_of([7, 9, 2]) != seed_of([7, 92])


@given(st.lists(st.integers(0, 50), min_size=2, max_size=5).filter(sum), LEVELS, LEVELS)
def test_the_bootstrap_grows_with_the_level(cells, one, other):
    less, more = sorted((one, other))
    low, high = bootstrap(cells, share_of_first, less, 3, draws=300)
    lower, higher = bootstrap(cells, share_of_first, more, 3, draws=300)
    assert lower <= low + 1e-12
    assert high <= higher + 1e-12


def test_draws_in_which_a_metric_does_not_exist_count_as_the_worst_on_either_side():
    def never(draws):
        return np.full(len(draws), np.nan)

    assert bootstrap([3, 4], never, 0.9, 1) == (-inf, inf)


PS = st.lists(st.floats(0, 1), min_size=1, max_size=20)


@settings(max_examples=30)
@given(PS)
def test_holm_is_that_of_statsmodels(p):
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])


def test_what_rows_settle_is_settled_four_times_of_five():
    from policykit.stats.proportion import wilson

    distance = power.share(500, 0.8)
    random = np.random.RandomState(8)
    shown = [wilson(int(hits), 500, 0.9)[0] >= 0.8 for hits in random.binomial(500, 0.8 + distance, 3000)]
    assert 0.76 < np.mean(shown) < 0.90


def test_what_cannot_be_said_before_measuring_is_not_said():
    assert power.share(500, 1.0) is None
    assert power.gap(500, 1) is None
    assert power.ratio(500, 0.0, 2) is None
    assert power.auc(3, 0.8) is None


def test_more_rows_settle_smaller_distances():
    assert power.gap(1000, 2) > power.gap(10_000, 2) > 0
    assert power.ratio(1000, 0.8, 2) > power.ratio(10_000, 0.8, 2) > 0
    assert power.auc(1000, 0.8) > power.auc(10_000, 0.8) > 0
    assert power.share(1000, 0.8) > power.share(10_000, 0.8) > 0
