"""`policykit approve` of waivers, policies and trust files: signed byte for byte, by those whose signature counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.statement import POLICY, TRUST, WAIVER
from policykit.canon import digest
from policykit.cli.start import run
from policykit.errors import VerificationError
from tests.stories.approving import Captured, approve, authority, counted, last, refused
from tests.trust_world import ROLES, World, make_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "w")


def test_a_waiver_is_signed_byte_for_byte(world: World, capsys: Captured) -> None:
    waiver = world.waiver(signed_by=())
    assert approve(world, waiver, "okafor", "--comment", "until March") == 0
    said = last(world.waivers / "claims.jsonl")
    sha256 = digest(waiver.read_bytes())
    assert said["subject"] == [{"name": "W-1.yaml", "digest": {"sha256": sha256}}]
    assert said["predicateType"] == WAIVER
    assert said["predicate"] == {
        "document": {"kind": "waiver", "id": "W-1", "digest": f"sha256:{sha256}", "text": waiver.read_text()},
        "role": "waiver-authority",
        "time": said["predicate"]["time"],
        "comment": "until March",
    }
    assert approve(world, waiver, "okafor", "-s", "production") == 0
    assert last(world.waivers / "claims.jsonl")["predicate"]["stage"] == "production"
    assert "approved the waiver `W-1`" in capsys.readouterr().out
    assert counted(world, world.waivers / "claims.jsonl", "waiver-authority", WAIVER).by.name == "okafor"


def test_nobody_excuses_themselves(world: World, capsys: Captured) -> None:
    waiver = world.waiver(signed_by=(), requested_by="N.Okafor@Bank.Example")
    told = refused(4, "[waiver_requester]", approve(world, waiver, "okafor"), capsys)
    assert "`okafor` asks for the waiver `W-1`" in told
    assert not (world.waivers / "claims.jsonl").exists()


def test_a_waiver_is_signed_by_who_may_excuse_at_the_stage(world: World, capsys: Captured) -> None:
    waiver = world.waiver(signed_by=())
    refused(4, "[role]", approve(world, waiver, "keller"), capsys)
    refused(4, "[waiver_terms]", approve(world, waiver, "okafor", "-s", "staging"), capsys)
    refused(4, "[trust_stage]", approve(world, waiver, "okafor", "-s", "moon"), capsys)
    refused(2, "nobody is asked as `king` here", approve(world, waiver, "okafor", "--role", "king"), capsys)
    assert approve(world, waiver, "okafor", "-s", "production", "--role", "waiver-authority") == 0


def test_a_wrong_waiver_is_not_signed_and_all_its_problems_are_told(world: World, capsys: Captured) -> None:
    waiver = world.waiver(signed_by=(), expires="soon", reson="x")
    told = refused(2, "expires", approve(world, waiver, "okafor"), capsys)
    assert "reson" in told and "2 problems" in told


def test_without_a_trust_file_a_waiver_is_signed_as_whoever_says(world: World) -> None:
    waiver = world.waiver(signed_by=())
    assert approve(world, waiver, "stranger", "--role", "king", trust=False) == 0
    assert last(world.waivers / "claims.jsonl")["predicate"]["role"] == "king"


def test_a_policy_is_signed_in_the_role_that_is_said(world: World, capsys: Captured) -> None:
    refused(2, "it is not said in which role the policy is signed", approve(world, world.policy, "okafor"), capsys)
    refused(4, "[role]", approve(world, world.policy, "okafor", "--role", "release-manager"), capsys)
    assert approve(world, world.policy, "okafor", "--role", "waiver-authority") == 0
    said = last(world.policy.parent / "claims.jsonl")
    assert (said["predicateType"], said["predicate"]["document"]["id"]) == (POLICY, "house")
    assert said["predicate"]["document"]["text"] == world.policy.read_text()
    assert "approved version 1 of the policy `house`" in capsys.readouterr().out


def test_a_wrong_policy_is_not_signed(world: World, capsys: Captured) -> None:
    world.policy.write_text(world.policy.read_text().replace("title", "titel"))
    assert "titel" in refused(2, "PK", approve(world, world.policy, "okafor", "--role", "waiver-authority"), capsys)


def test_a_trust_file_is_signed_by_those_it_names_until_it_counts(tmp_path: Path, capsys: Captured) -> None:
    world = make_world(tmp_path / "w", report=False)
    world.claims.unlink()
    assert approve(world, world.trust, "root-a", trust=False) == 0
    assert "approved version 1 of the trust file `bank.models`" in capsys.readouterr().out
    with pytest.raises(VerificationError, match="signed by 1 of the 2"):
        authority(world)
    assert approve(world, world.trust, "root-b", trust=False) == 0
    assert authority(world).trust.version == 1
    assert last(world.claims)["predicateType"] == TRUST
    assert last(world.claims)["predicate"]["document"]["kind"] == "trust"


def test_a_trust_file_is_not_signed_by_others(world: World, capsys: Captured) -> None:
    told = refused(4, "[role]", approve(world, world.trust, "keller", trust=False), capsys)
    assert "if you sign as one of the version before it, name that one with `--trust`" in told
    refused(4, "[role]", approve(world, world.trust, "keller"), capsys)
    refused(2, "nobody signs trust files as `king`", approve(world, world.trust, "root-a", "--role", "king"), capsys)


def test_those_who_leave_sign_the_version_that_lets_them_go(world: World) -> None:
    new = world.folder / "next" / "trust.yaml"
    new.parent.mkdir()
    said = json.loads(world.trust.read_text()) | {
        "version": 2,
        "roles": {**ROLES, "trust-authority": ["keller", "silva"]},
    }
    new.write_text(json.dumps(said))
    for by in ("keller", "silva"):
        assert approve(world, new, by, trust=False) == 0
    assert approve(world, new, "root-a", trust=False) == 4
    for by in ("root-a", "root-b"):
        assert approve(world, new, by) == 0
    assert (
        run(
            [
                "approve",
                str(world.report),
                "--sign",
                str(world.key("keller")),
                "--trust",
                str(new),
                "--state",
                str(world.state),
                "-s",
                "production",
            ]
        )
        == 0
    )


def renewed(world: World, version: int, **changed: Any) -> None:
    """Write another version in the place of the trust file, and nobody has signed it."""
    said = json.loads(world.trust.read_text()) | {"version": version, **changed}
    world.trust.write_text(json.dumps(said))


def test_those_who_leave_are_known_from_the_version_that_was_accepted_here(world: World) -> None:
    assert approve(world, world.report, "keller", "-s", "production") == 0
    renewed(world, 2, roles={**ROLES, "trust-authority": ["keller", "silva"]})
    for by in ("keller", "silva", "root-a", "root-b"):
        assert approve(world, world.trust, by, "--state", world.state, trust=False) == 0
    assert approve(world, world.trust, "okafor", "--state", world.state, trust=False) == 4
    assert approve(world, world.report, "keller", "-s", "production") == 0


def test_a_change_without_a_new_version_is_not_signed(world: World, capsys: Captured) -> None:
    assert approve(world, world.report, "keller", "-s", "production") == 0
    capsys.readouterr()
    renewed(world, 1, title="Another title")
    told = refused(
        4, "[trust_changed]", approve(world, world.trust, "root-a", "--state", world.state, trust=False), capsys
    )
    assert "a change needs a new version" in told


def test_a_version_that_goes_back_is_not_signed(world: World, capsys: Captured) -> None:
    world.write_trust(version=3)
    assert approve(world, world.report, "keller", "-s", "production") == 0
    capsys.readouterr()
    renewed(world, 2)
    refused(4, "[trust_rollback]", approve(world, world.trust, "root-a", "--state", world.state, trust=False), capsys)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("policykit: bundle/1\n", "is a bundle document, which nobody approves"),
        ("policykit: gate/1\n", "is a gate document, which nobody approves"),
        ("policykit: poem/1\n", "`poem/1` is no kind of document"),
        ("policykit: waiver/2\n", "`waiver/2` is not known here"),
        ("hello: world\n", "the document does not say what it is"),
        ("", "PK"),
        ("[1, 2", "PK"),
        ('{"a": 1, "a": 2}', "PK"),
    ],
)
def test_what_is_no_document_to_approve_is_2(world: World, capsys: Captured, text: str, told: str) -> None:
    path = world.folder / "document.yaml"
    path.write_text(text)
    refused(2, told, approve(world, path, "keller"), capsys)


def test_options_for_reports_are_not_for_documents(world: World, capsys: Captured) -> None:
    waiver = world.waiver(signed_by=())
    for option in ("--key", "--bundle"):
        found = approve(world, waiver, "okafor", option, world.bundle)
        refused(2, f"`{option}` is for a gate report, and this is a document", found, capsys)


def test_a_key_that_does_not_open_signs_nothing(world: World, capsys: Captured) -> None:
    words = ["approve", str(world.report), *world.trust_words, "-s", "production", "--sign"]
    refused(2, "cannot read the signing key", run([*words, "none.pem"]), capsys)
    refused(2, "this is the public half of a key", run([*words, str(_public(world))]), capsys)


def _public(world: World) -> Path:
    path = world.folder / "copied.pem"
    path.write_bytes(world.public("keller").read_bytes())
    path.chmod(0o600)
    return path


def test_a_file_that_is_not_there_is_74(world: World, capsys: Captured) -> None:
    refused(
        74,
        "cannot read the file to approve: no such file or directory",
        approve(world, world.folder / "none.json", "keller"),
        capsys,
    )


def test_claims_that_are_cut_short_take_no_more(world: World, capsys: Captured) -> None:
    claims = world.folder / "other.jsonl"
    claims.write_bytes(b'{"a":')
    found = approve(world, world.report, "keller", "-s", "production", "--claims", claims)
    refused(4, "[claims_file]", found, capsys)
    assert claims.read_bytes() == b'{"a":'


def test_nothing_is_taken_from_the_working_directory_unasked(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(world.folder)
    Path("policykit.yaml").write_text("policykit: gate/1\ntrust: trust.yaml\n")
    refused(4, "[no_key]", approve(world, world.report, "keller", "-s", "production", trust=False), capsys)
