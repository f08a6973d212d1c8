"""Another day, another engine: what was right once, or would be right some day, releases nothing today."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import policykit
from policykit.cli.start import run
from policykit.render.message import message
from policykit.report.layout import layout
from policykit.report.results import results
from policykit.report.stamps import stamps_of
from policykit.stories.gate import Asked
from policykit.terms.report import Decision, Report
from tests.build import ACCURATE, ENOUGH, judged, write_bundle, write_policy

LATER = {"check": "data.row_count", "at_least": 10**9, "block_from": "2026-01-01"}
"""A rule that stops everything since 2026, and only advised before."""
BEFORE = "2025-12-31"
MARK = f"as of {BEFORE}"
LOOK = "it was made on another day, so nothing can be allowed"
FORMATS = ("text", "html", "markdown", "comment", "sarif", "junit", "github", "json")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ENOUGH, LATER)
    return tmp_path


def gate(*words: str) -> int:
    return run(["gate", "b", "-p", "p.yaml", "-q", *words])


def as_of(tmp_path: Path, *rules: Any, day: str = BEFORE) -> Report:
    return judged(tmp_path, *rules, asked=Asked(stage=None, now=datetime.now(UTC), as_of=day)).report


def test_a_day_before_a_rule_blocks_lets_nobody_past_it(desk: Path) -> None:
    assert gate() == 1
    assert gate("--as-of", BEFORE, "-o", "json=r.json") == 3
    said = json.loads(Path("r.json").read_text())
    assert (said["decision"], said["asOf"]) == ("ALLOWED", BEFORE)
    assert gate("--as-of", BEFORE, "--mode", "audit") == 3


def test_a_day_after_a_waiver_or_evidence_has_ended_still_blocks(desk: Path) -> None:
    assert gate("--as-of", "2031-01-01") == 1


def test_today_by_its_name_is_today(desk: Path) -> None:
    write_policy(Path("p.yaml"), ENOUGH)
    assert gate("--as-of", datetime.now(UTC).date().isoformat()) == 0


def test_measurements_judged_as_of_another_day_let_nobody_past(desk: Path) -> None:
    assert run(["measure", "b", "-p", "p.yaml", "--output", "m.json"]) == 0
    assert run(["judge", "m.json", "-p", "p.yaml"]) == 1
    assert run(["judge", "m.json", "-p", "p.yaml", "--as-of", BEFORE]) == 3


def test_in_python_it_is_not_allowed(desk: Path) -> None:
    report = policykit.gate("b", "p.yaml", as_of=BEFORE)
    assert report.decision is Decision.ALLOWED
    assert not report.allowed
    assert not policykit.gate("b", "p.yaml").allowed


def test_every_format_says_so_and_none_is_green(desk: Path) -> None:
    outputs = [word for name in FORMATS for word in ("-o", f"{name}=out.{name}")]
    assert gate("--as-of", BEFORE, *outputs) == 3
    made = {name: Path(f"out.{name}").read_text() for name in FORMATS}
    for name in ("text", "markdown", "comment"):
        assert MARK.upper() in made[name], name
        assert "✅" not in made[name].splitlines()[1], name
    for name in ("text", "html", "markdown", "comment", "sarif", "junit"):
        assert LOOK in " ".join(made[name].replace("│", " ").split()), name
    assert '<body class="held">' in made["html"]
    assert "Gate again without `--as-of`" in " ".join(made["comment"].split())
    assert "run again without `--as-of`" in made["text"]
    assert f"::notice title=policykit ALLOWED [{MARK}]::" in made["github"]
    assert made["github"].startswith("::error ")


def test_junit_has_an_error_and_sarif_an_alert(desk: Path) -> None:
    gate("--as-of", BEFORE, "-o", "junit=j.xml", "-o", "sarif=s.json")
    (case,) = (each for each in ElementTree.parse("j.xml").iter("testcase") if each.find("error") is not None)
    assert case.attrib["classname"] == "policykit.decision"
    log = json.loads(Path("s.json").read_text())["runs"][0]
    assert [one["ruleId"] for one in log["results"] if one["level"] == "error"] == ["policykit/decision"]
    assert log["invocations"][0]["exitCode"] == 3
    assert log["properties"]["stamps"] == [MARK]
    assert f"policykit/{MARK.replace(' ', '-')}" in json.dumps(log["invocations"])


def test_people_who_are_told_hear_no_yes(tmp_path: Path) -> None:
    told = message(layout(as_of(tmp_path, ENOUGH)))
    assert told.title == f"HELD loans 1.4.0 ({MARK})"
    assert told.tone == "held"


def test_what_stopped_nothing_then_is_shown_beside_what_says_why_nothing_is_allowed(tmp_path: Path) -> None:
    shown = layout(as_of(tmp_path, ENOUGH, LATER))
    (reason,) = shown.deciding
    assert (reason.look, reason.word) == ("undecided", "only a look")
    assert "allows nothing" in shown.meaning
    assert [step.what for step in shown.steps] == [
        "run again without `--as-of`: a look as of another day allows nothing"
    ]
    assert [(one.who, one.what) for one in shown.overrule if one.who == "nobody can"] == [
        ("nobody can", "a run that only looks allows nothing: gate again without `--as-of`")
    ]


def test_a_report_that_stores_such_a_run_is_stamped_when_it_is_shown_again(desk: Path) -> None:
    gate("--as-of", BEFORE, "-o", "statement=r.json")
    assert run(["render", "r.json", "-o", "markdown=r.md"]) == 0
    assert f"[UNVERIFIED] [{MARK.upper()}]" in Path("r.md").read_text()


def test_a_blocked_look_is_blocked(tmp_path: Path) -> None:
    report = as_of(tmp_path, ENOUGH, {"check": "data.row_count", "at_least": 10**9})
    made = results(report, stamps_of(report), exit_code=1)
    assert [one.look for one in made.whole] == ["fail"]


def test_a_report_of_other_code_stands_for_no_run_today(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every commit of a development line has one version: an engine whose measuring was mended since says other things."""
    from policykit.stories import unchanged

    write_policy(Path("p.yaml"), ACCURATE)
    assert run(["keys", "new", "ci", "--unencrypted"]) == 0
    assert gate("--sign", "ci.key.pem", "-o", "attestation=r.json") == 0
    unless = ("--unless-changed", "r.json", "--key", "ci.pub.pem")
    capsys.readouterr()
    assert gate(*unless) == 0
    assert "nothing was measured" in capsys.readouterr().err
    monkeypatch.setattr(unchanged, "sources", lambda: "0" * 64)
    assert gate(*unless) == 0
    assert "measuring, since it was made by other code of the same version" in capsys.readouterr().err
