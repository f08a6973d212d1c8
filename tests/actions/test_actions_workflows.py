"""The reusable workflow, job after job: who runs the team's code holds no key, and nothing skipped counts."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from policykit.attest.keys import new_key
from tests.actions.acting import ROOT, run_workflow, steps_of
from tests.actions.acting_world import REUSABLE, World, body, code, results, shown_to, step
from tests.build import ACCURATE, EQUAL, people, write_bundle, write_policy

pytestmark = pytest.mark.slow


def test_a_signed_gate_allows_and_its_report_is_verified(world: World) -> None:
    ran = world.gate(
        bundle="bundle", policies="policies", environment="gate-key", key="gate.pub.pem", stage="production"
    )
    assert results(ran) == ["success", "success", "skipped", "success"]
    assert ran["outputs"]["decision"] == "ALLOWED" and len(ran["outputs"]["digest"]) == 64
    assert (world.artifacts / "policykit-model-report" / "report.sigstore.json").is_file()
    [comment] = world.gh.comments
    assert re.match(r"<!-- policykit: merge-model-[0-9a-f]{8} \(production\) -->\n", comment["body"])


def test_the_job_that_runs_the_teams_code_has_no_key_in_its_environment(world: World) -> None:
    look = "env > seen.txt; cat /proc/self/environ >> seen.txt; cp seen.txt bundle/seen.txt"
    ran = world.gate(bundle="bundle", policies="policies", environment="gate-key", key="gate.pub.pem", prepare=look)
    assert ran["jobs"]["verify"]["result"] == "success"
    seen = (world.artifacts / "policykit-model-subject" / "seen.txt").read_text(errors="replace")
    assert "PREPARE=" in seen
    for said in (seen, shown_to(ran["jobs"]["evaluate"]), shown_to(ran["jobs"]["verify"])):
        assert body(world.secret) not in said and "POLICYKIT_KEY" not in said
    assert body(world.secret) in shown_to(ran["jobs"]["judge"])


def test_the_job_that_signs_sees_nothing_of_the_change_but_the_bundle(world: World) -> None:
    write_policy(world.change / "policies" / "house.yaml", {"check": "data.row_count", "at_least": 1})
    (world.change / "policykit.yaml").write_text("policykit: gate/1\npolicies: [{path: policies/}]\n")
    write_bundle(world.change / "bundle", people(women=(200, 1000)))
    ran = world.gate(bundle="bundle", policies="policies", environment="gate-key", key="gate.pub.pem")
    assert ran["outputs"]["decision"] == "BLOCKED"
    judged = world.folder / "runner" / "judge" / "workspace"
    assert not (judged / "policykit.yaml").exists()
    assert (judged / "policies" / "house.yaml").read_bytes() == (
        world.protected / "policies" / "house.yaml"
    ).read_bytes()


def test_an_environment_that_a_job_beside_left_in_the_cache_is_not_even_asked_for(world: World) -> None:
    trap = 'mkdir -p "$INPUT_PATH"; touch "$INPUT_PATH/pwned"'
    stubs = {**world.stubs(), "actions/cache": {"run": trap}, "actions/cache/restore": {"run": trap}}
    inputs = {"bundle": "bundle", "policies": "policies", "environment": "gate-key", "key": "gate.pub.pem"}
    secrets = {"gate-key": {"POLICYKIT_KEY": world.secret}}
    ran = run_workflow(REUSABLE, world.folder / "runner", inputs, stubs=stubs, secrets=secrets)
    assert ran["jobs"]["verify"]["result"] == "success"
    used = [one["uses"] for job in ran["jobs"].values() for one in steps_of(job) if "uses" in one]
    assert [word for word in used if "cache" in word] == [] and list(world.folder.rglob("pwned")) == []


def test_what_installs_the_engine_is_not_shown_the_key(world: World, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\nenv >> {tmp_path}/seen.txt\nexit 3\n")
    program.chmod(0o755)
    environment = {
        "PATH": "/usr/bin:/bin",
        "SET_UP_PYTHON": str(program),
        "VENV": str(venv),
        "SIGN": "THE_KEY",
        "THE_KEY": world.secret,
        "POLICYKIT_POLICIES_TOKEN": "ghp_reads",
        "POLICYKIT_NOTIFY": "json://hush",
    }
    done = subprocess.run(
        ["bash", str(ROOT / "actions" / "install.sh")], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 3
    assert "SIGN=THE_KEY" in (seen := (tmp_path / "seen.txt").read_text())
    assert [word for word in (body(world.secret), "ghp_reads", "hush") if word in seen] == []


@pytest.mark.parametrize(
    ("women", "decision", "judge", "verify"),
    [((200, 1000), "BLOCKED", "failure", 1), ((44, 100), "HELD", "failure", 1)],
)
def test_what_is_not_allowed_fails_the_job_to_require(
    world: World, women: tuple[int, int], decision: str, judge: str, verify: int
) -> None:
    write_bundle(world.change / "bundle", people(women=women))
    ran = world.gate(bundle="bundle", policies="policies")
    assert ran["outputs"]["decision"] == decision
    assert results(ran) == ["success", judge, "skipped", "failure"]
    assert code(ran, "verify") == verify


def test_a_gate_that_was_skipped_fails_the_job_to_require(world: World) -> None:
    ran = world.gate(bundle="bundle", policies="policies", prepare="exit 1")
    assert results(ran) == ["failure", "skipped", "success", "failure"]
    assert code(ran, "verify") == 4
    assert ran["outputs"]["decision"] == ""


def test_a_bundle_that_is_not_there_fails_the_job_to_require(world: World) -> None:
    ran = world.gate(bundle="no-such-bundle", policies="policies")
    assert ran["jobs"]["verify"]["result"] == "failure"


def test_audit_passes_what_it_found_and_says_so(world: World) -> None:
    write_bundle(world.change / "bundle", people(women=(200, 1000)))
    ran = world.gate(bundle="bundle", policies="policies", mode="audit")
    assert ran["outputs"]["decision"] == "BLOCKED" and ran["jobs"]["verify"]["result"] == "success"


def test_two_workflows_do_not_change_each_others_comment(world: World) -> None:
    for workflow in ("merge", "nightly", "merge"):
        world.gate(workflow, bundle="bundle", policies="policies")
        shutil.rmtree(world.artifacts)
        world.artifacts.mkdir()
        shutil.rmtree(world.folder / "runner")
    first, second = world.gh.comments
    assert first["body"].startswith("<!-- policykit: merge-model-")
    assert second["body"].startswith("<!-- policykit: nightly-model-")


def rolled_out(world: World) -> None:
    """Let the only policy advise for a while yet, about a model that does not meet it."""
    write_bundle(world.change / "bundle", people(women=(200, 1000)))
    until = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    write_policy(world.protected / "policies" / "house.yaml", ACCURATE, EQUAL, audit_until=until)


def test_what_only_a_roll_out_would_stop_passes_the_merge_gate_and_is_said_to_be_an_audit(world: World) -> None:
    rolled_out(world)
    ran = world.gate(bundle="bundle", policies="policies")
    assert ran["outputs"]["decision"] not in ("", "ALLOWED") and ran["outputs"]["mode"] == "audit"
    assert results(ran) == ["success", "success", "skipped", "success"]
    said = step(ran, "verify", "Refuse a gate that was skipped, or did not allow")["stdout"]
    assert "::warning::this was an audit" in said and "earns no permit" in said


@pytest.mark.parametrize("mode", ["", "audit"])
def test_an_audit_is_never_released(world: World, mode: str) -> None:
    if mode:
        write_policy(world.protected / "policies" / "house.yaml", ACCURATE, EQUAL)
    else:
        rolled_out(world)
    ran = world.gate(bundle="bundle", policies="policies", environment="gate-key", key="gate.pub.pem", mode=mode)
    assert ran["jobs"]["judge"]["result"] == "success" and ran["outputs"]["mode"] == "audit"
    assert ran["jobs"]["verify"]["result"] == "failure" and code(ran, "verify") == 4
    assert (
        "an audit releases nothing" in step(ran, "verify", "Refuse a gate that was skipped, or did not allow")["stdout"]
    )


def test_a_run_that_enforces_says_so(world: World) -> None:
    assert world.gate(bundle="bundle", policies="policies")["outputs"]["mode"] == "enforce"


def test_a_signature_by_another_key_fails_the_job_to_require(world: World) -> None:
    new_key("other", world.protected, None)
    ran = world.gate(bundle="bundle", policies="policies", environment="gate-key", key="other.pub.pem")
    assert ran["jobs"]["judge"]["result"] == "success" and ran["jobs"]["verify"]["result"] == "failure"


def test_an_environment_without_a_key_signs_nothing(world: World) -> None:
    ran = world.gate(bundle="bundle", policies="policies", environment="empty", key="gate.pub.pem")
    assert ran["outputs"]["decision"] == "INVALID" and ran["jobs"]["verify"]["result"] == "failure"


def test_a_zip_is_judged_as_it_is(world: World) -> None:
    shutil.make_archive(str(world.change / "model"), "zip", world.change / "bundle")
    ran = world.gate(bundle="model.zip", policies="policies")
    assert ran["outputs"]["decision"] == "ALLOWED" and ran["jobs"]["verify"]["result"] == "success"


def test_a_name_of_the_team_leads_nowhere_else(world: World) -> None:
    shutil.copy(ROOT / "examples" / "first_look" / "predictions.csv", world.change / "a; touch pwned $(id).csv")
    rows = "a; touch pwned $(id).csv"
    ran = world.gate(rows=rows, target="y", prediction="yhat", protected="sex", favourable="1")
    assert ran["outputs"]["decision"] == "BLOCKED"
    assert list(world.folder.rglob("pwned")) == []
