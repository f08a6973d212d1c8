"""Privacy loss: what releases and training spend, told by the libraries and checked against them and by hand."""

from __future__ import annotations

import math
import subprocess
import sys
from fractions import Fraction
from typing import Any

import dp_accounting
import pytest
from counting_by_hand import ask
from diffprivlib import BudgetAccountant
from dp_accounting.pld import PLDAccountant
from dp_accounting.rdp import RdpAccountant
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from policykit.checks.privacy.dp_budget import DpBudget
from policykit.checks.privacy.dp_epsilon import DpEpsilon
from policykit.errors import MeasureError
from policykit.stats.accounting import composed, delta_spent, training_epsilon
from policykit.terms.check import Answer
from policykit.terms.estimate import Estimate
from policykit.terms.verdict import Cause, Unmeasured

spends = st.tuples(
    st.integers(1, 300).map(lambda e: Fraction(e, 100)), st.sampled_from([Fraction(0), Fraction(1, 10**7)])
)


def ledger(releases: Any, *, epsilon: float = 1.0, delta: float = 0.0) -> dict[str, Any]:
    return {"budget": {"epsilon": epsilon, "delta": delta}, "releases": releases}


def release(epsilon: float, delta: float = 0.0, **more: Any) -> dict[str, Any]:
    return {"name": "table", "epsilon": epsilon, "delta": delta, **more}


def budget(stated: Any, **params: Any) -> Answer:
    return ask(DpBudget(**params), facts={"documents": {"privacy_ledger": stated}})


def spent(stated: Any, **params: Any) -> Estimate:
    answer = budget(stated, **params)
    assert isinstance(answer, Estimate), answer
    return answer


# ------------------------------------------------------------------ releases


@settings(deadline=None)
@given(st.lists(spends, min_size=1, max_size=60), st.sampled_from([1e-6, 1e-5, 1e-3]))
def test_composition_is_that_of_diffprivlib(pairs: list[tuple[Fraction, Fraction]], delta: float) -> None:
    floats = [(float(e), float(d)) for e, d in pairs]
    accountant = BudgetAccountant()
    own = accountant.total(spent_budget=floats, slack=0)[1]
    assume(own < delta)
    slack = (delta - own) / (1 - own)
    expected = accountant.total(spent_budget=floats, slack=slack)
    found = composed(pairs, Fraction(str(delta)))
    assert found is not None
    assert float(found) == pytest.approx(expected[0], rel=1e-9)
    assert expected[1] == pytest.approx(delta, rel=1e-9)


@settings(deadline=None)
@given(st.lists(spends, min_size=1, max_size=30))
def test_without_slack_releases_add_up_exactly(pairs: list[tuple[Fraction, Fraction]]) -> None:
    assert composed(pairs, delta_spent(pairs)) == sum(epsilon for epsilon, _ in pairs)


@settings(deadline=None)
@given(st.lists(spends, min_size=1, max_size=30), spends, st.randoms())
def test_a_release_more_never_spends_less_and_order_does_not_matter(pairs: list, more: Any, random: Any) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)
    delta = Fraction(1, 10**4)
    before, after = composed(pairs, delta), composed([*pairs, more], delta)
    assert before is not None and after is not None
    assert composed(shuffled, delta) == before
    assert after >= before


def test_many_small_releases_compose_to_less_than_their_sum() -> None:
    pairs = [(Fraction(1, 20), Fraction(0))] * 400
    total = composed(pairs, Fraction(1, 10**6))
    assert total is not None
    assert total < 10
    assert composed(pairs, Fraction(0)) == 20


def test_delta_is_composed_exactly() -> None:
    assert delta_spent([(Fraction(1), Fraction(1, 2))] * 2) == Fraction(3, 4)


def test_ten_tenths_are_one_and_not_a_hair_more() -> None:
    assert spent(ledger([release(0.1)] * 10)).exact == 1


