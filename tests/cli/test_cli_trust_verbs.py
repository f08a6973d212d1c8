"""verify, waive, waivers, permit and revoke as they are typed: what they print, write, refuse, and exit with."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from policykit.attest.claims_file import read_claims
from policykit.cli.start import run
from tests.trust_world import AUTHOR, FAIRNESS, World, make_world

STAGE = ["--stage", "production"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("cli") / "world")


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("cli") / "broken", women=(300, 1000))


@pytest.fixture
def world(made: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    shutil.copytree(made.folder, tmp_path / "world")
    monkeypatch.chdir(tmp_path / "world")
    return World(tmp_path / "world", made.now)


@pytest.fixture
def unfair(broken: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    shutil.copytree(broken.folder, tmp_path / "unfair")
    monkeypatch.chdir(tmp_path / "unfair")
    return World(tmp_path / "unfair", broken.now)


def said(capsys: pytest.CaptureFixture[str], words: list[str], code: int) -> str:
    """Run, expect the exit code, and return everything printed."""
    capsys.readouterr()
    found = run(words)
    out, err = capsys.readouterr()
    assert found == code, out + err
    return out + err


def waive_words(world: World, *more: str) -> list[str]:
    asked = ["--rule", FAIRNESS, "--reason", "due in March", "--requested-by", AUTHOR]
    day = (world.now.date() + timedelta(days=60)).isoformat()
    return ["waive", str(world.report), *asked, "--expires", day, *more]


def test_verify_says_who_signed_by_which_trust_file_and_who_approved(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.approve(by="keller")
    world.approve(by="silva")
    told = said(capsys, world.verify_words(*STAGE, "--approved", "--rejudge", "--bundle", str(world.bundle)), 0)
    for line in (
        "ALLOWED: all 2 blocking rules passed",
        "judged again and equal",
        "  signed   by gate as evaluator\n",
        "  approved by keller (m.keller@bank.example) as release-manager\n",
        "  approved by silva (a.silva@bank.example) as release-manager\n",
        "  trust    bank.models version 1, stage production\n",
        "  bytes    the bundle at hand is the one that was judged\n",
    ):
        assert line in told


def test_verify_says_which_waiver_was_used_and_who_approved_it(
    unfair: World, capsys: pytest.CaptureFixture[str]
) -> None:
    unfair.waiver()
    unfair.gate(waived=True)
    told = said(capsys, unfair.verify_words(*STAGE), 0)
    day = (unfair.now.date() + timedelta(days=60)).isoformat()
    assert f"  waived   {FAIRNESS} until {day} by W-1: okafor (n.okafor@bank.example) as waiver-authority" in told
    told = said(capsys, ["verify", str(unfair.report), "--key", str(unfair.public("gate"))], 4)
    assert "a key alone does not say who may excuse [waiver_trust]" in told


def test_verify_by_key_alone_works_as_before(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, ["verify", str(world.report), "--key", str(world.public("gate"))], 0)
    assert f"  signed   by key {world.signer('gate').public.id}" in told and "trust" not in told


def test_verify_needs_a_stage_with_a_trust_file(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, world.verify_words(), 4)
    assert "and none was named [stage_unsaid]" in told
    assert "add `--stage STAGE`; it speaks of `production`, `staging`" in told


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--claims", "claims.jsonl"], "`--claims` means something only under a trust file"),
        (["--approved"], "`--approved` means something only under a trust file"),
        (["--report", "r.json"], "`--report` means something only under a trust file"),
        (["--as", "permit"], "`--as` means something only under a trust file"),
        (["--max-age", "-1"], "an age is not negative"),
    ],
)
def test_options_that_would_mean_nothing_are_refused(
    world: World, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in said(capsys, ["verify", str(world.report), "--key", str(world.public("gate")), *words], 2)


@pytest.mark.parametrize("verb", ["verify", "waive"])
def test_a_key_beside_a_trust_file_is_refused(world: World, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = world.verify_words(*STAGE) if verb == "verify" else waive_words(world, *world.trust_words, *STAGE)
    told = said(capsys, [*words, "--key", str(world.public("gate"))], 2)
    assert "a trust file and a key were given" in told


def test_claims_that_are_named_have_to_be_there(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, world.verify_words(*STAGE, "--claims", "none.jsonl"), 4)
    assert told.startswith("UNTRUSTED\n") and "cannot read the claims: no such file [unreadable]" in told


def test_a_trust_file_that_is_wrong_is_shown_with_its_problems(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.trust.write_text(world.trust.read_text().replace('"roles"', '"rolls"'))
    told = said(capsys, world.verify_words(*STAGE), 4)
    assert told.startswith("UNTRUSTED\n") and "trust.yaml:" in told and "rolls" in told and "[unreadable]" in told


def test_permit_writes_the_permit_and_adds_it_and_the_report_to_the_claims(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.approve(by="keller")
    world.approve(by="silva")
    before = len(read_claims(world.claims))
    words = ["permit", str(world.report), *STAGE, *world.trust_words, "--sign", str(world.key("office"))]
    told = said(capsys, [*words, "--bundle", str(world.bundle)], 0)
    assert told.startswith("PERMITTED: loans 1.4.0 for production until ")
    assert "  approved by keller (m.keller@bank.example) as release-manager\n" in told
    assert f"  wrote    permit.sigstore.json, and added it to {world.claims}\n" in told
    claims = read_claims(world.claims)
    assert len(claims) == before + 2
    assert {Path("permit.sigstore.json").read_bytes(), world.report.read_bytes()} <= set(claims)
    told = said(capsys, ["verify", "permit.sigstore.json", *world.trust_words, *STAGE, "--as", "permit"], 0)
    assert told.startswith("PERMITTED: loans@1.4.0 for production until ")
    assert "  signed   by office as permit-office\n" in told


def test_two_evaluations_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    terms = {"report": {"signed_by": "evaluator", "evaluations": 2}, "approvals": None}
    world = make_world(tmp_path / "world", terms=terms)
    other = world.gate("other.json", by="gate-b")
    words = ["permit", str(world.report), *STAGE, *world.trust_words, "--sign", str(world.key("office"))]
    output = ["--output", str(tmp_path / "p.json")]
    assert "[evaluations]" in said(capsys, [*words, *output], 4)
    told = said(capsys, [*words, *output, "--reports", str(other)], 0)
    assert "  judged   by gate as evaluator, gate-b as evaluator, with one result\n" in told


def test_permit_and_revoke_need_a_trust_file(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    key = ["--sign", str(world.key("office"))]
    told = said(capsys, ["permit", str(world.report), *STAGE, *key], 2)
    assert "a permit follows from a trust file, and none was named" in told
    told = said(capsys, ["revoke", str(world.report), "--reason", "wrong", *key], 2)
    assert "who may take back what follows from a trust file, and none was named" in told
    assert not Path("permit.sigstore.json").exists()


def test_revoke_is_heard_by_verify(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["revoke", str(world.report), "--reason", "the sample was wrong", *world.trust_words]
    told = said(capsys, [*words, "--sign", str(world.key("office"))], 4)
    assert "does not have the role `trust-authority` or `evaluator` [signer]\n  nothing was written" in told
    told = said(capsys, [*words, "--sign", str(world.key("gate"))], 0)
    assert told.startswith("revoked the report ") and f"added to {world.claims}" in told
    told = said(capsys, world.verify_words(*STAGE), 4)
    assert "the report was taken back by `gate`: `the sample was wrong` [revoked]" in told


def test_waive_writes_a_draft_and_says_what_to_do_next(unfair: World, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, waive_words(unfair, "--key", str(unfair.public("gate")), "--ticket", "RISK-1"), 0)
    (path,) = Path("waivers").iterdir()
    assert told.startswith(f"wrote {path}: {FAIRNESS} until ")
    assert "  excuses sex: 20 pp (from 16.4 pp to 23.5 pp)" in told
    assert f"policykit approve {path} --sign KEY" in told
    text = path.read_text()
    assert "at_most: 20 pp" in text and "surely_at_most: 23.5 pp" in text and "ticket: RISK-1" in text


def test_waive_signs_nothing_and_a_draft_excuses_nothing(unfair: World, capsys: pytest.CaptureFixture[str]) -> None:
    run(waive_words(unfair, *unfair.trust_words, *STAGE))
    told = said(capsys, ["waivers", *unfair.trust_words, *STAGE], 4)
    assert "  approved by nobody: UNSIGNED\n" in told and "[waiver_unsigned]" in told


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--rule", "house/R-1"], "`house/R-1` passed, so there is nothing to waive"),
        (["--only-for", "sex"], "`sex` names no slice"),
        (["--doubt", "stradles"], "`stradles` is no doubt\n  did you mean `straddles`?"),
        (["--expires", "2020-01-01"], "a waiver that ends on 2020-01-01 excuses nothing"),
    ],
)
def test_waive_refuses_what_makes_no_sense(
    unfair: World, more: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in said(capsys, [*waive_words(unfair), "--key", str(unfair.public("gate")), *more], 2)
    assert not Path("waivers").exists()


def test_waive_reads_only_reports_whose_signer_is_accepted(unfair: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert "[no_key]" in said(capsys, waive_words(unfair), 4)
    assert "[wrong_key]" in said(capsys, waive_words(unfair, "--key", str(unfair.public("office"))), 4)
    assert "[stage_unsaid]" in said(capsys, waive_words(unfair, *unfair.trust_words), 4)


def test_waive_asks_for_no_more_than_the_trust_file_lets_count(
    unfair: World, capsys: pytest.CaptureFixture[str]
) -> None:
    told = said(capsys, waive_words(unfair, *unfair.trust_words, *STAGE, "--binds", "model"), 2)
    assert "the trust file would not let this waiver count: it is bound to a model" in told
    unfair.gate(stage="staging")
    told = said(capsys, waive_words(unfair, *unfair.trust_words, "--stage", "staging"), 2)
    assert "the trust file lets no waiver count at `staging`" in told


def test_waivers_lists_everything_with_days_left(unfair: World, capsys: pytest.CaptureFixture[str]) -> None:
    day = unfair.now.date()
    unfair.waiver(id="W-1", ticket="RISK-1")
    unfair.waiver(id="W-2", expires=(day + timedelta(days=1)).isoformat(), only_for={"attribute": "sex"})
    unfair.waiver(id="W-3", valid_from="2020-01-01", expires=(day - timedelta(days=1)).isoformat())
    told = said(capsys, ["waivers"], 0)
    assert (
        told.index("W-3  expired, over for 1 day")
        < told.index("W-2  not verified, 1 day left")
        < told.index("W-1  not verified, 60")
    )
    assert "  excuses  a fail of attribute `sex`, as far as at most 90 pp\n" in told
    assert f"  asked    by {AUTHOR}: the new sample is due in March (RISK-1)\n" in told
    assert "  approved by nobody, as it is written: name `--trust` to verify it\n" in told
    told = said(capsys, ["waivers", str(unfair.waivers), *unfair.trust_words, *STAGE], 0)
    assert "  approved by okafor (n.okafor@bank.example) as waiver-authority\n" in told


def test_waivers_says_in_json_what_it_says_in_text(unfair: World, capsys: pytest.CaptureFixture[str]) -> None:
    unfair.waiver()
    unfair.gate(waived=True)
    words = ["waivers", *unfair.trust_words, *STAGE, "--report", str(unfair.report), "--output", "json"]
    (one,) = json.loads(said(capsys, words, 0))["waivers"]
    assert (one["id"], one["state"], one["daysLeft"], one["rule"]) == ("W-1", "used", 60, FAIRNESS)
    assert one["approvedBy"] == [{"name": "okafor", "who": "n.okafor@bank.example", "role": "waiver-authority"}]


def test_waivers_that_are_nowhere_or_wrong_are_said(unfair: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there are no waivers at `waivers`" in said(capsys, ["waivers"], 2)
    Path("waivers").mkdir()
    assert said(capsys, ["waivers"], 0) == "no waivers\n"
    path = unfair.waiver()
    path.write_text(path.read_text().replace("expires", "ends"))
    assert "`ends`" in said(capsys, ["waivers"], 2)
    assert "whether a waiver counts depends on the stage" in said(capsys, ["waivers", *unfair.trust_words], 4)


def test_the_commands_of_the_manual_for_release_managers_do_what_it_says(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "permits.md").read_text(encoding="utf-8")
    commands = re.findall(r"(?m)^\$ policykit (.*)$", page)
    monkeypatch.setenv("POLICYKIT_STATE", str(world.state))
    for path in (world.folder / "keys").iterdir():
        shutil.copy(path, world.folder / path.name)
    assert [command.split()[0] for command in commands] == [
        "verify",
        "approve",
        "approve",
        "permit",
        "verify",
        "revoke",
    ]
    for command in commands:
        said(capsys, shlex.split(command), 0)
    assert "[revoked]" in said(capsys, shlex.split(commands[4]), 4)
    world.gate("later.sigstore.json", nonce="n-2")  # after another run, approvals are needed anew
    assert "[approvals]" in said(capsys, shlex.split(commands[3].replace("report.sig", "later.sig")), 4)
