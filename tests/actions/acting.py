"""Run an action or a workflow on this host, with stand-ins for other people's actions and for `gh`: what happened, as values."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools" / "node"
REPOSITORY = "acme/credit"
ENGINE = "policykit/policykit"
GITHUB = {
    "repository": REPOSITORY,
    "event_name": "pull_request",
    "token": "ghs_a_token_of_the_job",
    "event": {"pull_request": {"number": 7}, "repository": {"default_branch": "main"}},
}
GH = """\
#!{python} -I
import json, pathlib, sys
box = pathlib.Path({box!r})
words = sys.argv[1:]
body = next((pathlib.Path(word[6:]).read_text() for word in words if word.startswith("body=@")), None)
with (box / "calls.jsonl").open("a") as file:
    file.write(json.dumps({{"words": words, "body": body}}) + "\\n")
if (box / "refuse").exists():
    print("gh: Resource not accessible by integration (HTTP 403)", file=sys.stderr)
    sys.exit(1)
kept = json.loads((box / "comments.json").read_text())
me = (box / "me").read_text() if (box / "me").exists() else "github-actions[bot]"
if "graphql" in words:
    if (box / "nobody").exists():
        print("gh: Resource not accessible by integration (HTTP 403)", file=sys.stderr)
        sys.exit(1)
    print(me)
elif "--jq" in words:
    for one in kept:
        print(json.dumps({{"id": one["id"], "by": one["by"], "first": one["body"].split("\\n")[0]}}))
elif "POST" in words:
    kept.append({{"id": 100 + len(kept), "by": me, "body": body}})
else:
    number = int(next(word for word in words if word.startswith("repos/")).rsplit("/", 1)[1])
    next(one for one in kept if one["id"] == number)["body"] = body
(box / "comments.json").write_text(json.dumps(kept))
"""


@dataclass
class Ran:
    """What became of an action: its steps in order (those of actions inside as well), its outputs, its summary."""

    failed: bool
    outputs: Mapping[str, str]
    summary: str
    steps: list[dict[str, Any]] = field(default_factory=list)

    def step(self, key: str) -> dict[str, Any]:
        """Return the step of this id, or of this name."""
        return next(step for step in self.steps if key in (step["id"], step["name"]))

    @property
    def commands(self) -> list[dict[str, str]]:
        """Return every workflow command that GitHub would have taken from what was printed."""
        return [command for step in self.steps for command in step.get("commands", ())]

    @property
    def used(self) -> dict[str, dict[str, str]]:
        """Return what each action of others was given, by its name."""
        return {step["uses"].split("@")[0]: step["with"] for step in self.steps if "uses" in step}

    @property
    def printed(self) -> str:
        """Return what was printed, by all steps."""
        return "".join(step.get("stdout", "") + step.get("stderr", "") for step in self.steps)


class Gh:
    """A `gh` that keeps the comments of one pull request in a file, and writes down how it was called."""

    def __init__(self, folder: Path) -> None:
        self.box = folder / "gh"
        (self.box / "bin").mkdir(parents=True)
        (self.box / "comments.json").write_text("[]")
        program = self.box / "bin" / "gh"
        program.write_text(GH.format(python=sys.executable, box=str(self.box)))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    def refuse(self) -> None:
        """Let GitHub refuse everything from now on, as it does to a run for a fork."""
        (self.box / "refuse").touch()

    def be(self, name: str) -> None:
        """Let the token be somebody's of this name; nobody knows whose, if it is empty."""
        (self.box / ("me" if name else "nobody")).write_text(name)

    def say(self, body: str, *, by: str) -> None:
        """Add a comment that somebody else wrote."""
        kept = self.comments
        (self.box / "comments.json").write_text(json.dumps([*kept, {"id": 100 + len(kept), "by": by, "body": body}]))

    @property
    def comments(self) -> list[dict[str, Any]]:
        """Return the comments of the pull request."""
        return list(json.loads((self.box / "comments.json").read_text()))

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Return how it was called."""
        path = self.box / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def act(
    name: str,
    folder: Path,
    inputs: Mapping[str, str],
    *,
    environment: Mapping[str, str] | None = None,
    stubs: Mapping[str, Any] | None = None,
    python: str = sys.executable,
    event: Mapping[str, Any] | None = None,
) -> Ran:
    """Run the action `name` of this tree in `folder`, which stands for the checked-out repository."""
    temp = folder.parent / f"{folder.name}-runner"
    temp.mkdir(exist_ok=True)
    asked = {
        "action": str(ROOT / "actions" / name),
        "workspace": str(folder),
        "temp": str(temp),
        "inputs": {"python": python, **inputs},
        "github": {**GITHUB, "event": GITHUB["event"] if event is None else event},
        "stubs": stubs or {},
        "environment": _environment(folder, environment or {}),
    }
    said = _run(asked)
    return Ran(said["failed"], said["outputs"], said["summary"], list(_flat(said["steps"])))


def run_workflow(
    file: Path,
    temp: Path,
    inputs: Mapping[str, Any],
    *,
    stubs: Mapping[str, Any],
    secrets: Mapping[str, Mapping[str, str]] | None = None,
    environment: Mapping[str, str] | None = None,
    github: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Run every job of a workflow, in order; `secrets` by the name of an environment, empty for jobs without one."""
    temp.mkdir(parents=True, exist_ok=True)
    ours = {f"{ENGINE}/actions/{name}": str(ROOT / "actions" / name) for name in ("gate", "verify", "lint")}
    ours[f"{ENGINE}/.github/workflows/gate.yaml"] = str(ROOT / ".github" / "workflows" / "gate.yaml")
    return _run(
        {
            "workflow": str(file),
            "temp": str(temp),
            "inputs": inputs,
            "github": {**GITHUB, **(github or {})},
            "stubs": stubs,
            "ours": ours,
            "secrets": secrets or {},
            "environment": _environment(temp, environment or {}),
        }
    )


def steps_of(job: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the steps of a job, those of the actions in it as well."""
    return list(_flat(job["steps"]))


def _flat(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for step in steps:
        yield step
        yield from _flat(step.get("steps", []))


def _environment(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    box = folder / "gh" / "bin" if (folder / "gh").is_dir() else folder.parent / "gh" / "bin"
    return {"PATH": f"{box}:{os.environ['PATH']}", "HOME": str(folder), "LC_ALL": "C.UTF-8", **more}


def _run(asked: Mapping[str, Any]) -> dict[str, Any]:
    script = Path(__file__).with_name("runner.mjs")
    done = subprocess.run(
        ["node", str(script)],
        input=json.dumps({"tools": str(TOOLS), "root": str(ROOT), **asked}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return dict(json.loads(done.stdout))
