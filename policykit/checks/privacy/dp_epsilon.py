"""`privacy.dp_epsilon`"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from policykit.checks._documents import problems
from policykit.checks.privacy._unbounded import finite, unbounded
from policykit.stats.accounting import Sampler, training_epsilon
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.estimate import Estimate
from policykit.terms.frame import Frame
from policykit.terms.measure import Fact, Measure
from policykit.terms.policy import Source
from policykit.terms.quantity import Unit
from policykit.terms.state import Stated
from policykit.terms.verdict import Cause, Unmeasured

_SCHEMA = Path(__file__).with_name("_dp_training.json")
_TOLERANCE = 1e-3
"""Of a declared ε below the recomputed one: what rounding for a card explains."""


def _training(**changed: Any) -> Mapping[str, Any]:
    plain = {
        "noise_multiplier": 1.1,
        "batch_size": 256,
        "dataset_size": 60000,
        "steps": 3500,
        "delta": 1e-5,
        "sampler": "poisson",
        "adjacency": "add_or_remove_one",
    }
    return {"dp_training": {**plain, **changed}}


class DpEpsilon(Check):
    """How much privacy loss (ε) training with noise has spent, recomputed from how the training was done.

    From the document `dp_training`: noise multiplier, batch size or sampling rate, steps, δ, sampler, adjacency. dp-accounting
    computes it twice, by Rényi accounting and by privacy loss distributions, and the smaller holds. Sampling counts in
    favour of privacy only where the sampler is `poisson`: `shuffle` touches everybody once an epoch (where a neighbour is
    one person replaced, or one person's contribution left out: `replace_special`), any other sampler everybody in each step.
    δ must be below one over the number of people. A declared ε below the recomputed one is false, and
    fails whatever the limit.

    ## Why it matters

    The ε on a model card is often that of a sampler that the training did not use, or of fewer steps than were run.

    ## What it does not see

    Whether gradients were clipped for each person, and whether the stated parameters are those of the run: it is still the
    bundle's word. Runs that were tried and thrown away, and hyperparameters chosen on the same people.
    """

    question: ClassVar = "how much could the model reveal about one person?"
    unit: ClassVar = Unit.NUMBER
    bounds: ClassVar = (0, None)
    better: ClassVar = "lower"
    weakest: ClassVar = Source.DECLARED
    data: ClassVar = ""
    examples: ClassVar = (
        Example("enough noise for these steps", "pass", {"at_most": 2}, documents=_training()),
        Example("half the noise", "fail", {"at_most": 2}, documents=_training(noise_multiplier=0.55)),
        Example(
            "shuffled batches do not amplify, whatever is declared",
            "fail",
            {"at_most": 2},
            documents=_training(sampler="shuffle", adjacency="replace_special", declared_epsilon=1.2),
        ),
        Example(
            "a declared ε that these steps do not keep is false, and fails whatever the limit",
            "fail",
            {"at_most": 100},
            documents=_training(declared_epsilon=0.1),
        ),
        Example(
            "a δ that lets somebody out whole", "undecided(undefined)", {"at_most": 2}, documents=_training(delta=0.001)
        ),
        Example("nobody says how it was trained", "undecided(missing)", {"at_most": 2}),
    )

    delta: float | None = Field(
        default=None, gt=0, lt=1, description="the δ at which ε is told; default: that of the document"
    )

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        return {"training": Fact(("documents", "dp_training"))}

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        state = got["training"]
        stated: Any = state.value if isinstance(state, Stated) else None
        wrong = problems(stated, _SCHEMA)
        if wrong:
            return Unmeasured(Cause.WRONG_TYPE, f"`dp_training` cannot be computed from: {'; '.join(wrong[:5])}")
        if not all(finite(value) for value in stated.values() if isinstance(value, int | float)):
            return Unmeasured(Cause.NOT_FINITE, "`dp_training` states a number that is not finite")
        people, delta = stated["dataset_size"], self.delta if self.delta is not None else stated["delta"]
        rate = _rate(stated)
        if isinstance(rate, Unmeasured):
            return rate
        if delta * people >= 1:
            return Unmeasured(
                Cause.UNDEFINED, f"δ is {delta:g}, and with {people:,} people it must be below {1 / people:.3g}"
            )
        sampler = _sampler(stated["sampler"])
        epsilon, accountant = _spent(stated, rate, delta)
        told = f"recomputed by {accountant} at a δ of {delta:g}"
        if sampler != "poisson":
            told = f"{told}; `{stated['sampler']}` is not Poisson sampling and does not amplify"
        declared = stated.get("declared_epsilon")
        there = epsilon if delta == stated["delta"] or declared is None else _spent(stated, rate, stated["delta"])[0]
        if declared is not None and declared < there * (1 - _TOLERANCE):
            false = f"declared {declared:g}, recomputed {there:.4g}: the declaration is false"
            return unbounded(people, f"{false}; {told}")
        if not finite(epsilon):
            return unbounded(people, "training without noise protects nobody")
        return Estimate(epsilon, epsilon, epsilon, people, "exact", detail=told)


def _spent(stated: Mapping[str, Any], rate: float, delta: float) -> tuple[float, str]:
    return training_epsilon(
        noise_multiplier=stated["noise_multiplier"],
        sampling_rate=rate,
        steps=stated["steps"],
        delta=delta,
        sampler=_sampler(stated["sampler"]),
        adjacency=stated["adjacency"],
    )


def _rate(stated: Mapping[str, Any]) -> float | Unmeasured:
    """The chance of a person to be in a step; stated in two ways, it must be the same."""
    people = stated["dataset_size"]
    size, rate = stated.get("batch_size"), stated.get("sampling_rate")
    if size is not None and size > people:
        return Unmeasured(Cause.WRONG_TYPE, f"`dp_training` states batches of {size:g} out of {people:,} people")
    if size is None:
        return float(stated["sampling_rate"])
    if rate is None:
        return float(size / people)
    if abs(size / people - rate) > 1e-6 * rate:
        told = f"`dp_training` states a sampling rate of {rate:g}, and batches of {size:g} out of {people:,} people"
        return Unmeasured(Cause.WRONG_TYPE, told)
    return float(rate)


def _sampler(stated: str) -> Sampler:
    match stated.strip().casefold():
        case "poisson":
            return "poisson"
        case "shuffle" | "shuffled":
            return "shuffle"
        case _:
            return "other"
