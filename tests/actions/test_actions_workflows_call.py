"""How the reusable workflow may be called: on what, with which protected ref, and what its other jobs are told."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from tests.actions.acting import GITHUB, REPOSITORY, ROOT, steps_of
from tests.actions.acting_world import PROTECTED_COMMIT, World, code, results, shown_to, step
from tests.build import ACCURATE, EQUAL, people, write_bundle, write_policy

HEAD, MERGE, OTHER = "a1" * 20, "b2" * 20, "c3" * 20


def refused(ref: str, event: str = "pull_request", head_ref: str = "evil") -> tuple[int, str]:
    """Return what `actions/caller` says of a call."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "EVENT": event,
        "REF": ref,
        "HEAD_REF": head_ref,
        "HEAD_COMMIT": HEAD,
        "MERGE_COMMIT": MERGE,
    }
    script = ROOT / "actions" / "caller" / "caller.sh"
    done = subprocess.run(["bash", str(script)], env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    "ref",
    [
        *("refs/pull/7/merge", "refs/pull/7/head", "REFS/PULL/7/head", "pull/7/head"),
        *("evil", "refs/heads/evil", "REFS/Heads/evil"),
        *(HEAD, HEAD.upper(), MERGE),
        *("refs/heads/gh-readonly-queue/main/pr-7-abc", "gh-readonly-queue/main/pr-7-abc"),
    ],
)
def test_a_protected_ref_that_names_the_change_itself_is_exit_2(ref: str) -> None:
    returned, said = refused(ref)
    assert returned == 2
    assert "::error::protected-ref names the change itself: policies, gate file and trust come from" in said


@pytest.mark.parametrize(
    "ref", ["", "main", "refs/heads/main", "release/1.x", "refs/tags/v3", OTHER, "evil-twin", "refs/heads/Evil"]
)
def test_a_protected_ref_that_is_not_the_change_is_taken(ref: str) -> None:
    assert refused(ref) == (0, "")


@pytest.mark.parametrize("ref", [" evil", "evil\n", "evil\t", "refs/pull/7/merge\n::set-output name=a::b", "a\x1bb"])
def test_white_space_hides_no_protected_ref(ref: str) -> None:
    returned, said = refused(ref)
    assert (
        returned == 2
        and said == "::error::protected-ref is the name of a branch or a tag, or a commit: there is white space in it\n"
    )


def head(ref: str, repository: str = REPOSITORY) -> dict[str, Any]:
    """Return the event of a pull request from this branch."""
    pull = {"number": 7, "head": {"ref": ref, "sha": HEAD, "repo": {"full_name": repository}}}
    return {"sha": MERGE, "event": {**GITHUB["event"], "pull_request": pull}}  # type: ignore[dict-item]


@pytest.mark.slow
@pytest.mark.parametrize("ref", ["refs/pull/7/merge", "evil", HEAD])
def test_a_call_by_which_the_change_would_choose_its_policies_ends_every_job(world: World, ref: str) -> None:
    ran = world.gate(
        github=head("evil"),
        bundle="bundle",
        policies="policies",
        protected_ref=ref,
        prepare=f"touch {world.folder}/pwned",
    )
    assert results(ran) == ["failure", "skipped", "success", "failure"]
    assert [code(ran, "evaluate"), code(ran, "verify")] == [2, 2] and not (world.folder / "pwned").exists()
    assert "NOT JUDGED" in world.gh.comments[0]["body"]


@pytest.mark.slow
def test_a_fork_may_call_its_branch_as_the_protected_one_is_called(world: World) -> None:
    ran = world.gate(
        github=head("main", "somebody/credit"), bundle="bundle", policies="policies", protected_ref="refs/heads/main"
    )
    assert ran["jobs"]["verify"]["result"] == "success"


@pytest.mark.slow
@pytest.mark.parametrize("event", ["pull_request_target", "workflow_run", "issue_comment"])
def test_an_event_on_which_the_default_branch_would_be_judged_in_place_of_the_change_is_refused(
    world: World, event: str
) -> None:
    ran = world.gate(
        github={"event_name": event}, bundle="bundle", policies="policies", prepare=f"touch {world.folder}/pwned"
    )
    assert results(ran) == ["failure", "skipped", "skipped", "failure"]
    for job in ("evaluate", "verify"):
        assert code(ran, job) == 2
        assert any(event in said["text"] for one in steps_of(ran["jobs"][job]) for said in one.get("commands", ()))
    assert ran["outputs"]["decision"] == "" and world.gh.comments == [] and not (world.folder / "pwned").exists()


@pytest.mark.slow
def test_the_run_says_which_commit_the_policies_are_of(world: World) -> None:
    ran = world.gate(bundle="bundle", policies="policies")
    said = f"Policies, gate file and trust come from `refs/heads/main` at `{PROTECTED_COMMIT}`."
    assert ran["jobs"]["judge"]["summary"].startswith(said)
    assert ran["outputs"]["policies-commit"] == PROTECTED_COMMIT


@pytest.mark.slow
@pytest.mark.parametrize("hinder", ["evaluate", "judge"])
def test_what_an_earlier_commit_got_does_not_stand_for_one_that_was_not_judged(world: World, hinder: str) -> None:
    world.gate(bundle="bundle", policies="policies", stage="staging")
    assert "ALLOWED" in world.gh.comments[0]["body"]
    shutil.rmtree(world.folder / "runner")
    if hinder == "judge":
        (world.change / "bundle" / "bundle.yaml").rename(world.change / "notes.txt")
        (world.change / "notes.txt").write_text("no bundle")
        shutil.rmtree(world.protected)
    ran = world.gate(
        bundle="bundle", policies="policies", stage="staging", prepare="exit 1" if hinder == "evaluate" else ""
    )
    [comment] = world.gh.comments
    assert "ALLOWED" not in comment["body"] and "NOT JUDGED: the gate did not begin, or did not end" in comment["body"]
    assert (
        comment["body"].startswith("<!-- policykit: merge-model-") and "(staging) -->" in comment["body"].split("\n")[0]
    )
    assert "was not judged**" in comment["body"] and "https://github.com/acme/credit/actions/runs/" in comment["body"]
    assert ran["jobs"]["unjudged"]["result"] == "success" and ran["jobs"]["verify"]["result"] == "failure"


