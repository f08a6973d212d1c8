"""Take the pictures of the tutorials from the real thing: walk through the one for release managers, and look at what it wrote."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.browser.chromium import Asked, looks  # noqa: E402
from tests.docs.pages import walk  # noqa: E402

WIDTH = 1080


def main() -> None:
    """Walk, look, and write `manager-*.png` beside this file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        walk(ROOT / "docs" / "tutorial-manager.md", folder, tell=nothing)
        looks(
            shot(folder / "care-1.0.0.html", "blocked", 1000),
            shot(folder / "early-0.3.0.html", "held", 1000),
            shot(folder / "care-1.0.0.html", "rule", 750, at="#rule-1"),
            shot(folder / "changed.html", "changed", 620, at="#h-since"),
            shot(folder / "site" / "index.html", "site", 1000),
        )


def nothing(text: str) -> str:  # noqa: ARG001 - what is said is compared by the tests, not here
    """Return nothing, which is said by everything."""
    return ""


def shot(page: Path, name: str, height: int, at: str = "") -> Asked:
    """Return what to look at: a page from its top, or from the place that `at` selects."""
    scroll = f"scrollTo(0, document.querySelector('{at}').getBoundingClientRect().top - 24)" if at else "0"
    picture = Path(__file__).parent / f"manager-{name}.png"
    return Asked(page, WIDTH, height, shot=picture, axe=False, whole=False, ask={"scrolled": scroll})


if __name__ == "__main__":
    main()
