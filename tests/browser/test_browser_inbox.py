"""The page of the inbox in a real browser: nothing runs, nothing is fetched, nothing sticks out, axe finds nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from policykit.render.inbox import inbox_html
from policykit.report.inbox import Wanted, inbox
from tests.browser.chromium import look
from tests.hostile.naughty_names import names
from tests.report.told_builders import at, rule, told

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An inbox in which every model has a name that tried to be something else."""
    reports = []
    for number, name in enumerate(names()):
        failed = rule(
            name,
            at(0.1 + number / 1000, status="fail", reason=f"{number} pp in `{name}`: {name}"),
            owner=name,
            title=name,
        )
        reports.append(told(failed, name=name, version=name, stage=name, signer=name if number % 2 else ""))
        reports.append(told(rule(name), name=name, version=name, stage=name, time_evaluated="2026-01-01T00:00:00Z"))
    made = inbox(
        reports, today=date(2027, 1, 20), wanted=Wanted(owner=""), unread=[(n, n) for n in names()[:50]], checked=True
    )
    path = tmp_path_factory.mktemp("inbox") / "inbox.html"
    path.write_text(inbox_html(made), encoding="utf-8", errors="replace")
    return path


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (360, False), (360, True)])
def test_hostile_names_run_nothing_fetch_nothing_and_break_no_layout(page: Path, width: int, dark: bool) -> None:
    seen = look(page, width=width, dark=dark)
    assert seen.title.startswith("Inbox of 2027-01-20")
    assert (seen.console, seen.fetched, seen.ran, seen.handlers, seen.scripts) == ((), (), (), (), 0)
    assert seen.violations == ()
    assert seen.overflow == 0, seen.wide
