"""Privacy loss: what several releases spend together, and what training with noise spends.

Both are left to the libraries that do nothing else: diffprivlib composes releases (naive, advanced and Kairouz–Oh–Viswanath
2017, the smallest), dp-accounting the steps of training (Rényi and privacy loss distributions, the smaller).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Literal

from policykit.errors import MeasureError

Spend = tuple[Fraction, Fraction]
Sampler = Literal["poisson", "shuffle", "other"]
Adjacency = Literal["add_or_remove_one", "replace_special", "replace_one"]

_LARGE = 1e6
"""An ε beyond which only the plain sum is asked for: the finer bounds are larger there, and overflow."""
_MOST_STEPS = 10**7
_MOST_NOISE = 1000.0
_LEAST_RATE = 1e-7
"""Beyond these the accountants' arithmetic gives way: dp-accounting then answers ε = 0 with a line in the log."""
_MEANINGLESS = 50.0
"""An ε beyond which nothing is protected, and the smaller of two bounds is not worth its memory."""


def composed(spent: Sequence[Spend], delta: Fraction) -> Fraction | None:
    """Return the ε that holds at `delta` for all releases together; None where they spend more δ than that.

    What `delta` leaves after the releases' own δ is the slack of diffprivlib's accountant. The plain sum of all ε is exact.
    """
    total = _accountant().total
    pairs = sorted((float(epsilon), float(own)) for epsilon, own in spent)
    unspent = 1 - delta_spent(spent)
    if 1 - delta > unspent:
        return None
    slack = float(1 - (1 - delta) / unspent) if unspent else 0.0
    plain = sum((epsilon for epsilon, _ in spent), Fraction(0))
    if slack == 0 or plain > _LARGE:
        return plain
    best = Fraction(float(total(spent_budget=pairs, slack=slack)[0]))
    return best if best < plain * (1 - Fraction(1, 10**12)) else plain


def delta_spent(spent: Sequence[Spend]) -> Fraction:
    """Return the δ of all releases together, 1 − Π(1 − δ), exactly."""
    kept = Fraction(1)
    for _, own in spent:
        kept *= 1 - own
    return 1 - kept


def training_epsilon(
    *, noise_multiplier: float, sampling_rate: float, steps: int, delta: float, sampler: Sampler, adjacency: Adjacency
) -> tuple[float, str]:
    """Return the ε at `delta` of training by clipped and noised steps, and the accountant that gave it.

    Only Poisson sampling amplifies. Shuffled batches touch each person once an epoch, which counts where a neighbour is one
    person replaced; in every other case each step touches everybody. Replacing one person moves a sum twice as far as
    leaving one out.

    Raises:
        MeasureError: where neither accountant can tell.
    """
    if steps > _MOST_STEPS or noise_multiplier > _MOST_NOISE or sampling_rate < _LEAST_RATE:
        raise MeasureError("no accountant can tell what so many steps with so much noise or so small batches spend")
    if noise_multiplier == 0:
        return float("inf"), "no noise"
    rounds = steps
    if sampler == "shuffle" and adjacency != "add_or_remove_one":
        rounds = max(1, _ceil(steps * sampling_rate))
    rate = sampling_rate if sampler == "poisson" else 1.0
    renyi = _renyi(noise_multiplier, rate, rounds, delta, adjacency)
    loss = (
        None
        if _hopeless(noise_multiplier, rate, rounds, delta)
        else _loss(noise_multiplier, rate, rounds, delta, adjacency)
    )
    told = [(epsilon, name) for epsilon, name in ((renyi, "RDP"), (loss, "PLD")) if epsilon is not None]
    if not told:
        raise MeasureError("no accountant can tell what this training spends")
    return min(told)


def _hopeless(noise: float, rate: float, rounds: int, delta: float) -> bool:
    """Whether so little is protected that the smaller of two bounds is not worth its memory."""
    epsilon = _renyi(noise, rate, rounds, delta, "add_or_remove_one")
    return epsilon is None or epsilon > _MEANINGLESS


def _renyi(noise: float, rate: float, rounds: int, delta: float, adjacency: Adjacency) -> float | None:
    """Rényi accounting; it knows Poisson sampling for leaving one person out, and for replacing one no amplification."""
    from dp_accounting.rdp import RdpAccountant

    if adjacency != "replace_one":
        return _asked(RdpAccountant(), noise, rate, rounds, delta)
    # dp-accounting 0.6 takes a Gaussian's noise as it is given whoever the neighbour is; replacing one person halves it.
    return _asked(RdpAccountant(), noise / 2, 1.0, rounds, delta)


def _loss(noise: float, rate: float, rounds: int, delta: float, adjacency: Adjacency) -> float | None:
    from dp_accounting import NeighboringRelation
    from dp_accounting.pld import PLDAccountant

    relation = NeighboringRelation.REPLACE_ONE if adjacency == "replace_one" else NeighboringRelation.ADD_OR_REMOVE_ONE
    return _asked(PLDAccountant(relation), noise, rate, rounds, delta)


def _asked(accountant: Any, noise: float, rate: float, rounds: int, delta: float) -> float | None:
    from dp_accounting import GaussianDpEvent, PoissonSampledDpEvent

    step = GaussianDpEvent(noise) if rate == 1 else PoissonSampledDpEvent(rate, GaussianDpEvent(noise))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # overflow in an order that is then not the best one
            epsilon = float(accountant.compose(step, rounds).get_epsilon(delta))
    except (ArithmeticError, ValueError, MemoryError):
        return None
    return epsilon if epsilon > 0 else None  # training that spends nothing is arithmetic that failed


def _ceil(number: float) -> int:
    return -int(-number // 1)


def _accountant() -> Any:
    """diffprivlib loads its models with it, and scikit-learn warns of what they will have to change."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        from diffprivlib import BudgetAccountant
    return BudgetAccountant()
