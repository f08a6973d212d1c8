"""Take the pictures of the tutorials from the real thing: walk through the one for release managers, and look at what it wrote."""

from __future__ import annotations

import re
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
            shot(folder / "care-1.0.0.html", "rule", 900, at=r'id="([^"]*FAIR-01[^"]*)"'),
            shot(folder / "changed.html", "changed", 900, at=r'id="(change[^"]*)"'),
            shot(folder / "site" / "index.html", "site", 1000),
        )


def nothing(text: str) -> str:  # noqa: ARG001 - what is said is compared by the tests, not here
    """Return nothing, which is said by everything."""
    return ""


def shot(page: Path, name: str, height: int, at: str = "") -> Asked:
    """Return what to look at: a page from its top, or from the first place whose id `at` finds."""
    found = re.search(at, page.read_text(encoding="utf-8")) if at else None
    address = page.resolve().as_uri() + (f"#{found[1]}" if found else "")
    return Asked(address, WIDTH, height, shot=Path(__file__).parent / f"manager-{name}.png", axe=False, whole=False)


if __name__ == "__main__":
    main()
