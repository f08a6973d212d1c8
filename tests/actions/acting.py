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
SHA = "0123456789abcdef0123456789abcdef01234567"
GITHUB = {
    "repository": REPOSITORY,
    "event_name": "pull_request",
    "token": "ghs_a_token_of_the_job",
    "event": {
        "pull_request": {"number": 7, "head": {"sha": SHA, "repo": {"full_name": REPOSITORY}}},
        "repository": {"default_branch": "main"},
    },
}
GH = """\
#!{python} -I
import json, os, pathlib, sys, time
box = pathlib.Path({box!r})
words = sys.argv[1:]
body = next((pathlib.Path(word[6:]).read_text() for word in words if word.startswith("body=@")), None)
with (box / "calls.jsonl").open("a") as file:
    file.write(json.dumps({{"words": words, "body": body, "environment": dict(os.environ)}}) + "\\n")
if (box / "hang").exists():
    time.sleep(600)
if (box / "refuse").exists():
    print((box / "refuse").read_text(), file=sys.stderr)
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
        print(json.dumps({{"id": one["id"], "by": one["by"], "lines": one["body"].split("\\n")[:2]}}))
else:
    number = next(word for word in words if word.startswith("repos/")).rsplit("/", 1)[1]
    new = "POST" in words
    [found] = [one for one in kept if str(one["id"]) == number] or [None]
    if not new and found is None:
        print("gh: Not Found (HTTP 404)", file=sys.stderr)
        sys.exit(1)
    if "DELETE" in words:
        kept.remove(found)
    elif new:
        kept.append({{"id": max([99, *(one["id"] for one in kept)]) + 1, "by": me, "body": body}})
    else:
        found["body"] = body
    if body and (box / "meanwhile").exists():
        other = (box / "meanwhile").read_text()
        (box / "meanwhile").unlink()
        if (box / "over").exists():
            kept[-1]["body"] = other
        else:
            kept.append({{"id": kept[-1]["id"] + 1, "by": me, "body": other}})
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

    def refuse(self, why: str = "gh: Resource not accessible by integration (HTTP 403)") -> None:
        """Let GitHub refuse everything from now on, with these words: as it does to whoever may only read."""
        (self.box / "refuse").write_text(why)

    def hang(self) -> None:
        """Never answer from now on."""
        (self.box / "hang").touch()

    def meanwhile(self, body: str, *, over: bool = False) -> None:
        """Let another run write just after the next comment was written: one of its own, or over that one."""
        (self.box / "meanwhile").write_text(body)
        if over:
            (self.box / "over").touch()

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
    cancelled: str = "",
) -> Ran:
    """Run the action `name` of this tree in `folder`, which stands for the checked-out repository; `cancelled` in that step."""
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
        "cancelled": cancelled,
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
