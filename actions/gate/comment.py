"""Keep the gate's one comment on a pull request: found by its first line, changed from then on, and always the newest run's.

Uses GitHub's own `gh` with the text from a file, and nothing but the standard library: where installing failed or the gate was
stopped this still runs, so that an old ALLOWED does not stay. Whatever hinders it is said and changes nothing: the decision stands.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1]), str(HERE.parents[2])]

import tell  # noqa: E402 - these three are found by the line above: this program runs isolated
from named import gate_id  # noqa: E402

from policykit.render.marks import marker  # noqa: E402

WORKFLOW = "github-actions[bot]"
"""Whose name the comments of a workflow's own token have."""
SECONDS = 60
"""How long one call of `gh` may take."""
ROUNDS = 3
"""How often to look again where another run wrote in the same moment."""
RUN = re.compile(r"<!-- policykit run: ([0-9]{1,20}) attempt ([0-9]{1,9}) -->")
NEEDED = re.compile(r"PATH|HOME|LANG|LC_\w+|TMPDIR|XDG_\w+|(https?|all|no)_proxy|SSL_CERT_(FILE|DIR)", re.IGNORECASE)
"""The variables that `gh` needs beside its token: no key, under whatever name, is shown to it."""
NOT_JUDGED = """\
## ⬜ NOT JUDGED: the gate did not run to its end

It could not be installed, or it was stopped; the log of the run says more. Nothing was shown: the model stays where it is.
"""


class Kept(NamedTuple):
    """A comment of this gate that this token wrote; compared by run and attempt (0 where it names none), then by age."""

    run: tuple[int, int]
    id: int


def main() -> int:
    """Return 0, whatever came of it."""
    number = os.environ["PULL_REQUEST"]
    if not re.fullmatch("[0-9]+", number):
        print("policykit: this run is not about a pull request, so there is nothing to comment on")
        return 0
    given = {name[3:]: value for name, value in os.environ.items() if name.startswith("IN_")}
    first = marker(gate_id(given), given["STAGE"])
    run = int(os.environ["GITHUB_RUN_ID"]), int(os.environ.get("GITHUB_RUN_ATTEMPT") or "1")
    body = _body(first, run, number)
    try:
        print(f"policykit: {_settled(first, run, body, number)}")
    except OSError:
        return _unsaid("there is no `gh` on this runner that can be run")
    except subprocess.TimeoutExpired:
        return _unsaid(f"`gh` did not answer within {SECONDS} seconds")
    except subprocess.CalledProcessError as error:
        tell.foreign(error.stderr)
        return _unsaid(_why(error.stderr))
    except (ValueError, LookupError, TypeError):
        return _unsaid("`gh` answered with something else than comments")
    return 0


def _settled(first: str, run: tuple[int, int], body: Path, number: str) -> str:
    """Write until what stands is this run's or a newer one's, take away all others, and return what was done.

    GitHub has no way to change a comment only if nobody else did: hence the second look, which finds what two runs wrote at once.
    """
    comments = f"repos/{os.environ['GITHUB_REPOSITORY']}/issues"
    me, done = _me(), ""
    for _ in range(ROUNDS):
        ours = _ours(f"{comments}/{number}/comments", me, first)
        latest = max(ours, default=None)
        for other in ours:
            if other != latest:
                _removed(f"{comments}/comments/{other.id}")
        if latest is not None and latest.run > run:
            return f"the comment on pull request {number} is of a newer run, and was left as it is"
        if done and latest is not None and latest.run == run:
            break
        done = "changed" if latest is not None else "wrote"
        where = ("PATCH", f"{comments}/comments/{latest.id}") if latest else ("POST", f"{comments}/{number}/comments")
        _gh("--method", *where, "-F", f"body=@{body}", "--silent")
    return f"{done} the comment on pull request {number}"


