"""The action `gate`, really run: its one comment on a pull request, whatever became of the run."""

from __future__ import annotations

import re
import shutil
import sys
from typing import Any

import pytest

from tests.actions.acting import GITHUB, act
from tests.actions.conftest import UPLOADS, Repository
from tests.build import ACCURATE, write_policy

pytestmark = pytest.mark.slow

COMMENT = "Comment on the pull request"
END = "End with the gate's exit code"


def test_two_runs_leave_one_comment_that_says_the_later(repository: Repository) -> None:
    repository.bundle(women=(200, 1000))
    assert repository.gate(comment="true").failed
    [first] = repository.gh.comments
    assert "BLOCKED" in first["body"]
    repository.bundle()
    assert not repository.gate(comment="true", environment={"GITHUB_RUN_ID": "8"}).failed
    [second] = repository.gh.comments
    assert second["id"] == first["id"] and "ALLOWED" in second["body"] and "BLOCKED" not in second["body"]
    assert [call["words"][2] for call in repository.gh.calls if "--method" in call["words"]] == ["POST", "PATCH"]


def test_the_first_words_that_are_seen_are_the_commit_and_the_run(repository: Repository) -> None:
    repository.gate(comment="true", gate_id="credit")
    mark, run, said, _, heading = repository.gh.comments[0]["body"].split("\n")[:5]
    assert (mark, run) == ("<!-- policykit: credit -->", "<!-- policykit run: 7 attempt 1 -->")
    assert said.startswith("Commit [`0123456`](https://github.com/acme/credit/pull/7/commits/0123456789abcdef")
    assert said.endswith(", judged in [run 7](https://github.com/acme/credit/actions/runs/7/attempts/1).")
    assert heading.startswith("## ✅ ALLOWED")


def test_two_gates_have_a_comment_each(repository: Repository) -> None:
    repository.gate(comment="true", gate_id="credit")
    repository.gate(comment="true", gate_id="fraud")
    assert [one["body"].split("\n")[0] for one in repository.gh.comments] == [
        "<!-- policykit: credit -->",
        "<!-- policykit: fraud -->",
    ]


def test_two_workflows_and_two_jobs_that_judge_one_bundle_have_a_comment_and_alerts_each(
    repository: Repository,
) -> None:
    categories = set()
    for workflow, job in (("merge", "gate"), ("nightly", "gate"), ("merge", "second")):
        ran = repository.gate(
            comment="true", sarif="true", environment={"GITHUB_WORKFLOW": workflow, "GITHUB_JOB": job}
        )
        categories.add(ran.used["github/codeql-action/upload-sarif"]["category"])
    found = [one["body"].split("\n")[0] for one in repository.gh.comments]
    assert [re.sub("-[0-9a-f]{8} ", " ", one) for one in found] == [
        "<!-- policykit: merge-gate-bundle -->",
        "<!-- policykit: nightly-gate-bundle -->",
        "<!-- policykit: merge-second-bundle -->",
    ]
    assert len(categories) == 3


def test_two_stages_have_a_comment_each_and_a_run_that_judged_nothing_changes_its_own(repository: Repository) -> None:
    repository.gate(comment="true", stage="staging", gate_id="credit")
    repository.gate(comment="true", stage="production", gate_id="credit")
    assert [one["body"].split("\n")[0] for one in repository.gh.comments] == [
        "<!-- policykit: credit (staging) -->",
        "<!-- policykit: credit (production) -->",
    ]
    write_policy(repository.folder / "policies" / "house.yaml", {**ACCURATE, "chek": "x"})
    repository.gate(comment="true", stage="staging", gate_id="credit")
    staging, production = repository.gh.comments
    assert "INVALID" in staging["body"] and "ALLOWED" in production["body"]


def broken(repository: Repository, program: str) -> str:
    """Return a Python that runs everything but one program of the action."""
    made = repository.folder.parent / "python"
    made.write_text(f'#!/bin/sh\ncase "$2" in */{program}) exit 1;; *) exec {sys.executable} "$@";; esac\n')
    made.chmod(0o755)
    return str(made)


def expect_not_judged(repository: Repository, word: str) -> None:
    """The one comment says that this commit was not judged, and nothing of the ALLOWED that stood there."""
    [only] = repository.gh.comments
    assert "**Commit [`0123456`](" in only["body"] and "was not judged**, see [run 8](" in only["body"]
    assert word in only["body"] and "ALLOWED" not in only["body"]


