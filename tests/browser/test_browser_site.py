"""The pages of a site in a real browser: nothing runs, nothing is fetched, nothing sticks out, filters work, axe finds nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.chromium import Asked, look, looks
from tests.hostile.naughty_names import names
from tests.site.site_builder import WAIVER, build, said, write

pytestmark = pytest.mark.slow
_NAMES = [name for name in names() if name.encode("utf-8", "ignore").decode() == name]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site in which every name tried to be something else."""
    made = tmp_path_factory.mktemp("site")
    for number, name in enumerate(_NAMES):
        kind = ("ALLOWED", "BLOCKED", "HELD")[number % 3]
        statement = said(kind, name=name, version=name, stage="production", day=1 + number % 80, shift=number / 1e4)
        predicate = statement["predicate"]
        predicate["reason"] = name
        for rule in predicate["rules"]:
            rule.update(title=name, sentence=name, owner=name, reason=name)
            for finding in rule["findings"]:
                finding.update(slice=[["attribute", name]], reason=name)
        predicate["waivers"] = [{**WAIVER, "id": name, "rule": name, "reason": name, "told": name}]
        write(made / "reports", f"{number}.json", statement)
    for number in range(12):
        write(
            made / "reports",
            f"loans-{number}.json",
            said("BLOCKED" if number % 4 == 3 else "ALLOWED", version=f"1.{number}", day=3 + number),
        )
    build(made / "reports", made / "site", title="<img src=x onerror=alert(1)>")
    return made / "site"


def _pages(folder: Path) -> list[Path]:
    """Return a page of each kind, and those of a few dozen hostile reports and models."""
    top = (
        sorted(folder.glob("*.html"))
        + sorted(folder.glob("stages/*.html"))[:1]
        + sorted(folder.glob("reports/2*.html"))[:1]
    )
    return [
        *top,
        *sorted(folder.glob("models/loans-*.html")),
        *sorted(folder.glob("models/*.html"))[::40],
        *sorted(folder.glob("reports/*/*.html"))[::40],
    ]


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_hostile_names_run_nothing_fetch_nothing_and_break_no_layout(folder: Path, width: int, dark: bool) -> None:
    pages = _pages(folder)
    wrong = []
    for page, seen in zip(pages, looks(*(Asked(page, width, dark=dark) for page in pages)), strict=True):
        assert (seen.console, seen.fetched, seen.ran, seen.handlers, seen.scripts) == ((), (), (), (), 0), page
        if seen.violations or seen.overflow:
            wrong.append((page.name, seen.violations, seen.overflow, seen.wide))
    assert wrong == []


def test_a_filter_shows_only_what_it_names(folder: Path) -> None:
    shown = "[...document.querySelectorAll('.list > li')].filter(li => li.offsetHeight).map(li => li.className.trim())"
    page = next(folder.glob("models/loans-*.html"))
    seen = look(
        page,
        press=["label[for=f-blocked]"],
        ask={"rows": f"{shown}.filter(name => name != 'blocked').length", "all": f"{shown}.length"},
    )
    assert (seen.asked["rows"], seen.asked["all"]) == (0, 4)


def test_a_filter_can_be_set_with_the_keyboard(folder: Path) -> None:
    page = next(folder.glob("models/loans-*.html"))
    seen = look(
        page,
        press=["label[for=f-all]"],
        keys=["ArrowRight"],
        ask={"on": "document.querySelector('#f-allowed').checked"},
    )
    assert seen.asked["on"]


def test_a_site_prints(folder: Path, tmp_path: Path) -> None:
    seen = look(next(folder.glob("models/loans-*.html")), pdf=tmp_path / "model.pdf", media="print")
    assert (tmp_path / "model.pdf").stat().st_size > 10_000
    assert seen.console == ()
