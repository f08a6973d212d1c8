"""The README's figures are those of runs, and its pictures and words are those of the product."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from readme_figures import FIGURES, block, few, releases

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs" / "images"))

from drawn import printed  # noqa: E402 - found by the line above

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


@pytest.mark.parametrize("picture", sorted((ROOT / "docs" / "images").glob("*.png")), ids=lambda path: path.name)
def test_a_picture_is_a_png_that_shows_something_and_loads_fast(picture: Path) -> None:
    data = picture.read_bytes()
    assert data.startswith(b"\x89PNG")
    assert 40_000 < len(data) < 400_000


def test_what_is_drawn_of_the_terminal_and_the_comment_is_a_blocked_model(tmp_path: Path) -> None:
    comment = tmp_path / "comment.md"
    assert "20.2 pp" in printed(comment)
    assert comment.read_text(encoding="utf-8").splitlines()[1].startswith("## ❌ BLOCKED")


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    pages = [README, *(path.read_text(encoding="utf-8") for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])]
    named = {name for page in pages for name in re.findall(r"(?:`|^)make ([a-z-]+)", page, re.MULTILINE)}
    assert named - targets == set()
    assert {"demo", "test", "test-slow"} <= named
