"""The inbox as text, page and JSON: every model, every mark, and no name that is more than a name."""

from __future__ import annotations

import json
import re
from datetime import date
from html.parser import HTMLParser

import pytest

from policykit.render.console.inbox import inbox_text
from policykit.render.inbox import inbox_html, inbox_json
from policykit.render.json_text import json_text
from policykit.report.inbox import Wanted, inbox
from policykit.terms.inbox import Inbox
from tests.hostile.naughty_names import names
from tests.report.told_builders import at, finding, rule, told, waiver

TODAY = date(2027, 1, 20)


def some(
    name: str = "loan-default", *, checked: bool = False, signer: str = "", unread: tuple[tuple[str, str], ...] = ()
) -> Inbox:
    """An inbox in which `name` stands wherever text can come from."""
    reason = f"12.6 pp is surely above 10 pp: highest for `{name}`"
    failed = rule(f"F-{name}", at(0.126, status="fail", reason=reason, name=name), title=name, owner=name)
    slow = rule("LAT-01", finding(status="undecided", cause="too_few", reason=name), policy=f"{name}@1", owner="")
    reports = [
        told(failed, slow, name=name, version=name, stage=name, waivers=(waiver(name, rule=name),), signer=signer),
        told(
            rule("A"),
            name=name,
            version=name,
            stage=name,
            time_evaluated="2027-01-01T00:00:00Z",
            as_of="2027-01-01",
            signer=signer,
        ),
        told(failed, slow, name=f"{name}2", stage=name, path=name),
        told(rule("A"), name=f"{name}3", reason=name, gate_id=name),
    ]
    return inbox(reports, today=TODAY, wanted=Wanted(), unread=((name, name), *unread), others=2, checked=checked)


def text(box: Inbox, width: int = 160) -> str:
    return inbox_text(box, width=width, color=False)


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160, 200])
def test_no_line_is_wider_than_the_terminal_and_every_model_is_there(width: int) -> None:
    said = text(some(), width)
    assert max(map(len, said.split("\n"))) <= width
    for word in ("loan-default", "loan-default2", "loan-default3"):
        assert word in said


@pytest.mark.parametrize("width", [60, 80, 95])
def test_below_a_hundred_columns_who_acts_is_never_cut(width: int) -> None:
    name = "data-office-of-all-of-europe@acme.example"
    said = text(some(name), width)
    assert said.replace("\n", "").replace(" ", "").count(name) >= 2
    assert f"{name[:20]}…" not in said[said.index("Models") :] or name in said[said.index("Models") :]


@pytest.mark.parametrize("width", [100, 120, 160, 200])
def test_from_a_hundred_columns_on_every_model_is_one_line_that_says_all_of_it(width: int) -> None:
    lines = text(some("data-office-of-all-of-europe@acme.example"), width).split("\n")
    table = lines[lines.index("Models") + 2 : lines.index("Could not be read") - 1]
    assert len(table) == 3 and all(len(line) <= width for line in table)
    assert [line.split()[1] for line in table] == ["BLOCKED", "BLOCKED", "ALLOWED"]
    assert re.search(r"data-office\S*….*F-data-office.*…?  +\S.*  +0  ", table[0])


def test_at_100_columns_model_stage_reason_owner_days_and_news_stand_side_by_side() -> None:
    failed = rule("FAIR-01", at(0.126, status="fail", reason="12.6 pp is surely above 10 pp, at 95 %"))
    before = told(rule("FAIR-01", at(0.05)), time_evaluated="2027-01-01T09:00:00Z", as_of="2027-01-01")
    box = inbox([told(failed), before], today=TODAY, wanted=Wanted())
    (line,) = [line for line in text(box, 100).split("\n") if line.startswith("✖ BLOCKED")]
    assert re.fullmatch(
        r"✖ BLOCKED  loan-default 1\.4\.0  FAIR-01 failed: 12\.6 pp is surely ab…  fair-lending@…  +0  ALLOWED…",
        line,
    )
    assert len(line) <= 100
    assert re.search(r"\n +model → produ\S*  why +who acts +days  changed\n", text(box, 100))


def test_a_stage_that_several_share_is_said_once_and_others_beside_each_name() -> None:
    one, two = (told(rule("A"), name=name, stage=stage) for name, stage in (("a", "production"), ("b", "staging")))
    both = text(inbox([one, two], today=TODAY, wanted=Wanted()), 100)
    assert "a 1.4.0 → production" in both and "b 1.4.0 → staging" in both


def test_asked_for_long_everything_is_folded_below_the_name_at_any_width() -> None:
    said = inbox_text(some(), width=160, color=False, long=True)
    assert "12.6 pp is surely above 10 pp: highest for `loan-default` (and 1 more)" in said
    assert "\n           loan-default\n" in said


def test_what_releases_nothing_reads_as_held_and_says_why_in_its_line() -> None:
    box = inbox([told(rule("A"), as_of="2026-01-01")], today=TODAY, wanted=Wanted())
    said = text(box, 200)
    assert "1 model  ◐ 1 HELD" in said
    assert re.search(r"◐ HELD +loan-default 1.4.0 \(as of 2026-01-01\) +ALLOWED as of 2026-01-01, which is", said)
    page = inbox_html(box)
    assert "1 of 1 model waits" in page and "it releases nothing" in page


