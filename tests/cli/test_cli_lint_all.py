"""`policykit lint` on trust files and waivers: named, in folders, and as the gate file names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from policykit.cli.start import run
from tests.load.policy_texts import policy
from tests.load.waiver_texts import trust, waiver

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("waivers").mkdir()
    Path("policies").mkdir()
    Path("trust.yaml").write_text(trust())
    Path("waivers/W-1.yaml").write_text(waiver())
    Path("policies/p.yaml").write_text(policy())
    return tmp_path


def words(*more: str) -> list[str]:
    return ["lint", *more, "--as-of", "2027-02-01"]


def test_they_can_be_named(capsys: Captured) -> None:
    assert run(words("trust.yaml", "waivers/")) == 0
    assert capsys.readouterr().err == "0 errors, 0 warnings\n"


def test_a_mistake_in_one_is_2_at_its_place(capsys: Captured) -> None:
    Path("waivers/W-1.yaml").write_text(waiver(expires="31.03.2027"))
    assert run(words("trust.yaml", "waivers")) == 2
    assert capsys.readouterr().err == (
        "waivers/W-1.yaml:10:10: PK024 `31.03.2027` is not a day\n"
        "  10 | expires: 31.03.2027\n"
        "     |          ^ write it as `2027-06-30`\n"
        "1 error, 0 warnings\n"
    )


def test_a_warning_is_0_and_strict_counts_it(capsys: Captured) -> None:
    Path("trust.yaml").write_text(trust(expires="2027-02-20"))
    assert run(words("trust.yaml")) == 0
    assert run(words("trust.yaml", "--strict")) == 2
    assert "PK511 warning: this trust file expires in 19 days" in capsys.readouterr().err


@pytest.mark.parametrize("policies", ["", "policies: [{path: policies/}]\n"])
def test_without_words_those_of_the_gate_file_are_read(policies: str, capsys: Captured) -> None:
    Path("policykit.yaml").write_text(f"policykit: gate/1\n{policies}trust: trust.yaml\nwaivers: waivers/\n")
    assert run(words()) == 0
    Path("trust.yaml").write_text(trust(version="0"))
    Path("waivers/W-1.yaml").write_text(waiver(id="W 1"))
    Path("policies/p.yaml").write_text(policy("verson: 1"))
    capsys.readouterr()
    assert run(words()) == 2
    told = capsys.readouterr().err
    assert ("trust.yaml:3:10: PK610" in told, "W-1.yaml:2:5: PK103" in told) == (True, True)
    assert ("p.yaml:2:1: PK101" in told) is bool(policies)


def test_a_gate_file_of_policies_alone_is_linted_as_before() -> None:
    Path("policykit.yaml").write_text("policykit: gate/1\npolicies: [{path: policies/}]\n")
    assert run(words()) == 0
