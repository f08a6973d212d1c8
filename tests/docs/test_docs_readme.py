"""The README's figures are those of runs, and its pictures and words are those of the product."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from readme_figures import FIGURES, block, few, releases

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FIGURES)
def test_the_figures_are_those_of_a_run(name: str) -> None:
    assert block(name) == FIGURES[name](), "run `python tests/docs/readme_figures.py`"


def test_the_few_patients_are_as_many_and_as_far_apart_as_it_says() -> None:
    assert few() == ("HELD", "1 pp", 442)
    assert re.search(
        r"On the 442 patients of\s+\[`examples/diabetes`\]\(examples/diabetes\) a gap of one point is \*\*HELD\*\*",
        README,
    )


def test_what_the_demo_says_at_its_end_is_what_the_gate_says() -> None:
    demo = (ROOT / "examples" / "demo.sh").read_text(encoding="utf-8")
    gap = re.search(r"physical limitation \| at most 10 pp \| (\d+)\.\d pp", releases())
    assert gap is not None
    assert f"finds {gap[1]} points fewer" in demo


def test_the_screenshot_is_a_small_png() -> None:
    picture = (ROOT / "docs" / "images" / "report.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 400_000


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    pages = [README, *(path.read_text(encoding="utf-8") for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])]
    named = {name for page in pages for name in re.findall(r"(?:`|^)make ([a-z-]+)", page, re.MULTILINE)}
    assert named - targets == set()
    assert {"demo", "test", "test-slow"} <= named
