"""What watches our pages really sees what is wrong with a page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.chromium import PHONE, look, pages_of

pytestmark = pytest.mark.slow

WRONG = """<!doctype html><html><head><meta charset="utf-8"><title>wrong</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"></head>
<body><main><h1>Wrong</h1><img src="https://nowhere.invalid/a.png"><p style="color:#ddd;background:#fff">pale words</p>
<button></button><p style="width:2000px" class="long">sticks out</p><p onclick="alert(1)">x</p>
<script>document.title = "ran"</script></main></body></html>"""


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = tmp_path_factory.mktemp("wrong") / "wrong.html"
    page.write_text(WRONG)
    return page


def test_a_page_made_wrong_on_purpose_is_found_wrong(wrong: Path) -> None:
    seen = look(wrong)
    assert {"color-contrast", "image-alt", "button-name", "html-has-lang"} <= {one.id for one in seen.violations}
    assert {one.impact for one in seen.grave} == {"serious", "critical"}
    assert any("https://nowhere.invalid/a.png" in line for line in seen.console)
    assert any("inline script" in line for line in seen.console)
    assert (seen.scripts, seen.title) == (1, "wrong")
    assert seen.handlers == ("p onclick",)
    assert seen.overflow > 700
    assert any("sticks out" in one for one in seen.wide)


def test_a_script_that_runs_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "runs.html"
    page.write_text("<!doctype html><title>t</title><script>console.log('ran'); alert('ran')</script>")
    seen = look(page, axe=False)
    assert seen.console == ("log: ran",)
    assert seen.ran == ("dialog: ran",)


def test_pictures_and_paper_are_written(wrong: Path, tmp_path: Path) -> None:
    shot, pdf = tmp_path / "shot.png", tmp_path / "page.pdf"
    seen = look(wrong, width=PHONE, dark=True, axe=False, shot=shot, pdf=pdf, ask={"wide": "innerWidth"})
    assert shot.read_bytes().startswith(b"\x89PNG")
    assert pages_of(pdf) == 1
    assert seen.asked == {"wide": PHONE}
    assert seen.first_paint_ms is not None and seen.first_paint_ms > 0
