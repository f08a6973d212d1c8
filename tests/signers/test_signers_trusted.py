"""An identity in a trust file: its reports count, another workflow's do not, and the root is the one that is pinned."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from policykit.cli.start import run
from tests.signers.private_services import Services, running
from tests.signers.private_sigstore import ISSUER, SUBJECT, Instance, Wrong
from tests.trust_world import ROLES, World, make_world


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    return Instance(tmp_path_factory.mktemp("sigstore"))


@pytest.fixture
def world(tmp_path: Path, instance: Instance) -> World:
    """A bank whose gate signs as a workflow."""
    root = instance.root()
    (tmp_path / "trusted_root.json").write_bytes(root)
    return make_world(
        tmp_path,
        trust={
            "identities": {"gate-workflow": {"issuer": ISSUER, "subject": SUBJECT, "root": "acme"}},
            "roots": {"acme": {"path": "trusted_root.json", "sha256": hashlib.sha256(root).hexdigest()}},
            "roles": {**ROLES, "evaluator": ["gate", "gate-b", "gate-workflow"]},
        },
        report=False,
    )


def sign(world: World, instance: Instance, wrong: Wrong | None = None, *, stage: str = "production") -> None:
    """Judge the bundle with a key, and have the same statement signed by an identity."""
    payload = world.payload(world.gate(stage=stage))
    world.report.write_bytes(instance.signed(payload, wrong, second=True))


def test_a_report_by_the_workflow_of_the_trust_file_is_verified_and_says_who(
    world: World, instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    sign(world, instance, stage="staging")
    assert run(world.verify_words("--stage", "staging", "--bundle", str(world.bundle))) == 0
    assert "gate-workflow" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (Wrong(subject=SUBJECT.replace("main", "evil")), "identity"),
        (Wrong(sct=False), "transparency"),
        (Wrong(minutes_ago=60), "certificate"),
    ],
)
def test_another_workflow_and_a_proof_that_does_not_hold_are_untrusted(
    world: World, instance: Instance, capsys: pytest.CaptureFixture[str], wrong: Wrong, reason: str
) -> None:
    sign(world, instance, wrong)
    assert run(world.verify_words("--stage", "production")) == 4
    assert f"[{reason}]" in capsys.readouterr().err


def test_a_root_that_is_not_the_pinned_one_is_untrusted(
    world: World, instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    sign(world, instance)
    (world.folder / "trusted_root.json").write_bytes(instance.root(ctlogs=[]))
    assert run(world.verify_words("--stage", "production")) == 4
    said = capsys.readouterr().err
    assert "trusted_root.json: the file of `acme` is not the one that the trust file names" in said
    assert "[trust_file]" in said


def test_an_approval_is_signed_at_the_services_and_counts(
    tmp_path: Path, instance: Instance, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release manager's workflow approves: gate, approve, all as identities, through the command line."""
    from tests.signers.test_signers_ambient import token

    root = instance.root()
    (tmp_path / "trusted_root.json").write_bytes(root)
    world = make_world(
        tmp_path,
        trust={
            "identities": {
                "desk": {"issuer": ISSUER, "subject": SUBJECT, "root": "acme", "who": "m.keller@bank.example"}
            },
            "roots": {"acme": {"path": "trusted_root.json", "sha256": hashlib.sha256(root).hexdigest()}},
            "roles": {**ROLES, "release-manager": ["desk", "silva"]},
        },
    )
    monkeypatch.setenv("SIGSTORE_ID_TOKEN", token())
    (tmp_path / "files").mkdir()
    with running(Services(instance)) as services:
        uri = services.write(tmp_path / "files")
        words = ["approve", str(world.report), "--stage", "production", "--role", "release-manager", "--sign", uri]
        assert run([*words, *world.trust_words]) == 0, capsys.readouterr().err
    assert len(world.claims.read_bytes().splitlines()) == 3  # two roots signed the trust file