def test_a_ledger_without_releases_shows_nothing() -> None:
    assert budget(ledger([])) == Unmeasured(Cause.EMPTY, "`privacy_ledger` lists no release")


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ([], "the document is not an object"),
        ({"releases": []}, "`budget` is not stated"),
        (ledger(None), "`releases` is not a list"),
        (ledger([{"name": "t", "epsilon": 0.1}]), "`delta` of `releases[0]` is not stated"),
        (ledger([{"name": "t", "epsilom": 0.1, "delta": 0}]), "`epsilon` of `releases[0]` is not stated"),
        (ledger([release(0.1), release(-0.3)]), "`releases[1].epsilon` is less than 0"),
        (ledger([release("0.1")]), "`releases[0].epsilon` is not a number"),
        (ledger([release(True)]), "`releases[0].epsilon` is not a number"),
        (ledger([release(0.1, 2)]), "`releases[0].delta` is more than 1"),
        (ledger([{"name": "", "epsilon": 0.1, "delta": 0}]), "`releases[0].name` is blank"),
        (ledger([release(0.1)], epsilon=0), "`budget.epsilon` is not more than 0"),
        (ledger([release(0.1)], delta=1), "`budget.delta` is not less than 1"),
    ],
)
def test_a_ledger_that_cannot_be_added_up_says_why(stated: Any, told: str) -> None:
    assert budget(stated) == Unmeasured(Cause.WRONG_TYPE, f"`privacy_ledger` cannot be added up: {told}")


def test_every_problem_of_a_ledger_is_told_at_once() -> None:
    answer = budget(ledger([release(-1), release("x")], epsilon=0))
    assert isinstance(answer, Unmeasured)
    assert answer.detail.count(";") == 2


@pytest.mark.parametrize("odd", [math.nan, math.inf, 10**400])
def test_a_loss_that_is_not_finite_is_not_added_up(odd: float) -> None:
    told = "release `table` states an ε or δ that is not a finite number"
    assert budget(ledger([release(0.1), release(odd)])) == Unmeasured(Cause.NOT_FINITE, told)
    told = "the budget states an ε or δ that is not a finite number"
    assert budget(ledger([release(0.1)], epsilon=odd)) == Unmeasured(Cause.NOT_FINITE, told)


def test_a_release_that_claims_to_cost_nothing_is_not_believed() -> None:
    told = "release `table` claims to have spent nothing, and nothing that depends on people can"
    assert budget(ledger([release(0.1), release(0)])) == Unmeasured(Cause.WRONG_TYPE, told)


def test_more_delta_than_is_allowed_is_beyond_every_limit() -> None:
    answer = spent(ledger([release(0.1, 1e-5), release(0.1, 1e-5)], delta=1e-5))
    assert answer.low == sys.float_info.max
    assert answer.detail == "the releases spend a δ of 2e-05, more than the 1e-05 that is allowed"


def test_the_rule_may_set_the_delta_that_the_team_may_not_choose() -> None:
    lax = ledger([release(0.05)] * 400, delta=0.5)
    assert spent(lax, delta=0.5).value < spent(lax, delta=1e-6).value < spent(lax, delta=0).value == 20


@pytest.mark.parametrize("delta", [0.5, 1e-2, 2e-5])
def test_a_delta_that_makes_any_loss_small_is_not_the_ledgers_to_choose(delta: float) -> None:
    told = f"the ledger's δ of {delta:g} is more than 1e-05: the rule has to say `with: {{delta: …}}`"
    assert budget(ledger([release(0.05)] * 400, delta=delta)) == Unmeasured(Cause.UNDEFINED, told)
    assert budget(ledger([release(0.05)], delta=delta), of="share") == Unmeasured(Cause.UNDEFINED, told)


def test_delta_and_the_share_that_is_gone_can_be_asked_for() -> None:
    stated = ledger([release(0.5, 1e-6), release(0.25, 1e-6)], epsilon=1.5, delta=1e-5)
    assert spent(stated, of="delta").value == pytest.approx(2e-6, rel=1e-5)
    assert spent(stated, of="share", delta=2e-6).value == pytest.approx(0.5, rel=1e-9)


def test_releases_about_other_people_add_up_unless_the_rule_says_that_they_are_others() -> None:
    stated = ledger([release(0.5, dataset="a"), release(0.3, dataset="b"), release(0.2, dataset="a"), release(0.1)])
    assert spent(stated).exact == Fraction(11, 10)
    worst = spent(stated, per_dataset=True)
    assert worst.exact == Fraction(8, 10)
    assert worst.detail == "4 releases together; most about `a`"


def test_releases_that_name_no_dataset_are_one_dataset() -> None:
    assert spent(ledger([release(0.5), release(0.3)]), per_dataset=True).exact == Fraction(8, 10)


def test_an_enormous_loss_is_told_and_does_not_overflow() -> None:
    assert spent(ledger([release(1e200), release(0.1)], delta=1e-5)).value == 1e200


