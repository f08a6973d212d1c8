"""Policies in a git repository: fetched from real ones by `file://`, pinned, kept, and never believed unasked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from policykit.errors import PolicyError, StorageError, UsageError, VerificationError
from policykit.load import fetch
from policykit.load.fetched import cache_folder, digest_of, fetched
from policykit.load.policies import load_policies
from policykit.terms.gate_file import PolicySource
from tests.load.git_places import PLAIN, Central, text


@pytest.fixture
def central(tmp_path: Path) -> Central:
    return Central(tmp_path / "central")


@pytest.fixture
def kept(tmp_path: Path) -> dict[str, str]:
    return {**PLAIN, "POLICYKIT_CACHE": str(tmp_path / "cache")}


def gone(central: Central) -> None:
    central.folder.rename(central.folder.with_name("gone"))


def sha256_of(*files: tuple[str, str]) -> str:
    """The digest as docs/sources.md defines it, without any of our code."""
    listed = [{"path": path, "sha256": hashlib.sha256(said.encode()).hexdigest()} for path, said in sorted(files)]
    return hashlib.sha256(json.dumps(listed, separators=(",", ":"), sort_keys=True).encode()).hexdigest()


def test_the_policies_of_a_tag_are_read_and_say_where_they_come_from(central: Central, kept: Mapping[str, str]) -> None:
    (policy,) = load_policies([fetched(central.source(), kept)])
    assert (policy.ref, policy.text + "\n") == ("house@1", text() + "\n")
    assert policy.path == f"git+{central.url}@v3;commit={central.first}#policies/house.yaml"


@pytest.mark.parametrize("at", ["v3", "main", "refs/heads/main", "refs/tags/v3"])
def test_a_tag_a_branch_and_a_whole_ref_are_followed(at: str, central: Central, kept: Mapping[str, str]) -> None:
    assert fetched(central.source(at=at), kept).commit == central.first


def test_a_whole_commit_is_fetched_and_said_once(central: Central, kept: Mapping[str, str]) -> None:
    central.write("policies/house.yaml", text(least=5))
    central.commit()
    (policy,) = load_policies([fetched(central.source(at=central.first), kept)])
    assert policy.path == f"git+{central.url}@{central.first}#policies/house.yaml"
    assert policy.text.count("at_least: 100") == 1


def test_an_annotated_tag_stands_for_its_commit(central: Central, kept: Mapping[str, str]) -> None:
    central.git("tag", "-a", "v4", "-m", "four")
    assert fetched(central.source(at="v4"), kept).commit == central.first


def test_the_digest_is_of_paths_and_contents_and_says_nothing_of_git(tmp_path: Path, kept: Mapping[str, str]) -> None:
    for form in ("sha1", "sha256"):
        central = Central(tmp_path / form, form)
        central.write("policies/b/two.yml", text("two"))
        central.write("policies/notes.md", "no policy\n")
        central.commit("v3")
        found = fetched(central.source(), kept)
        assert found.digest == sha256_of(("house.yaml", text()), ("b/two.yml", text("two")))
        assert len(found.commit) == {"sha1": 40, "sha256": 64}[form]


def test_a_file_alone_has_its_name_as_its_path_in_the_digest(central: Central, kept: Mapping[str, str]) -> None:
    central.write("policies/other.yaml", text("other"))
    central.commit("v3")
    found = fetched(central.source(path="policies/house.yaml"), kept)
    assert found.digest == sha256_of(("house.yaml", text()))
    (policy,) = load_policies([found])
    assert policy.path.endswith("#policies/house.yaml")


def test_without_a_folder_the_whole_repository_is_looked_through(central: Central, kept: Mapping[str, str]) -> None:
    found = fetched(central.source(path=""), kept)
    assert found.digest == sha256_of(("policies/house.yaml", text()))
    assert load_policies([found])[0].path.endswith("#policies/house.yaml")


def test_what_a_digest_pins_and_is_kept_is_not_fetched_again(central: Central, kept: Mapping[str, str]) -> None:
    first = fetched(central.source(), kept)
    gone(central)
    again = fetched(central.source(digest=first.digest), {**kept, "PATH": ""})
    assert again.texts == first.texts


def test_what_a_digest_pins_names_no_commit_fetched_or_kept(central: Central, kept: Mapping[str, str]) -> None:
    """A digest cannot show which commit it was, and what is kept may be anybody's: the report says the same either way."""
    pinned = central.source(digest=fetched(central.source(), kept).digest)
    (entry,) = (Path(kept["POLICYKIT_CACHE"]) / "policies").iterdir()
    said = json.loads(entry.read_text())
    assert "commit" not in said
    entry.write_text(json.dumps({**said, "commit": "deadbeef" * 5}))
    at_once = fetched(pinned, {**kept, "PATH": ""})
    entry.unlink()
    afresh = fetched(pinned, kept)
    paths = {load_policies([found])[0].path for found in (at_once, afresh)}
    assert paths == {f"git+{central.url}@v3#policies/house.yaml"}


