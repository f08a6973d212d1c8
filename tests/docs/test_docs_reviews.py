"""The page on approving by reviewing is true: its filter, its review, its trust file."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from policykit.cli.approve import command
from policykit.stories.review import read_review
from tests.docs.pages import ROOT, blocks

BLOCKS = {block.kind: block.text for block in blocks(ROOT / "docs" / "reviews.md")}
TRUST, WORKFLOW = (
    yaml.safe_load(block.text) for block in blocks(ROOT / "docs" / "reviews.md") if block.kind.startswith("yaml")
)
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def review(state: str, login: str = "asilva", **more: Any) -> dict[str, Any]:
    """A review as the platform tells it."""
    said = json.loads(BLOCKS["json"])
    told = {"html_url": said["url"], "commit_id": said["commit"], "submitted_at": said["at"]}
    return {"id": 80, "state": state, "user": {"login": login, "id": 1}, "body": "fine", **told, **more}


def filtered(tmp_path: Path, *pages: list[dict[str, Any]]) -> Path:
    (tmp_path / "last-review.jq").write_text(BLOCKS["jq"])
    words = ["jq", "--arg", "reviewer", "asilva", "--from-file", "last-review.jq"]
    done = subprocess.run(words, cwd=tmp_path, input=json.dumps(pages), capture_output=True, text=True, check=True)
    (tmp_path / "review.json").write_text(done.stdout)
    return tmp_path / "review.json"


def test_the_filter_writes_the_review_of_the_page_and_it_is_accepted(tmp_path: Path) -> None:
    pages = [review("COMMENTED"), review("CHANGES_REQUESTED")], [review("APPROVED"), review("COMMENTED")]
    assert read_review(filtered(tmp_path, *pages), now=NOW) == json.loads(BLOCKS["json"])


@pytest.mark.parametrize(
    "pages",
    [
        [[]],
        [[review("COMMENTED")]],
        [[review("APPROVED", login="mallory")]],
        [[review("APPROVED"), review("CHANGES_REQUESTED")]],
        [[review("APPROVED")], [review("DISMISSED")]],
    ],
)
def test_whoever_did_not_approve_last_leaves_an_empty_file(tmp_path: Path, pages: list[list[dict[str, Any]]]) -> None:
    assert filtered(tmp_path, *pages).read_text() == ""


def test_the_workflow_passes_what_people_type_only_through_the_environment() -> None:
    steps = WORKFLOW["jobs"]["record"]["steps"]
    assert not any("${{" in step.get("run", "") for step in steps)
    (approving,) = [step["run"].split() for step in steps if "policykit approve" in step.get("run", "")]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in approving if word.startswith("--")} <= known


def test_the_trust_file_gives_the_recorder_no_role_of_its_own() -> None:
    assert set(TRUST["accounts"]) & set(TRUST["roles"]["release-manager"]) == {"silva"}
    assert not any("recorder" in members for members in TRUST["roles"].values())
