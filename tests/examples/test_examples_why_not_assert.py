"""`examples/why_not_assert`: the figures are those of a run, and they say what the README says they say."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def figures(examples) -> str:
    return (examples / "why_not_assert" / "figures.md").read_text(encoding="utf-8")


def _row(figures: str, truth: str, rows: str) -> list[float]:
    line = next(line for line in figures.splitlines() if line.startswith(f"| {truth} | {rows} |"))
    return [float(share) for share in re.findall(r"([\d.]+)%", line)]


def test_a_run_gives_the_committed_figures(run, figures, tmp_path):
    run("why_not_assert", "simulate.py", str(tmp_path / "figures.md"))
    assert (tmp_path / "figures.md").read_text(encoding="utf-8") == figures


def test_a_gap_of_twelve_points_passes_the_assertion_in_about_a_quarter_of_test_sets_and_the_gate_in_hardly_any(
    figures,
):
    asserted, passed, _, _ = _row(figures, "a gap of 12 points, two groups", "1,000")
    assert 22 < asserted < 30
    assert passed < 5


def test_a_fair_model_over_four_age_bands_fails_the_assertion_often_and_the_gate_hardly_ever(figures):
    asserted, _, _, failed = _row(figures, "no gap at all, four age bands", "1,000")
    assert asserted > 15
    assert failed < 5


def test_with_enough_rows_the_gate_passes_what_is_fair(figures):
    assert _row(figures, "no gap at all, four age bands", "10,000")[1] > 99


@pytest.fixture(scope="module")
def newcombe(examples):
    sys.path.insert(0, str(examples / "why_not_assert"))
    try:
        import newcombe
    finally:
        sys.path.pop(0)
    assert Path(newcombe.__file__).parent == examples / "why_not_assert"
    return newcombe


@pytest.mark.parametrize(
    ("a", "b"), [((56, 70), (48, 80)), ((9, 10), (3, 10)), ((10, 10), (0, 20)), ((250, 500), (190, 500))]
)
def test_the_interval_is_that_of_statsmodels(newcombe, a, b):
    from statsmodels.stats.proportion import confint_proportions_2indep

    expected = confint_proportions_2indep(*a, *b, compare="diff", method="newcomb", alpha=0.10)
    assert newcombe.newcombe(a, b, 1.6448536269514722) == pytest.approx(expected, abs=1e-9)


def test_the_page_of_plain_python_decides_as_the_gates_own_arithmetic_does(newcombe):
    import numpy as np

    from policykit.stats.groups import Rate, largest_gap

    rng = np.random.default_rng(11)
    answers = set()
    for _ in range(1500):
        sizes = rng.integers(30, 1500, size=rng.integers(2, 5))
        groups = [(int(rng.binomial(rows, rng.uniform(0.3, 0.6))), int(rows)) for rows in sizes]
        extent = largest_gap(tuple(Rate(str(i), *group) for i, group in enumerate(groups)), level=0.90)
        gate = "pass" if extent.high <= 0.10 else "fail" if extent.low > 0.10 else "not shown"
        assert newcombe.decide(groups, 0.10) == gate
        answers.add(gate)
    assert answers == {"pass", "fail", "not shown"}
