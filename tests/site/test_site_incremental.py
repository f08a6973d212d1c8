"""A site that was made again, piece by piece, is the very site that would be made at once."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policykit.errors import StorageError, UsageError
from tests.site.site_builder import WAIVER, build, said, tree, write

STATEMENTS = [
    said("ALLOWED", day=1),
    said("BLOCKED", version="1.1.0", day=5, shift=0.01),
    said("ALLOWED", version="1.2.0", day=9, waivers=(WAIVER,)),
    said("HELD", name="churn", day=3, stage="staging"),
    said("ALLOWED", name="churn", version="2", day=40, stage="staging"),
    said("ALLOWED", name="Churn", version="2", day=41),
    said("BLOCKED", name="<script>", version="../../x", day=70, stage="canary"),
    said("HELD", version="1.3.0", day=71, shift=-0.02),
]
PIECES = st.lists(st.sets(st.integers(0, len(STATEMENTS) - 1)), min_size=2, max_size=4)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PIECES, st.booleans())
def test_adding_and_taking_away_reports_gives_the_site_that_is_made_at_once(
    pieces: list[set[int]], copies: bool
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reports = folder / "reports"
        for piece in pieces:
            shutil.rmtree(reports, ignore_errors=True)
            reports.mkdir()
            for number in piece:
                write(reports, f"{number}.json", STATEMENTS[number])
            build(reports, folder / "site", with_reports=copies, may_be_empty=True)
        build(reports, folder / "fresh", with_reports=copies, may_be_empty=True, state=folder / "site-state")
        assert tree(folder / "site", state=True) == tree(folder / "fresh", state=True)


def _two(folder: Path) -> Path:
    for number in (0, 1):
        write(folder / "reports", f"{number}.json", STATEMENTS[number])
    return folder / "reports"


def test_a_second_run_writes_nothing_where_nothing_changed(tmp_path: Path) -> None:
    build(_two(tmp_path), tmp_path / "site")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "site").rglob("*")}
    assert build(tmp_path / "reports", tmp_path / "site").written == 0
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "site").rglob("*")} == before


def test_one_more_report_leaves_the_pages_of_other_models_as_they_are(tmp_path: Path) -> None:
    reports = _two(tmp_path)
    write(reports, "churn.json", STATEMENTS[3])
    build(reports, tmp_path / "site")
    churn = next((tmp_path / "site" / "models").glob("churn-*"))
    before = churn.stat().st_mtime_ns
    write(reports, "more.json", STATEMENTS[7])
    build(reports, tmp_path / "site")
    assert churn.stat().st_mtime_ns == before


def test_the_same_reports_give_the_same_bytes_with_one_process_and_with_two(tmp_path: Path) -> None:
    for number in range(70):
        write(tmp_path / "reports", f"{number}.json", said(name=f"m{number % 7}", version=str(number), day=1 + number))
    build(tmp_path / "reports", tmp_path / "one", jobs=1)
    build(tmp_path / "reports", tmp_path / "two", jobs=2)
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_a_changed_state_is_not_believed_and_the_site_is_made_anew(tmp_path: Path) -> None:
    reports = _two(tmp_path)
    pages = build(reports, tmp_path / "site").pages
    state = tmp_path / "site" / ".policykit-site"
    state.write_bytes(state.read_bytes().replace(b"BLOCKED", b"ALLOWED"))
    assert build(reports, tmp_path / "site").written == pages
    build(reports, tmp_path / "fresh", state=tmp_path / "site-state")
    assert tree(tmp_path / "site", state=True) == tree(tmp_path / "fresh", state=True)


def test_a_state_that_another_user_sealed_is_not_believed(tmp_path: Path) -> None:
    pages = build(_two(tmp_path), tmp_path / "site").pages
    assert build(tmp_path / "reports", tmp_path / "site", state=tmp_path / "other").written == pages


def test_pages_of_a_site_whose_state_is_lost_are_known_by_their_mark_and_go(tmp_path: Path) -> None:
    reports = _two(tmp_path)
    build(reports, tmp_path / "site", with_reports=True)
    (tmp_path / "site" / ".policykit-site").write_bytes(b"policykit site 1 lost\n")
    (reports / "1.json").unlink()
    build(reports, tmp_path / "site", with_reports=True)
    build(reports, tmp_path / "fresh", with_reports=True)
    assert tree(tmp_path / "site") == tree(tmp_path / "fresh")


def test_a_page_that_somebody_changed_is_written_again(tmp_path: Path) -> None:
    build(_two(tmp_path), tmp_path / "site")
    page = next((tmp_path / "site" / "models").glob("*.html"))
    page.write_text(page.read_text().replace("BLOCKED", "ALLOWED"))
    assert build(tmp_path / "reports", tmp_path / "site").written == 1
    assert "BLOCKED" in page.read_text()


def test_files_that_the_site_did_not_write_are_left_alone(tmp_path: Path) -> None:
    build(_two(tmp_path), tmp_path / "site")
    for path in ("CNAME", "models/notes.txt", "models/mine.html", "own/page.html"):
        (tmp_path / "site" / path).parent.mkdir(exist_ok=True)
        (tmp_path / "site" / path).write_text("mine")
    built = build(tmp_path / "reports", tmp_path / "site")
    assert (built.deleted, built.left) == (0, 3)
    assert (tmp_path / "site" / "own" / "page.html").read_text() == "mine"


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "thesis.txt").write_text("ten years")
    with pytest.raises(UsageError, match="is not empty, and is no site that policykit wrote"):
        build(_two(tmp_path), tmp_path / "site")
    assert [path.name for path in (tmp_path / "site").iterdir()] == ["thesis.txt"]


def test_a_link_in_the_place_of_a_folder_of_the_site_is_refused(tmp_path: Path) -> None:
    build(_two(tmp_path), tmp_path / "site")
    shutil.rmtree(tmp_path / "site" / "models")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "site" / "models").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="is a link, and a site is written to folders of its own"):
        build(tmp_path / "reports", tmp_path / "site")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_site_within_the_folder_of_its_reports_does_not_read_itself(tmp_path: Path) -> None:
    reports = _two(tmp_path)
    first = build(reports, reports / "site", with_reports=True, state=tmp_path / "state")
    again = build(reports, reports / "site", with_reports=True, state=tmp_path / "state")
    assert (again.reports, again.written) == (first.reports, 0)


def test_another_day_changes_only_the_pages_that_count_days(tmp_path: Path) -> None:
    write(tmp_path / "reports", "a.json", STATEMENTS[2])
    build(tmp_path / "reports", tmp_path / "site")
    before = tree(tmp_path / "site")
    build(tmp_path / "reports", tmp_path / "site", as_of=date(2026, 11, 23))
    after = tree(tmp_path / "site")
    assert {path for path in after if after[path] != before[path]} == {"index.html", "index.json", "waivers.html"}


def test_another_title_is_on_every_page(tmp_path: Path) -> None:
    build(_two(tmp_path), tmp_path / "site")
    build(tmp_path / "reports", tmp_path / "site", title="Models of Acme")
    pages = list((tmp_path / "site").rglob("*.html"))
    assert pages and all("Models of Acme" in path.read_text() for path in pages)
