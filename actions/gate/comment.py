"""Write the gate's one comment on a pull request: found by its first line, and then changed, never repeated.

Uses GitHub's own `gh`, with the text from a file. Whatever hinders it is said and changes nothing: the decision stands.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import tell  # found by the line above: this program runs isolated

MARK = "<!-- policykit: "
WORKFLOW = "github-actions[bot]"
"""Whose name the comments of a workflow's own token have."""


def main() -> int:
    """Return 0, whatever came of it."""
    body = Path(os.environ["COMMENT"])
    number, repository = os.environ["PULL_REQUEST"], os.environ["GITHUB_REPOSITORY"]
    with body.open(encoding="utf-8") as file:
        first = file.readline().rstrip("\n")
    if not number.isdecimal():
        print("policykit: this run is not about a pull request, so there is nothing to comment on")
        return 0
    if not first.startswith(MARK):
        return _unsaid("the comment does not begin with its mark")
    try:
        known = _known(repository, number, first)
        if known:
            _gh("--method", "PATCH", f"repos/{repository}/issues/comments/{known}", "-F", f"body=@{body}", "--silent")
        else:
            _gh("--method", "POST", f"repos/{repository}/issues/{number}/comments", "-F", f"body=@{body}", "--silent")
    except FileNotFoundError:
        return _unsaid("there is no `gh` on this runner")
    except subprocess.CalledProcessError as error:
        tell.foreign(error.stderr)
        return _unsaid("`gh` was refused: a run for a fork may only read, and the job needs `pull-requests: write`")
    print(f"policykit: {'changed' if known else 'wrote'} the comment on pull request {number}")
    return 0


def _known(repository: str, number: str, first: str) -> str:
    """Return the id of the comment with this first line that this token wrote: what others wrote is never touched."""
    me = _me()
    lines = _gh(
        "--paginate",
        f"repos/{repository}/issues/{number}/comments?per_page=100",
        "--jq",
        '.[] | {id, by: .user.login, first: (.body | split("\\n")[0])} | tojson',
    )
    for line in lines.splitlines():
        one = json.loads(line)
        if one["by"] == me and one["first"].rstrip("\r") == first:
            return str(int(one["id"]))
    return ""


def _me() -> str:
    """Return who the token is: a person, an app, or the one that comments for a workflow, where GitHub does not say."""
    try:
        return _gh("graphql", "-f", "query={viewer{login}}", "--jq", ".data.viewer.login").strip() or WORKFLOW
    except subprocess.CalledProcessError:
        return WORKFLOW


def _gh(*words: str) -> str:
    done = subprocess.run(["gh", "api", *words], capture_output=True, text=True, errors="replace", check=True)
    return done.stdout


def _unsaid(why: str) -> int:
    tell.annotation("notice", f"no comment was written: {why}", title="policykit")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
