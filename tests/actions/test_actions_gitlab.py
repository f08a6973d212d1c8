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

    def run(self, job: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the script of a job as GitLab's runner does: one line after the other, until one fails."""
        said = yaml.safe_load((GITLAB / self.file).read_text())
        before = [line for line in said[".policykit"]["before_script"] if "POLICYKIT" not in line]  # that is `engine`
        lines = [*before, *said[job]["script"]]
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "POLICYKIT": str(self.engine),
            "CI_PROJECT_PATH": "risk/credit",
            "CI_PROJECT_DIR": str(self.folder),
            "CI_REPOSITORY_URL": str(self.folder.parent / "origin"),
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
def test_a_merge_request_cannot_waive_itself_by_a_gate_file_with_trust_and_waivers(
    merge: Pipeline, tmp_path: Path
) -> None:
    world = make_world(tmp_path / "theirs", report=False, women=(200, 1000))
    world.waiver(allows={"at_most": "80 pp"})
    for name in ("bundle", "policies", "keys", "waivers"):
        shutil.copytree(world.folder / name, merge.folder / name, dirs_exist_ok=True)
    shutil.copytree(world.folder / "policies", merge.folder / "protected" / "policies")
    for name in ("trust.yaml", "claims.jsonl"):
        shutil.copy(world.folder / name, merge.folder / name)
    trust = "{path: trust.yaml, roots: [keys/root-a.pub.pem, keys/root-b.pub.pem]}"
    (merge.folder / "policykit.yaml").write_text(
        f"policykit: gate/1\npolicies: [{{path: policies/}}]\nwaivers: {{path: waivers/}}\ntrust: {trust}\n"
    )
    done = merge.run("gate")
    assert done.returncode == 1, done.stdout + done.stderr
    said = json.loads((merge.folder / "reports" / "report.json").read_text())
    assert said["decision"] == "BLOCKED" and said.get("waivers", []) == []


FORGED = "<!-- policykit: risk-credit -->\n## ALLOWED, it says\n"


@pytest.mark.slow
@pytest.mark.parametrize("link", [False, True])
def test_a_comment_that_a_merge_request_brings_along_is_not_taken_for_the_gates(merge: Pipeline, *, link: bool) -> None:
    forged = merge.folder / ("elsewhere" if link else "reports")
    forged.mkdir()
    (forged / "comment.md").write_text(FORGED)
    (forged / "report.html").write_text(FORGED)
    if link:
        (merge.folder / "reports").symlink_to("elsewhere")
    write_bundle(merge.folder / "bundle", task="no task")
    assert merge.run("gate").returncode == 2
    said = (merge.folder / "reports" / "comment.md").read_text()
    assert said.startswith("<!-- policykit: risk-credit-") and "(staging) -->" in said.split("\n")[0]
    assert "INVALID" in said and "ALLOWED" not in said
    assert not (merge.folder / "reports" / "report.html").exists()


def test_the_note_sees_nothing_of_the_merge_request() -> None:
    said = yaml.safe_load((GITLAB / "merge-gate.gitlab-ci.yml").read_text())
    assert said[".policykit"]["variables"]["GIT_STRATEGY"] == "empty" and "variables" not in said["note"]
    assert said["note"]["extends"] == ".policykit"
    assert said[".policykit"]["before_script"][0].startswith("rm -rf -- reports")


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
    origin = tmp_path / "origin"
    for name in ("policies", "keys"):
        shutil.copytree(world.folder / name, origin / name)
    for name in ("trust.yaml", "claims.jsonl"):
        shutil.copy(world.folder / name, origin / name)
    git(origin, "init", "-q")
    git(origin, "add", ".")
    git(origin, "commit", "-qm", "policies and trust")
    git(tmp_path, "clone", "-q", str(origin), "project")
    shutil.copytree(world.folder / "bundle", made.folder / "bundle")
    assert made.run("verify").returncode == 4
    done = made.run("gate", POLICYKIT_KEY=(world.folder / "keys" / "gate.key.pem").read_text())
    assert done.returncode == 0, done.stdout + done.stderr
    assert made.run("verify").returncode == 0
    assert made.run("verify", CI_PIPELINE_ID="4712").returncode == 4


TRAP = '#!/bin/sh\ntouch {box}/pwned-by-$(basename "$0")\n'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "job"),
    [
        ("merge-gate.gitlab-ci.yml", ".policykit"),
        ("merge-gate.gitlab-ci.yml", "note"),
        ("release-gate.gitlab-ci.yml", ".policykit"),
    ],
)
def test_nothing_that_an_earlier_job_left_on_the_runner_is_run(tmp_path: Path, file: str, job: str) -> None:
    engine, origin, builds = tmp_path / "engine", tmp_path / "origin", tmp_path / "builds"
    (engine / "requirements").mkdir(parents=True)
    for name in ("run", "notify"):
        (engine / "requirements" / f"{name}.txt").write_text("# nothing\n")
    (engine / "actions").mkdir()
    shutil.copy(ROOT / "actions" / "install.sh", engine / "actions")
    write_policy(origin / "policies" / "house.yaml", ACCURATE)
    (origin / "keys").mkdir()
    for name in ("trust.yaml", "claims.jsonl", "keys/root.pub.pem"):
        (origin / name).write_text("{}\n")
    for folder in (engine, origin):
        git(folder, "init", "-q")
        git(folder, "add", ".")
        git(folder, "commit", "-qm", "all")
    project = builds / "risk" / "credit"
    project.parent.mkdir(parents=True)
    git(tmp_path, "clone", "-q", str(origin), str(project))
    git(tmp_path, "clone", "-q", str(engine), str(builds / "policykit"))
    home, boobies = tmp_path / "home", tmp_path / "hooks"
    boobies.mkdir()
    for name in ("post-checkout", "reference-transaction", "post-index-change", "fsmonitor", "filter", "ssh"):
        for place in (boobies, project / ".git" / "hooks", builds / "policykit" / ".git" / "hooks"):
            (place / name).write_text(TRAP.format(box=tmp_path))
            (place / name).chmod(0o755)
    settings = (
        f"[core]\nhooksPath = {boobies}\nfsmonitor = {boobies}/fsmonitor\nattributesFile = {boobies}/attributes\n"
        f'[init]\ntemplateDir = {tmp_path / "template"}\n[filter "x"]\nsmudge = {boobies}/filter\n'
        f'[tar "tar"]\ncommand = {boobies}/filter\n[uploadpack]\npackObjectsHook = {boobies}/filter\n'
    )
    (boobies / "attributes").write_text("* filter=x\n")
    shutil.copytree(boobies, tmp_path / "template" / "hooks")
    home.mkdir()
    (home / ".gitconfig").write_text(settings)
    for place in (project, builds / "policykit"):
        with (place / ".git" / "config").open("a") as config:
            config.write(settings)
        (place / ".git" / "info" / "attributes").write_text("* filter=x\n")
    trap = f"open({str(tmp_path / 'pwned-by-python')!r}, 'w')\n"
    site = builds / "policykit" / ".venv" / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    site.mkdir(parents=True)
    (site / "planted.pth").write_text(f"import sys; {trap}")
    for name in ("pip.py", "venv.py", "sitecustomize.py"):
        (project / name).write_text(trap)
    said = yaml.safe_load((GITLAB / file).read_text())
    environment = {
        "PATH": f"{Path(sys.base_prefix) / 'bin'}:{os.environ['PATH']}",
        "HOME": str(home),
        "TMPDIR": str(tmp_path),
        "PYTHONPATH": str(project),
        "CI_BUILDS_DIR": str(builds),
        "CI_PROJECT_DIR": str(project),
        "CI_REPOSITORY_URL": str(origin),
        "CI_DEFAULT_BRANCH": "main",
        "POLICYKIT_FROM": str(engine),
        "POLICYKIT_AT": "HEAD",
        "POLICYKIT": str(builds / "policykit"),
    }
    script = "\n".join(
        ["set -eo pipefail", *said[job]["before_script"], 'echo "at $POLICYKIT"; ls "${PROTECTED:-$POLICYKIT}"']
    )
    done = subprocess.run(
        ["bash", "-c", script], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"at {tmp_path}/tmp." in done.stdout and ("policies" in done.stdout) == (job != "note")
    assert [path.name for path in tmp_path.glob("pwned*")] == []


def test_the_token_of_the_note_is_scoped_to_an_environment_that_the_note_alone_names() -> None:
    said = yaml.safe_load((GITLAB / "merge-gate.gitlab-ci.yml").read_text())
    named = {job: body.get("environment") for job, body in said.items() if isinstance(body, dict) and "stage" in body}
    assert named == {"evaluate": None, "gate": None, "note": {"name": "policykit-note", "action": "access"}}
    manual = (ROOT / "docs" / "gitlab.md").read_text(encoding="utf-8")
    assert "environment scope* `policykit-note`" in manual


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
