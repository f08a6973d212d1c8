"""What a bare `assert gap <= 0.10` lets through, and what it stops: `python examples/why_not_assert/simulate.py [FILE]`.

Draws 20,000 test sets from each of a few truths, and asks both: the assertion, which compares the point with the limit, and the
gate, which compares the bound. Fixed seed; under twenty seconds; writes `figures.md`.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from newcombe import Group, decide

LIMIT = 0.10
TEST_SETS = 20_000
SEED = 10


@dataclass(frozen=True)
class World:
    """A truth: for each group its number of rows in a test set, and its true rate of the favourable outcome."""

    title: str
    rows: tuple[int, ...]
    rates: tuple[float, ...]

    @property
    def within(self) -> bool:
        """Return whether the true gap is within the limit."""
        return max(self.rates) - min(self.rates) <= LIMIT


AGE_BANDS = (0.12, 0.33, 0.35, 0.20)
WORLDS = [
    World("a gap of 12 points, two groups", (500, 500), (0.38, 0.50)),
    World("a gap of 12 points, two groups", (5000, 5000), (0.38, 0.50)),
    World("no gap at all, four age bands", tuple(round(1000 * share) for share in AGE_BANDS), (0.5,) * 4),
    World("no gap at all, four age bands", tuple(round(10_000 * share) for share in AGE_BANDS), (0.5,) * 4),
    World("no gap at all, four age bands, 250 people who needed it", (30, 82, 88, 50), (0.5,) * 4),
    World("no gap at all, two groups", (500, 500), (0.5, 0.5)),
    World("no gap at all, two groups, one of them small", (90, 910), (0.5, 0.5)),
]


@dataclass(frozen=True)
class Seen:
    """Shares of test sets: those the assertion lets through, and the gate's three answers."""

    assert_passes: float
    gate_passes: float
    gate_not_shown: float
    gate_fails: float


def look(world: World, rng: np.random.Generator) -> Seen:
    """Return how often the assertion passes, and how often the gate passes, holds back and fails."""
    asserted, answers = 0, Counter[str]()
    for hits in rng.binomial(world.rows, world.rates, size=(TEST_SETS, len(world.rows))):
        groups: list[Group] = [(int(hit), rows) for hit, rows in zip(hits, world.rows, strict=True)]
        shares = [hit / rows for hit, rows in groups]
        asserted += max(shares) - min(shares) <= LIMIT
        answers[decide(groups, LIMIT)] += 1
    return Seen(
        asserted / TEST_SETS,
        answers["pass"] / TEST_SETS,
        answers["not shown"] / TEST_SETS,
        answers["fail"] / TEST_SETS,
    )


def figures() -> str:
    """Return the table, in Markdown."""
    rng = np.random.default_rng(SEED)
    lines = [
        f"Written by `simulate.py`: {TEST_SETS:,} test sets each, limit 10 points, bounds one-sided at 95 %.",
        "",
        "| the truth | rows | `assert gap <= 0.10` | the gate: pass | not shown yet | fail |",
        "|---|---:|---|---:|---:|---:|",
    ]
    for world in WORLDS:
        seen = look(world, rng)
        said = f"fails {1 - seen.assert_passes:.1%}" if world.within else f"**passes {seen.assert_passes:.1%}**"
        said = f"**{said}**" if world.within and seen.assert_passes < 0.99 else said
        lines.append(
            f"| {world.title} | {sum(world.rows):,} | {said} "
            f"| {seen.gate_passes:.1%} | {seen.gate_not_shown:.1%} | {seen.gate_fails:.1%} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    written = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "figures.md"
    written.write_text(figures(), encoding="utf-8")
    print(written.read_text(encoding="utf-8"), end="")
