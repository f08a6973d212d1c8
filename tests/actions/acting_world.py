"""A repository on GitHub: a protected branch, a change, artifacts, an environment with a key; and its workflows, run."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.keys import new_key
from tests.actions.acting import ROOT, Gh, run_workflow, steps_of
from tests.build import ACCURATE, EQUAL, write_bundle, write_policy

REUSABLE = ROOT / ".github" / "workflows" / "gate.yaml"
PROTECTED_COMMIT = "c0ffee" * 6 + "c0ff"

PYTHON = """\
#!/bin/sh
case "$*" in
*"-m venv"*) for last; do :; done; mkdir -p "$last/bin"; cp "$0" "$last/bin/python" ;;
*"-m pip"*) ;;
*) exec {python} "$@" ;;
esac
"""
"""A Python whose environments hold everything already: what really installs them has a test of its own."""


@dataclass(frozen=True)
class World:
    """A repository with a protected branch and a change, a place for artifacts, and a key in an environment."""

    folder: Path
    secret: str
    gh: Gh
    more: dict[str, Any] = field(default_factory=dict)

    def stub(self, action: str, script: str) -> None:
        """Let this script of bash stand in for an action of others."""
        self.more[action] = {"run": script}

    @property
    def change(self) -> Path:
        return self.folder / "change"

    @property
    def protected(self) -> Path:
        return self.folder / "protected"

    @property
    def artifacts(self) -> Path:
        return self.folder / "artifacts"

    def stubs(self) -> dict[str, Any]:
        """Stand in for GitHub's actions: a checkout without a ref is the change; an artifact is a folder that is copied."""
        copy = 'if [[ -d "$from" ]]; then cp -r "$from/." "$to"; else cp "$from" "$to"; fi'
        return {
            "actions/checkout": {
                "run": f'case "${{INPUT_REF:-}}" in "") from={self.change};; refs/heads/main) from={self.protected};; *) exit 9;; esac;'
                f' to="${{INPUT_PATH:-.}}"; mkdir -p "$to"; {copy}; echo "commit={PROTECTED_COMMIT}" >> "$GITHUB_OUTPUT"'
            },
            "actions/upload-artifact": {
                "run": f'from="$INPUT_PATH"; to="{self.artifacts}/$INPUT_NAME"; [[ -e "$from" ]];'
                f' if [[ "${{INPUT_OVERWRITE:-}}" == true ]]; then rm -rf "$to"; fi; [[ ! -e "$to" ]];'
                f' mkdir -p "$to"; {copy}'
            },
            "actions/download-artifact": {
                "run": f'from="{self.artifacts}/$INPUT_NAME"; to="$INPUT_PATH"; [[ -d "$from" ]]; mkdir -p "$to"; {copy}'
            },
            "actions/setup-python": {"outputs": {"python-path": str(self.folder / "python")}},
            "github/codeql-action/upload-sarif": {},
            "actions/attest": {},
            **self.more,
        }

    def gate(
        self,
        workflow: str = "merge",
        *,
        github: dict[str, Any] | None = None,
        secrets: dict[str, str] | None = None,
        **inputs: Any,
    ) -> dict[str, Any]:
        """Run the reusable workflow; `_` stands for `-` in the names of inputs, and `secrets` are those of every job."""
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        return run_workflow(
            REUSABLE,
            self.folder / "runner",
            given,
            stubs=self.stubs(),
            github={"workflow": workflow, **(github or {})},
            secrets={"": secrets or {}, "gate-key": {"POLICYKIT_KEY": self.secret}},
        )


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    new_key("gate", tmp_path, None)
    made = World(tmp_path, (tmp_path / "gate.key.pem").read_text(), Gh(tmp_path))
    for folder in (made.change, made.protected, made.artifacts):
        folder.mkdir()
    (made.protected / "gate.pub.pem").write_bytes((tmp_path / "gate.pub.pem").read_bytes())
    write_policy(made.protected / "policies" / "house.yaml", ACCURATE, EQUAL)
    write_bundle(made.change / "bundle")
    program = tmp_path / "python"
    program.write_text(PYTHON.format(python=sys.executable))
    program.chmod(0o755)

    return made


def called(world: World, name: str, **github: Any) -> dict[str, Any]:
    return run_workflow(
        ROOT / "examples" / "github" / name,
        world.folder / "runner",
        {},
        stubs=world.stubs(),
        secrets={"production-gate": {"POLICYKIT_KEY": world.secret}},
        environment={"PIP_NO_INDEX": "1"},
        github={"run_id": "4711", **github},
    )


def shown_to(job: dict[str, Any]) -> str:
    """Return everything that the steps of a job could read in their environment or were handed."""
    return json.dumps([[step.get("environment"), step.get("with")] for step in steps_of(job)])


def results(ran: dict[str, Any]) -> list[str]:
    """Return what became of the jobs of the reusable workflow."""
    return [ran["jobs"][name]["result"] for name in ("evaluate", "judge", "unjudged", "verify")]


def code(ran: dict[str, Any], job: str) -> int:
    """Return the exit code of the step that ended a job."""
    return next(int(one["code"]) for one in steps_of(ran["jobs"][job]) if one.get("code"))


def step(ran: dict[str, Any], job: str, name: str) -> dict[str, Any]:
    """Return the step of a job that has this name."""
    return next(one for one in steps_of(ran["jobs"][job]) if one["name"] == name)


def body(secret: str) -> str:
    return secret.splitlines()[1]
