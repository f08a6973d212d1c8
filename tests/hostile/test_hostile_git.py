"""Repositories of policies that want more than to be read, and configurations that want to be run."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from policykit.errors import PolicyError, PolicykitError, StorageError, UsageError
from policykit.load import fetch
from policykit.load import fetched as fetched_module
from policykit.load import git as git_module
from policykit.load.fetched import fetched
from policykit.terms.gate_file import PolicySource
from tests.load.git_places import PLAIN, Central, text

GOOD = text().encode()


@pytest.fixture
def central(tmp_path: Path) -> Central:
    return Central(tmp_path / "central")


@pytest.fixture
def kept(tmp_path: Path) -> dict[str, str]:
    return {**PLAIN, "POLICYKIT_CACHE": str(tmp_path / "cache")}


def refused(central: Central, kept: Mapping[str, str]) -> str:
    with pytest.raises(PolicyError) as caught:
        fetched(central.source(), kept)
    assert caught.value.hint == "nothing was read from there: ask its owners, or name another folder with `path:`"
    assert not Path(kept["POLICYKIT_CACHE"]).exists(), "nothing of it is kept"
    return str(caught.value).replace(central.url, "URL")


@pytest.mark.parametrize("name", ["evil.yaml", "folder", "notes.md"])
def test_a_link_is_never_followed_wherever_it_leads(name: str, central: Central, kept: Mapping[str, str]) -> None:
    central.plant(("120000", name, b"/etc/passwd"), ("100644", "house.yaml", GOOD))
    assert refused(central, kept) == f"`policies/{name}` in `URL@v3` is a link"


def test_a_submodule_is_never_fetched(central: Central, kept: Mapping[str, str]) -> None:
    central.plant(("100644", "house.yaml", GOOD), ("160000", "sub", b"ab" * 20))
    assert refused(central, kept) == "`policies/sub` in `URL@v3` is another repository"


@pytest.mark.parametrize(
    "name",
    ["..", ".git", ".GIT", "a\nb.yaml", "a\x1b[2Jb.yaml", "a\\b.yaml", "a\u202eb.yaml", "\u200b.yaml"],
)
def test_a_name_that_could_be_read_as_another_is_refused(name: str, central: Central, kept: Mapping[str, str]) -> None:
    if name in ("..", ".git", ".GIT"):
        inner = central.git(
            "mktree", given=f"100644 blob {central.git('hash-object', '-w', '--stdin', given=GOOD)}\tx.yaml\n".encode()
        )
        central.plant(("40000", name, inner.encode()), ("100644", "house.yaml", GOOD))
    else:
        central.plant(("100644", name, GOOD), ("100644", "house.yaml", GOOD))
    told = refused(central, kept)
    assert told.endswith("in `URL@v3` is no name that a policy has")
    assert told.isprintable()


def test_a_name_of_bytes_that_are_no_text_is_refused(central: Central, kept: Mapping[str, str]) -> None:
    blob = central.git("hash-object", "-w", "--stdin", given=GOOD)
    raw = b"100644 \xff\xfe.yaml\0" + bytes.fromhex(blob)
    tree = central.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", given=raw)
    root = central.git("mktree", given=f"040000 tree {tree}\tpolicies\n".encode())
    central.git("tag", "-f", "v3", central.git("commit-tree", root, "-m", "planted"))
    assert refused(central, kept).endswith("is no name that a policy has")


def test_a_policy_of_gigabytes_is_not_read(central: Central, kept: Mapping[str, str]) -> None:
    central.write("policies/big.yaml", b"#" * (2**18 + 1))
    central.commit("v3")
    assert refused(central, kept) == "`policies/big.yaml` in `URL@v3` has 262,145 bytes; a document has at most 262,144"


def test_policies_that_are_too_much_together_are_not_read(
    central: Central, kept: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetched_module, "MOST_BYTES", 2**20)
    for number in range(5):
        central.write(f"policies/{number}.yaml", bytes(str(number), "ascii") * 2**18)
    central.commit("v3")
    assert refused(central, kept) == "the policies in `URL@v3` have more than 1 MiB"


def test_more_files_than_anybody_writes_are_not_read(central: Central, kept: Mapping[str, str]) -> None:
    blob = central.git("hash-object", "-w", "--stdin", given=GOOD)
    lines = "".join(f"100644 blob {blob}\t{number}.yaml\n" for number in range(10_001))
    folder = central.git("mktree", given=lines.encode())
    root = central.git("mktree", given=f"040000 tree {folder}\tpolicies\n".encode())
    central.git("tag", "-f", "v3", central.git("commit-tree", root, "-m", "many"))
    with pytest.raises(UsageError, match="there are more than 10,000 files under `policies`"):
        fetched(central.source(), kept)


def folded(central: Central, tree: str, folds: int, wide: int = 10) -> None:
    """Tag a commit whose `policies` names one folder ten times, which names one ten times, and so on."""
    for _ in range(folds):
        tree = central.git("mktree", given="".join(f"040000 tree {tree}\t{n}\n" for n in range(wide)).encode())
    root = central.git("mktree", given=f"040000 tree {tree}\tpolicies\n".encode())
    central.git("tag", "-f", "v3", central.git("commit-tree", root, "-m", "folded"))


def test_a_tree_that_unfolds_into_billions_of_files_is_given_up_at_once(
    central: Central, kept: Mapping[str, str]
) -> None:
    blob = central.git("hash-object", "-w", "--stdin", given=GOOD)
    folded(central, central.git("mktree", given=f"100644 blob {blob}\thouse.yaml\n".encode()), folds=10)
    began = time.monotonic()
    with pytest.raises(UsageError, match="there are more than 10,000 files under `policies`"):
        fetched(central.source(), kept)
    assert time.monotonic() - began < 20


def test_a_tree_that_unfolds_into_billions_of_nothings_has_a_minute(
    central: Central, kept: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_module, "SECONDS", 1)
    folded(central, central.git("mktree", given=b""), folds=12)
    with pytest.raises(UsageError, match="git has not answered in 1 seconds"):
        fetched(central.source(), kept)


def test_a_file_that_swells_to_tens_of_megabytes_is_not_read(central: Central, kept: Mapping[str, str]) -> None:
    with (central.folder / "policies" / "swollen.yaml").open("wb") as stream:
        stream.truncate(40 * 2**20)
    central.commit("v3")
    shutil.rmtree(central.folder / "policies")
    told = refused(central, kept)
    assert told == "`policies/swollen.yaml` in `URL@v3` has 41,943,040 bytes; a document has at most 262,144"


def test_a_repository_that_is_far_too_large_is_given_up(
    central: Central, kept: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import random

    monkeypatch.setattr(fetch, "LARGEST", 2**20)
    central.write("large.bin", random.Random(0).randbytes(3 * 2**20))
    central.commit("v3")
    with pytest.raises(StorageError, match="cannot be fetched: what it sends is broken, or has more than 1 MiB"):
        fetched(central.source(), kept)


@pytest.mark.parametrize(
    ("address", "at"),
    [
        ("ext::sh -c 'touch CANARY'", "v3"),
        ("--upload-pack=touch CANARY", "v3"),
        ("ssh://-oProxyCommand=touch%20CANARY/x", "v3"),
        ("-oProxyCommand=x@host:path", "v3"),
        ("fd::17/x", "v3"),
        ("git://127.0.0.1/x", "v3"),
        ("http://127.0.0.1/x", "v3"),
        ("/etc", "v3"),
        ("https://x.example/p\n--upload-pack=ls", "v3"),
        ("https://x.example/p", "--upload-pack=touch CANARY"),
        ("https://x.example/p", "+refs/heads/*:refs/heads/*"),
        ("https://x.example/p", "v3:refs/heads/x"),
        ("https://x.example/p", "^v3"),
        ("https://x.example/p", "v3\0"),
        ("https://x.example/p", ""),
    ],
)
def test_git_is_never_given_words_that_run_or_read_something_else(
    address: str, at: str, kept: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("git was started")

    monkeypatch.setattr("policykit.load.fetch.subprocess.Popen", never)
    with pytest.raises(UsageError) as caught:
        fetched(PolicySource("", {}, "", address, at), kept)
    assert str(caught.value).isprintable()
    assert list(tmp_path.iterdir()) == []


def test_nothing_that_lies_around_is_run_or_asked(
    central: Central, kept: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hooks, templates, filters and configuration of the working directory, and what a job's environment could bring."""
    canary = tmp_path / "canary"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\necho ran >> {canary}\nexit 0\n")
    script.chmod(0o755)
    here = Central(tmp_path / "here")
    for name in ("reference-transaction", "post-checkout", "post-merge", "pre-auto-gc", "post-index-change"):
        (here.folder / ".git/hooks").mkdir(exist_ok=True)
        (here.folder / ".git/hooks" / name).write_bytes(script.read_bytes())
        (here.folder / ".git/hooks" / name).chmod(0o755)
    for key, value in (
        ("core.fsmonitor", str(script)),
        ("core.sshCommand", str(script)),
        ("credential.helper", f"!{script}"),
        ("uploadpack.packObjectsHook", str(script)),
        (f"url.{tmp_path}/elsewhere.insteadOf", central.url),
        ("core.gitProxy", str(script)),
    ):
        here.git("config", key, value)
    monkeypatch.chdir(here.folder)
    around = {
        "GIT_DIR": str(here.folder / ".git"),
        "GIT_WORK_TREE": str(here.folder),
        "GIT_EXTERNAL_DIFF": str(script),
        "GIT_PROXY_COMMAND": str(script),
        "GIT_ASKPASS": str(script),
        "SSH_ASKPASS": str(script),
        "GIT_EXEC_PATH": str(tmp_path),
        "GIT_TEMPLATE_DIR": str(here.folder / ".git"),
        "GIT_ALLOW_PROTOCOL": "ext:file",
        "LD_PRELOAD": "/nowhere.so",
    }
    assert fetched(central.source(), {**kept, **around}).texts == (("house.yaml", GOOD),)
    assert not canary.exists()
    assert sorted(path.name for path in here.folder.iterdir()) == [".git", "README.md", "policies"]
    assert not (here.folder / ".git/FETCH_HEAD").exists()


