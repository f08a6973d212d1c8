"""The real way an action comes to its engine: a Python, an environment, every dependency by its hash."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.actions.acting import ROOT, act
from tests.actions.conftest import UPLOADS, Repository

pytestmark = pytest.mark.slow


def test_without_a_python_one_is_set_up_filled_by_hash_and_kept_in_the_cache(repository: Repository) -> None:
    base = Path(sys.base_prefix) / "bin" / "python3"
    stubs = {**UPLOADS, "actions/setup-python": {"outputs": {"python-path": str(base)}}, "actions/cache": {}}
    inputs = {"python": "", "bundle": "bundle", "policies": "policies"}
    ran = act("gate", repository.folder, inputs, stubs=stubs)
    assert ran.outputs["decision"] == "ALLOWED", ran.printed
    venv = Path(ran.used["actions/cache"]["path"])
    assert (venv / "installed.txt").read_bytes() == (ROOT / "requirements" / "run.txt").read_bytes()
    assert ran.step("Gate")["environment"]["PYTHON"] == str(venv / "bin" / "python")
    assert ran.used["actions/cache"]["key"].startswith("policykit-Linux-X64-3.")
    assert "installed what policykit needs" in ran.printed
    again = act("gate", repository.folder, inputs, stubs=stubs)
    assert again.outputs["decision"] == "ALLOWED" and "what policykit needs is in the cache" in again.printed
    assert again.used["actions/cache"]["key"] == ran.used["actions/cache"]["key"]
    shutil.rmtree(venv)


def test_an_environment_that_cannot_be_made_judges_nothing_and_fails(repository: Repository) -> None:
    stubs = {"actions/setup-python": {"outputs": {"python-path": "/bin/false"}}, "actions/cache": {}}
    ran = act("gate", repository.folder, {"python": "", "bundle": "bundle", "policies": "policies"}, stubs=stubs)
    assert ran.failed and ran.outputs["decision"] == "" and ran.outputs["exit-code"] == ""
    assert ran.step("Gate")["outcome"] == "skipped"
    assert ran.step("End with the gate's exit code")["code"] == 70
