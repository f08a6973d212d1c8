"""Where a policy's lines lie in the repository that a run is about, for alerts and annotations on them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from policykit.terms.place import NOWHERE, Place


@dataclass(frozen=True, slots=True)
class Around:
    """The repository a run is in: its root, the folder commands are typed in, and which commit of what it is (where known)."""

    root: str
    here: str
    repository: str = ""  # the URI of the repository
    revision: str = ""
    branch: str = ""

    def place(self, place: Place) -> Place:
        """Return a place counted from the root; what lies outside the repository keeps only its name, not the machine's path."""
        if place == NOWHERE or place.path.startswith("pack:"):
            return place
        full = os.path.normpath(os.path.join(self.here, place.path))
        inside = os.path.relpath(full, self.root)
        if inside == os.pardir or inside.startswith(os.pardir + os.sep) or os.path.isabs(inside):
            return replace(place, path=os.path.basename(full))
        return replace(place, path=inside.replace(os.sep, "/"))


def around(environment: Mapping[str, str], here: Path) -> Around:
    """Return what surrounds a run: the workspace of GitHub or GitLab where it is in one, else the folder that holds `.git`."""
    folder = os.path.abspath(here)
    for variable in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        root = os.path.abspath(environment[variable]) if environment.get(variable) else ""
        if root and os.path.commonpath((root, folder)) == root:
            return Around(root, folder, *_commit(environment, variable))
    root = next((str(each) for each in (Path(folder), *Path(folder).parents) if (each / ".git").exists()), folder)
    return Around(root, folder)


def _commit(environment: Mapping[str, str], variable: str) -> tuple[str, str, str]:
    if variable == "CI_PROJECT_DIR":
        names = ("CI_PROJECT_URL", "CI_COMMIT_SHA", "CI_COMMIT_REF_NAME")
        address, revision, branch = (environment.get(name, "") for name in names)
        return address, revision, branch
    server, name = environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_REPOSITORY", "")
    address = f"{server}/{name}" if server and name else ""
    return address, environment.get("GITHUB_SHA", ""), environment.get("GITHUB_REF_NAME", "")
