"""A report made while a policy was rolled out is good only until that policy blocks."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.cli.start import run
from policykit.terms.decision import Decision
from tests.build import ACCURATE, ENOUGH, write_policy
from tests.stories.verifying import reason, verified
from tests.trust_world import World, make_world

NEVER = {"check": "data.row_count", "at_least": 10**6}


def rolled(folder: Path, rule: dict[str, Any], **head: Any) -> World:
    """A report for which the house enforces, and a central policy with `rule` advises for five days."""
    world = make_world(folder, report=False)
    until = (world.now.date() + timedelta(days=5)).isoformat()
    write_policy(world.policy.parent / "central.yaml", rule, id="central", **{"audit_until": until, **head})
    world.gate(policies=[world.policy.parent])
    return world


def test_a_rule_that_did_not_pass_counts_from_the_day_on_which_its_policy_blocks(tmp_path: Path) -> None:
    world = rolled(tmp_path / "w", NEVER)
    assert verified(world, days=5).decision is Decision.ALLOWED
    assert reason(world, days=6) == "block_from"


def test_a_rule_that_passed_while_it_advised_is_no_reason_to_run_again(tmp_path: Path) -> None:
    assert verified(rolled(tmp_path / "w", ENOUGH), days=6).decision is Decision.ALLOWED


def test_a_report_of_a_roll_out_is_judged_again_and_equal(tmp_path: Path) -> None:
    assert verified(rolled(tmp_path / "w", NEVER), again=True).decision is Decision.ALLOWED


def test_for_a_canary_it_blocks_today(tmp_path: Path) -> None:
    world = rolled(tmp_path / "w", NEVER, canary=["loans"])
    assert verified(world).decision is Decision.BLOCKED


def test_explain_says_until_when_a_policy_only_advises_and_whom(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_policy(tmp_path / "p.yaml", ACCURATE, audit_until="2027-02-01", canary=["churn", "loans"])
    assert run(["explain", str(path)]) == 0
    assert (
        "it only advises all but `churn` and `loans` until 2027-02-01, and blocks from 2027-02-02: it is being rolled out"
        in " ".join(capsys.readouterr().out.split())
    )


def test_an_audit_says_what_it_is_and_exits_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = make_world(tmp_path / "w", report=False)
    until = (world.now.date() + timedelta(days=5)).isoformat()
    write_policy(world.policy, NEVER, audit_until=until)
    assert run(["gate", str(world.bundle), "--policies", str(world.policy), "-q"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    after = (world.now.date() + timedelta(days=6)).isoformat()
    assert "HELD: nothing blocks yet: every policy that applies is being rolled out" in said
    assert "AUDIT" in said
    assert f"advisory until {until}, blocks from {after}: the policy is being rolled out" in said
    assert "the run was made in mode audit, and earns no permit" in said.replace("│", "")


@pytest.mark.parametrize("form", ["text", "comment", "markdown", "html"])
@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("1.0.0", "2 rules that would block today do not"),
        ("2.0.0", "2 rules that would block today do not, nor does what an earlier version of it blocked"),
    ],
)
def test_every_output_warns_of_rules_that_a_roll_out_keeps_from_blocking(
    form: str, version: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_world(tmp_path / "w", report=False)
    central = world.policy.parent / "central.yaml"
    until = (world.now.date() + timedelta(days=5)).isoformat()
    advisory = {**ENOUGH, "enforcement": "advisory"}
    write_policy(central, NEVER, ENOUGH, advisory, id="central", version=version, audit_until=until)
    out = tmp_path / "out"
    words = ["gate", str(world.bundle), "--policies", str(central.parent), "--output", f"{form}={out}", "-q"]
    assert run([*words, "--stage", "production"]) == 0
    capsys.readouterr()
    text = re.sub(r"[\s\\`]+|<[^>]*>", " ", html.unescape(out.read_text(encoding="utf-8")))
    told = " ".join(text.replace("│", " ").split())
    assert re.search(rf"it is being rolled out, and {said}(?!,)", told)


def test_rules_that_block_from_a_day_leave_those_of_the_version_before_in_force(tmp_path: Path) -> None:
    """The way to bring a new version: its old rules go on blocking, and the new ones advise until that day."""
    world = make_world(tmp_path / "w", report=False)
    later = {"block_from": (world.now.date() + timedelta(days=5)).isoformat()}
    stricter = {"check": "data.row_count", "at_least": 10**9, **later}

    def exits(*rules: dict[str, Any], **head: Any) -> int:
        path = write_policy(world.policy, *rules, **head)
        return run(["gate", str(world.bundle), "--policies", str(path), "-q", "--stage", "production"])

    assert exits(ENOUGH, NEVER, version="3.0.0") == 1
    assert exits(ENOUGH, NEVER, stricter, version="4.0.0") == 1
    assert exits(ENOUGH, stricter, version="4.0.0") == 0
    assert exits(ENOUGH, {**stricter, "block_from": world.now.date().isoformat()}, version="4.0.0") == 1