def test_a_model_with_two_lines_is_one_model() -> None:
    look = told(rule("A"), mode="audit")
    first = told(rule("A"), time_evaluated="2027-01-01T09:00:00Z", as_of="2027-01-01")
    box = inbox([look, first], today=TODAY, wanted=Wanted())
    assert text(box).startswith("1 model  ✔ 1 ALLOWED\n")
    assert "Nothing waits" in inbox_html(box)


def test_at_80_columns_reason_owner_and_news_are_folded_below_the_name() -> None:
    said = text(some(), 80)
    assert "✖ BLOCKED  loan-default loan-default → loan-default  0 days  UNVERIFIED\n" in said
    assert "\n           F-loan-default failed: 12.6 pp is surely above 10 pp: highest" in said
    assert "(and 1 more)\n           loan-default\n" in said
    assert "ALLOWED → BLOCKED" in said


def test_every_line_that_nobody_vouches_for_says_so_and_no_other() -> None:
    said = text(some(checked=True, signer="key 12"))
    marked = [line for line in said.split("\n") if re.match(r"[✖✔] (BLOCKED|ALLOWED)", line)]
    assert [("UNVERIFIED" in line) for line in marked] == [False, True, True]
    assert "no signature was checked" not in said
    assert "UNVERIFIED: no signature was checked" in text(some())


def test_a_shared_cause_comes_first_and_names_the_models() -> None:
    said = text(some())
    assert "✖ F-loan-default failed in 2 models: 12.6 pp is surely above 10 pp: highest for `loan-default`" in said
    assert said.index("One cause, several models") < said.index("\nModels\n")
    assert "loan-default: loan-default loan-default, loan-default2 1.4.0" in said


def test_what_could_not_be_read_and_what_is_no_report_is_said() -> None:
    said = text(some(unread=(("broken.json", "the file is not JSON"),)))
    assert "✖ 2 files unread" in said
    assert "✖ broken.json: the file is not JSON" in said
    assert "2 JSON files beside them are no report" in said


def test_filters_are_said_with_what_they_leave_out() -> None:
    box = inbox([told(name="a"), told(name="b", stage="x")], today=TODAY, wanted=Wanted(stage="x"), checked=True)
    assert "only stage x: 1 other model left out" in text(box)
    empty = inbox([told(name="a")], today=TODAY, wanted=Wanted(owner="x"), checked=True)
    assert "0 models" in text(empty)
    assert "Nothing to show" in inbox_html(empty)
    assert "No model is left by these filters." in inbox_html(empty)


def test_in_ascii_every_sign_is_a_plain_letter() -> None:
    said = inbox_text(some(), width=160, color=False, encoding="ascii")
    assert said.isascii()
    assert "x BLOCKED" in said


def test_many_models_are_cut_in_text_and_whole_in_json() -> None:
    box = inbox([told(name=f"m{n}") for n in range(600)], today=TODAY, wanted=Wanted(), checked=True)
    assert "and 100 more: `--output json` lists them" in text(box)
    assert len(inbox_json(box)["models"]) == 600


def test_many_causes_are_folded_away_in_the_page_and_cut_with_a_word() -> None:
    rules = [rule(f"R-{n:03}", at(0.2, status="fail", reason="20 pp is too much")) for n in range(300)]
    box = inbox([told(*rules, name=name) for name in "ab"], today=TODAY, wanted=Wanted(), checked=True)
    page = inbox_html(box)
    assert "294 more shared causes" in page
    assert "The JSON output lists 100 more." in page
    assert page.count(" in 2 models") == 200
    assert "and 292 more shared causes" in text(box)


def test_the_json_holds_everything_a_machine_asks_for() -> None:
    said = json.loads(json_text(inbox_json(some(checked=True, signer="key 12"))))
    first = said["models"][0]
    assert {name: first[name] for name in ("decision", "verified", "signer", "owner", "daysWaiting", "moreReasons")} == {
        "decision": "BLOCKED", "verified": True, "signer": "key 12", "owner": "loan-default", "daysWaiting": 0, "moreReasons": 1,
    }  # fmt: skip
    assert first["changes"][0] == {
        "kind": "decision", "rule": "", "title": "Decision", "about": "", "before": "ALLOWED", "after": "BLOCKED", "better": False,
    }  # fmt: skip
    assert said["causes"][0]["status"] == "fail"
    assert said["unread"] == [{"path": "loan-default", "problem": "loan-default"}]
    assert (said["checked"], said["reports"], said["otherFiles"], said["leftOut"]) == (True, 4, 2, 0)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(name for name, _ in attrs)))


def tags(page: str) -> list[tuple[str, tuple[str, ...]]]:
    parser = Tags()
    parser.feed(page)
    return parser.seen


def test_the_page_holds_no_script_fetches_nothing_and_keeps_its_policy() -> None:
    page = inbox_html(some())
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page
    assert not {tag for tag, _ in tags(page)} & {"script", "link", "img", "iframe", "form", "base"}
    assert not [
        name for _, attributes in tags(page) for name in attributes if name in ("src", "style") or name.startswith("on")
    ]


@pytest.mark.parametrize("name", names())
def test_a_name_is_only_text_in_every_form(name: str) -> None:
    box = some(name)
    plain, page = inbox_html(some("x")), inbox_html(box)
    assert sorted({tag for tag, _ in tags(page)} - {"code"}) == sorted({tag for tag, _ in tags(plain)} - {"code"})
    assert not [a for _, attributes in tags(page) for a in attributes if a.startswith("on") or a == "style"]
    said = text(box)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", said)
    assert not re.search(r"(?m)^\s*::[a-z]", said)
    assert json.loads(json_text(inbox_json(box)).encode())["reports"] == 4
