"""The program that keeps the one comment, run by itself: who has the last word, where it writes, what it is shown."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.actions.acting import REPOSITORY, ROOT, SHA, Gh
from tests.actions.hostile_words import HOSTILE

PROGRAM = ROOT / "actions" / "gate" / "comment.py"
MARK = "<!-- policykit: loans -->"


@pytest.fixture
def gh(tmp_path: Path) -> Gh:
    return Gh(tmp_path)


def variables(gh: Gh, text: str, run: str = "7", **more: str) -> dict[str, str]:
    """Return what action.yml gives the program; without `text`, nothing was written by the gate."""
    page = gh.box / "comment.md"
    page.write_text(f"{MARK}\n{text}\n")
    given = {
        "PATH": f"{gh.box / 'bin'}:{os.environ['PATH']}",
        "COMMENT": str(page) if text else "",
        "JUDGED": "a" * 64 if text else "",
        "PULL_REQUEST": "7",
        "HEAD_SHA": SHA,
        "HEAD_REPOSITORY": REPOSITORY,
        "TOKEN": "ghs_secret",
        "IN_BUNDLE": "bundle",
        "IN_ROWS": "",
        "IN_STAGE": "",
        "IN_GATE_ID": "loans",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_RUN_ID": run,
        "GITHUB_RUN_ATTEMPT": "1",
        "RUNNER_TEMP": str(gh.box),
    }
    return {**given, **more}


def say(gh: Gh, text: str, run: str = "7", **more: str) -> str:
    """Run the program, and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-I", str(PROGRAM)],
        env=variables(gh, text, run, **more),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout


def written(text: str, run: int, attempt: int = 1) -> str:
    return f"{MARK}\n<!-- policykit run: {run} attempt {attempt} -->\n{text}\n"


def bodies(gh: Gh) -> list[str]:
    return [str(one["body"]) for one in gh.comments]


def test_its_first_words_are_the_commit_and_the_run(gh: Gh) -> None:
    assert "wrote the comment on pull request 7" in say(gh, "## ALLOWED", GITHUB_RUN_ATTEMPT="2")
    [body] = bodies(gh)
    page = "https://github.com/acme/credit"
    assert body.splitlines() == [
        MARK,
        "<!-- policykit run: 7 attempt 2 -->",
        f"Commit [`0123456`]({page}/pull/7/commits/{SHA}), judged in [run 7]({page}/actions/runs/7/attempts/2).",
        "",
        "## ALLOWED",
    ]


def test_where_nothing_was_judged_an_old_allowed_does_not_stay(gh: Gh) -> None:
    say(gh, "## ALLOWED")
    assert "changed the comment" in say(gh, "", run="8", HEAD_SHA="f" * 40)
    [body] = bodies(gh)
    assert "ALLOWED" not in body
    assert body.splitlines()[2].startswith("**Commit [`fffffff`](") and "was not judged**, see [run 8](" in body
    assert "## ⬜ NOT JUDGED: the gate did not run to its end" in body


@pytest.mark.parametrize("later", [("8", "1"), ("7", "2")])
def test_an_older_run_that_ends_later_leaves_the_newer_ones_comment(gh: Gh, later: tuple[str, str]) -> None:
    run, attempt = later
    say(gh, "## BLOCKED", run, GITHUB_RUN_ATTEMPT=attempt)
    assert "the comment on pull request 7 is of a newer run, and was left as it is" in say(gh, "## ALLOWED")
    assert ["BLOCKED" in body for body in bodies(gh)] == [True]


def test_a_run_id_is_compared_as_a_number(gh: Gh) -> None:
    say(gh, "## BLOCKED", run="9")
    say(gh, "## ALLOWED", run="10")
    assert ["ALLOWED" in body for body in bodies(gh)] == [True]


@pytest.mark.parametrize(("other", "last"), [(6, "mine"), (8, "theirs")])
def test_of_two_comments_made_at_once_the_newer_runs_stays(gh: Gh, other: int, last: str) -> None:
    gh.meanwhile(written("theirs", other))
    say(gh, "mine")
    assert [body.splitlines()[-1] for body in bodies(gh)] == [last]


