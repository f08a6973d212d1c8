"""`privacy.dp_budget`"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from policykit.checks._documents import problems
from policykit.checks.privacy._unbounded import finite, unbounded
from policykit.stats.accounting import Spend, composed, delta_spent
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.estimate import exactly
from policykit.terms.frame import Frame
from policykit.terms.measure import Fact, Measure
from policykit.terms.policy import Source
from policykit.terms.quantity import Unit
from policykit.terms.state import Stated
from policykit.terms.verdict import Cause, Unmeasured

_MOST_DELTA = Fraction(1, 100_000)
"""The largest δ that a ledger may choose for itself: at a large δ any ε is small, for it may not hold at all."""
_SCHEMA = Path(__file__).with_name("_privacy_ledger.json")


def _ledger(*epsilons: float, delta: float = 0.0) -> Mapping[str, Any]:
    releases = [{"name": f"table_{i}", "epsilon": e, "delta": delta} for i, e in enumerate(epsilons)]
    return {"privacy_ledger": {"budget": {"epsilon": 1.0, "delta": 0.0}, "releases": releases}}


class DpBudget(Check):
    """How much privacy loss (ε) all published statistics have spent together.

    Every release in the document `privacy_ledger` is composed by diffprivlib's accountant: the smallest of plain addition and
    advanced composition that holds at the rule's `delta`; without one, at the δ of the ledger's own budget, if that is at most
    0.00001. A larger δ the rule has to name itself, for the larger the δ, the smaller the ε. The releases' own δ count: where
    they spend more than is allowed, no ε holds. `of: delta` asks for the δ spent instead, and
    `of: share` for the part of the ledger's own ε that is gone. Releases add up, whatever they are about; with
    `per_dataset: true` those of different `dataset`s do not (they must be about different people), and the worst is told.
    A release that names none counts for each.

    ## Why it matters

    Each table published with noise is harmless alone. Together they average the noise away: budgets are spent once.

    ## What it does not see

    Releases that were not written down, and exact numbers published beside them. Whether each mechanism really gave the ε it
    states. Whether the people of two data sets are different people.
    """

    question: ClassVar = "is the privacy budget kept?"
    unit: ClassVar = Unit.NUMBER
    bounds: ClassVar = (0, None)
    better: ClassVar = "lower"
    weakest: ClassVar = Source.DECLARED
    data: ClassVar = ""
    examples: ClassVar = (
        Example("three releases within the budget", "pass", {"at_most": 1}, documents=_ledger(0.5, 0.3, 0.2)),
        Example("a fourth one too many", "fail", {"at_most": 1}, documents=_ledger(0.5, 0.3, 0.2, 0.1)),
        Example("an empty ledger shows nothing", "undecided(empty)", {"at_most": 1}, documents=_ledger()),
        Example("no ledger", "undecided(missing)", {"at_most": 1}),
        Example(
            "a release of less than nothing", "undecided(wrong_type)", {"at_most": 1}, documents=_ledger(0.5, -0.3)
        ),
    )

    of: Literal["epsilon", "delta", "share"] = Field(
        default="epsilon", description="ε spent, δ spent, or the share of the ledger's ε spent"
    )
    delta: float | None = Field(
        default=None,
        ge=0,
        lt=1,
        description="the δ at which ε is told; default: that of the ledger's budget, where it is at most 0.00001",
    )
    per_dataset: bool = Field(
        default=False, description="whether releases of different data sets are about different people"
    )

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        return {"ledger": Fact(("documents", "privacy_ledger"))}

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        state = got["ledger"]
        ledger: Any = state.value if isinstance(state, Stated) else None
        wrong = problems(ledger, _SCHEMA)
        if wrong:
            return Unmeasured(Cause.WRONG_TYPE, f"`privacy_ledger` cannot be added up: {'; '.join(wrong[:5])}")
        releases: Sequence[Mapping[str, Any]] = ledger["releases"]
        odd = _odd(releases) or ("the budget" if not _finite(ledger["budget"]) else None)
        if odd:
            return Unmeasured(Cause.NOT_FINITE, f"{odd} states an ε or δ that is not a finite number")
        nothing = next((release["name"] for release in releases if release["epsilon"] == 0 == release["delta"]), None)
        if nothing is not None:
            told = f"release `{nothing}` claims to have spent nothing, and nothing that depends on people can"
            return Unmeasured(Cause.WRONG_TYPE, told)
        if not releases:
            return Unmeasured(Cause.EMPTY, "`privacy_ledger` lists no release")
        return self._spent(releases, ledger["budget"])

    def _spent(self, releases: Sequence[Mapping[str, Any]], budget: Mapping[str, float]) -> Answer:
        parts = _by_dataset(releases) if self.per_dataset else {"": releases}
        spends = {name: [_spend(release) for release in part] for name, part in parts.items()}
        n = len(releases)
        if self.of == "delta":
            worst = max(spends, key=lambda name: delta_spent(spends[name]))
            return exactly(delta_spent(spends[worst]), n, detail=_detail(worst, n))
        allowed = Fraction(str(self.delta if self.delta is not None else budget["delta"]))
        if self.delta is None and allowed > _MOST_DELTA:
            told = f"the ledger's δ of {float(allowed):g} is more than {float(_MOST_DELTA):g}: the rule has to say `with: {{delta: …}}`"
            return Unmeasured(Cause.UNDEFINED, told)
        totals: dict[str, Fraction] = {}
        for name, spend in spends.items():
            epsilon = composed(spend, allowed)
            if epsilon is None:
                told = f"the releases spend a δ of {float(delta_spent(spend)):.4g}, more than the {float(allowed):.4g} that is allowed"
                return unbounded(n, told)
            totals[name] = epsilon
        worst = max(totals, key=lambda name: totals[name])
        whole = Fraction(str(budget["epsilon"])) if self.of == "share" else Fraction(1)
        at = f" at a δ of {float(allowed):.4g}" if allowed else ""
        return exactly(totals[worst] / whole, n, detail=_detail(worst, n) + at)


def _spend(release: Mapping[str, Any]) -> Spend:
    return Fraction(str(release["epsilon"])), Fraction(str(release["delta"]))


def _by_dataset(releases: Sequence[Mapping[str, Any]]) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    names = sorted({release["dataset"] for release in releases if release.get("dataset")}) or [""]
    return {name: [release for release in releases if (release.get("dataset") or name) == name] for name in names}


def _odd(releases: Sequence[Mapping[str, Any]]) -> str | None:
    return next((f"release `{release['name']}`" for release in releases if not _finite(release)), None)


def _finite(spend: Mapping[str, Any]) -> bool:
    return finite(spend["epsilon"]) and finite(spend["delta"])


def _detail(dataset: str, n: int) -> str:
    together = f"{n} releases together" if n != 1 else "1 release"
    return f"{together}; most about `{dataset}`" if dataset else together
