"""The hooks for pre-commit: run as pre-commit runs them, in a scratch repository, on what is staged."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
POLICY = """policykit: policy/1
id: acme.rows
version: 1.0.0
title: Rows
owner: nobody@acme.example
applies_to: everything
rules:
  - {id: ROWS, title: Enough rows, check: data.row_count, at_least: 100, why: so}
"""
TEST = """policykit: test/1
policy: acme.rows@1
cases:
  - {name: enough, given: {estimates: [{check: data.row_count, value: 100}]}, expect: {ROWS: pass}}
  - {name: few, given: {estimates: [{check: data.row_count, value: 99}]}, expect: {ROWS: fail}}
  - {name: none, given: {}, expect: {ROWS: undecided}}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with a policy, its test, a gate file, and YAML that is none of our business."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/rows.yaml").write_text(POLICY)
    (tmp_path / "policies/rows.test.yaml").write_text(TEST)
    (tmp_path / "policykit.yaml").write_text("policykit: gate/1\npolicies: [{path: policies/}]\n")
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github/workflow.yaml").write_text("on: push\n")
    for words in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    return tmp_path


def hook(name: str, repository: Path, args: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run one hook as pre-commit does: entry, then args, then the staged files of its types unless they are not passed."""
    said: dict[str, Any] = HOOKS[name]
    words = [*shlex.split(said["entry"]), *(args or said.get("args", []))]
    assert words[0] == "policykit"
    if said.get("pass_filenames", True):
        staged = subprocess.run(["git", "ls-files"], cwd=repository, check=True, capture_output=True, text=True).stdout
        words += [path for path in staged.splitlines() if path.endswith((".yaml", ".yml"))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=repository, capture_output=True, text=True, env=environment, check=False
    )


def test_there_are_two_hooks_that_say_what_pre_commit_needs() -> None:
    assert set(HOOKS) == {"policykit-lint", "policykit-test"}
    for said in HOOKS.values():
        assert {"id", "name", "entry", "language"} <= set(said)
        assert set(said) <= {
            "id",
            "name",
            "description",
            "entry",
            "language",
            "types",
            "pass_filenames",
            "require_serial",
        }
        assert (said["language"], said["types"]) == ("python", ["yaml"])


@pytest.mark.parametrize("name", sorted(HOOKS))
def test_a_sound_repository_passes_each_hook(name: str, repository: Path) -> None:
    done = hook(name, repository)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_mistake_in_a_policy_stops_the_commit(repository: Path) -> None:
    (repository / "policies/rows.yaml").write_text(POLICY.replace("at_least", "at_leats"))
    done = hook("policykit-lint", repository)
    assert done.returncode == 2
    assert "did you mean `at_least`?" in done.stderr


def test_a_mistake_in_a_test_stops_the_commit(repository: Path) -> None:
    (repository / "policies/rows.test.yaml").write_text(TEST.replace("ROWS: pass", "ROW: pass"))
    assert hook("policykit-lint", repository).returncode == 2


def test_a_policy_that_does_something_else_than_its_test_says_stops_the_commit(repository: Path) -> None:
    (repository / "policies/rows.yaml").write_text(POLICY.replace("100", "50"))
    assert hook("policykit-lint", repository).returncode == 0
    done = hook("policykit-test", repository)
    assert done.returncode == 1
    assert "ROWS: expected fail, got pass" in done.stdout


def test_without_a_gate_file_the_folder_is_named(repository: Path) -> None:
    (repository / "policykit.yaml").unlink()
    for name in HOOKS:
        assert hook(name, repository, ("policies/",)).returncode == 0
        assert hook(name, repository).returncode == 2
