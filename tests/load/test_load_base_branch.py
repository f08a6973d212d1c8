"""Waivers come from the branch that a change goes to: real repositories, and changes that try to bring their own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from policykit.errors import UsageError, WaiverError
from policykit.load import git as git_module
from policykit.load.base_branch import BASE_BRANCH, TARGETS, waivers_at
from policykit.load.gate_waivers import unguarded, waivers_of
from policykit.terms.gate_file import GateFile
from tests.load.waiver_texts import waiver

PLAIN = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
GITHUB = {**PLAIN, "GITHUB_BASE_REF": "main"}


class Repository:
    """A throw-away repository with one waiver, W-1, on `main`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.run("init", "-q", "-b", "main")
        self.write("waivers/W-1.yaml", waiver(id="W-1"))
        self.write("waivers/claims.jsonl", "{}\n")
        self.commit()

    def run(self, *words: str) -> str:
        who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a"}
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *words],
            cwd=self.folder,
            env={**PLAIN, **who, "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_CONFIG_NOSYSTEM": "1"},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")

    def commit(self) -> str:
        self.run("add", "-A")
        self.run("commit", "-q", "-m", "change", "--allow-empty")
        return self.run("rev-parse", "HEAD")

    @property
    def waivers(self) -> Path:
        return self.folder / "waivers"

    def change(self) -> None:
        """Go to a branch that brings a waiver of its own, as a pull request would."""
        self.run("checkout", "-q", "-b", "change")
        self.write("waivers/W-2.yaml", waiver(id="W-2"))
        self.write("waivers/claims.jsonl", "{}\n{}\n")
        self.commit()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "project")


def ids(found: tuple[tuple[object, ...], bytes]) -> list[str]:
    return [each.id for each in found[0]]  # type: ignore[attr-defined]  # waivers, whatever the type checker knows


def test_a_waiver_that_a_change_brings_with_it_is_not_read(repository: Repository) -> None:
    repository.change()
    waivers, claims = waivers_at(BASE_BRANCH, repository.waivers, GITHUB)
    assert [each.id for each in waivers] == ["W-1"]
    assert claims == b"{}\n"
    assert waivers[0].path == "main:waivers/W-1.yaml"
    assert waivers[0].text == waiver(id="W-1").encode()


def test_a_waiver_that_a_change_widens_is_read_as_it_was(repository: Repository) -> None:
    repository.run("checkout", "-q", "-b", "change")
    repository.write("waivers/W-1.yaml", waiver(id="W-1", allows="{at_most: 99 pp}"))
    repository.commit()
    (found,), _ = waivers_at(BASE_BRANCH, repository.waivers, GITHUB)
    assert found.allows.at_most is not None
    assert found.allows.at_most.text == "12 pp"


def test_a_waiver_that_a_change_deletes_is_still_there(repository: Repository) -> None:
    repository.run("checkout", "-q", "-b", "change")
    repository.run("rm", "-rq", "waivers")
    repository.commit()
    assert not repository.waivers.exists()
    assert ids(waivers_at(BASE_BRANCH, repository.waivers, GITHUB)) == ["W-1"]


@pytest.mark.parametrize("name", TARGETS)
def test_every_platform_says_which_branch_a_change_goes_to(name: str, repository: Repository) -> None:
    repository.change()
    assert ids(waivers_at(BASE_BRANCH, repository.waivers, {**PLAIN, name: "main"})) == ["W-1"]
    assert ids(waivers_at(BASE_BRANCH, repository.waivers, {**PLAIN, name: "refs/heads/main"})) == ["W-1"]


@pytest.mark.parametrize("branch", ["main", "release/2027"])
def test_the_merge_queue_of_github_says_which_branch_it_is_for(branch: str, repository: Repository) -> None:
    repository.run("branch", "-f", "release/2027", "main")
    repository.change()
    queue = f"refs/heads/gh-readonly-queue/{branch}/pr-12-{'ab' * 20}"
    found = waivers_at(
        BASE_BRANCH, repository.waivers, {**PLAIN, "GITHUB_EVENT_NAME": "merge_group", "GITHUB_REF": queue}
    )
    assert ids(found) == ["W-1"]


def test_variables_that_name_different_branches_are_refused(repository: Repository) -> None:
    repository.change()
    environment = {**GITHUB, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "change"}
    with pytest.raises(UsageError) as caught:
        waivers_at(BASE_BRANCH, repository.waivers, environment)
    assert str(caught.value) == (
        "`GITHUB_BASE_REF` says that the change goes to `main`, and `CI_MERGE_REQUEST_TARGET_BRANCH_NAME` says `change`"
    )
    assert "unset the one that your platform does not set" in caught.value.hint
    same = {**GITHUB, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "refs/heads/main"}
    assert ids(waivers_at(BASE_BRANCH, repository.waivers, same)) == ["W-1"]


