"""Policies in a git repository, from the gate file to the signed report: pinned where it counts, and said where they are not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from policykit.cli.start import run
from tests.build import write_bundle
from tests.load.git_places import Central, text


class Team:
    """A team's folder: a bundle, a gate file that names policies elsewhere, a key."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder / "team", capsys
        self.central = Central(folder / "central")
        write_bundle(self.folder / "bundle")
        self.name()

    def name(self, *, at: str = "v3", digest: str = "", more: str = "") -> None:
        pinned = f', digest: "sha256:{digest}"' if digest else ""
        (self.folder / "policykit.yaml").write_text(
            f'policykit: gate/1\npolicies: [{{git: "{self.central.url}", at: {at}, path: policies{pinned}}}]\n{more}'
        )

    def run(self, *words: str) -> tuple[int, str, str]:
        self.capsys.readouterr()
        code = run([*words])
        told = self.capsys.readouterr()
        return code, told.out, told.err

    def gate(self, *words: str) -> tuple[int, dict[str, Any], str]:
        named = ("--config", "policykit.yaml") if (self.folder / "policykit.yaml").exists() else ()
        code, out, err = self.run("gate", "bundle", "-q", "--output", "json", *named, *words)
        return code, json.loads(out) if out else {}, err

    def pin(self) -> str:
        """Write the line that lint says into the gate file, and return the digest."""
        _, _, err = self.run("lint", "--config", "policykit.yaml")
        line = err.split("write this in its place: ")[1].splitlines()[0]
        (self.folder / "policykit.yaml").write_text(f"policykit: gate/1\npolicies:\n  - {line}\n")
        return line.split('"sha256:')[1][:64]

    def disconnect(self) -> None:
        self.central.folder.rename(self.central.folder.with_name("gone"))


@pytest.fixture
def team(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    monkeypatch.setenv("POLICYKIT_CACHE", str(tmp_path / "cache"))
    found = Team(tmp_path, capsys)
    monkeypatch.chdir(found.folder)
    assert run(["keys", "new", "gate", "--unencrypted"]) == 0
    yield found


def test_what_is_not_pinned_is_judged_by_and_said_with_the_line_that_pins_it(team: Team) -> None:
    code, said, _ = team.gate()
    (notice,) = (each for each in said["notices"] if each["code"] == "policies_unpinned")
    assert (code, notice["level"]) == (0, "warning")
    assert notice["text"].startswith(
        f"the policies at `v3` of `{team.central.url}` are not pinned by a digest; pin them: `{{git:"
    )
    assert said["policies"][0]["path"] == f"git+{team.central.url}@v3;commit={team.central.first}#policies/house.yaml"


def test_lint_reads_them_too_and_its_line_can_be_pasted(team: Team) -> None:
    code, _, err = team.run("lint", "--config", "policykit.yaml")
    assert code == 0
    assert "policykit.yaml:2:12: PK522 warning: the policies at `v3`" in err
    assert err.endswith("0 errors, 1 warning\n")
    assert team.run("lint", "--strict", "--config", "policykit.yaml")[0] == 2
    team.pin()
    code, _, err = team.run("lint", "--strict")
    assert (code, err) == (0, "0 errors, 0 warnings\n")


def test_a_mistake_in_them_is_told_at_its_line_in_the_repository(team: Team) -> None:
    team.central.write("policies/house.yaml", text().replace("at_least", "at_leest"))
    team.central.commit("v3")
    code, _, err = team.run("lint", "--config", "policykit.yaml")
    assert code == 2
    assert f"git+{team.central.url}@v3;commit=" in err
    assert "#policies/house.yaml:8:59: PK101 `at_leest` is not a key of a rule" in err


def test_a_signed_report_is_judged_by_what_is_pinned_or_not_at_all(team: Team) -> None:
    signing = ("--config", "policykit.yaml", "--sign", "gate.key.pem", "--output", "attestation=a.json")
    code, _, err = team.run("gate", "bundle", "-q", *signing)
    assert code == 2
    assert "are not pinned by a digest, and a signed report must say by what it was judged" in err
    assert 'write this in its place, once you have read what is there: {git: "file://' in err
    assert not Path("a.json").exists()
    team.pin()
    assert team.run("gate", "bundle", "-q", *signing)[0] == 0
    assert team.run("verify", "a.json", "--key", "gate.pub.pem", "--rejudge", "--bundle", "bundle")[0] == 0


def test_a_key_that_the_gate_file_names_signs_only_what_is_pinned(team: Team) -> None:
    team.name(more="report: {sign: gate.key.pem, output: [attestation=a.json]}\n")
    assert team.run("gate", "bundle", "-q", "--config", "policykit.yaml")[0] == 2


def test_a_report_of_unpinned_policies_can_be_judged_again(team: Team) -> None:
    from datetime import UTC, datetime

    from policykit.stories.rejudge import rejudge

    _, said, _ = team.gate()
    assert rejudge(said, now=datetime.now(UTC)).report.verdict_digest == said["verdictDigest"]


def test_where_the_policies_are_found_is_no_part_of_the_verdict(team: Team) -> None:
    team.pin()
    _, elsewhere, _ = team.gate()
    (team.folder / "policykit.yaml").unlink()
    _, here, _ = team.gate("--policies", str(team.central.folder / "policies"))
    assert elsewhere["verdictDigest"] == here["verdictDigest"]


def test_pinned_policies_are_judged_by_without_a_network(team: Team) -> None:
    digest = team.pin()
    team.disconnect()
    code, said, _ = team.gate()
    assert (code, said["policies"][0]["applied"]) == (0, True)
    assert len(digest) == 64


def test_policies_that_cannot_be_reached_are_no_reason_to_go_on_without(team: Team) -> None:
    team.disconnect()
    code, said, err = team.gate()
    assert (code, said["decision"]) == (74, None)
    assert "cannot be fetched" in said["error"]
    assert "cannot be fetched" in err


def test_a_tag_that_was_moved_is_not_followed_by_who_pinned_it(team: Team, tmp_path: Path) -> None:
    first = team.pin()
    team.central.write("policies/house.yaml", text(least=1))
    team.central.commit("v3")
    assert team.gate()[0] == 0, "what was pinned is still here"
    for entry in (tmp_path / "cache" / "policies").iterdir():
        entry.unlink()
    code, _, err = team.gate()
    assert code == 4
    assert f"the gate file asks for `sha256:{first}`" in err
    assert "[policies_changed]" in err


def test_plan_and_measure_and_judge_read_them_too(team: Team) -> None:
    team.pin()
    code, out, _ = team.run("plan", "bundle")
    assert code == 0
    assert "applies: house@1" in out
    assert team.run("measure", "bundle", "--output", "m.json")[0] == 0
    assert team.run("judge", "m.json")[0] == 0


def test_a_repository_and_a_folder_stand_side_by_side(team: Team) -> None:
    (team.folder / "own").mkdir()
    (team.folder / "own" / "team.yaml").write_text(text("team", 10))
    (team.folder / "policykit.yaml").write_text(
        f'policykit: gate/1\npolicies: [own, {{git: "{team.central.url}", at: v3}}]\n'
    )
    _, said, _ = team.gate()
    assert [policy["policy"] for policy in said["policies"]] == ["team@1", "house@1"]
    assert said["policies"][0]["path"] == "team.yaml"


def test_a_folder_of_the_same_name_here_is_never_taken_in_their_place(team: Team) -> None:
    (team.folder / "policies").mkdir()
    (team.folder / "policies" / "house.yaml").write_text(text(least=1))
    _, said, _ = team.gate()
    assert "at_least: 100" in said["policies"][0]["text"]
