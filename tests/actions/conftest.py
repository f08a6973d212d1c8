"""A repository as a job checks it out, and a `gh` beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.keys import new_key
from tests.actions.acting import Gh, Ran, act
from tests.actions.acting_world import world
from tests.build import ACCURATE, EQUAL, people, write_bundle, write_policy

__all__ = ["world"]  # the fixture: a repository with a protected branch and a change

UPLOADS: dict[str, Any] = {"github/codeql-action/upload-sarif": {}, "actions/attest": {}}


@dataclass(frozen=True)
class Repository:
    """A repository with a bundle and policies, and what an action says when it runs there."""

    folder: Path
    gh: Gh

    def bundle(self, women: tuple[int, int] = (500, 1000), name: str = "bundle", **manifest: Any) -> Path:
        return write_bundle(self.folder / name, people(women=women), **manifest)

    def gate(
        self, *, environment: dict[str, str] | None = None, event: Any = None, cancelled: str = "", **inputs: str
    ) -> Ran:
        """Run the gate; `_` stands for `-` in the names of inputs, and what is not said is the bundle and its policies."""
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        if "rows" not in given:
            given = {"bundle": "bundle", "policies": "policies", **given}
        return act("gate", self.folder, given, environment=environment, stubs=UPLOADS, event=event, cancelled=cancelled)

    def key(self, name: str = "gate") -> tuple[str, Path]:
        """Return a private key as text, and the path of its public half."""
        new_key(name, self.folder.parent, None)
        public = self.folder / f"{name}.pub.pem"
        public.write_bytes((self.folder.parent / f"{name}.pub.pem").read_bytes())
        return (self.folder.parent / f"{name}.key.pem").read_text(), public


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    folder = tmp_path / "repository"
    folder.mkdir()
    made = Repository(folder, Gh(tmp_path))
    made.bundle()
    write_policy(folder / "policies" / "house.yaml", ACCURATE, EQUAL)
    return made


@pytest.fixture
def untouched(tmp_path: Path) -> Callable[[], list[Path]]:
    """Return every file that a word could only have made by being run."""
    return lambda: list(tmp_path.rglob("pwned"))