def test_a_change_that_is_judged_with_its_own_waivers_is_worth_a_warning() -> None:
    gate_file = GateFile("policykit.yaml", waivers="waivers")
    assert unguarded(gate_file, GITHUB) == (
        "this is a change to `main`, and waivers are read as the change has them:"
        ' `--waivers-from "base branch"`, or `read_from: base branch` in the gate file'
    )
    assert unguarded(gate_file, PLAIN) == ""
    assert unguarded(GateFile("policykit.yaml"), GITHUB) == ""
    assert unguarded(GateFile("policykit.yaml", waivers="waivers", waivers_from=BASE_BRANCH), GITHUB) == ""


def test_the_branch_of_the_origin_counts_before_the_branch_that_is_here(repository: Repository, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    repository.run("clone", "-q", str(repository.folder), str(clone))
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x"],
        cwd=clone,
        check=True,
    )
    (clone / "waivers" / "W-3.yaml").write_text(waiver(id="W-3"))
    subprocess.run(["git", "add", "-A"], cwd=clone, check=True)
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "x"], cwd=clone, check=True
    )
    waivers, _ = waivers_at(BASE_BRANCH, clone / "waivers", GITHUB)
    assert [each.path for each in waivers] == ["origin/main:waivers/W-1.yaml"]


def test_where_no_change_is_judged_the_commit_counts_and_not_the_working_tree(repository: Repository) -> None:
    repository.write("waivers/W-9.yaml", waiver(id="W-9"))
    assert ids(waivers_at(BASE_BRANCH, repository.waivers, PLAIN)) == ["W-1"]


def test_a_ref_can_be_named(repository: Repository) -> None:
    repository.run("tag", "v1")
    repository.change()
    assert ids(waivers_at("v1", repository.waivers, PLAIN)) == ["W-1"]
    assert ids(waivers_at("change", repository.waivers, PLAIN)) == ["W-1", "W-2"]


def test_one_waiver_can_be_named_with_the_claims_beside_it(repository: Repository) -> None:
    waivers, claims = waivers_at("main", repository.waivers / "W-1.yaml", PLAIN)
    assert [each.id for each in waivers] == ["W-1"]
    assert claims == b"{}\n"


def test_waivers_may_lie_at_the_root(repository: Repository) -> None:
    repository.write("claims.jsonl", "root\n")
    repository.commit()
    waivers, claims = waivers_at("main", repository.folder, PLAIN)
    assert [each.path for each in waivers] == ["main:waivers/W-1.yaml"]
    assert claims == b"root\n{}\n"


def test_a_folder_that_the_base_branch_does_not_have_holds_no_waiver(repository: Repository) -> None:
    repository.run("checkout", "-q", "-b", "change")
    repository.write("excuses/W-2.yaml", waiver(id="W-2"))
    repository.commit()
    assert waivers_at(BASE_BRANCH, repository.folder / "excuses", GITHUB) == ((), b"")


def test_a_folder_that_a_change_turns_into_a_link_is_read_as_it_was(repository: Repository) -> None:
    repository.write("old/W-7.yaml", waiver(id="W-7"))
    repository.commit()
    repository.run("checkout", "-q", "-b", "change")
    repository.run("rm", "-rq", "waivers")
    repository.waivers.symlink_to("old")
    repository.commit()
    assert ids(waivers_at(BASE_BRANCH, repository.waivers, GITHUB)) == ["W-1"]


def test_a_branch_whose_name_begins_with_a_dash_is_a_branch_and_no_option(repository: Repository) -> None:
    head = repository.run("rev-parse", "HEAD")
    repository.run("update-ref", "refs/heads/--output=pwned", head)
    repository.run("update-ref", "refs/heads/-x", head)
    repository.change()
    for name in ("--output=pwned", "-x"):
        assert ids(waivers_at(BASE_BRANCH, repository.waivers, {**PLAIN, "GITHUB_BASE_REF": name})) == ["W-1"]
        assert ids(waivers_at(f"refs/heads/{name}", repository.waivers, PLAIN)) == ["W-1"]
    assert not (repository.folder / "pwned").exists()