@pytest.mark.parametrize(("other", "last"), [(6, "mine"), (8, "theirs")])
def test_of_two_runs_that_change_one_comment_at_once_the_newer_has_the_last_word(gh: Gh, other: int, last: str) -> None:
    gh.say(written("before", 5), by="github-actions[bot]")
    gh.meanwhile(written("theirs", other), over=True)
    say(gh, "mine")
    assert [body.splitlines()[-1] for body in bodies(gh)] == [last]


def test_comments_that_were_left_double_become_one(gh: Gh) -> None:
    for run in (3, 5, 4):
        gh.say(written("before", run), by="github-actions[bot]")
    gh.say(f"{MARK}\nof a version that named no run", by="github-actions[bot]")
    gh.say(written("of somebody else", 3), by="a-person")
    gh.say(f"<!-- policykit: loans (staging) -->\n{written('of another stage', 3)}", by="github-actions[bot]")
    say(gh, "mine")
    assert [body.splitlines()[-1] for body in bodies(gh)] == ["mine", "of somebody else", "of another stage"]


@pytest.mark.parametrize("by", ["a-person", "dependabot[bot]", "another-app[bot]"])
@pytest.mark.parametrize("me", ["github-actions[bot]", "our-app[bot]", ""])
def test_what_a_person_or_another_program_wrote_is_never_changed_whatever_its_first_lines(
    gh: Gh, by: str, me: str
) -> None:
    gh.be(me)
    gh.say(written("## ALLOWED, says somebody else", 9), by=by)
    for _ in range(2):
        say(gh, "## BLOCKED")
    theirs, ours = gh.comments
    assert theirs["body"].endswith("says somebody else\n")
    assert ours["by"] == (me or "github-actions[bot]") and "BLOCKED" in ours["body"]


def test_two_gates_of_one_run_with_one_name_leave_one_comment(gh: Gh) -> None:
    say(gh, "first")
    say(gh, "second")
    assert [body.splitlines()[-1] for body in bodies(gh)] == ["second"]


@pytest.mark.parametrize(
    ("server", "host", "variable"),
    [
        ("https://github.com", "github.com", "GH_TOKEN"),
        ("https://acme.ghe.com", "acme.ghe.com", "GH_TOKEN"),
        ("https://git.acme.example", "git.acme.example", "GH_ENTERPRISE_TOKEN"),
        ("https://notghe.com", "notghe.com", "GH_ENTERPRISE_TOKEN"),
    ],
)
def test_it_writes_on_the_server_that_the_run_is_of(gh: Gh, server: str, host: str, variable: str) -> None:
    say(gh, "## ALLOWED", GITHUB_SERVER_URL=server, GH_HOST="elsewhere.example", GH_TOKEN="of somebody else")
    for call in gh.calls:
        assert call["environment"]["GH_HOST"] == host
        tokens = {name: value for name, value in call["environment"].items() if "TOKEN" in name}
        assert tokens == {variable: "ghs_secret"}
    assert f"({server}/acme/credit/pull/7/commits/{SHA})" in bodies(gh)[0]


def test_no_key_is_shown_to_gh_under_whatever_name(gh: Gh) -> None:
    secrets = dict.fromkeys(
        ("POLICYKIT_KEY", "POLICYKIT_KEY_PASSWORD", "OUR_KEY", "TEAM_CHAT", "PYTHONPATH"), "hunter2"
    )
    say(gh, "## ALLOWED", **secrets, HTTPS_PROXY="http://proxy", no_proxy="x", HOME="/home/runner")
    for call in gh.calls:
        assert "hunter2" not in call["environment"].values()
        assert call["environment"]["HTTPS_PROXY"] == "http://proxy" and call["environment"]["HOME"] == "/home/runner"


