"""The tutorials, walked through as they are written: every file saved, every command run, every answer compared."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.actions.acting import run_workflow
from tests.actions.acting_world import World, world
from tests.docs.pages import ROOT, normal, surroundings, walk
from tests.promote.test_promote_mlflow import server

DOCS = ROOT / "docs"
SERVER = "http://127.0.0.1:5000"

__all__ = ["server", "world"]  # the fixtures: a real MLflow server; a repository on a platform


@pytest.mark.slow
def test_every_command_of_the_release_tutorial_says_what_the_page_says(server: str, tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "cosign").symlink_to(ROOT / ".tools" / "cosign-sid")
    ran = walk(
        DOCS / "tutorial-release.md",
        tmp_path,
        change=lambda command: command.replace(SERVER, server),
        tell=lambda text: told(text.replace(server, SERVER)),
        PATH=f"{tmp_path / 'tools'}:{surroundings(tmp_path)['PATH']}",
    )
    assert ran > 30


@pytest.mark.slow
def test_the_team_tutorial_says_what_it_says_and_its_workflow_blocks_and_then_allows(
    world: World, tmp_path: Path
) -> None:
    (walked := tmp_path / "walked").mkdir()
    assert walk(DOCS / "tutorial-team.md", walked) > 20
    for name, decision in (("bundle_one_cut", "BLOCKED"), ("bundle_equal_chance", "ALLOWED")):
        for folder in (world.change, world.protected, world.artifacts, world.folder / "runner"):
            shutil.rmtree(folder, ignore_errors=True)
        for branch in (world.change, world.protected):
            shutil.copytree(walked, branch, ignore=shutil.ignore_patterns("policykit", ".git"))
        world.artifacts.mkdir()
        shutil.copy(ROOT / "examples" / "health_visits" / name / "data" / "evaluation.parquet", world.change / "bundle")
        workflow = world.change / ".github" / "workflows" / "model-gate.yaml"
        ran = run_workflow(
            workflow, world.folder / "runner", {}, stubs=world.stubs(), environment={"PIP_NO_INDEX": "1"}
        )
        assert ran["jobs"]["model"]["outputs"]["decision"] == decision
        assert decision in world.gh.comments[0]["body"]


@pytest.mark.slow
def test_every_command_of_the_compliance_tutorial_says_what_the_page_says(tmp_path: Path) -> None:
    ran = walk(
        DOCS / "tutorial-compliance.md", tmp_path, tell=lambda text: told(text.replace(str(tmp_path), "/home/clinic"))
    )
    assert ran > 20


@pytest.mark.slow
def test_every_command_of_the_manager_tutorial_says_what_the_page_says(tmp_path: Path) -> None:
    assert walk(DOCS / "tutorial-manager.md", tmp_path, tell=told) > 10


def told(text: str) -> str:
    """Return the text without what differs from run to run: days, digests, and the year in a waiver's id."""
    return re.sub(r"W-\d{4}-", "W-YEAR-", re.sub(r"permit [0-9a-f]{12}\b", "permit DIGEST", normal(text)))
