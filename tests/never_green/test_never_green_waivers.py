"""A waiver is seen, bounded and over one day: each of these went green, or unseen, elsewhere."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.ledger.folder import create
from policykit.cli.start import run
from policykit.stories.ledger import log_files
from policykit.stories.rejudge import rejudge
from policykit.terms.report import Decision
from tests.trust_world import FAIRNESS, World, make_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Approvals of men and women differ by 20 points, and 10 are allowed."""
    return make_world(tmp_path / "w", women=(300, 1000), report=False)


def gate(world: World, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    words = ["gate", str(world.bundle), "--policies", str(world.policy), "--stage", "production", "-q"]
    code = run([*words, *world.trust_words, "--waivers", str(world.waivers), "--output", "json", *more])
    out = capsys.readouterr().out
    return code, json.loads(out) if out else {}


def test_an_expired_exception_excuses_nothing_and_is_a_finding(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    yesterday = (world.now.date() - timedelta(days=1)).isoformat()
    world.waiver()
    assert gate(world, capsys)[0] == 0
    world.waiver(id="W-1", valid_from="2020-01-01", expires=yesterday)
    code, said = gate(world, capsys)
    assert code == 1
    assert said["decision"] == "BLOCKED"
    assert [(one["level"], one["code"]) for one in said["notices"]] == [("warning", "waiver_expired")]
    assert f"expired on {yesterday}" in said["notices"][0]["text"]


@pytest.mark.parametrize("day", ["2027-13-01", "2027-02-30", "soon", "", "31.03.2027", "99999-01-01", "2027-3-31"])
def test_a_malformed_date_makes_no_exception_permanent(
    world: World, capsys: pytest.CaptureFixture[str], day: str
) -> None:
    world.waiver(expires=day)
    code, said = gate(world, capsys)
    assert code == 2
    assert said["decision"] is None
    assert {problem["path"].rpartition("/")[2] for problem in said["problems"]} == {"W-1.yaml"}
    assert all(problem["line"] for problem in said["problems"])


def test_an_exception_without_an_end_is_none(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.waiver(expires=None)
    assert gate(world, capsys)[0] == 2


def test_a_waiver_that_excuses_nothing_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fair = make_world(tmp_path / "w", report=False)
    fair.waiver()
    code, said = gate(fair, capsys)
    assert code == 0
    assert [(one["level"], one["code"]) for one in said["notices"]] == [("warning", "waiver_unused")]
    assert f"`{FAIRNESS}` passed without it" in said["notices"][0]["text"]


def test_a_waiver_is_named_in_the_signed_report(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.waiver()
    report = world.gate(waived=True)
    said = json.loads(world.payload(report))["predicate"]
    assert said["decision"] == "ALLOWED"
    assert "1 waived until" in said["reason"]
    (rule,) = (rule for rule in said["rules"] if rule["excused"])
    assert (rule["status"], rule["excused"][0]["waiver"]) == ("fail", "W-1")
    (waiver,) = said["waivers"]
    assert waiver["text"].encode() == (world.waivers / "W-1.yaml").read_bytes()
    assert [one["who"] for one in waiver["signers"]] == ["n.okafor@bank.example"]
    assert rejudge(said, now=world.now).report.decision is Decision.ALLOWED
    for output, shown in (("text", "W-1"), ("markdown", "W-1"), ("html", "W-1")):
        run(
            [
                *("gate", str(world.bundle), "--policies", str(world.policy), "--stage", "production", "-q"),
                *world.trust_words,
                *("--waivers", str(world.waivers), "--output", output),
            ]
        )
        assert shown in capsys.readouterr().out


def test_running_again_until_green_is_counted_printed_and_paid_for(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = world.folder / "ledger"
    create(ledger, "ledger.bank.example", world.signer("office"))
    words = ["gate", str(world.bundle), "--policies", str(world.policy), "--stage", "production", "-q"]
    spent = []
    for attempt in (1, 2, 3):
        run([*words, "--ledger", str(ledger), "--output", "json"])
        said = json.loads(capsys.readouterr().out)
        assert said["history"]["looks"] == attempt
        spent.append(said["history"]["spent"][0])
        again = world.gate(f"r{attempt}.json", as_of=(world.now.date() - timedelta(days=attempt)).isoformat())
        log_files(ledger, [again.read_bytes()], world.signer("office"), keys=[world.signer("gate").public])
    assert spent[0] == pytest.approx(0.05)
    assert spent == sorted(set(spent))
    run([*words, "--ledger", str(ledger)])
    assert "attempt 4 against this held-out data" in " ".join(capsys.readouterr().out.split())
