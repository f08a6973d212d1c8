"""How much error is spent by looking again: against published tables, closed forms and simulation."""

from __future__ import annotations

from itertools import pairwise
from math import comb

import numpy as np
import pytest

from policykit.stats.sequential import MOST_LOOKS, spent


def test_one_look_spends_what_one_test_spends() -> None:
    assert spent(0.95, 1) == pytest.approx((0.05, 0.05))


@pytest.mark.parametrize(
    ("looks", "two_sided"), [(2, 0.083), (3, 0.107), (4, 0.126), (5, 0.142), (10, 0.193), (20, 0.248)]
)
def test_the_published_table_of_repeated_two_sided_tests_at_five_percent(looks: int, two_sided: float) -> None:
    # Armitage, McPherson and Rowe 1969, table 2: passing either side; the two sides hardly ever both happen
    assert 2 * spent(0.975, looks)[0] == pytest.approx(two_sided, abs=0.003)


@pytest.mark.parametrize("looks", [1, 2, 3, 5, 8, 12])
def test_at_even_odds_it_is_the_chance_that_a_random_walk_ever_was_above_zero(looks: int) -> None:
    never = comb(2 * looks, looks) / 4**looks  # E. Sparre Andersen 1953
    assert spent(0.5, looks)[0] == pytest.approx(1 - never, abs=1e-9)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_it_agrees_with_simulation(confidence: float) -> None:
    from scipy.special import ndtri

    runs = 200_000
    walks = np.random.default_rng(20261122).standard_normal((runs, 12)).cumsum(axis=1) / np.sqrt(np.arange(1, 13))
    for looks in (2, 5, 12):
        share = float((walks[:, :looks].max(axis=1) > ndtri(confidence)).mean())
        assert spent(confidence, looks)[0] == pytest.approx(share, abs=4 * (share / runs) ** 0.5)


def test_five_looks_at_growing_data_turn_five_percent_into_thirteen() -> None:
    growing, independent = spent(0.95, 5)
    assert (round(growing, 3), round(independent, 3)) == (0.13, 0.226)


def test_looking_again_never_gives_error_back_and_independent_looks_spend_more() -> None:
    found = [spent(0.95, looks) for looks in (*range(1, 40), MOST_LOOKS, MOST_LOOKS + 1, 10_000)]
    for before, after in pairwise(found):
        assert after[0] >= before[0]
        assert after[1] >= before[1]
    assert all(growing <= independent + 1e-12 for growing, independent in found)
    assert found[-1][0] < 1


@pytest.mark.parametrize(("confidence", "looks"), [(0.0, 1), (1.0, 1), (0.95, 0)])
def test_what_is_no_look_or_no_confidence_is_refused(confidence: float, looks: int) -> None:
    with pytest.raises(ValueError, match=r"a confidence lies|at least one look"):
        spent(confidence, looks)
