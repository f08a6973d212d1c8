"""The html report in a real browser: by day and by night, on a desk, a phone and paper, large, empty, filtered."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from policykit.render.html import html
from policykit.report.layout import layout
from policykit.report.since import told
from policykit.terms.estimate import Estimate
from policykit.terms.policy import Constraint, Relative
from policykit.terms.quantity import Unit, parse
from policykit.terms.report import Decision, Report
from policykit.terms.sentence import limit_text
from policykit.terms.verdict import Cause, Finding, GroupLine, Status
from tests.browser.chromium import DESK, PHONE, ROOT, Asked, Seen, look, looks, pages_of
from tests.render.render_reports import AGES, allowed, blocked, fairness, gap, held, many, report, rule_line, waived

pytestmark = pytest.mark.slow

DEMO = {
    "blocked": ("examples/health_visits/bundle_one_cut", "examples/health_visits/policies", "production"),
    "allowed": ("examples/health_visits/bundle_equal_chance", "examples/health_visits/policies", "production"),
    "held": ("examples/diabetes/bundle", "examples/diabetes/policies", ""),
}
SHOWN = "[...document.querySelectorAll('.r')].filter((one) => one.checkVisibility()).length"
UNVERIFIED = (("unverified", "unverified: nobody's signature was checked"),)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the pages of the three models of the demo, and of reports that hold everything a report can hold."""
    folder = tmp_path_factory.mktemp("pages")
    made = {name: folder / f"{name}.html" for name in DEMO}
    for name, (bundle, policies, stage) in DEMO.items():
        words = [
            "gate",
            bundle,
            "--policies",
            policies,
            *(["--stage", stage] if stage else []),
            "-o",
            f"html={made[name]}",
        ]
        subprocess.run(
            [sys.executable, "-m", "policykit", *words], cwd=ROOT, check=False, capture_output=True, timeout=120
        )
    last = told(replace(held(), version="1.3.2"))
    made["waived"] = written(folder / "waived.html", waived(), before=last)
    made["unverified"] = folder / "unverified.html"
    stamped = replace(layout(blocked(), last), stamps=UNVERIFIED)
    made["unverified"].write_text(html(blocked(), stamped), encoding="utf-8")
    made["trial"] = written(folder / "trial.html", allowed("trial", "audit"))
    made["none"] = written(folder / "none.html", report(Decision.HELD, (), "no policy applied"))
    return made


def written(path: Path, shown: Report, **more: object) -> Path:
    path.write_text(html(shown, layout(shown, **more)), encoding="utf-8")  # type: ignore[arg-type]
    return path


def large(rules: int = 500, groups: int = 20) -> Report:
    """Return a report of many rules, each over many groups."""
    each = [GroupLine(f"region {chr(65 + k)}", 200 + 90 * k, 0.6 + k / 1000, 0.58, 0.63) for k in range(groups)]
    lines = []
    for at in range(rules):
        status = Status.FAIL if at % 25 == 24 else Status.UNDECIDED if at % 10 == 9 else Status.PASS
        line = fairness([gap("region", 0.019, 0.015, 0.024, status, groups=each)])
        name = f"FAIR-{at:04d}"
        lines.append(replace(line, rule=replace(line.rule, id=name), verdict=replace(line.verdict, rule=name)))
    return report(Decision.BLOCKED, lines, "20 rules failed")


def quiet(seen: Seen) -> None:
    """Assert that nothing ran, nothing was fetched or said, and nothing sticks out."""
    assert (seen.console, seen.fetched, seen.ran, seen.handlers, seen.scripts) == ((), (), (), (), 0)
    assert (seen.overflow, seen.wide) == (0, ())


@pytest.mark.parametrize("name", [*DEMO, "waived", "unverified", "trial", "none"])
def test_a_report_is_calm_and_open_to_everybody(name: str, pages: dict[str, Path], tmp_path: Path) -> None:
    page = pages[name]
    wanted = [Asked(page, width=width, dark=dark) for width in (DESK, PHONE) for dark in (False, True)]
    wanted += [Asked(page, width=794, media="print", pdf=tmp_path / "page.pdf")]
    for seen in looks(*wanted):
        quiet(seen)
        assert seen.violations == ()
        assert seen.first_paint_ms is not None
    assert pages_of(tmp_path / "page.pdf") >= 1


def test_page_one_fits_one_screen_and_one_sheet(pages: dict[str, Path], tmp_path: Path) -> None:
    ends = "document.querySelector('.first').getBoundingClientRect().bottom"
    for name in DEMO:
        on_screen, on_paper = looks(
            Asked(pages[name], axe=False, ask={"end": ends}),
            Asked(pages[name], axe=False, width=688, media="print", ask={"end": ends}),
        )
        assert on_screen.asked["end"] < 1300
        assert on_paper.asked["end"] < 1006, "an A4 sheet is 297 mm high, with 31 mm of margins"


