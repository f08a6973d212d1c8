"""Few rows: what an average of several shares, and a loss that no row showed, may still be."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from policykit.stats.moments import unseen
from policykit.stats.proportion import FEW, clopper_pearson, mean_of_few, share_of_few, wilson


@pytest.mark.parametrize(("hits", "rows"), [(0, 1), (1, 1), (2, 2), (27, 30), (98, 99), (90, 100), (5, 400)])
def test_a_share_to_be_joined_is_exact_for_few_rows_and_wilsons_for_many(hits: int, rows: int) -> None:
    method = "beta" if rows < FEW else "wilson"
    expected = proportion_confint(hits, rows, 0.1, method=method)
    assert share_of_few(hits, rows, 0.9) == pytest.approx(expected, abs=1e-9)


def test_without_rows_nothing_is_known_of_a_share() -> None:
    assert share_of_few(0, 0, 0.9) == (0.0, 1.0)


def test_the_mean_of_shares_of_equal_rows_is_judged_as_one_share_of_all_rows() -> None:
    assert mean_of_few(81 / 90, (30, 30, 30), 0.9) == pytest.approx(clopper_pearson(81, 90, 0.9), abs=1e-9)


def test_a_class_of_one_row_leaves_an_average_about_as_unknown_as_the_row() -> None:
    low, high = mean_of_few(1.0, (1, 4000), 0.9)
    assert low == pytest.approx(0.05 ** (1 / 4), abs=1e-3)
    assert high == 1.0


@pytest.mark.parametrize("shares", [(0.9, 0.9, 0.9), (0.99, 0.9, 0.5), (0.1, 0.5, 0.2)])
def test_the_exact_interval_of_a_mean_holds_however_the_shares_differ(shares: tuple[float, ...]) -> None:
    random, truth, missed = np.random.RandomState(5), sum(shares) / 3, [0, 0]
    for _ in range(2000):
        value = float(np.mean([random.binomial(30, share) / 30 for share in shares]))
        low, high = mean_of_few(value, (30, 30, 30), 0.9)
        missed[0] += low > truth
        missed[1] += high < truth
    assert max(missed) / 2000 < 0.06


def test_a_loss_that_no_row_showed_may_be_as_frequent_as_an_event_never_seen() -> None:
    often = wilson(0, 40, 0.9)[1]
    assert unseen(0.0, 40, 0.9, worst=0.8) == often * 0.8
    assert unseen(0.1, 40, 0.9, worst=0.05) == 0.1
