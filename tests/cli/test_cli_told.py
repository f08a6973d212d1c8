"""What a person is told where something is wrong: in lower case, with the file's name, and how to mend it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policykit.attest.envelope import LARGEST_REPORT
from policykit.cli.start import run
from tests.build import ACCURATE, write_bundle, write_policy
from tests.trust_world import World, make_world

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POLICYKIT_KEY_PASSWORD", raising=False)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "w")


def told(code: int, words: list[str], capsys: Captured) -> str:
    capsys.readouterr()
    assert run(words) == code
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["verify", "gone.json", "--key", "k.pub.pem"], "gone.json"),
        (["approve", "gone.yaml", "--sign", "k.key.pem"], "gone.yaml"),
        (["judge", "gone.json"], "gone.json"),
        (["gate", "b", "-p", "p.yaml", "-o", "attestation=r.json", "--sign", "gone.key.pem"], "gone.key.pem"),
        (["keys", "show", "gone.key.pem"], "gone.key.pem"),
        (["keys", "pin", "gone.pub.pem"], "gone.pub.pem"),
    ],
)
def test_what_is_not_there_is_named(words: list[str], name: str, capsys: Captured) -> None:
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ACCURATE)
    run(["keys", "new", "k", "--unencrypted"])
    capsys.readouterr()
    assert run(words) in (2, 4, 74)
    said = capsys.readouterr().err
    assert name in said and said.count("no such file") == 1


def test_a_file_that_the_message_names_is_not_named_twice(capsys: Captured) -> None:
    assert told(74, ["judge", "gone.json"], capsys).count("gone.json") == 1


def test_a_gate_file_is_said_to_be_named_by_its_option(capsys: Captured) -> None:
    Path("gate.yaml").write_text("policykit: gate/1\npolicies: []\n")
    said = told(2, ["lint", "gate.yaml"], capsys)
    assert "this is a gate document, not a policy" in said
    assert "policies, tests, trust files and waivers can be named here; a gate file is named with `--config`" in said


def test_what_judges_takes_policies_alone(capsys: Captured) -> None:
    write_bundle(Path("b"))
    Path("gate.yaml").write_text("policykit: gate/1\npolicies: []\n")
    assert "only policies can be named here" in told(2, ["gate", "b", "-p", "gate.yaml"], capsys)


@pytest.mark.parametrize("mode", [0o644, 0o600])
def test_the_public_half_of_a_key_is_called_that_whoever_can_read_it(mode: int, capsys: Captured) -> None:
    run(["keys", "new", "k", "--unencrypted"])
    Path("k.pub.pem").chmod(mode)
    said = told(2, ["keys", "show", "k.pub.pem"], capsys)
    assert "k.pub.pem: this is the public half of a key, which signs nothing" in said
    assert "give the `NAME.key.pem` that was made with it" in said


def test_a_key_that_others_can_read_is_still_refused(capsys: Captured) -> None:
    run(["keys", "new", "k", "--unencrypted"])
    Path("k.key.pem").chmod(0o644)
    assert "is open to others than its owner" in told(2, ["keys", "show", "k.key.pem"], capsys)


@pytest.mark.parametrize("damage", ["cut", "doubled", "cut to little"])
def test_a_damaged_report_is_approved_as_little_as_verified_and_for_the_same_reason(
    damage: str, world: World, capsys: Captured
) -> None:
    whole = world.report.read_bytes()
    world.report.write_bytes({"cut": whole[:-9], "doubled": whole * 2, "cut to little": whole[:20]}[damage])
    verified = told(4, world.verify_words("--stage", "production"), capsys)
    words = ["approve", str(world.report), "--sign", str(world.key("keller")), *world.trust_words, "-s", "production"]
    assert told(4, words, capsys) == verified
    assert "[json]" in verified


def test_a_document_in_braces_is_still_read_as_one(world: World, capsys: Captured) -> None:
    Path("p.yaml").write_text('{policykit: policy/1, id: "x"')
    words = ["approve", "p.yaml", "--sign", str(world.key("keller"))]
    assert "p.yaml:" in told(2, words, capsys)


def test_a_file_too_large_for_a_report_is_refused_with_what_to_do(world: World, capsys: Captured) -> None:
    with world.report.open("r+b") as file:
        file.truncate(LARGEST_REPORT + 1)
    lines = told(4, world.verify_words("--stage", "production"), capsys).splitlines()
    assert "[size]" in lines[0] and lines[1].startswith("  ") and len(lines[1]) > 12


def test_signed_bytes_of_another_kind_are_refused_with_what_to_do(world: World, capsys: Captured) -> None:
    said = json.loads(world.report.read_bytes())
    said["dsseEnvelope"]["payloadType"] = "text/plain"
    world.report.write_text(json.dumps(said))
    lines = told(4, world.verify_words("--stage", "production"), capsys).splitlines()
    assert "[payload_type]" in lines[0] and lines[1].startswith("  ") and len(lines[1]) > 12


def test_waivers_that_are_not_there_are_not_looked_for_in_packs(world: World, capsys: Captured) -> None:
    words = ["gate", str(world.bundle), "-p", str(world.policy), "-s", "production", "--waivers", "gone"]
    said = told(2, [*words, *world.trust_words], capsys)
    assert "`gone` is not there" in said and "give a waiver, or a folder of waivers" in said
    assert "pack:" not in said


def test_waivers_listed_without_a_trust_file_are_not_called_valid(world: World, capsys: Captured) -> None:
    world.waiver(allows={"at_most": "80 pp"})
    capsys.readouterr()
    assert run(["waivers", str(world.waivers)]) == 0
    said = capsys.readouterr().out
    assert "W-1  not verified, " in said and "  valid, " not in said
    assert "as it is written: name `--trust` to verify it" in said
    assert run(["waivers", str(world.waivers), "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["waivers"][0]["state"] == "not_verified"
    assert run(["waivers", str(world.waivers), *world.trust_words, "-s", "production"]) == 0
    assert "W-1  valid, " in capsys.readouterr().out
