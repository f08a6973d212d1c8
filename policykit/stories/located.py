"""Where a policy's lines lie in the repository that a run is about, for alerts and annotations on them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from policykit.terms.place import NOWHERE, Place

_NO_FILE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
ELSEWHERE = "outside-this-repository"
"""The folder under which annotations name a file that the repository does not hold: no path of the machine is told."""


@dataclass(frozen=True, slots=True)
class Around:
    """The repository a run is in: its root, the folder commands are typed in, and which commit of what it is (where known)."""

    root: Path
    here: Path
    repository: str = ""  # the URI of the repository
    revision: str = ""
    branch: str = ""

    def place(self, place: Place) -> Place:
        """Return a place counted from the root of the repository; packs and files outside of it are named as what they are."""
        if place == NOWHERE:
            return place
        if _NO_FILE.match(place.path):
            return replace(place, path=re.sub(r"[:/]+", "/", place.path))
        full = Path(os.path.normpath(self.here / place.path))
        if not full.is_relative_to(self.root):
            full = full.resolve()
        if not full.is_relative_to(self.root):
            return replace(place, path=f"{ELSEWHERE}/{full.name}")
        return replace(place, path=full.relative_to(self.root).as_posix())


def around(environment: Mapping[str, str], here: Path) -> Around:
    """Return what surrounds a run: the workspace of GitHub or GitLab where it is in one, else the folder that holds `.git`."""
    folder = here.resolve()
    for variable in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        root = Path(environment[variable]).resolve() if environment.get(variable) else None
        if root is not None and folder.is_relative_to(root):
            return Around(root, folder, *_commit(environment, variable))
    root = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)
    return Around(root, folder)


def _commit(environment: Mapping[str, str], variable: str) -> tuple[str, str, str]:
    if variable == "CI_PROJECT_DIR":
        names = ("CI_PROJECT_URL", "CI_COMMIT_SHA", "CI_COMMIT_REF_NAME")
        address, revision, branch = (environment.get(name, "") for name in names)
        return address, revision, branch
    server, name = environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_REPOSITORY", "")
    address = f"{server}/{name}" if server and name else ""
    return address, environment.get("GITHUB_SHA", ""), environment.get("GITHUB_REF_NAME", "")
