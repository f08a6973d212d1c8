"""The reusable workflow and the examples, job after job: who runs the team's code holds no key, and nothing skipped counts."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from policykit.attest.keys import new_key
from tests.actions.acting import ROOT, Gh, run_workflow, steps_of
from tests.build import ACCURATE, EQUAL, people, write_bundle, write_policy

pytestmark = pytest.mark.slow

REUSABLE = ROOT / ".github" / "workflows" / "gate.yaml"
EXAMPLES = ROOT / "examples" / "github"

PYTHON = """\
#!/bin/sh
case "$*" in
*"-m venv"*) for last; do :; done; mkdir -p "$last/bin"; cp "$0" "$last/bin/python" ;;
*"-m pip"*) ;;
*) exec {python} "$@" ;;
esac
"""
"""A Python whose environments hold everything already: what really installs them has a test of its own."""


@dataclass(frozen=True)
class World:
    """A repository with a protected branch and a change, a place for artifacts, and a key in an environment."""

    folder: Path
    secret: str
    gh: Gh

    @property
    def change(self) -> Path:
        return self.folder / "change"

    @property
    def protected(self) -> Path:
        return self.folder / "protected"

    @property
    def artifacts(self) -> Path:
        return self.folder / "artifacts"

    def stubs(self) -> dict[str, Any]:
        """Stand in for GitHub's actions: a checkout without a ref is the change; an artifact is a folder that is copied."""
        copy = 'if [[ -d "$from" ]]; then cp -r "$from/." "$to"; else cp "$from" "$to"; fi'
        return {
            "actions/checkout": {
                "run": f'case "${{INPUT_REF:-}}" in "") from={self.change};; refs/heads/main) from={self.protected};; *) exit 9;; esac;'
                f' to="${{INPUT_PATH:-.}}"; mkdir -p "$to"; {copy}'
            },
            "actions/upload-artifact": {
                "run": f'from="$INPUT_PATH"; to="{self.artifacts}/$INPUT_NAME"; [[ -e "$from" ]]; [[ ! -e "$to" ]];'
                f' mkdir -p "$to"; {copy}'
            },
            "actions/download-artifact": {
                "run": f'from="{self.artifacts}/$INPUT_NAME"; to="$INPUT_PATH"; [[ -d "$from" ]]; mkdir -p "$to"; {copy}'
            },
            "actions/setup-python": {"outputs": {"python-path": str(self.folder / "python")}},
            "github/codeql-action/upload-sarif": {},
            "actions/attest": {},
        }

    def gate(self, workflow: str = "merge", **inputs: Any) -> dict[str, Any]:
        """Run the reusable workflow; `_` stands for `-` in the names of inputs."""
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        return run_workflow(
            REUSABLE,
            self.folder / "runner",
            given,
            stubs=self.stubs(),
            github={"workflow": workflow},
            secrets={"gate-key": {"POLICYKIT_KEY": self.secret}},
        )


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    new_key("gate", tmp_path, None)
    made = World(tmp_path, (tmp_path / "gate.key.pem").read_text(), Gh(tmp_path))
    for folder in (made.change, made.protected, made.artifacts):
        folder.mkdir()
    (made.protected / "gate.pub.pem").write_bytes((tmp_path / "gate.pub.pem").read_bytes())
    write_policy(made.protected / "policies" / "house.yaml", ACCURATE, EQUAL)
    write_bundle(made.change / "bundle")
    program = tmp_path / "python"
    program.write_text(PYTHON.format(python=sys.executable))
    program.chmod(0o755)

    return made


def shown_to(job: dict[str, Any]) -> str:
    """Return everything that the steps of a job could read in their environment or were handed."""
    return json.dumps([[step.get("environment"), step.get("with")] for step in steps_of(job)])


def body(secret: str) -> str:
    return secret.splitlines()[1]


def test_a_signed_gate_allows_and_its_report_is_verified(world: World) -> None:
    ran = world.gate(
        bundle="bundle", policies="policies", environment="gate-key", key="gate.pub.pem", stage="production"
    )
    assert {name: job["result"] for name, job in ran["jobs"].items()} == dict.fromkeys(
        ("evaluate", "judge", "verify"), "success"
    )
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
    used = [step["uses"] for job in ran["jobs"].values() for step in steps_of(job) if "uses" in step]
    assert [word for word in used if "cache" in word] == [] and list(world.folder.rglob("pwned")) == []


