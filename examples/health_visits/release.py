"""Publish four statistics about the people in the evaluation data, and write down the privacy they cost.

Run once, by hand: every run spends the budget again, so `build.py` copies what stands in `releases/` and never calls this. The noise
comes from the system's own randomness (diffprivlib's default); a seed that anyone can read would let anyone take the noise away.

    python examples/health_visits/release.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from diffprivlib import BudgetAccountant, tools
from models import high_use
from people import person_years, split

RELEASES = Path(__file__).parent / "releases"
BUDGET = 1.0
VISIT_EDGES = [0, 1, 3, 5, 10, 80]
VISITS_CLIPPED_AT = 30


def publish() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (published statistics, ledger).

    One row of the evaluation data is one person, so that is whom ε protects. How many people there are, and how many have a
    physical limitation, is taken to be public: the model card states both.
    """
    train, people = split(person_years())
    accountant = BudgetAccountant(epsilon=BUDGET, delta=0.0)
    published: dict[str, Any] = {}
    releases: list[dict[str, Any]] = []

    def spend(name: str, epsilon: float, mechanism: str, value: Any) -> None:
        published[name] = value
        releases.append(
            {"name": name, "epsilon": epsilon, "delta": 0.0, "mechanism": mechanism, "dataset": "evaluation"}
        )

    visits_range = (VISIT_EDGES[0], VISIT_EDGES[-1])
    counts, _ = tools.histogram(people.visits, bins=VISIT_EDGES, range=visits_range, epsilon=0.2, accountant=accountant)
    spend("people_by_visits", 0.2, "geometric_truncated", {"edges": VISIT_EDGES, "people": [int(n) for n in counts]})

    share = tools.mean(high_use(train, people), epsilon=0.1, bounds=(0, 1), accountant=accountant)
    spend("share_of_high_use", 0.1, "laplace_truncated", round(float(share), 4))

    for limitation in ("no", "yes"):
        visits = people.visits[people.physical_limitation == limitation].to_numpy()
        clipped = np.minimum(visits, VISITS_CLIPPED_AT)
        mean = tools.mean(clipped, epsilon=0.2, bounds=(0, VISITS_CLIPPED_AT), accountant=accountant)
        spend(f"mean_visits_physical_limitation_{limitation}", 0.2, "laplace_truncated", round(float(mean), 2))

    epsilon, delta = accountant.total()
    if abs(epsilon - sum(release["epsilon"] for release in releases)) > 1e-9:
        raise SystemExit("the accountant and the ledger disagree")
    print(f"spent ε = {epsilon:.2f}, δ = {delta:g} of ε = {BUDGET}")
    return published, {"budget": {"epsilon": BUDGET, "delta": 0.0}, "releases": releases}


def write_json(path: Path, value: Any, indent: int | None = 2) -> None:
    """Write `value` as JSON, indented unless `indent` is None."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=indent, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    statistics, ledger = publish()
    write_json(RELEASES / "published_statistics.json", statistics)
    write_json(RELEASES / "privacy_ledger.json", ledger)
