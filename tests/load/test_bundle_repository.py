"""A git repository is no bundle: its digest would change with each commit, and its secrets would be promoted."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from policykit.cli.start import run
from policykit.errors import BundleError
from policykit.load.bundle import load_bundle
from tests.build import write_bundle


@pytest.mark.parametrize("place", [".git/config", ".git", "model/.git/HEAD", "vendored/.git", ".GIT/config"])
def test_it_is_refused_as_a_folder_wherever_git_keeps_its_own(place: str, tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "b")
    (bundle / place).parent.mkdir(parents=True, exist_ok=True)
    (bundle / place).write_text("gitdir: ../elsewhere\ntoken = s3cret")
    with pytest.raises(BundleError) as refused:
        load_bundle(bundle)
    (problem,) = refused.value.problems
    named = place[: place.lower().index(".git") + 4]
    assert (problem.code, problem.message) == ("PK325", f"`{named}` is there: a bundle is not a git repository")
    assert "put what is judged into a folder of its own" in problem.hint
    assert "s3cret" not in str(problem)


def test_of_a_large_repository_its_git_is_named_and_not_the_number_of_its_files(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "b")
    (bundle / ".git" / "objects").mkdir(parents=True)
    for number in range(10_050):
        (bundle / ".git" / "objects" / str(number)).touch()
    with pytest.raises(BundleError) as refused:
        load_bundle(bundle)
    assert [problem.code for problem in refused.value.problems] == ["PK325"]


def test_it_is_refused_in_a_zip_and_by_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = write_bundle(tmp_path / "b")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as packed:
        for path in bundle.iterdir():
            packed.write(path, path.name)
        packed.writestr(".git/config", "token")
    assert run(["gate", str(tmp_path / "b.zip"), "-p", "pack:baseline", "-q"]) == 2
    assert "a bundle is not a git repository" in capsys.readouterr().err


def test_names_that_only_begin_like_it_are_files_like_others(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "b")
    for name in (".gitattributes", ".gitignore", "x.git"):
        (bundle / name).write_text("")
    assert {".gitattributes", ".gitignore", "x.git"} <= {file.path for file in load_bundle(bundle).files}


def test_of_a_clone_git_makes_a_bundle_as_the_hint_says(tmp_path: Path) -> None:
    clone = write_bundle(tmp_path / "clone")

    def git(*words: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "init.defaultBranch=main")
        subprocess.run(["git", *who, *words], cwd=clone, check=True, capture_output=True)

    git("init")
    git("add", ".")
    git("commit", "-m", "model")
    with pytest.raises(BundleError):
        load_bundle(clone)
    git("archive", "--format=zip", f"--output={tmp_path / 'bundle.zip'}", "HEAD")
    packed = load_bundle(tmp_path / "bundle.zip")
    assert packed.manifest_digest == load_bundle(write_bundle(tmp_path / "plain")).manifest_digest