@pytest.mark.parametrize("event", ["pull_request_target", "workflow_run", "issue_comment"])
def test_an_event_on_which_the_default_branch_would_be_judged_in_place_of_the_change_is_refused(
    world: World, event: str
) -> None:
    ran = run_workflow(
        REUSABLE,
        world.folder / "runner",
        {"bundle": "bundle", "policies": "policies", "prepare": f"touch {world.folder}/pwned"},
        stubs=world.stubs(),
        github={"event_name": event},
    )
    assert [ran["jobs"][name]["result"] for name in ("evaluate", "judge", "verify")] == [
        "failure",
        "skipped",
        "failure",
    ]
    first = [ran["jobs"][name]["steps"][0] for name in ("evaluate", "verify")]
    assert [step["code"] for step in first] == [2, 2]
    assert all(event in step["commands"][0]["text"] for step in first)
    assert ran["outputs"]["decision"] == "" and world.gh.comments == [] and not (world.folder / "pwned").exists()
    [refused] = [step for step in written("judge") if step["name"].startswith("Refuse an event")]
    assert refused["run"] == next(step["run"] for step in written("evaluate") if "run" in step)


def written(job: str) -> list[dict[str, Any]]:
    """Return the steps of a job as they are written."""
    return list(yaml.safe_load(REUSABLE.read_text(encoding="utf-8"))["jobs"][job]["steps"])


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
    }
    done = subprocess.run(
        ["bash", str(ROOT / "actions" / "install.sh")], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 3
    assert "SIGN=THE_KEY" in (seen := (tmp_path / "seen.txt").read_text()) and body(world.secret) not in seen


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
    assert (ran["jobs"]["judge"]["result"], ran["jobs"]["verify"]["result"]) == (judge, "failure")
    assert ran["jobs"]["verify"]["steps"][0]["code"] == verify


def test_a_gate_that_was_skipped_fails_the_job_to_require(world: World) -> None:
    ran = world.gate(bundle="bundle", policies="policies", prepare="exit 1")
    assert [ran["jobs"][name]["result"] for name in ("evaluate", "judge", "verify")] == [
        "failure",
        "skipped",
        "failure",
    ]
    assert ran["jobs"]["verify"]["steps"][0]["code"] == 4
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
    assert {job["result"] for job in ran["jobs"].values()} == {"success"}
    said = ran["jobs"]["verify"]["steps"][0]["stdout"]
    assert "::warning::this was an audit" in said and "earns no permit" in said


@pytest.mark.parametrize("mode", ["", "audit"])
def test_an_audit_is_never_released(world: World, mode: str) -> None:
    if mode:
        write_policy(world.protected / "policies" / "house.yaml", ACCURATE, EQUAL)
    else:
        rolled_out(world)
    ran = world.gate(bundle="bundle", policies="policies", environment="gate-key", key="gate.pub.pem", mode=mode)
    assert ran["jobs"]["judge"]["result"] == "success" and ran["outputs"]["mode"] == "audit"
    assert ran["jobs"]["verify"]["result"] == "failure" and ran["jobs"]["verify"]["steps"][0]["code"] == 4
    assert "an audit releases nothing" in ran["jobs"]["verify"]["steps"][0]["stdout"]


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


# --- the examples -------------------------------------------------------------------------------------------------------------------


def called(world: World, name: str, **github: Any) -> dict[str, Any]:
    return run_workflow(
        EXAMPLES / name,
        world.folder / "runner",
        {},
        stubs=world.stubs(),
        secrets={"production-gate": {"POLICYKIT_KEY": world.secret}},
        environment={"PIP_NO_INDEX": "1"},
        github={"run_id": "4711", **github},
    )


def test_the_smallest_caller_has_six_lines_and_gives_a_first_look(world: World) -> None:
    text = (EXAMPLES / "first-look.yaml").read_text()
    assert len(text.strip().splitlines()) == 6
    shutil.copy(ROOT / "examples" / "first_look" / "predictions.csv", world.change)
    ran = called(world, "first-look.yaml")
    assert ran["jobs"]["model"]["outputs"]["decision"] == "BLOCKED"
    assert ran["jobs"]["model"]["jobs"]["verify"]["result"] == "failure"
    assert "BLOCKED" in world.gh.comments[0]["body"]


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