def test_a_run_that_was_refused_does_not_leave_an_old_allowed_standing(repository: Repository) -> None:
    repository.gate(comment="true")
    assert "ALLOWED" in repository.gh.comments[0]["body"]
    write_policy(repository.folder / "policies" / "house.yaml", {**ACCURATE, "chek": "x"})
    repository.gate(comment="true", environment={"GITHUB_RUN_ID": "8"})
    expect_not_judged(repository, "## INVALID")


def test_where_installing_fails_an_old_allowed_does_not_stay(repository: Repository) -> None:
    repository.gate(comment="true")
    given = {"python": "", "bundle": "bundle", "policies": "policies", "comment": "true"}
    stubs = {**UPLOADS, "actions/setup-python": {"outputs": {"python-path": ""}}}
    ran = act("gate", repository.folder, given, stubs=stubs, environment={"GITHUB_RUN_ID": "8"})
    assert ran.failed and ran.step(END)["code"] == 70
    expect_not_judged(repository, "## ⬜ NOT JUDGED")


@pytest.mark.parametrize("step", ["Say where the engine's environment is", "Gate"])
def test_a_run_that_is_cancelled_or_takes_too_long_is_not_green_and_leaves_no_old_allowed(
    repository: Repository, step: str
) -> None:
    repository.gate(comment="true")
    ran = repository.gate(comment="true", cancelled=step, environment={"GITHUB_RUN_ID": "8"})
    assert ran.failed and ran.step(END)["code"] == 70
    assert {ran.outputs[name] for name in ("decision", "exit-code", "digest", "attestation")} == {""}
    expect_not_judged(repository, "## ⬜ NOT JUDGED")


def test_a_run_that_is_cancelled_after_it_judged_says_what_it_judged_and_is_not_green(repository: Repository) -> None:
    ran = repository.gate(comment="true", attest="true", cancelled="Upload the findings to code scanning", sarif="true")
    assert ran.failed and "actions/attest" not in ran.used
    assert "judged in [run 7]" in repository.gh.comments[0]["body"]


def test_a_crash_of_the_gate_is_not_green_and_leaves_no_old_allowed(repository: Repository) -> None:
    repository.gate(comment="true")
    ran = repository.gate(comment="true", python=broken(repository, "gate.py"), environment={"GITHUB_RUN_ID": "8"})
    assert ran.failed and ran.step(END)["code"] == 70
    expect_not_judged(repository, "## ⬜ NOT JUDGED")


def test_a_comment_that_cannot_be_made_at_all_does_not_turn_an_allowed_red(repository: Repository) -> None:
    ran = repository.gate(comment="true", python=broken(repository, "comment.py"))
    assert ran.step(COMMENT)["outcome"] == "failure"
    assert not ran.failed and ran.outputs["decision"] == "ALLOWED"


@pytest.mark.parametrize(
    ("head", "why"),
    [("a-person/credit", "a run for a fork may only read"), ("acme/credit", "needs `pull-requests: write`")],
)
def test_what_may_only_read_gets_no_comment_and_the_decision_stands(
    repository: Repository, head: str, why: str
) -> None:
    event: dict[str, Any] = GITHUB["event"]  # type: ignore[assignment]  # a part of it
    pull = {**event["pull_request"], "head": {**event["pull_request"]["head"], "repo": {"full_name": head}}}
    repository.gh.refuse()
    ran = repository.gate(comment="true", event={**event, "pull_request": pull})
    assert not ran.failed and ran.outputs["decision"] == "ALLOWED"
    assert any(why in command["text"] for command in ran.commands if command["name"] == "notice")


def test_without_a_pull_request_nothing_is_commented(repository: Repository) -> None:
    ran = repository.gate(comment="true", event={})
    assert not ran.failed and repository.gh.calls == []
    assert "not about a pull request" in ran.printed


def test_the_comment_says_what_changed_since_the_last_release(repository: Repository) -> None:
    secret, _ = repository.key()
    first = repository.gate(sign="GATE_KEY", environment={"GATE_KEY": secret})
    shutil.copy(first.outputs["attestation"], repository.folder / "last.json")
    repository.bundle(women=(200, 1000), version="1.5.0")
    ran = repository.gate(comment="true", since="last.json", key="gate.pub.pem")
    assert ran.outputs["decision"] == "BLOCKED"
    assert "What changed since" in repository.gh.comments[0]["body"]