@pytest.mark.parametrize(
    "changed", [{"at": "v4"}, {"at": "main"}, {"path": "copy"}, {"git": "file:///elsewhere/central"}], ids=str
)
def test_what_was_fetched_from_elsewhere_says_nothing_of_what_is_asked_for_now(
    changed: dict[str, str], central: Central, kept: Mapping[str, str]
) -> None:
    """A digest that was forgotten when `at` was raised must not let the old policies judge under the new name."""
    first = fetched(central.source(), kept)
    gone(central)
    with pytest.raises(StorageError, match="cannot be fetched") as caught:
        fetched(replace(central.source(digest=first.digest), **changed), kept)
    assert "what a `digest:` pins is fetched once for each `git`, `at` and `path`" in caught.value.hint


def test_a_new_tag_with_the_digest_of_the_old_one_is_held_against_what_is_there(
    central: Central, kept: Mapping[str, str]
) -> None:
    pinned = fetched(central.source(), kept).digest
    central.git("tag", "v3.0.1")
    central.write("policies/house.yaml", text(least=5))
    central.commit("v4")
    with pytest.raises(VerificationError, match=r"^the policies at `v4` of .* have the digest") as caught:
        fetched(central.source(at="v4", digest=pinned), kept)
    assert caught.value.reason == "policies_changed"
    (policy,) = load_policies([fetched(central.source(at="v3.0.1", digest=pinned), kept)])
    assert policy.path == f"git+{central.url}@v3.0.1#policies/house.yaml"
    gone(central)
    for at in ("v3", "v3.0.1"):
        assert fetched(central.source(at=at, digest=pinned), kept).source.at == at


def test_without_a_digest_what_is_kept_is_not_asked(central: Central, kept: Mapping[str, str]) -> None:
    fetched(central.source(), kept)
    central.write("policies/house.yaml", text(least=5))
    central.commit("v3")
    assert b"at_least: 5," in fetched(central.source(), kept).texts[0][1]


@pytest.mark.parametrize(
    "tamper",
    [
        lambda entry: {**entry, "files": [{**entry["files"][0], "data": "eA=="}]},
        lambda entry: {**entry, "files": []},
        lambda entry: {**entry, "files": [{**entry["files"][0], "path": "../house.yaml"}]},
        lambda entry: {**entry, "files": [*entry["files"], *entry["files"]]},
        lambda entry: {**entry, "at": "v4"},
        lambda entry: {"files": entry["files"]},
        lambda _: [],
        lambda _: {"files": 3},
    ],
)
def test_what_was_tampered_with_is_fetched_again_and_never_believed(
    tamper: object, central: Central, kept: Mapping[str, str]
) -> None:
    first = fetched(central.source(), kept)
    (entry,) = Path(kept["POLICYKIT_CACHE"], "policies").iterdir()
    entry.write_text(json.dumps(tamper(json.loads(entry.read_text()))))  # type: ignore[operator]  # a lambda of above
    again = fetched(central.source(digest=first.digest), kept)
    assert again.texts == first.texts
    gone(central)
    assert fetched(central.source(digest=first.digest), kept).texts == first.texts  # and it was mended


def test_what_was_tampered_with_is_not_believed_where_nothing_can_be_fetched(
    central: Central, kept: Mapping[str, str]
) -> None:
    first = fetched(central.source(), kept)
    (entry,) = Path(kept["POLICYKIT_CACHE"], "policies").iterdir()
    entry.write_bytes(b"\xff{")
    gone(central)
    with pytest.raises(StorageError, match="cannot be fetched"):
        fetched(central.source(digest=first.digest), kept)


def test_another_digest_than_the_one_that_pins_is_refused_and_both_are_said(
    central: Central, kept: Mapping[str, str]
) -> None:
    first = fetched(central.source(), kept)
    central.write("policies/house.yaml", text(least=1))
    central.commit("v3")
    with pytest.raises(VerificationError) as caught:
        fetched(central.source(digest="0" * 64), kept)
    assert caught.value.reason == "policies_changed"
    now = digest_of((("house.yaml", text(least=1).encode()),))
    assert str(caught.value) == (
        f"the policies at `v3` of `{central.url}` have the digest `sha256:{now}`, and the gate file asks for "
        f"`sha256:{'0' * 64}`"
    )
    assert first.digest != now
    assert "only if they are meant" in caught.value.hint


