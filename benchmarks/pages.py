"""How long the html report takes to write, how large it is, and how soon a browser shows it, beside an empty page.

The first paint is Chromium's own first contentful paint; an empty page in the same run says what a browser takes for nothing.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

from policykit.render.html import html
from policykit.render.markdown import markdown
from policykit.report.layout import layout
from policykit.terms.report import Decision, Report, RuleLine
from policykit.terms.verdict import GroupLine, Status
from tests.browser.chromium import Asked, looks
from tests.render.render_reports import fairness, gap, held, many, report

ROUNDS = 5
EMPTY = "<!doctype html><html lang=en><title>empty</title><p>empty</p></html>"


def main() -> None:
    """Print one Markdown row for each report."""
    reports = {
        "9 rules, held": held(),
        "500 rules of 20 groups each": large(500, 20),
        "10,000 rules": many(10_000),
        "no rule": report(Decision.HELD, (), "no policy applied"),
    }
    html(reports["9 rules, held"], layout(reports["9 rules, held"]))
    with tempfile.TemporaryDirectory() as name:
        empty = Path(name) / "empty.html"
        empty.write_text(EMPTY)
        nothing = _paint(empty)
        print(f"| an empty page | | | {nothing:.0f} ms | 1.0 × |")
        for at, (what, one) in enumerate(reports.items()):
            page = Path(name) / f"{at}.html"
            seconds = min(_timed(one, page) for _ in range(ROUNDS))
            paint = _paint(page)
            markdown_bytes = len(markdown(one, layout(one)).encode())
            print(
                f"| {what} | {seconds:.2f} s | {page.stat().st_size / 1e6:.2f} MB | {paint:.0f} ms | {paint / nothing:.1f} × |"
                f" {markdown_bytes / 1e3:.0f} kB of Markdown |"
            )


def large(rules: int, groups: int) -> Report:
    """Return a report of many rules, each over many groups, no two groups alike."""
    lines = []
    for at in range(rules):
        each = [
            GroupLine(f"region {k} of {at}", 200 + 90 * k + at, 0.6 + k / 1000, 0.58, 0.63 + at / 10_000)
            for k in range(groups)
        ]
        status = Status.FAIL if at % 25 == 24 else Status.UNDECIDED if at % 10 == 9 else Status.PASS
        line = fairness([gap("region", 0.019, 0.015, 0.024, status, groups=each)])
        lines.append(_renamed(line, f"FAIR-{at:04d}"))
    return report(Decision.BLOCKED, lines, "20 rules failed")


def _renamed(line: RuleLine, name: str) -> RuleLine:
    return replace(line, rule=replace(line.rule, id=name), verdict=replace(line.verdict, rule=name))


def _timed(one: Report, page: Path) -> float:
    started = time.perf_counter()
    page.write_text(html(one, layout(one)), encoding="utf-8")
    return time.perf_counter() - started


def _paint(page: Path) -> float:
    seen = looks(*(Asked(page, axe=False) for _ in range(ROUNDS)))
    if any(one.console or one.fetched or one.overflow for one in seen):
        raise SystemExit(f"the browser had something to say of {page.name}: {seen[0].console}")
    return min(one.first_paint_ms or 0.0 for one in seen)


if __name__ == "__main__":
    main()