@pytest.mark.parametrize(
    "word", ["--all", "-1", "--output=pwned", "$(touch pwned)", "main; touch pwned", "a b", "a\0b"]
)
def test_what_is_no_ref_is_refused_and_nothing_is_run(word: str, repository: Repository) -> None:
    with pytest.raises(UsageError):
        waivers_at(word, repository.waivers, PLAIN)
    with pytest.raises(UsageError):
        waivers_at(BASE_BRANCH, repository.waivers, {**PLAIN, "GITHUB_BASE_REF": word})
    assert not list(repository.folder.glob("pwned"))


@pytest.mark.parametrize("word", ["main~1", "HEAD", "main^{commit}", "@{-1}"])
def test_a_base_branch_is_the_name_of_a_branch_and_not_a_path_through_history(
    word: str, repository: Repository
) -> None:
    repository.change()
    with pytest.raises(UsageError, match="is not here"):
        waivers_at(BASE_BRANCH, repository.waivers, {**PLAIN, "GITHUB_BASE_REF": word})


def test_a_base_branch_that_was_not_fetched_says_what_to_run(repository: Repository) -> None:
    with pytest.raises(UsageError) as caught:
        waivers_at(BASE_BRANCH, repository.waivers, {**PLAIN, "GITHUB_BASE_REF": "release"})
    assert str(caught.value) == "the base branch `release`, named by `GITHUB_BASE_REF`, is not here"
    assert caught.value.hint == (
        "run `git fetch origin release:refs/remotes/origin/release` first; checkouts of one commit lack it"
    )


@pytest.mark.parametrize("word", ["nothing", " "])
def test_a_ref_that_is_not_here_is_refused(word: str, repository: Repository) -> None:
    with pytest.raises(UsageError) as caught:
        waivers_at(word, repository.waivers, PLAIN)
    assert str(caught.value) == f"there is no `{word.strip()}` to read waivers from"
    assert "git fetch origin" in caught.value.hint


