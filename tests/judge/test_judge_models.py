"""The champion beside the candidate: the two sides of a difference, counted from the same rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from policykit.judge.models import with_models
from policykit.report.versus import against, models
from policykit.stories.api import gate
from policykit.terms.estimate import Estimate
from policykit.terms.quantity import Unit
from tests.docs.pages import ROOT, blocks


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ((0.047, 0.033, 0.06), ("better by 4.7 pp", "3.3 to 6 pp better")),
        ((-0.047, -0.06, -0.033), ("worse by 4.7 pp", "3.3 to 6 pp worse")),
        ((-0.002, -0.011, 0.007), ("worse by 0.2 pp", "1.1 pp worse to 0.7 pp better")),
        ((0.0, 0.0, 0.0), ("equal", "")),
    ],
)
def test_a_difference_says_its_direction(seen: tuple[float, float, float], said: tuple[str, str]) -> None:
    estimate = Estimate(*seen, 3000, "newcombe paired")
    assert against(estimate, "performance.accuracy", Unit.DIFFERENCE, contrast=True) == said


def test_two_sides_that_are_not_of_this_difference_are_not_shown() -> None:
    gap, mine, other = (Estimate(value, value, value, 100, "") for value in (0.1, 0.9, 0.85))
    assert with_models(gap, mine, other) == gap


COUNTED: dict[str, Callable[[list[tuple[int, int]]], float]] = {
    "performance.accuracy": lambda rows: sum(y == p for y, p in rows) / len(rows),
    "performance.recall": lambda rows: sum(p for y, p in rows if y) / sum(y for y, _ in rows),
    "performance.precision": lambda rows: sum(y for y, p in rows if p) / sum(p for _, p in rows),
}


@pytest.mark.parametrize("check", sorted(COUNTED))
def test_each_side_is_what_the_rows_say(check: str, tmp_path: Path) -> None:
    draw = Random(7)
    rows = [
        (y, int(draw.random() < (0.9 if y else 0.1)), int(draw.random() < (0.8 if y else 0.2))) for y in [0, 1] * 300
    ]
    (tmp_path / "p.csv").write_text("y,p,champion_prediction\n" + "".join(f"{y},{p},{c}\n" for y, p, c in rows))
    task = "{kind: binary-classification, target: y, prediction: p, positive: 1, favourable: 1}"
    (tmp_path / "bundle.yaml").write_text(
        "policykit: bundle/1\nname: m\nversion: 1.0.0\nlabels: {use_case: credit}\n"
        f"task: {task}\ndatasets: {{evaluation: {{path: p.csv}}}}\n"
    )
    page = next(one for one in blocks(ROOT / "docs" / "bundle.md") if "compared_with: champion" in one.text)
    policy = tmp_path.parent / f"{tmp_path.name}.yaml"
    policy.write_text(page.text.replace("performance.accuracy", check))
    report = gate(tmp_path, policies=[policy])
    (found,) = report.rules[0].verdict.findings
    assert found.observed is not None
    mine, other = found.observed.models
    assert mine[2] == pytest.approx(COUNTED[check]([(y, p) for y, p, _ in rows]))
    assert other[2] == pytest.approx(COUNTED[check]([(y, c) for y, _, c in rows]))
    assert mine[3] is not None and other[3] is not None and other[3] < other[2] < (other[4] or 0)
    told = models(found.observed.models, Unit.SHARE, "95 %")
    assert told.startswith("candidate ") and ", champion " in told and told.endswith(", at 95 %")


def test_a_champion_that_was_only_counted_in_the_difference_says_why_it_has_no_interval() -> None:
    mine, alone = ("candidate", 900, 0.1, 0.08, 0.12), ("champion", 900, 0.15, None, None)
    assert models((mine, alone), Unit.NUMBER, "95 %") == (
        "candidate 0.1 (0.08 to 0.12), champion 0.15 (no interval of its own: only the difference was counted), at 95 %"
    )
    assert models((("candidate", 9, 0.1, 0.1, 0.1), ("champion", 9, 0.15, 0.15, 0.15)), Unit.NUMBER, "95 %") == (
        "candidate 0.1, champion 0.15"
    )