def test_a_cache_that_cannot_be_written_is_done_without(central: Central, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = fetched(central.source(), {**PLAIN, "POLICYKIT_CACHE": str(tmp_path / "file")})
    assert len(found.texts) == 1


def test_policies_are_kept_where_the_environment_says() -> None:
    assert cache_folder({"POLICYKIT_CACHE": "/c"}) == Path("/c/policies")
    assert cache_folder({"XDG_CACHE_HOME": "/x", "HOME": "/h"}) == Path("/x/policykit/policies")
    assert cache_folder({"XDG_CACHE_HOME": "x", "HOME": "/h"}) == Path("/h/.cache/policykit/policies")
    assert cache_folder({}) is None


def test_a_repository_that_is_not_there_is_one_clear_sentence(central: Central, kept: Mapping[str, str]) -> None:
    gone(central)
    with pytest.raises(StorageError) as caught:
        fetched(central.source(), kept)
    told = f"`{central.url}` cannot be fetched: '{central.folder}' does not appear to be a git repository"
    assert str(caught.value) == told
    assert "check the address, the network and who may read it" in caught.value.hint


def test_a_host_that_cannot_be_reached_is_no_mistake_of_the_gate_file(kept: Mapping[str, str]) -> None:
    source = PolicySource("", {}, "", "https://127.0.0.1:1/policies", "v3")
    with pytest.raises(StorageError, match=r"^`https://127\.0\.0\.1:1/policies` cannot be fetched: unable to access"):
        fetched(source, kept)


@pytest.mark.parametrize("at", ["v9", "ab" * 20])
def test_a_tag_or_commit_that_is_not_there_is_named(at: str, central: Central, kept: Mapping[str, str]) -> None:
    with pytest.raises(UsageError, match=f"^there is no `{at}` in `file://"):
        fetched(central.source(at=at), kept)


@pytest.mark.parametrize("path", ["rules", "README.md"])
def test_a_folder_without_policies_is_named(path: str, central: Central, kept: Mapping[str, str]) -> None:
    with pytest.raises(UsageError, match=f"^there is no policy under `{path}` in `file://.*@v3`$"):
        fetched(central.source(path=path), kept)


def test_without_git_it_is_said(central: Central, kept: Mapping[str, str], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="git is not installed here"):
        fetched(central.source(), {**kept, "PATH": str(tmp_path)})


def test_git_has_a_minute(kept: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    slow.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(fetch, "SECONDS", 1)
    source = PolicySource("", {}, "", "ssh://127.0.0.1/policies", "v3")
    with pytest.raises(StorageError, match="git has not answered in 1 seconds"):
        fetched(source, {**kept, "GIT_SSH_COMMAND": str(slow)})
    left = Path("/proc", (tmp_path / "pid").read_text().strip(), "stat")
    assert not left.exists() or left.read_text().split()[2] == "Z", "nothing goes on that it started"


def test_nobody_s_name_or_password_is_told_of_an_address(kept: Mapping[str, str]) -> None:
    source = PolicySource("", {}, "", "https://token@127.0.0.1:1/policies", "v3")
    with pytest.raises(StorageError) as caught:
        fetched(source, kept)
    assert "token" not in str(caught.value)
    other = PolicySource("", {}, "", "https://a:token@127.0.0.1:1/policies", "v3")
    with pytest.raises(UsageError, match="holds a password, which everybody can read") as refused:
        fetched(other, kept)
    assert "token" not in str(refused.value)


def test_a_setting_is_one_of_the_policies_in_the_repository(central: Central, kept: Mapping[str, str]) -> None:
    bounds = "{least: {title: Least rows, value: 100 rows, may_be_set_between: [10 rows, 200 rows]}}"
    central.write("policies/house.yaml", text(parameters=bounds).replace("at_least: 100", "at_least: $least"))
    central.commit("v3")
    source = PolicySource("policies", {"least": "150 rows"}, "", central.url, "v3")
    (policy,) = load_policies([fetched(source, kept)])
    assert policy.settings == {"least": "150 rows"}


def test_the_line_to_paste_holds_everything_that_was_written(central: Central, kept: Mapping[str, str]) -> None:
    found = fetched(PolicySource("policies", {"a": "8 pp"}, "", central.url, "v3"), kept)
    assert found.line == (
        f'{{git: "{central.url}", at: "v3", digest: "sha256:{found.digest}", path: "policies", set: {{a: "8 pp"}}}}'
    )


def test_other_documents_beside_policies_are_passed_by(central: Central, kept: Mapping[str, str]) -> None:
    central.write("policies/gate.yaml", "policykit: gate/1\n")
    central.commit("v3")
    assert [policy.ref for policy in load_policies([fetched(central.source(), kept)])] == ["house@1"]


def test_a_repository_whose_policies_were_renamed_gives_none_and_that_is_an_error(
    central: Central, kept: Mapping[str, str], tmp_path: Path
) -> None:
    central.git("mv", "policies/house.yaml", "policies/house.yaml.bak")
    central.write("policies/tests/house.yaml", "policykit: test/1\n")
    central.commit("v3")
    (tmp_path / "own.yaml").write_text(text("own"))
    with pytest.raises(PolicyError) as caught:
        load_policies([tmp_path / "own.yaml", fetched(central.source(), kept)])
    (found,) = caught.value.problems
    assert (found.code, found.path, found.line, found.column) == ("PK019", "policykit.yaml", 2, 12)
    assert found.message.startswith("there is no policy in `git+file:///")
