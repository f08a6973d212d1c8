"""The pipelines for GitLab, their scripts really run, and the note, against a GitLab of a few lines."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.build import ACCURATE, EQUAL, people, write_bundle, write_policy
from tests.trust_world import make_world

ROOT = Path(__file__).parents[2]
GITLAB = ROOT / "examples" / "gitlab"


@dataclass
class Pipeline:
    """A pipeline's jobs, run one after the other in one folder, which stands for the project and its artifacts."""

    file: str
    folder: Path

    @property
    def engine(self) -> Path:
        """Return a checkout of policykit whose environment is ready, as `before_script` leaves it."""
        made = self.folder.parent / "policykit"
        if not made.is_dir():
            made.mkdir()
            for name in ("actions", "policykit", "policies", "schemas", "examples"):
                (made / name).symlink_to(ROOT / name)
            (made / ".venv" / "bin").mkdir(parents=True)
            program = made / ".venv" / "bin" / "python"
            program.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
            program.chmod(0o755)
        return made

    def run(self, job: str, *, skip: tuple[str, ...] = (), **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the script of a job as GitLab's runner does: one line after the other, until one fails."""
        said = yaml.safe_load((GITLAB / self.file).read_text())[job]
        lines = [line for line in said["script"] if not line.startswith(skip or ("\0",))]
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "POLICYKIT": str(self.engine),
            "CI_PROJECT_PATH": "risk/credit",
            "CI_DEFAULT_BRANCH": "main",
            "CI_PIPELINE_ID": "4711",
            **variables,
        }
        script = "set -eo pipefail\n" + "\n".join(lines)
        return subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )


def git(folder: Path, *words: str) -> None:
    name = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *name, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def merge(tmp_path: Path) -> Pipeline:
    """A merge request with weaker policies than the default branch's, and a bundle."""
    origin = tmp_path / "origin"
    write_policy(origin / "policies" / "house.yaml", ACCURATE, EQUAL)
    git(origin, "init", "-q")
    git(origin, "add", ".")
    git(origin, "commit", "-qm", "policies")
    git(tmp_path, "clone", "-q", str(origin), "project")
    made = Pipeline("merge-gate.gitlab-ci.yml", tmp_path / "project")
    write_policy(made.folder / "policies" / "house.yaml", {"check": "data.row_count", "at_least": 1})
    return made


@pytest.mark.slow
def test_a_merge_request_is_judged_by_the_policies_of_the_default_branch(merge: Pipeline) -> None:
    write_bundle(merge.folder / "bundle", people(women=(200, 1000)))
    done = merge.run("gate")
    assert done.returncode == 1, done.stderr
    tests = ElementTree.parse(merge.folder / "reports" / "junit.xml").getroot()
    assert int(tests.attrib["failures"]) >= 1 and int(tests.attrib["tests"]) >= 2
    assert (merge.folder / "reports" / "comment.md").read_text().startswith("<!-- policykit: risk-credit-")


@pytest.mark.slow
def test_a_merge_request_that_may_be_merged_ends_well(merge: Pipeline) -> None:
    write_bundle(merge.folder / "bundle")
    assert merge.run("gate").returncode == 0


@pytest.mark.slow
def test_what_is_not_shown_yet_is_an_error_of_the_pipeline_and_in_junit(merge: Pipeline) -> None:
    write_bundle(merge.folder / "bundle", protected_attributes=None)
    assert merge.run("gate").returncode == 3
    tests = ElementTree.parse(merge.folder / "reports" / "junit.xml").getroot()
    assert int(tests.attrib["errors"]) >= 1 and tests.find(".//skipped") is None


@pytest.mark.slow
def test_the_release_gate_signs_and_verify_holds_it_against_the_bundle(tmp_path: Path) -> None:
    world = make_world(tmp_path / "world", report=False)
    made = Pipeline("release-gate.gitlab-ci.yml", tmp_path / "project")
    made.folder.mkdir()
    shutil.copytree(world.folder / "bundle", made.folder / "bundle")
    for name in ("policies", "keys"):
        shutil.copytree(world.folder / name, made.folder / "protected" / name)
    for name in ("trust.yaml", "claims.jsonl"):
        shutil.copy(world.folder / name, made.folder / "protected" / name)
    assert made.run("verify").returncode == 4
    done = made.run("gate", POLICYKIT_KEY=(world.folder / "keys" / "gate.key.pem").read_text())
    assert done.returncode == 0, done.stdout + done.stderr
    assert made.run("verify").returncode == 0
    assert made.run("verify", CI_PIPELINE_ID="4712").returncode == 4