@pytest.mark.slow
def test_where_no_comment_is_wanted_nothing_is_said(world: World) -> None:
    ran = world.gate(bundle="bundle", policies="policies", prepare="exit 1", comment=False)
    assert results(ran) == ["failure", "skipped", "skipped", "failure"] and world.gh.calls == []


@pytest.mark.slow
def test_jobs_that_are_run_again_upload_again(world: World) -> None:
    write_bundle(world.change / "bundle", people(women=(200, 1000)))
    for _ in range(2):
        ran = world.gate(bundle="bundle", policies="policies")
        assert ran["outputs"]["decision"] == "BLOCKED"
        assert step(ran, "judge", "Keep the reports")["outcome"] == "success"
        shutil.rmtree(world.folder / "runner")


@pytest.mark.slow
def test_a_report_on_the_protected_branch_is_compared_with_and_cited(world: World) -> None:
    signed: Any = {"bundle": "bundle", "policies": "policies", "environment": "gate-key", "key": "gate.pub.pem"}
    world.gate(**signed)
    report = world.artifacts / "policykit-model-report" / "report.sigstore.json"
    (world.protected / "releases").mkdir()
    shutil.copy(report, world.protected / "releases" / "last.sigstore.json")
    shutil.rmtree(world.folder / "runner")
    ran = world.gate(**signed, unless_changed="releases/last.sigstore.json")
    assert ran["jobs"]["verify"]["result"] == "success" and ran["outputs"]["decision"] == "ALLOWED"
    print([o["stdout"] for o in steps_of(ran["jobs"]["judge"]) if o.get("stdout")])
    assert report.read_bytes() == (world.protected / "releases" / "last.sigstore.json").read_bytes()
    shutil.rmtree(world.folder / "runner")
    write_bundle(world.change / "bundle", people(women=(200, 1000)))
    ran = world.gate(bundle="bundle", policies="policies", key="gate.pub.pem", since="releases/last.sigstore.json")
    assert ran["outputs"]["decision"] == "BLOCKED"
    assert "What changed since" in world.gh.comments[0]["body"]


GIT = """\
#!/bin/sh
env | grep '^GIT_CONFIG_' | sort > {seen}
exec {git} "$@"
"""


@pytest.mark.slow
def test_the_token_for_policies_reaches_git_where_judging_is_done_and_nobody_else(world: World) -> None:
    office = world.folder / "office"
    write_policy(office / "house.yaml", ACCURATE, EQUAL)
    name = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    for words in (("init", "-q", "-b", "main"), ("add", "."), (*name, "commit", "-qm", "policies")):
        subprocess.run(["git", *words], cwd=office, check=True)
    (world.protected / "policykit.yaml").write_text(
        f"policykit: gate/1\npolicies: [{{git: 'file://{office}', at: main}}]\n"
    )
    git = world.gh.box / "bin" / "git"
    git.write_text(GIT.format(seen=world.folder / "seen.txt", git=shutil.which("git")))
    git.chmod(0o755)
    ran = world.gate(
        bundle="bundle",
        config="policykit.yaml",
        secrets={"POLICYKIT_POLICIES_TOKEN": "ghp_reads", "POLICYKIT_NOTIFY": "json://127.0.0.1:9/hush"},
        prepare="env > bundle/seen.txt",
    )
    assert ran["outputs"]["decision"] == "ALLOWED"
    assert (world.folder / "seen.txt").read_text() == (
        "GIT_CONFIG_COUNT=1\n"
        "GIT_CONFIG_KEY_0=http.https://github.com/.extraheader\n"
        "GIT_CONFIG_VALUE_0=Authorization: Basic eC1hY2Nlc3MtdG9rZW46Z2hwX3JlYWRz\n"
    )
    others = (world.artifacts / "policykit-model-subject" / "seen.txt").read_text()
    others += json.dumps([shown_to(ran["jobs"][name]) for name in ("evaluate", "unjudged", "verify")])
    assert "PREPARE=" in others
    for word in ("ghp_reads", "hush", "POLICYKIT_POLICIES_TOKEN", "POLICYKIT_NOTIFY"):
        assert word not in others
    written = "".join(path.read_text() for path in (world.artifacts / "policykit-model-report").iterdir())
    printed = json.dumps([[one.get("stdout"), one.get("stderr")] for one in steps_of(ran["jobs"]["judge"])])
    for word in ("ghp_reads", "eC1hY2Nlc3MtdG9rZW46Z2hwX3JlYWRz", "hush"):
        assert word not in written + printed + world.gh.comments[0]["body"]
    assert step(ran, "judge", "Gate")["with"]["notify"] == "env:POLICYKIT_NOTIFY"


@pytest.mark.slow
def test_without_those_secrets_nobody_is_told_and_git_is_told_nothing(world: World) -> None:
    ran = world.gate(bundle="bundle", policies="policies")
    assert step(ran, "judge", "Gate")["with"]["notify"] == ""
    assert "GIT_CONFIG_COUNT" not in shown_to(ran["jobs"]["judge"])
