"""`policykit export` as it is typed: verified first, then written; signed files are verified like every other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.keys import load_public_key
from policykit.attest.verify import open_report
from policykit.cli.start import run
from policykit.stories.export import FORMS
from tests.trust_world import World, make_world

TYPES = {
    "vsa": "https://slsa.dev/verification_summary/v1",
    "svr": "https://in-toto.io/attestation/svr/v0.2",
    "test-result": "https://in-toto.io/attestation/test-result/v0.1",
    "cyclonedx": "https://cyclonedx.org/bom",
}
UNSIGNED = "is not signed: it names the signed report by its digest, and proves nothing alone"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("world"))


def words(world: World, form: str, *more: str, key: str = "gate") -> list[str]:
    return ["export", str(world.report), "--as", form, "--key", str(world.public(key)), *more]


@pytest.mark.parametrize("form", TYPES)
def test_a_signed_export_is_a_statement_of_its_type_about_the_subjects_of_the_report(
    world: World, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words(world, form, "--sign", str(world.key("office")), "-o", str(tmp_path / "out"))) == 0
    made = open_report(
        (tmp_path / "out").read_bytes(), load_public_key(world.public("office")), predicate_type=TYPES[form]
    )
    assert made.statement["subject"] == json.loads(world.payload())["subject"]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("form", ["vsa", "svr", "test-result"])
def test_an_unsigned_export_is_a_statement_and_the_console_says_that_it_proves_nothing(
    world: World, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words(world, form)) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["predicateType"] == TYPES[form]
    assert shown.err.splitlines() == [
        f"what was written {UNSIGNED}",
        "  add `--sign KEY` for a file that others can verify",
    ]


@pytest.mark.parametrize("form", ["cyclonedx", "oscal"])
def test_a_document_is_written_in_ascii_and_named_as_unsigned(
    world: World, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words(world, form, "--output", str(tmp_path / "out.json"))) == 0
    json.loads((tmp_path / "out.json").read_bytes().decode("ascii"))
    assert capsys.readouterr().err == f"`{tmp_path / 'out.json'}` {UNSIGNED}\n"


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_written_of_a_report_that_somebody_else_signed(
    world: World, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words(world, form, "--output", str(tmp_path / "out"), key="stranger")) == 4
    assert not (tmp_path / "out").exists()
    assert "[wrong_key]" in capsys.readouterr().err


def test_without_a_key_nothing_can_be_verified_and_nothing_is_exported(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", str(world.report), "--as", "vsa"]) == 4
    assert "[no_key]" in capsys.readouterr().err


def test_a_report_for_another_stage_is_not_exported_for_this_one(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words(world, "vsa", "--stage", "staging")) == 4
    assert "[stage]" in capsys.readouterr().err


def test_a_blocked_report_is_exported_as_failed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = make_world(tmp_path / "w", women=(100, 1000))
    assert run(words(world, "vsa")) == 0
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert said["predicate"]["verificationResult"] == "FAILED"


def test_oscal_is_not_signed_and_says_why(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words(world, "oscal", "--sign", str(world.key("office")))) == 2
    assert "an OSCAL document is not a statement, and is not signed here" in capsys.readouterr().err


def test_a_form_that_there_is_not_is_a_mistake_of_the_command_line(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words(world, "spdx")) == 2
    assert "'spdx' is not one of 'vsa', 'svr', 'test-result', 'cyclonedx', 'oscal'" in capsys.readouterr().err


def test_under_a_trust_file_the_export_names_who_signed_by_its_words(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["export", str(world.report), "--as", "cyclonedx", *world.trust_words, "--stage", "production"]
    assert run(words) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["declarations"]["assessors"][0]["organization"]["name"].startswith("signed by gate as evaluator")


def test_under_a_trust_file_without_a_stage_nothing_is_exported(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", str(world.report), "--as", "vsa", *world.trust_words]) == 4
    assert "[stage_unsaid]" in capsys.readouterr().err


def test_a_trust_file_and_a_key_are_not_given_at_once(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words(world, "vsa", *world.trust_words)) == 2
    assert "a trust file and a key were given" in capsys.readouterr().err


def test_a_report_that_rests_on_a_waiver_is_exported_only_under_trust_and_as_waived(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_world(tmp_path / "w", women=(300, 1000))
    world.waiver()
    report = world.gate("waived.sigstore.json", waived=True)
    asked = ["export", str(report), "--as", "test-result"]
    assert run([*asked, "--key", str(world.public("gate"))]) == 4
    assert "[waiver_trust]" in capsys.readouterr().err
    assert run([*asked, *world.trust_words, "--stage", "production"]) == 0
    said = json.loads(capsys.readouterr().out)["predicate"]
    assert (said["result"], said["warnedTests"]) == ("WARNED", ["house@1/R-2"])
    assert [waiver["waiver"] for waiver in said["policykit"]["waivers"]] == ["W-1"]