def _ours(comments: str, me: str, first: str) -> list[Kept]:
    """Return the comments with this first line that this token wrote: what others wrote is never touched."""
    lines = _gh(
        "--paginate",
        f"{comments}?per_page=100",
        "--jq",
        '.[] | {id, by: .user.login, lines: (.body | split("\\n")[0:2])} | tojson',
    )
    found = []
    for one in map(json.loads, lines.splitlines()):
        begun, second = ([line.rstrip("\r") for line in one["lines"]] + ["", ""])[:2]
        if one["by"] == me and begun == first:
            said = RUN.fullmatch(second)
            found.append(Kept((int(said[1]), int(said[2])) if said else (0, 0), int(one["id"])))
    return found


def _removed(comment: str) -> None:
    """Remove one comment of ours; another run may have done so already."""
    try:
        _gh("--method", "DELETE", comment, "--silent")
    except subprocess.CalledProcessError as error:
        if "HTTP 404" not in error.stderr:
            raise


def _body(first: str, run: tuple[int, int], number: str) -> Path:
    """Write the comment with the commit and the run that it is about: after the marks, these are its first words."""
    made = os.environ["COMMENT"]
    text = Path(made).read_text(encoding="utf-8", errors="replace").partition("\n")[2] if made else NOT_JUDGED
    page, sha = f"{os.environ['GITHUB_SERVER_URL']}/{os.environ['GITHUB_REPOSITORY']}", os.environ["HEAD_SHA"]
    if not re.fullmatch(r"https?://[A-Za-z0-9.:-]{1,100}/[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}", page):
        page = ""
    commit, of_run = "This commit", f"run {run[0]}"
    if re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", sha):
        commit = f"Commit {_link(f'`{sha[:7]}`', page, f'pull/{number}/commits/{sha}')}"
    of_run = _link(of_run, page, f"actions/runs/{run[0]}/attempts/{run[1]}")
    said = f"{commit}, judged in {of_run}." if os.environ["JUDGED"] else f"**{commit} was not judged**, see {of_run}."
    mark = f"<!-- policykit run: {run[0]} attempt {run[1]} -->"
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="policykit-", suffix=".md", dir=os.environ.get("RUNNER_TEMP"), delete=False
    ) as file:
        file.write(f"{first}\n{mark}\n{said}\n\n{text}")
    return Path(file.name)


def _link(words: str, page: str, where: str) -> str:
    return f"[{words}]({page}/{where})" if page else words


def _me() -> str:
    """Return who the token is: a person, an app, or the one that comments for a workflow, where GitHub does not say."""
    try:
        return _gh("graphql", "-f", "query={viewer{login}}", "--jq", ".data.viewer.login").strip() or WORKFLOW
    except subprocess.CalledProcessError:
        return WORKFLOW


def _gh(*words: str) -> str:
    """Return what `gh api` answers, on this very server, with this token and without anything else that a step may hold."""
    host = os.environ["GITHUB_SERVER_URL"].partition("://")[2].rstrip("/")
    cloud = host == "github.com" or host.endswith(".ghe.com")
    environment = {
        **{name: value for name, value in os.environ.items() if NEEDED.fullmatch(name)},
        "GH_HOST": host,
        "GH_TOKEN" if cloud else "GH_ENTERPRISE_TOKEN": os.environ["TOKEN"],
    }
    done = subprocess.run(
        ["gh", "api", *words],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=True,
        timeout=SECONDS,
    )
    return done.stdout


def _why(said: str) -> str:
    """Return why `gh` failed, as far as it and the event tell."""
    if "HTTP 403" not in said:
        return "`gh` failed, as the log says"
    if os.environ["HEAD_REPOSITORY"] not in ("", os.environ["GITHUB_REPOSITORY"]):
        return "a run for a fork may only read"
    return "the token may not write comments: the job needs `pull-requests: write` in its `permissions`"


def _unsaid(why: str) -> int:
    tell.annotation("notice", f"no comment was written: {why}", title="policykit")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