def test_only_the_job_that_signs_names_the_environment_of_the_key() -> None:
    said = yaml.safe_load((GITLAB / "release-gate.gitlab-ci.yml").read_text())
    named = {job: body.get("environment") for job, body in said.items() if isinstance(body, dict) and "stage" in body}
    assert named == {
        "evaluate": None,
        "gate": {"name": "production-gate", "action": "verify"},
        "verify": None,
        "deploy": "production",
    }
    assert "POLICYKIT_KEY" not in json.dumps([said[job] for job in ("evaluate", "verify", "deploy")])


# --- the note ---


@dataclass
class Gitlab:
    """As much of GitLab as a note needs."""

    address: str = ""
    refuse: bool = False
    notes: list[dict[str, Any]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)


@pytest.fixture
def gitlab() -> Iterator[Gitlab]:
    state = Gitlab()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            state.tokens.add(self.headers["PRIVATE-TOKEN"])
            if state.refuse:
                self.send_error(403)
                return
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size))["body"] if size else None
            if self.command == "POST":
                state.notes.append({"id": len(state.notes) + 1, "author": {"id": 5}, "body": body})
            if self.command == "PUT":
                next(note for note in state.notes if note["id"] == int(self.path.rsplit("/", 1)[1]))["body"] = body
            page = int(self.path.rsplit("page=", 1)[1]) if "&page=" in self.path else 1
            said = {"id": 5} if self.path.endswith("/user") else state.notes[(page - 1) * 100 : page * 100]
            data = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = answer

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.address = f"http://127.0.0.1:{server.server_port}/api/v4"
    yield state
    server.shutdown()


def note(gitlab: Gitlab, path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "CI_API_V4_URL": gitlab.address,
        "CI_PROJECT_ID": "9",
        "CI_MERGE_REQUEST_IID": "3",
        "POLICYKIT_NOTE_TOKEN": "glpat-secret",
    }
    words = [sys.executable, "-I", str(GITLAB / "note.py"), str(path)]
    return subprocess.run(words, env={**environment, **variables}, capture_output=True, text=True, check=False)


def test_two_pipelines_leave_one_note_that_says_the_later(gitlab: Gitlab, tmp_path: Path) -> None:
    path = tmp_path / "comment.md"
    gitlab.notes = [
        {"id": at, "author": {"id": 1}, "body": "<!-- policykit: a -->\nby somebody else"} for at in range(1, 151)
    ]
    for word in ("BLOCKED", "ALLOWED"):
        path.write_text(f"<!-- policykit: a -->\n## {word}\n")
        done = note(gitlab, path)
        assert done.returncode == 0 and "glpat-secret" not in done.stdout + done.stderr
    assert [one["body"] for one in gitlab.notes[150:]] == ["<!-- policykit: a -->\n## ALLOWED\n"]
    assert all(one["body"].endswith("by somebody else") for one in gitlab.notes[:150])


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"POLICYKIT_NOTE_TOKEN": ""}, "there is no token"),
        ({"CI_MERGE_REQUEST_IID": ""}, "no merge request"),
        ({"CI_API_V4_URL": "http://127.0.0.1:9"}, "no note is written: URLError"),
    ],
)
def test_what_hinders_a_note_is_said_and_changes_nothing(
    gitlab: Gitlab, tmp_path: Path, variables: dict[str, str], said: str
) -> None:
    path = tmp_path / "comment.md"
    path.write_text("<!-- policykit: a -->\n## ALLOWED\n")
    done = note(gitlab, path, **variables)
    assert done.returncode == 0 and said in done.stdout and gitlab.notes == []


def test_a_refused_note_is_said_and_changes_nothing(gitlab: Gitlab, tmp_path: Path) -> None:
    path = tmp_path / "comment.md"
    path.write_text("<!-- policykit: a -->\n## ALLOWED\n")
    gitlab.refuse = True
    done = note(gitlab, path)
    assert done.returncode == 0 and "no note is written: HTTPError 403" in done.stdout
    assert "glpat-secret" not in done.stdout + done.stderr
