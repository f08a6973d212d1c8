"""Waivers from the branch that a change goes to, so that no change brings the waiver it needs.

What is read is what git keeps under a commit: never the working tree, and nothing is checked out, fetched or run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from policykit.errors import UsageError, WaiverError
from policykit.load.files import printable
from policykit.load.git import Git, Stored, open_repository
from policykit.load.scalars import shown
from policykit.load.waiver_document import read_waivers
from policykit.load.yaml import LARGEST
from policykit.terms.waiver import Waiver

BASE_BRANCH: Final = "base branch"
CLAIMS: Final = "claims.jsonl"
LARGEST_CLAIMS: Final = 64 * 1024 * 1024  # bytes
TARGETS: Final = (  # the variable in which each platform says which branch a change goes to
    "GITHUB_BASE_REF",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",  # GitLab
    "SYSTEM_PULLREQUEST_TARGETBRANCH",  # Azure
    "BITBUCKET_PR_DESTINATION_BRANCH",
    "CHANGE_TARGET",  # Jenkins
)
_QUEUED: Final = re.compile(r"refs/heads/gh-readonly-queue/(.+)/pr-[0-9]+-[0-9a-f]+")  # the merge queue of GitHub


def waivers_at(word: str, path: Path, environment: Mapping[str, str]) -> tuple[tuple[Waiver, ...], bytes]:
    """Return the waivers under `path` as another commit holds them, and the lines of every `claims.jsonl` beside them.

    `word` is `base branch` or a git ref. The base branch is the one that `environment` says a change goes to (`base_of`), as
    `origin` has it, else as it is here; where no change is being judged, it is the commit that is checked out. Where that
    commit has nothing under `path`, there are no waivers.

    Raises:
        UsageError: this is no git repository, the branch or ref is not here, or it is said in two ways.
        WaiverError: with every problem of every file.
    """
    place = Path(os.path.abspath(path))  # noqa: PTH100  # not resolved: a change could make the folder a link to another
    repository = open_repository(place, environment)
    commit, said = _base(repository, environment) if word == BASE_BRANCH else _ref(repository, word)
    inside = place.relative_to(repository.root).as_posix()
    stored = repository.listed(commit, inside)
    alone = next((entry for entry in stored if entry.path == inside), None)
    folder = "" if inside == "." else inside.rpartition("/")[0] if alone else inside
    documents = [alone] if alone else [entry for entry in stored if entry.path.lower().endswith((".yaml", ".yml"))]
    shown_at = f"{said}:"
    for entry in documents:
        _expect_file(entry, shown_at, LARGEST)
    texts = [
        (data, f"{shown_at}{printable(entry.path)}", alone is not None)
        for entry, data in zip(documents, repository.read(documents), strict=True)
    ]
    waivers = read_waivers(texts, f"{shown_at}{printable(inside)}")
    beside = repository.listed(commit, f"{folder}/{CLAIMS}".removeprefix("/")) if alone else stored
    folders = {folder, *(entry.path.rpartition("/")[0] for entry in documents)}
    claims = [entry for entry in beside if entry.path in {f"{each}/{CLAIMS}".removeprefix("/") for each in folders}]
    for entry in claims:
        _expect_file(entry, shown_at, LARGEST_CLAIMS)
    return waivers, joined(repository.read(claims))


def joined(claims: Iterable[bytes]) -> bytes:
    """Return several claims files as one: a last line without its end is ended."""
    return b"".join(each if each.endswith(b"\n") or not each else each + b"\n" for each in claims)


def base_of(environment: Mapping[str, str]) -> tuple[str, str]:
    """Return the branch that a change goes to, and the variable that says so; both empty where none does.

    Raises:
        UsageError: several variables name different branches: whoever can set one of them would choose.
    """
    named = [(name, environment[name].removeprefix("refs/heads/")) for name in TARGETS if environment.get(name)]
    queued = _QUEUED.fullmatch(environment.get("GITHUB_REF", ""))
    if queued is not None:
        named.append(("GITHUB_REF", queued[1]))
    if not named:
        return "", ""
    (first, branch) = named[0]
    other = next(((name, found) for name, found in named if found != branch), None)
    if other is not None:
        message = f"`{first}` says that the change goes to `{shown(branch)}`, and `{other[0]}` says `{shown(other[1])}`"
        raise UsageError(message, hint="unset the one that your platform does not set, or name a branch in place of it")
    return branch, first


def _base(repository: Git, environment: Mapping[str, str]) -> tuple[str, str]:
    """Return the commit of the branch that a change goes to, and what it is called in messages."""
    branch, variable = base_of(environment)
    if not branch:
        commit = repository.commit("HEAD")
        if commit is None:
            raise UsageError("the repository has no commit to read waivers from", hint="commit them first")
        return commit, "HEAD"
    for ref, said in ((f"refs/remotes/origin/{branch}", f"origin/{branch}"), (f"refs/heads/{branch}", branch)):
        commit = repository.exact(ref)
        if commit is not None:
            return commit, printable(said)
    name = shown(branch)
    hint = f"run `git fetch origin {name}:refs/remotes/origin/{name}` first; checkouts of one commit lack it"
    raise UsageError(f"the base branch `{name}`, named by `{variable}`, is not here", hint=hint)


def _ref(repository: Git, word: str) -> tuple[str, str]:
    commit = repository.commit(word) if word.strip() else None
    if commit is None:
        hint = f"write `{BASE_BRANCH}`, or a branch, tag or commit that is here: `git fetch origin` brings them"
        raise UsageError(f"there is no `{shown(word)}` to read waivers from", hint=hint)
    return commit, printable(word)


def _expect_file(entry: Stored, shown_at: str, most: int) -> None:
    where = f"{shown_at}{printable(entry.path)}"
    if entry.mode not in ("100644", "100755"):
        kind = {"120000": "a link", "160000": "another repository"}.get(entry.mode, "no file")
        raise WaiverError(f"`{where}` is {kind}", hint="commit the file itself in its place", where=where)
    if entry.size > most:
        raise WaiverError(f"`{where}` has {entry.size:,} bytes; at most {most:,} are read", where=where)