@pytest.mark.parametrize(
    ("said", "head", "why"),
    [
        ("gh: Resource not accessible by integration (HTTP 403)", "a-person/credit", "a run for a fork may only read"),
        ("gh: Resource not accessible by integration (HTTP 403)", REPOSITORY, "the job needs `pull-requests: write`"),
        ("gh: Resource not accessible by integration (HTTP 403)", "", "the job needs `pull-requests: write`"),
        ("gh: Bad credentials (HTTP 401)", "a-person/credit", "`gh` failed, as the log says"),
        ("error connecting to git.acme.example", REPOSITORY, "`gh` failed, as the log says"),
    ],
)
def test_why_nothing_was_written_is_what_the_answer_and_the_event_tell(gh: Gh, said: str, head: str, why: str) -> None:
    gh.refuse(said)
    printed = say(gh, "## ALLOWED", HEAD_REPOSITORY=head)
    assert said in printed
    assert f"::notice title=policykit::no comment was written: {why}" in printed.replace(
        "the token may not write comments: ", ""
    )


@pytest.mark.parametrize("path", ["/nowhere", "{box}/.."])
def test_a_runner_without_a_gh_that_runs_is_told_of(gh: Gh, path: str) -> None:
    printed = say(gh, "## ALLOWED", PATH=path.format(box=gh.box))
    assert "there is no `gh` on this runner that can be run" in printed


def test_an_answer_that_is_no_comments_is_told_of(gh: Gh) -> None:
    (gh.box / "comments.json").write_text('[{"id": "x", "by": "github-actions[bot]", "body": "' + MARK + '"}]')
    assert "`gh` answered with something else than comments" in say(gh, "## ALLOWED")


def test_a_gh_that_hangs_is_given_up_and_changes_nothing(
    gh: Gh, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    gh.hang()
    spec = importlib.util.spec_from_file_location("actions_comment", PROGRAM)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    path = [*sys.path]
    spec.loader.exec_module(module)
    monkeypatch.setattr(sys, "path", path)
    assert module.SECONDS == 60
    module.SECONDS = 1
    for name, value in variables(gh, "## ALLOWED").items():
        monkeypatch.setenv(name, value)
    assert module.main() == 0
    assert b"no comment was written: `gh` did not answer within 1 seconds" in capfdbinary.readouterr().out


@pytest.mark.parametrize("word", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_of_an_event_are_not_written(gh: Gh, word: str, tmp_path: Path) -> None:
    say(gh, "## ALLOWED", HEAD_SHA=word, HEAD_REPOSITORY=word, IN_STAGE=word, IN_GATE_ID=word)
    [body] = bodies(gh)
    mark, run, said, *rest = body.splitlines()
    assert re.fullmatch(r"<!-- policykit: [A-Za-z0-9._-]+ \([A-Za-z0-9._-]+\) -->", mark)
    assert run == "<!-- policykit run: 7 attempt 1 -->"
    assert said == "This commit, judged in [run 7](https://github.com/acme/credit/actions/runs/7/attempts/1)."
    assert rest == ["", "## ALLOWED"] and not (tmp_path / "pwned").exists()


def test_a_server_that_is_no_address_is_not_linked(gh: Gh) -> None:
    say(gh, "## ALLOWED", GITHUB_SERVER_URL="https://a.example/)<img>")
    assert "Commit `0123456`, judged in run 7." in bodies(gh)[0].splitlines()


def test_the_longest_comment_and_the_longest_head_are_within_what_github_takes(gh: Gh) -> None:
    from policykit.render.comment import MOST_UNITS, units

    server, repository = f"https://{'h' * 100}", f"{'o' * 100}/{'r' * 100}"
    say(
        gh,
        "x" * (MOST_UNITS - 1 - len(MARK)),
        run="9" * 20,
        GITHUB_RUN_ATTEMPT="9" * 9,
        GITHUB_SERVER_URL=server,
        GITHUB_REPOSITORY=repository,
        PULL_REQUEST="9" * 12,
        HEAD_SHA="f" * 64,
    )
    [body] = bodies(gh)
    assert f"{server}/{repository}/pull/" in body and 65_000 > units(body) > MOST_UNITS


def test_a_run_that_is_not_about_a_pull_request_asks_nothing_of_github(gh: Gh) -> None:
    assert "not about a pull request" in say(gh, "## ALLOWED", PULL_REQUEST="")
    assert gh.calls == []