def test_a_configuration_of_the_user_cannot_open_other_protocols(
    central: Central, kept: Mapping[str, str], tmp_path: Path
) -> None:
    canary = tmp_path / "canary"
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        f'[protocol "ext"]\n allow = always\n[protocol]\n allow = always\n'
        f'[url "ext::sh -c touch% {canary}"]\n insteadOf = {central.url}\n'
    )
    with pytest.raises(StorageError, match="transport 'ext' not allowed"):
        fetched(central.source(), {**kept, "HOME": str(home)})
    assert not canary.exists()


def test_a_token_that_the_user_s_configuration_brings_is_not_told(kept: Mapping[str, str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text('[url "https://x:hunter2@127.0.0.1:1/"]\n insteadOf = https://git.acme.example/\n')
    with pytest.raises(PolicykitError) as caught:
        fetched(PolicySource("", {}, "", "https://git.acme.example/p", "v3"), {**kept, "HOME": str(home)})
    assert "cannot be fetched" in str(caught.value)
    assert "hunter2" not in f"{caught.value}{caught.value.hint}"


def test_nothing_is_left_behind(
    central: Central, kept: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    fetched(central.source(), kept)
    with pytest.raises(UsageError):
        fetched(central.source(at="v9"), kept)
    assert list((tmp_path / "temporary").iterdir()) == []
