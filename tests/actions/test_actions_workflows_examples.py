"""The workflows to copy, run as they are written: what they let through, refuse, sign and deploy."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from tests.actions.acting import ROOT, run_workflow, steps_of
from tests.actions.acting_world import World, body, called, shown_to
from tests.build import people, write_bundle, write_policy

EXAMPLES = ROOT / "examples" / "github"

pytestmark = pytest.mark.slow


def test_the_smallest_caller_has_six_lines_and_gives_a_first_look(world: World) -> None:
    text = (EXAMPLES / "first-look.yaml").read_text()
    assert len(text.strip().splitlines()) == 6
    shutil.copy(ROOT / "examples" / "first_look" / "predictions.csv", world.change)
    ran = called(world, "first-look.yaml")
    assert ran["jobs"]["model"]["outputs"]["decision"] == "BLOCKED"
    assert ran["jobs"]["model"]["jobs"]["verify"]["result"] == "failure"
    assert "BLOCKED" in world.gh.comments[0]["body"]


def test_the_findings_of_a_gate_that_blocked_go_to_code_scanning_from_a_job_of_the_callers(world: World) -> None:
    shutil.copy(ROOT / "examples" / "first_look" / "predictions.csv", world.change)
    found = world.folder / "found.sarif"
    world.stub("github/codeql-action/upload-sarif", f'cp "$INPUT_SARIF_FILE" {found}')
    ran = called(world, "code-scanning.yaml")
    assert (ran["jobs"]["model"]["result"], ran["jobs"]["code-scanning"]["result"]) == ("failure", "success")
    [run] = json.loads(found.read_text())["runs"]
    assert run["results"] and run["automationDetails"]["id"]


def test_where_nothing_was_judged_nothing_is_taken_to_code_scanning(world: World) -> None:
    ran = called(world, "code-scanning.yaml")
    assert (ran["jobs"]["model"]["result"], ran["jobs"]["code-scanning"]["result"]) == ("failure", "skipped")


def test_the_workflow_that_a_first_look_saves_judges_by_the_policies_of_the_default_branch(world: World) -> None:
    from policykit.stories.save import _WORKFLOW

    (world.folder / "saved.yaml").write_text(_WORKFLOW)
    write_policy(world.change / "policies" / "house.yaml", {"check": "data.row_count", "at_least": 1})
    write_bundle(world.change / "bundle", people(women=(200, 1000)))
    ran = run_workflow(world.folder / "saved.yaml", world.folder / "runner", {}, stubs=world.stubs())
    assert ran["jobs"]["model"]["outputs"]["decision"] == "BLOCKED" and ran["jobs"]["model"]["result"] == "failure"


def team(world: World, women: tuple[int, int] = (500, 1000)) -> None:
    """Let the team have code that leaves a bundle, and shows what it could see."""
    write_bundle(world.folder / "made", people(women=women))
    (world.change / "requirements.txt").write_text("")
    (world.change / "evaluate.py").write_text(
        f"import os, shutil, sys\nshutil.copytree({str(world.folder / 'made')!r}, sys.argv[2], dirs_exist_ok=True)\n"
        f"open({str(world.folder / 'seen.txt')!r}, 'w').write(repr(dict(os.environ)))\n"
    )
    (world.change / "policies").mkdir(exist_ok=True)
    shutil.copy(world.protected / "policies" / "house.yaml", world.change / "policies")
    shutil.rmtree(world.change / "bundle")


def test_the_merge_gate_lets_a_good_model_through(world: World) -> None:
    team(world)
    ran = called(world, "merge-gate.yaml")
    assert (ran["jobs"]["lint"]["result"], ran["jobs"]["gate"]["result"]) == ("success", "success")
    assert ran["jobs"]["gate"]["outputs"]["decision"] == "ALLOWED"


def test_the_merge_gate_refuses_a_bad_one(world: World) -> None:
    team(world, women=(200, 1000))
    ran = called(world, "merge-gate.yaml")
    assert ran["jobs"]["gate"]["result"] == "failure" and ran["jobs"]["gate"]["outputs"]["decision"] == "BLOCKED"


def released(world: World, women: tuple[int, int] = (500, 1000)) -> dict[str, Any]:
    """Run the release gate in a repository whose trust file knows its key."""
    from tests.trust_world import make_world

    trusted = make_world(world.folder / "trusted", report=False)
    team(world, women)
    shutil.copytree(trusted.folder / "bundle", world.folder / "made", dirs_exist_ok=True)
    shutil.rmtree(world.protected / "policies")
    for name in ("policies", "keys"):
        shutil.copytree(trusted.folder / name, world.protected / name)
    for path in (world.protected / "keys").glob("*.key.pem"):
        path.unlink()
    for name in ("trust.yaml", "claims.jsonl"):
        shutil.copy(trusted.folder / name, world.protected / name)
    secret = (trusted.folder / "keys" / "gate.key.pem").read_text()
    changed = World(world.folder, secret, world.gh)
    return called(changed, "release-gate.yaml", event_name="push", event={"repository": {"default_branch": "main"}})


def test_the_release_gate_signs_verifies_attests_and_deploys(world: World) -> None:
    ran = released(world)
    assert {name: job["result"] for name, job in ran["jobs"].items()} == dict.fromkeys(
        ("evaluate", "gate", "verify", "deploy"), "success"
    )
    used = {step["uses"].split("@")[0]: step["with"] for step in steps_of(ran["jobs"]["gate"]) if "uses" in step}
    assert used["actions/attest"]["predicate-type"] == "https://policykit.dev/gate-report/v1"
    assert ran["jobs"]["gate"]["outputs"]["digest"] in ran["jobs"]["deploy"]["steps"][0]["stdout"]


def test_in_the_release_gate_too_the_teams_code_sees_no_key(world: World) -> None:
    ran = released(world)
    secret = (world.folder / "trusted" / "keys" / "gate.key.pem").read_text()
    seen = (world.folder / "seen.txt").read_text()
    for said in (seen, *(shown_to(ran["jobs"][name]) for name in ("evaluate", "verify", "deploy"))):
        assert body(secret) not in said and "POLICYKIT_KEY" not in said
    assert body(secret) in shown_to(ran["jobs"]["gate"])