def test_the_library_is_loaded_without_a_word() -> None:
    code = "from fractions import Fraction as F; from policykit.stats.accounting import composed; composed([(F(1), F(0))], F(1, 9))"
    done = subprocess.run([sys.executable, "-W", "default", "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


# ------------------------------------------------------------------ training

PLAIN = {
    "noise_multiplier": 1.1,
    "batch_size": 256,
    "dataset_size": 60_000,
    "steps": 1000,
    "delta": 1e-5,
    "sampler": "poisson",
    "adjacency": "add_or_remove_one",
}


def training(**changed: Any) -> Answer:
    stated = {name: value for name, value in {**PLAIN, **changed}.items() if value is not None}
    return ask(DpEpsilon(), facts={"documents": {"dp_training": stated}})


def epsilon(**changed: Any) -> Estimate:
    answer = training(**changed)
    assert isinstance(answer, Estimate), answer
    return answer


def gaussian_delta(epsilon: float, sensitivity: float, noise: float) -> float:
    """The exact δ of the Gaussian mechanism (Balle and Wang 2018, theorem 8)."""
    half, ratio = sensitivity / (2 * noise), epsilon * noise / sensitivity
    return float(norm.cdf(half - ratio) - math.exp(epsilon) * norm.cdf(-half - ratio))


def test_poisson_training_is_the_smaller_of_two_accountants() -> None:
    rate = 256 / 60_000
    event = dp_accounting.PoissonSampledDpEvent(rate, dp_accounting.GaussianDpEvent(1.1))
    told = [accountant.compose(event, 1000).get_epsilon(1e-5) for accountant in (RdpAccountant(), PLDAccountant())]
    answer = epsilon()
    assert answer.value == min(told)
    assert answer.value == told[1]
    assert answer.detail == "recomputed by PLD at a δ of 1e-05"


@pytest.mark.parametrize(
    ("adjacency", "sensitivity"), [("add_or_remove_one", 1), ("replace_special", 1), ("replace_one", 2)]
)
@pytest.mark.parametrize("steps", [1, 25])
def test_without_sampling_it_is_the_exact_gaussian_mechanism(adjacency: Any, sensitivity: int, steps: int) -> None:
    found, _ = training_epsilon(
        noise_multiplier=4.0, sampling_rate=0.01, steps=steps, delta=1e-5, sampler="other", adjacency=adjacency
    )
    exact = gaussian_delta(found, sensitivity * math.sqrt(steps), 4.0)
    assert exact <= 1e-5 * (1 + 1e-6)
    assert exact == pytest.approx(1e-5, rel=0.02)


def test_replacing_one_person_is_never_cheaper_though_one_accountant_says_so() -> None:
    trap = RdpAccountant(neighboring_relation=dp_accounting.NeighboringRelation.REPLACE_ONE)
    wrong = trap.compose(dp_accounting.GaussianDpEvent(4.0)).get_epsilon(1e-5)
    found, _ = training_epsilon(
        noise_multiplier=4.0, sampling_rate=1.0, steps=1, delta=1e-5, sampler="poisson", adjacency="replace_one"
    )
    assert found > 1.5 * wrong
    assert epsilon(adjacency="replace_one").value > epsilon().value


@pytest.mark.parametrize("sampler", ["shuffle", "fixed", "sequential", "with_replacement"])
@pytest.mark.parametrize("adjacency", ["add_or_remove_one", "replace_special", "replace_one"])
def test_only_poisson_sampling_amplifies(sampler: str, adjacency: str) -> None:
    answer = epsilon(sampler=sampler, adjacency=adjacency)
    assert answer.value > 3 * epsilon(adjacency=adjacency).value
    assert answer.detail.endswith(f"`{sampler}` is not Poisson sampling and does not amplify")


def test_shuffled_batches_touch_everybody_once_an_epoch_where_a_person_is_replaced() -> None:
    epochs = math.ceil(1000 * 256 / 60_000)
    expected, _ = training_epsilon(
        noise_multiplier=1.1, sampling_rate=1.0, steps=epochs, delta=1e-5, sampler="other", adjacency="replace_special"
    )
    assert epsilon(sampler="shuffle", adjacency="replace_special").value == expected
    assert epsilon(sampler="shuffle", adjacency="add_or_remove_one").value > 5 * expected


@settings(deadline=None, max_examples=5)
@given(st.floats(0.8, 4), st.floats(1.05, 2), st.integers(50, 400))
def test_more_noise_never_costs_more_and_more_steps_never_less(noise: float, factor: float, steps: int) -> None:
    def told(noise: float, steps: int) -> float:
        return training_epsilon(
            noise_multiplier=noise,
            sampling_rate=0.01,
            steps=steps,
            delta=1e-5,
            sampler="poisson",
            adjacency="add_or_remove_one",
        )[0]

    assert told(noise * factor, steps) <= told(noise, steps) * (1 + 1e-6)
    assert told(noise, steps * 2) >= told(noise, steps) * (1 - 1e-6)


def test_a_declared_loss_below_the_recomputed_one_is_false_and_beyond_every_limit() -> None:
    honest = epsilon()
    answer = epsilon(declared_epsilon=0.2)
    assert answer.low == sys.float_info.max
    assert answer.detail.startswith(f"declared 0.2, recomputed {honest.value:.4g}: the declaration is false; ")


def test_a_declared_loss_is_held_against_the_delta_it_was_declared_at() -> None:
    honest = epsilon()
    stated = {**PLAIN, "declared_epsilon": honest.value}
    answer = ask(DpEpsilon(delta=1e-9), facts={"documents": {"dp_training": stated}})
    assert isinstance(answer, Estimate)
    assert honest.value < answer.value < 100


@pytest.mark.parametrize("declared", [100, None])
def test_a_declared_loss_above_it_is_not(declared: float | None) -> None:
    assert "false" not in epsilon(declared_epsilon=declared).detail


def test_a_declared_loss_that_was_rounded_is_not() -> None:
    assert "false" not in epsilon(declared_epsilon=epsilon().value * 0.9995).detail


@pytest.mark.parametrize("delta", [1 / 60_000, 1e-4, 0.5])
def test_delta_must_be_below_one_over_the_number_of_people(delta: float) -> None:
    told = f"δ is {delta:g}, and with 60,000 people it must be below 1.67e-05"
    assert training(delta=delta) == Unmeasured(Cause.UNDEFINED, told)


def test_the_rule_may_set_delta() -> None:
    facts = {"documents": {"dp_training": PLAIN}}
    strict = ask(DpEpsilon(delta=1e-9), facts=facts)
    assert isinstance(strict, Estimate)
    assert strict.value > epsilon().value


def test_training_without_noise_is_beyond_every_limit() -> None:
    answer = epsilon(noise_multiplier=0)
    assert (answer.low, answer.detail) == (sys.float_info.max, "training without noise protects nobody")


def test_a_sampling_rate_says_the_same_as_a_batch_size() -> None:
    assert epsilon(batch_size=None, sampling_rate=256 / 60_000).value == epsilon().value
    assert epsilon(sampling_rate=256 / 60_000).value == epsilon().value


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"sampler": None}, "`dp_training` cannot be computed from: `sampler` is not stated"),
        ({"adjacency": None}, "`dp_training` cannot be computed from: `adjacency` is not stated"),
        (
            {"batch_size": None},
            "`dp_training` cannot be computed from: neither `batch_size` nor `sampling_rate` is stated",
        ),
        ({"steps": 0}, "`dp_training` cannot be computed from: `steps` is less than 1"),
        ({"steps": 2.5}, "`dp_training` cannot be computed from: `steps` is not a whole number"),
        ({"noise_multiplier": -1}, "`dp_training` cannot be computed from: `noise_multiplier` is less than 0"),
        (
            {"adjacency": "neighbours"},
            "`dp_training` cannot be computed from: `adjacency` is none of `add_or_remove_one`, `replace_special`, `replace_one`",
        ),
        ({"batch_size": 70_000}, "`dp_training` states batches of 70000 out of 60,000 people"),
        (
            {"sampling_rate": 0.1},
            "`dp_training` states a sampling rate of 0.1, and batches of 256 out of 60,000 people",
        ),
    ],
)
def test_a_description_that_does_not_hold_together_says_why(changed: dict[str, Any], told: str) -> None:
    assert training(**changed) == Unmeasured(Cause.WRONG_TYPE, told)


def test_a_number_that_is_not_finite_is_refused() -> None:
    told = "`dp_training` states a number that is not finite"
    assert training(noise_multiplier=math.nan) == Unmeasured(Cause.NOT_FINITE, told)
    assert training(noise_multiplier=math.inf) == Unmeasured(Cause.NOT_FINITE, told)


@pytest.mark.parametrize(
    "extreme", [{"noise_multiplier": 1e9}, {"steps": 10**12}, {"sampling_rate": 1e-12, "batch_size": None}]
)
def test_where_the_accountants_arithmetic_gives_way_nothing_is_told(extreme: dict[str, Any]) -> None:
    with pytest.raises(MeasureError, match="no accountant can tell"):
        training(**extreme)


def test_hardly_any_noise_is_told_as_the_large_loss_it_is() -> None:
    assert epsilon(noise_multiplier=0.01).value > 1e4
    assert epsilon(noise_multiplier=0.01, adjacency="replace_one").value > 1e4