def test_filters_show_what_was_asked_for_without_a_script(pages: dict[str, Path]) -> None:
    choose = "(() => { document.querySelector('#f-owner').value = 'o1'; })()"
    every, failed, keys, chosen = looks(
        Asked(pages["unverified"], axe=False, ask={"rules": SHOWN}),
        Asked(pages["unverified"], press=["label[for=f-fail]"], ask={"rules": SHOWN}),
        Asked(pages["unverified"], axe=False, press=["label[for=f-all]"], keys=["ArrowRight"], ask={"rules": SHOWN}),
        Asked(pages["unverified"], axe=False, ask={"": choose, "rules": SHOWN}),
    )
    assert [seen.asked["rules"] for seen in (every, failed, keys)] == [8, 1, 1]
    assert 0 < chosen.asked["rules"] < 8
    assert failed.violations == ()


def test_on_paper_everything_is_shown_whatever_was_chosen(pages: dict[str, Path]) -> None:
    folded = "[...document.querySelectorAll('details > :not(summary)')].filter((one) => !one.getBoundingClientRect().height).length"
    choose = "(() => { document.querySelector('#f-fail').checked = true; })()"
    seen = look(pages["unverified"], axe=False, media="print", ask={"": choose, "rules": SHOWN, "folded": folded})
    assert (seen.asked["rules"], seen.asked["folded"]) == (8, 0)


def test_an_unverified_report_says_so_on_the_screen_wherever_one_reads_and_on_every_sheet(
    pages: dict[str, Path],
) -> None:
    place = "(({position, display}) => `${position} ${display}`)(getComputedStyle(document.querySelector('%s')))"
    screen, paper = looks(
        Asked(pages["unverified"], axe=False, ask={"mark": place % ".mark"}),
        Asked(pages["unverified"], axe=False, media="print", ask={"across": place % ".across"}),
    )
    assert screen.asked["mark"] == "fixed block"
    assert paper.asked["across"] == "fixed block", "what is fixed is repeated on every sheet"
    assert '@top-right { content: "UNVERIFIED"' in pages["unverified"].read_text()


@pytest.mark.parametrize(
    ("rules", "made_of"), [(500, large(500)), (10_000, many(10_000))], ids=["500 of 20 groups", "10000"]
)
def test_a_large_report_is_small_and_calm(rules: int, made_of: Report, tmp_path: Path) -> None:
    page = written(tmp_path / "large.html", made_of)
    assert page.stat().st_size < 5_000_000
    desk, phone = looks(
        Asked(page, axe=False, ask={"rules": SHOWN}),
        Asked(page, width=PHONE, axe=False, press=["label[for=f-fail]"], ask={"rules": SHOWN}),
    )
    for seen in (desk, phone):
        quiet(seen)
        assert seen.first_paint_ms is not None
    assert desk.asked["rules"] == rules
    assert phone.asked["rules"] == rules // 25


def test_the_model_in_use_is_drawn_beside_the_candidate(tmp_path: Path) -> None:
    then = fairness([gap("age_band", 0.071, 0.062, 0.081, Status.PASS, groups=AGES)])
    last = replace(told(replace(report(Decision.ALLOWED, [then], "passed"), version="1.3.2")), signer="the gate's key")
    page = written(tmp_path / "beside.html", held(), before=last)
    seen = look(
        page, ask={"last": "document.querySelectorAll('circle.last').length", "text": "document.body.innerText"}
    )
    quiet(seen)
    assert seen.asked["last"] == 1
    assert "loan-default 1.3.2: 7.1\u00a0pp (6.2 to 8.1\u00a0pp)" in seen.asked["text"]


LABELS = """[...document.querySelectorAll('.bar text.limit')].map((one) => one.getBoundingClientRect())
  .filter((box) => box.width === 0 || box.left < 0 || box.right > innerWidth).length"""


@pytest.mark.parametrize("width", [320, PHONE, DESK])
def test_what_a_limit_is_called_is_read_whole_wherever_it_lies(width: int, tmp_path: Path) -> None:
    limit = Constraint(relative=Relative("better_by_at_least", parse("0.00001 %", Unit.SHARE), relative=True))
    found = [
        Finding(
            (("attribute", f"at-{place}"),), Status.UNDECIDED, Cause.STRADDLES, "so", Estimate(low, low, high, 900, "delong"),
            f"{limit_text(limit)} ({place})", check="performance.roc_auc", unit=Unit.SHARE,
        )
        for place, (low, high) in enumerate([(-0.9, 0.01), (-0.5, 0.1), (-0.3, 0.3), (-0.1, 0.5), (-0.01, 0.9)])
    ]  # fmt: skip
    line = rule_line("PERF-09", "It is better", "performance.roc_auc", limit, found, unit=Unit.SHARE)
    page = written(tmp_path / "page.html", report(Decision.HELD, [line], "not shown"))
    seen = look(
        page, width=width, axe=False, ask={"cut": LABELS, "all": "document.querySelectorAll('text.limit').length"}
    )
    assert (seen.asked["cut"], seen.asked["all"], seen.overflow) == (0, 5, 0)