def test_a_repository_without_a_commit_has_nothing_to_read(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    with pytest.raises(UsageError, match="the repository has no commit to read waivers from"):
        waivers_at(BASE_BRANCH, tmp_path / "waivers", PLAIN)


def test_outside_a_repository_there_is_no_base_branch(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        waivers_at(BASE_BRANCH, tmp_path / "waivers", PLAIN)
    assert str(caught.value) == f"`{tmp_path}/waivers` lies in no git repository"
    assert caught.value.hint == "leave `read_from` out where waivers are not kept in git"


def test_a_folder_that_a_change_turns_into_another_repository_is_passed_by(
    repository: Repository, tmp_path: Path
) -> None:
    other = Repository(tmp_path / "other")
    other.write("W-66.yaml", waiver(id="W-66"))
    other.commit()
    repository.run("checkout", "-q", "-b", "change")
    repository.run("rm", "-rq", "waivers")
    repository.run("submodule", "--quiet", "add", str(other.folder), "waivers")
    repository.commit()
    assert ids(waivers_at(BASE_BRANCH, repository.waivers, GITHUB)) == ["W-1"]


def test_a_folder_inside_a_part_that_a_change_could_point_elsewhere_is_refused(
    repository: Repository, tmp_path: Path
) -> None:
    other = Repository(tmp_path / "other")
    repository.run("submodule", "--quiet", "add", str(other.folder), "part")
    repository.commit()
    with pytest.raises(UsageError) as caught:
        waivers_at(BASE_BRANCH, repository.folder / "part" / "waivers", GITHUB)
    assert "is a part of another repository, which a change could point elsewhere" in str(caught.value)


def test_a_link_on_the_way_leads_into_no_other_repository(repository: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    (repository.folder / "way").symlink_to(other.folder)
    repository.commit()
    assert waivers_at("main", repository.folder / "way" / "waivers", PLAIN) == ((), b"")


def test_a_waiver_that_is_a_link_is_refused(repository: Repository) -> None:
    (repository.waivers / "W-8.yaml").symlink_to("W-1.yaml")
    repository.commit()
    with pytest.raises(WaiverError, match=r"`main:waivers/W-8.yaml` is a link"):
        waivers_at("main", repository.waivers, PLAIN)


def test_a_waiver_that_is_wrong_is_refused_at_its_place(repository: Repository) -> None:
    repository.write("waivers/W-5.yaml", waiver(id="W-5", expires="31.03.2027"))
    repository.commit()
    with pytest.raises(WaiverError) as caught:
        waivers_at("main", repository.waivers, PLAIN)
    assert [(each.code, each.where) for each in caught.value.problems] == [("PK024", "main:waivers/W-5.yaml:10:10")]


def test_a_document_that_is_too_large_is_refused_unread(repository: Repository) -> None:
    repository.write("waivers/W-5.yaml", waiver(id="W-5") + "#" * 300_000)
    repository.commit()
    with pytest.raises(WaiverError, match=r"`main:waivers/W-5.yaml` has 300,\d{3} bytes; at most 262,144 are read"):
        waivers_at("main", repository.waivers, PLAIN)


def test_settings_of_the_caller_and_of_the_project_run_nothing(repository: Repository) -> None:
    repository.run("config", "core.fsmonitor", "touch pwned")
    repository.run("config", "core.pager", "touch pwned")
    repository.run("config", "core.sshCommand", "touch pwned")
    hostile = {
        "GIT_DIR": "/nowhere",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "alias.x",
        "GIT_CONFIG_VALUE_0": "!x",
    }
    assert ids(waivers_at("main", repository.waivers, {**PLAIN, **hostile})) == ["W-1"]
    assert not (repository.folder / "pwned").exists()


def test_a_commit_whose_files_were_not_fetched_is_refused(repository: Repository) -> None:
    name = repository.run("rev-parse", "HEAD:waivers/W-1.yaml")
    (repository.folder / ".git" / "objects" / name[:2] / name[2:]).unlink()
    with pytest.raises(UsageError) as caught:
        waivers_at("main", repository.waivers, PLAIN)
    assert str(caught.value).startswith("git cannot read what the commit holds")
    assert caught.value.hint == "fetch the whole history: a checkout of one commit, or a partial one, may lack it"


def test_without_git_it_says_so(repository: Repository, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        waivers_at("main", repository.waivers, {"PATH": str(tmp_path)})
    assert (str(caught.value), caught.value.hint) == (
        "git is not installed here, and something is to be read from it",
        "install git",
    )


def test_a_git_that_does_not_answer_is_not_waited_for(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec /bin/sleep 30\n")
    slow.chmod(0o755)
    monkeypatch.setattr(git_module, "SECONDS", 0.2)
    with pytest.raises(UsageError, match="git has not answered in"):
        waivers_at("main", repository.waivers, {"PATH": str(slow.parent)})


def test_a_repository_that_git_refuses_says_why(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    with pytest.raises(UsageError) as caught:
        waivers_at("main", tmp_path / "waivers", PLAIN)
    assert str(caught.value).startswith(f"git refuses `{tmp_path}`: not a git repository")


def of(repository: Repository, **said: object) -> GateFile:
    return GateFile(path="policykit.yaml", waivers=str(repository.waivers), **said)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("read_from", "expected"), [("", ["W-1", "W-2"]), (BASE_BRANCH, ["W-1"]), ("change", ["W-1", "W-2"])]
)
def test_a_gate_file_says_whether_waivers_count_as_they_lie_here(
    read_from: str, expected: list[str], repository: Repository
) -> None:
    repository.change()
    waivers, claims = waivers_of(of(repository, waivers_from=read_from), GITHUB)
    assert [each.id for each in waivers] == expected
    assert claims == b"{}\n" * len(expected)


def test_a_gate_file_without_waivers_has_none() -> None:
    assert waivers_of(GateFile(path="policykit.yaml"), PLAIN) == ((), b"")


@pytest.mark.parametrize("read_from", ["", "main"])
def test_claims_lie_beside_each_waiver_also_below(read_from: str, repository: Repository) -> None:
    repository.write("waivers/2027/W-3.yaml", waiver(id="W-3"))
    repository.write("waivers/2027/claims.jsonl", "[3]")
    repository.write("waivers/claims.jsonl", "[1]")
    repository.commit()
    waivers, claims = waivers_of(of(repository, waivers_from=read_from), PLAIN)
    assert sorted(each.id for each in waivers) == ["W-1", "W-3"]
    assert sorted(claims.splitlines()) == [b"[1]", b"[3]"]


def test_a_folder_without_claims_has_none(repository: Repository) -> None:
    (repository.waivers / "claims.jsonl").unlink()
    assert waivers_of(of(repository), PLAIN)[1] == b""


def test_a_waiver_that_lasts_longer_than_the_gate_file_allows_is_refused(repository: Repository) -> None:
    assert waivers_of(of(repository, waivers_longest=81), PLAIN)
    with pytest.raises(WaiverError) as caught:
        waivers_of(of(repository, waivers_longest=80), PLAIN)
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == ("PK707", "`W-1` lasts 81 days; the gate file allows 80")
    assert problem.where == f"{repository.waivers}/W-1.yaml:2:5"
