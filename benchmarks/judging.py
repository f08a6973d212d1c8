"""How long 10,000 rules over 50 measurements take to judge."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from policykit.judge.judgement import judge
from policykit.stories.gate import Asked, measured
from policykit.stories.open import Table, open_all
from tests.build import write_bundle, write_policy
from tests.clock import NOW

RULES, COLUMNS, POLICIES = 10_000, 25, 100


def main() -> None:
    """Print one Markdown row."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = {f"c{i}": list(range(1000)) for i in range(COLUMNS)}
        write_bundle(folder / "b", data, task=None, protected_attributes=None)
        each = RULES // POLICIES
        for p in range(POLICIES):
            rules = [
                {
                    "check": "data.completeness" if i % 2 else "data.mean",
                    "with": {"column": f"c{(p * each + i) % COLUMNS}"},
                    "at_least": f"{(p * each + i) % 99 + 1} %" if i % 2 else (p * each + i) % 997,
                }
                for i in range(each)
            ]
            write_policy(folder / "policies" / f"p{p}.yaml", *rules, id=f"p{p}")
        opened = open_all(folder / "b", [folder / "policies"], None, Table())
        plan, taken = measured(opened.bundle, opened.policies, Asked(stage=None, now=NOW))
        best = min(_timed(lambda: judge(plan, taken)) for _ in range(3))
    print(f"| judge {RULES:,} rules over {len(taken)} measurements | {best:.2f} s | | 1 s |")


def _timed(work: object) -> float:
    assert callable(work)
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
