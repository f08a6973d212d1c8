"""What the lists of a site say: where models stand, what rules stopped, which waivers there are, how numbers moved."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from policykit.report.register import left
from policykit.report.said_limit import said_limit
from policykit.report.site_names import model_path, month, report_path, slug
from policykit.report.trends import MOST_POINTS, MOST_ROWS, trends
from policykit.stories.site_read import head_of, opened
from policykit.terms.quantity import Unit
from policykit.terms.site import Filed, RuleSaid, Vouched
from tests.hostile.naughty_names import names
from tests.site.site_builder import WAIVER, build, page_of, said, tree, write


def _filed(**more: object) -> tuple[Filed, tuple[RuleSaid, ...]]:
    data = json.dumps(said(**more)).encode()  # type: ignore[arg-type]
    head, rules = head_of(opened(data), "0" * 64)
    return Filed(head, "0" * 64, 0, "a.json", Vouched()), rules


@pytest.mark.parametrize(
    ("text", "unit", "marks", "good"),
    [
        ("at most 10 pp", Unit.DIFFERENCE, [0.1], (-math.inf, 0.1)),
        ("at least 90 %", Unit.SHARE, [0.9], (0.9, math.inf)),
        ("between 50 % and 100 %", Unit.SHARE, [0.5, 1.0], (0.5, 1.0)),
        ("at most 10 pp, and surely at most 15 pp", Unit.DIFFERENCE, [0.1, 0.15], (-math.inf, 0.1)),
        ("exactly 4", Unit.COUNT, [4.0], (4.0, 4.0)),
        ("above 200 ms", Unit.DURATION, [0.2], (0.2, math.inf)),
    ],
)
def test_a_limit_is_read_back_from_its_words(
    text: str, unit: Unit, marks: list[float], good: tuple[float, float]
) -> None:
    found = said_limit(text, unit)
    assert [at for _, at, _ in found.marks] == marks
    assert found.good == (good,)


@pytest.mark.parametrize(
    "text",
    ["present", "at most 0.005 worse than that of the champion", "", "one of `a` and `b`", "at most ten", *names()],
)
def test_what_is_no_number_has_no_line(text: str) -> None:
    assert said_limit(text, Unit.NUMBER).marks == ()


def test_a_trend_has_a_point_for_each_report_within_its_frame() -> None:
    reports = [_filed(version=str(day), day=day, shift=day / 100) for day in range(1, 6)]
    found = next(one for one in trends(reports)[0] if one.about == "sex")
    assert [point.label.partition(":")[0] for point in found.points] == ["1", "2", "3", "4", "5"]
    assert all(0 <= end <= 100 for point in found.points for end in (point.x, point.y, point.low, point.high))
    assert [point.y for point in found.points] == sorted((point.y for point in found.points), reverse=True)


def test_a_trend_says_in_words_what_it_draws() -> None:
    reports = [_filed(version=str(day), day=day, shift=day / 100) for day in range(1, 4)]
    found = next(one for one in trends(reports)[0] if one.about == "sex")
    assert found.words == "now 4 pp, between 2 and 4 pp over 3 reports; limit at most 10 pp"


def test_a_long_trend_shows_its_newest_points_and_says_how_many_more_there_are() -> None:
    reports = [_filed(version=str(day), day=day) for day in range(1, MOST_POINTS + 11)]
    found = trends(reports)[0][0]
    assert (len(found.points), len(found.rows), found.left_out) == (
        MOST_POINTS,
        MOST_ROWS,
        MOST_POINTS + 10 - MOST_ROWS,
    )


def test_what_fails_now_comes_before_what_passes() -> None:
    found = trends([_filed(), _filed(kind="BLOCKED", day=2, version="2")])[0]
    assert (found[0].about, found[0].look) == ("sex", "fail")


def test_a_model_is_stopped_by_its_newest_report_and_may_run_the_last_that_was_allowed(tmp_path: Path) -> None:
    write(tmp_path / "r", "1.json", said(version="1", day=1))
    write(tmp_path / "r", "2.json", said("BLOCKED", version="2", day=2))
    build(tmp_path / "r", tmp_path / "site")
    page = next((tmp_path / "site" / "stages").glob("production-*")).read_text()
    assert re.search(r"May run: <a [^>]*><bdi>1</bdi></a> since 2026-09-01", page)
    assert 'Acts next: <span class="who"><bdi>risk@bank.example</bdi></span>' in page


def test_the_catalogue_counts_what_each_rule_stopped(tmp_path: Path) -> None:
    for number, kind in enumerate(("ALLOWED", "BLOCKED", "BLOCKED", "HELD")):
        write(tmp_path / "r", f"{number}.json", said(kind, version=str(number), day=number + 1, name=f"m{number}"))
    build(tmp_path / "r", tmp_path / "site")
    page = (tmp_path / "site" / "rules.html").read_text()
    equal, slow = (
        next(part for part in page.split("<article") if words in part) for words in ("Alike for men", "Fast enough")
    )
    assert "<b>2</b> blocked" in equal and "of 4 times asked" in equal
    assert "<b>1</b> not shown" in slow and "of 1 times asked" in slow
    assert "><bdi>m2</bdi> <bdi>2</bdi></a>, 2026-09-03" in equal


def test_the_register_says_who_why_until_when_and_how_often_used(tmp_path: Path) -> None:
    write(tmp_path / "r", "1.json", said(version="1", day=1, waivers=(WAIVER,)))
    write(tmp_path / "r", "2.json", said(version="2", day=2, waivers=({**WAIVER, "state": "unused"},)))
    build(tmp_path / "r", tmp_path / "site")
    page = (tmp_path / "site" / "waivers.html").read_text().replace("\u00a0", " ")
    for words in (
        "the branch closes in March",
        "p.neves@bank.example",
        "n.okafor@bank.example",
        "9 days left",
        "in 1 of 2 reports",
    ):
        assert words in page
    assert "unused" in page


def test_a_waiver_in_use_that_ends_within_a_month_is_on_the_overview_and_one_that_ended_is_not(tmp_path: Path) -> None:
    old = {**WAIVER, "id": "W-OLD", "expires": "2026-11-01"}
    write(tmp_path / "r", "1.json", said(waivers=(WAIVER, old)))
    build(tmp_path / "r", tmp_path / "site")
    page = (tmp_path / "site" / "index.html").read_text()
    assert "waiver W-7" in page
    assert "waiver W-OLD" not in page
    assert "ended 21 days ago" in (tmp_path / "site" / "waivers.html").read_text().replace("\u00a0", " ")


def test_a_report_page_says_what_changed_since_the_one_before(tmp_path: Path) -> None:
    write(tmp_path / "r", "1.json", said(version="1", day=1))
    write(tmp_path / "r", "2.json", said("BLOCKED", version="2", day=2))
    build(tmp_path / "r", tmp_path / "site")
    page = page_of(tmp_path / "site", "<h1>BLOCKED</h1>").replace("\u00a0", " ")
    assert "What changed since 1, ALLOWED, 2026-09-01" in page
    assert "failed at 20 pp (sex)" in page


def test_groups_of_fewer_than_ten_people_are_hidden(tmp_path: Path) -> None:
    statement = said("BLOCKED")
    groups = [{"name": "few", "rows": 9, "value": 0.123456, "low": 0.1, "high": 0.2}]
    statement["predicate"]["rules"][1]["findings"][0]["groups"] = groups
    write(tmp_path / "r", "1.json", statement)
    build(tmp_path / "r", tmp_path / "site")
    page = page_of(tmp_path / "site", "<h1>BLOCKED</h1>")
    assert "&lt;10" in page
    assert "12.3" not in page


def test_lists_go_on_over_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policykit.stories.site_plan.PER_PAGE", 2)
    monkeypatch.setattr("policykit.stories.site_plan.PER_MODEL", 2)
    monkeypatch.setattr("policykit.stories.site_make.PER_MODEL", 2)
    for number in range(5):
        write(tmp_path / "r", f"{number}.json", said(version=f"1.{number}", day=number + 1))
    build(tmp_path / "r", tmp_path / "site")
    pages = sorted((tmp_path / "site" / "models").glob("*.html"))
    assert len(pages) == 3
    assert "Page 3 of 3" in "".join(path.read_text() for path in pages)
    assert all(any(f"><bdi>1.{number}</bdi></a>" in path.read_text() for path in pages) for number in range(5))


def test_an_empty_site_that_was_asked_for_says_so(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    assert build(tmp_path / "r", tmp_path / "site", may_be_empty=True).reports == 0
    assert "There is no report here yet" in (tmp_path / "site" / "index.html").read_text()


def test_a_report_of_ten_thousand_rules_stays_below_a_megabyte_and_says_what_it_left_out(tmp_path: Path) -> None:
    statement = said("BLOCKED")
    rules = statement["predicate"]["rules"]
    statement["predicate"]["rules"] = [{**rules[1], "id": f"R-{number}"} for number in range(10_000)]
    write(tmp_path / "r", "1.json", statement)
    build(tmp_path / "r", tmp_path / "site")
    pages = tree(tmp_path / "site")
    assert max(len(data) for path, data in pages.items() if path.endswith(".html")) < 1_000_000
    assert "9,600 more" in page_of(tmp_path / "site", "<h1>BLOCKED</h1>")


@pytest.mark.parametrize("name", names())
def test_a_path_is_plain_whatever_the_name(name: str) -> None:
    assert re.fullmatch(r"models/[a-z0-9-]{1,40}-[0-9a-f]{24}\.html", model_path(name))
    assert re.fullmatch(r"[a-z0-9-]{1,40}", slug(name))


@pytest.mark.parametrize("time", ["", "../../x", "2026-13-01T", "2026-11-22", "0000-00-00T"])
def test_a_report_without_a_readable_time_lies_under_undated(time: str) -> None:
    filed, _ = _filed()
    assert month(time) == "undated"
    assert report_path(filed.head).startswith("reports/2026-09/loans-1-0-0-")


@pytest.mark.parametrize(
    ("days", "told"), [(2, "2 days left"), (1, "1 day left"), (0, "the last day"), (-1, "ended 1 day ago")]
)
def test_days_left_read_aloud(days: int, told: str) -> None:
    assert left(days) == told


def test_a_report_links_to_the_very_page_of_the_catalogue_that_its_rule_stands_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("policykit.stories.site_plan.PER_RULES", 1)
    write(tmp_path / "r", "1.json", said("BLOCKED"))
    build(tmp_path / "r", tmp_path / "site")
    page = next((tmp_path / "site" / "reports").glob("*/*.html")).read_text()
    links = re.findall(r'href="(?:../)*(rules[a-z0-9-]*.html)#([a-z0-9-]+)"', page)
    assert sorted(path for path, _ in links) == ["rules-page-2.html", "rules.html"]
    for path, anchor in links:
        assert f'id="{anchor}"' in (tmp_path / "site" / path).read_text()
