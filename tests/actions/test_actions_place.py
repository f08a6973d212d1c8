"""Before the engine is there: what a runner has to be, what is shown no key, and by what name the gate is found again."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.actions.acting import ROOT

KEYS = {"GATE_KEY": "hunter2", "POLICYKIT_KEY_PASSWORD": "hunter3"}


def run(script: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a script of the actions with a `mktemp` and a Python that write down what they are shown."""
    box = folder / "bin"
    box.mkdir()
    for name, then in (("mktemp", f'exec {shutil.which("mktemp")} "$@"'), ("python", "exit 1")):
        (box / name).write_text(f"#!/bin/sh\nenv >> {folder}/seen\n{then}\n")
        (box / name).chmod(0o755)
    environment = {
        "PATH": f"{box}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(folder / "output"),
        "SET_UP_PYTHON": str(box / "python"),
        "VENV": str(folder / "venv"),
        **more,
    }
    words = ["bash", str(ROOT / "actions" / script)]
    return subprocess.run(words, env=environment, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("script", ["place.sh", "install.sh"])
def test_what_makes_the_environment_is_shown_no_key(tmp_path: Path, script: str) -> None:
    run(script, tmp_path, SIGN="GATE_KEY", **KEYS)
    seen = (tmp_path / "seen").read_text()
    assert "RUNNER_TEMP" in seen and "hunter" not in seen


@pytest.mark.parametrize("sign", ["", "a b", "x; touch pwned", "$(touch pwned)", "-f GATE_KEY"])
def test_what_is_no_name_of_a_variable_is_left_alone(tmp_path: Path, sign: str) -> None:
    assert run("place.sh", tmp_path, SIGN=sign, **KEYS).returncode == 0
    assert "hunter2" in (tmp_path / "seen").read_text() and not (tmp_path / "pwned").exists()


def test_windows_is_refused_with_a_decision_and_an_exit_code(tmp_path: Path) -> None:
    done = run("place.sh", tmp_path, RUNNER_OS="Windows")
    assert done.returncode == 2 and done.stdout == (
        "::error title=policykit::policykit runs on Linux and macOS, and this runner has Windows: "
        "say `runs-on: ubuntu-latest`\n"
    )
    said = (tmp_path / "output").read_text().splitlines()
    assert [line.split("<<")[0] for line in said[::3]] == ["decision", "exit-code"] and said[1::3] == ["INVALID", "2"]


@pytest.mark.parametrize("system", ["Linux", "macOS", ""])
def test_every_other_runner_gets_a_place(tmp_path: Path, system: str) -> None:
    assert run("place.sh", tmp_path, RUNNER_OS=system).returncode == 0
    assert "venv<<" in (tmp_path / "output").read_text()


@pytest.mark.parametrize("which", ["gate", "verify", "lint"])
def test_an_action_that_refuses_its_runner_says_so_in_its_outputs(which: str) -> None:
    said = yaml.safe_load((ROOT / "actions" / which / "action.yml").read_text(encoding="utf-8"))
    assert said["runs"]["steps"][0]["id"] == "place"
    for name in {"decision", "exit-code"} & said["outputs"].keys():
        assert said["outputs"][name]["value"].endswith(f"|| steps.place.outputs.{name} }}}}")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"GATE_ID": "credit", "BUNDLE": "bundle"}, "credit"),
        ({"BUNDLE": "models/bundle/"}, "merge gate/judge/models/bundle"),
        ({"BUNDLE": "/runner/_temp/bundle"}, "merge gate/judge/bundle"),
        ({"ROWS": "predictions.csv"}, "merge gate/judge/predictions.csv"),
    ],
)
def test_a_gate_without_a_name_has_that_of_its_workflow_its_job_and_what_it_judges(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], name: str
) -> None:
    spec = importlib.util.spec_from_file_location("actions_named", ROOT / "actions" / "gate" / "named.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setenv("GITHUB_WORKFLOW", "merge gate")
    monkeypatch.setenv("GITHUB_JOB", "judge")
    assert module.gate_id({"GATE_ID": "", "BUNDLE": "", "ROWS": "", **given}) == name


def test_the_program_that_comments_needs_nothing_that_is_installed() -> None:
    """So it runs where installing failed: `-S` leaves out whatever an environment has beside the standard library."""
    words = [sys.executable, "-I", "-S", str(ROOT / "actions" / "gate" / "comment.py")]
    done = subprocess.run(words, env={"PULL_REQUEST": ""}, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "nothing to comment on" in done.stdout, done.stderr
