"""Where revocations are heard, by every verb alike: beside the file at hand, the trust file and the waivers; named; logged."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from policykit.attest.claims_file import read_claims
from policykit.attest.envelope import seal, unseal
from policykit.attest.keys import new_key
from policykit.attest.statement import REVOCATION, permit_type, statement
from policykit.canon import digest
from policykit.cli.start import run
from tests.trust_world import World, add, make_world, rfc3339

STAGE = ["--stage", "production"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world whose release lies in a folder of its own, with a permit, away from the trust file."""
    folder = tmp_path_factory.mktemp("heard")
    new_key("ledger", folder, None)
    key = {"pem": (folder / "ledger.pub.pem").read_text()}
    plain = make_world(folder / "plain", report=False)
    keys = {**json.loads(plain.trust.read_text())["keys"], "ledger": key}
    ledgers = {"main": {"origin": "ledger.bank.example", "key": "ledger"}}
    world = make_world(folder / "world", trust={"keys": keys, "ledgers": ledgers}, report=False)
    shutil.copy(folder / "ledger.key.pem", world.folder / "keys")
    release(world, "one", "1.4.0")
    release(world, "two", "1.5.0")
    return world


@pytest.fixture
def world(made: World, tmp_path: Path) -> World:
    shutil.copytree(made.folder, tmp_path / "world")
    return World(tmp_path / "world", made.now)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = make_world(tmp_path_factory.mktemp("heard") / "broken", women=(300, 1000), report=False)
    made.waiver()
    made.gate(waived=True)
    return made


@pytest.fixture
def unfair(broken: World, tmp_path: Path) -> World:
    shutil.copytree(broken.folder, tmp_path / "unfair")
    return World(tmp_path / "unfair", broken.now)


def release(world: World, name: str, version: str) -> None:
    """Make a release in a folder of its own: bundle, report, approvals and permit, with claims beside them."""
    folder = world.folder / name
    shutil.copytree(world.bundle, folder / "bundle")
    manifest = folder / "bundle" / "bundle.yaml"
    manifest.write_text(manifest.read_text().replace("1.4.0", version))
    report = world.gate(f"{name}/report.sigstore.json", bundle=folder / "bundle")
    for who in ("keller", "silva"):
        add(folder / "claims.jsonl", world.approval(report, by=who))
    words = ["permit", str(report), *STAGE, "--sign", str(world.key("office")), "--bundle", str(folder / "bundle")]
    assert run([*words, "--output", str(folder / "permit.sigstore.json"), *world.trust_words]) == 0


def revocation(world: World, name: str = "one") -> bytes:
    """Return the permit office's word that the permit of a release counts no more."""
    payload = digest(unseal((world.folder / name / "permit.sigstore.json").read_bytes()).payload)
    said = {"revokes": f"sha256:{payload}", "kind": "permit", "reason": "drawn twice", "time": rfc3339(world.now)}
    return seal(statement([("permit", payload)], said, predicate_type=REVOCATION), world.signer("office"))


def words_of(verb: str, world: World, name: str = "one") -> list[str]:
    """Return what is typed to verify or promote a release."""
    folder = world.folder / name
    permit = str(folder / "permit.sigstore.json")
    if verb == "verify":
        return ["verify", permit, "--as", "permit", *STAGE, *world.trust_words]
    target = ["--to", str(world.folder / "registry")]
    return ["promote", str(folder / "bundle"), *STAGE, *target, "--permit", permit, *world.trust_words]


def back(world: World, *more: str) -> list[str]:
    return ["rollback", *STAGE, "--of", str(world.folder / "registry"), *world.trust_words, *more]


def log_in(world: World, data: bytes) -> str:
    """Begin the ledger that the trust file knows, log a signed file in it, and return its folder."""
    ledger, key = world.folder / "ledger", str(world.folder / "keys/ledger.key.pem")
    if not ledger.exists():
        assert run(["ledger", "init", str(ledger), "--origin", "ledger.bank.example", "--sign", key]) == 0
    (world.folder / "logged.json").write_bytes(data)
    words = ["ledger", "append", str(ledger), str(world.folder / "logged.json"), "--sign", key, *world.trust_words]
    assert run(words) == 0
    return str(ledger)


@pytest.mark.parametrize("verb", ["verify", "promote"])
@pytest.mark.parametrize("place", ["beside", "trust", "waivers", "named", "ledger"])
def test_a_revocation_is_heard_wherever_it_lies(
    world: World, verb: str, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    word, more = revocation(world), list[str]()
    match place:
        case "beside":
            add(world.folder / "one/claims.jsonl", word)
        case "trust":
            add(world.claims, word)
        case "waivers":
            (world.folder / "one/waivers").mkdir()
            add(world.folder / "one/waivers/claims.jsonl", word)
        case "named":
            for name in ("a", "b"):
                add(world.folder / f"{name}.jsonl", word if name == "b" else revocation(world, "two"))
                more += ["--claims", str(world.folder / f"{name}.jsonl")]
        case _:
            more = ["--ledger", log_in(world, word)]
    assert run([*words_of(verb, world), *more]) == 4
    assert "[revoked]" in capsys.readouterr().err
    assert run([*words_of(verb, world, "two"), *(more if place != "named" else [])]) == 0


def test_a_permit_is_not_issued_on_a_report_that_was_taken_back_beside_the_trust_file(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    report = world.folder / "one/report.sigstore.json"
    payload = digest(unseal(report.read_bytes()).payload)
    said = {"revokes": f"sha256:{payload}", "kind": "report", "reason": "drawn twice", "time": rfc3339(world.now)}
    add(world.claims, seal(statement([("r", payload)], said, predicate_type=REVOCATION), world.signer("gate")))
    words = ["permit", str(report), *STAGE, "--sign", str(world.key("office")), *world.trust_words]
    assert run([*words, "--output", str(world.folder / "p.json")]) == 4
    assert "[revoked]" in capsys.readouterr().err


def test_claims_by_the_trust_file_that_a_gate_file_names_are_heard(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    add(world.claims, revocation(world))
    gate = world.folder / "gate.yaml"
    roots = "[keys/root-a.pub.pem, keys/root-b.pub.pem]"
    gate.write_text(
        f"policykit: gate/1\npolicies: [{{path: policies/}}]\ntrust: {{path: trust.yaml, roots: {roots}}}\n"
    )
    words = words_of("promote", world)
    named = words.index("--trust")
    assert run([*words[:named], "--config", str(gate), "--state", str(world.state)]) == 4
    assert "[revoked]" in capsys.readouterr().err


def test_what_is_revoked_as_the_manual_says_is_neither_promoted_nor_rolled_back_to(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        assert run(words_of("promote", world, name)) == 0
    permit = world.folder / "one/permit.sigstore.json"
    words = ["revoke", str(permit), "--reason", "drawn twice", "--sign", str(world.key("office")), *world.trust_words]
    assert run(words) == 0
    added = f"added to {world.folder / 'one/claims.jsonl'} and {world.claims}\n"
    assert added in capsys.readouterr().out
    assert run(words_of("promote", world)) == 4
    assert run(back(world)) == 4
    assert capsys.readouterr().err.count("[revoked]") == 2


def test_a_rollback_listens_where_the_permit_is_known_or_is_told_where_to(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        assert run(words_of("promote", world, name)) == 0
    beside = world.folder / "one/claims.jsonl"
    add(beside, revocation(world))
    capsys.readouterr()
    assert run(back(world)) == 4
    assert "[rollback_unheard]" in capsys.readouterr().err
    assert run(back(world, "--list")) == 0
    assert "may not come back: whether the permit of `loans@1.4.0` was taken back" in capsys.readouterr().out
    assert run(back(world, "--claims", str(beside))) == 4
    assert "[revoked]" in capsys.readouterr().err
    assert run(back(world, "--ledger", log_in(world, read_claims(beside)[0]))) == 0, "the ledger knows of nothing"
    ledger = log_in(world, revocation(world, "two"))
    assert run(back(world, "--ledger", ledger)) == 4
    assert "[revoked]" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["--nonce", "n"],
        ["--policy-digest", "sha256:" + "0" * 64],
        ["--rejudge"],
        ["--approved"],
        ["--accept-audit"],
        ["--accept-as-of"],
    ],
)
def test_what_can_be_asked_of_a_report_alone_is_refused_of_a_permit(
    world: World, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words_of("verify", world), *words]) == 2
    assert f"`{words[0]}` can be asked of a report, and this is a permit" in capsys.readouterr().err


def test_a_permit_older_than_was_asked_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    permit = world.folder / "one/permit.sigstore.json"
    said = json.loads(unseal(permit.read_bytes()).payload)
    said["predicate"]["issued"] = rfc3339(world.now - timedelta(hours=30))
    subjects = [(each["name"], each["digest"]["sha256"]) for each in said["subject"]]
    old = statement(subjects, said["predicate"], predicate_type=permit_type("production"))
    permit.write_bytes(seal(old, world.signer("office")))
    assert run(words_of("verify", world)) == 0
    assert run([*words_of("verify", world), "--max-age", "1"]) == 4
    assert "longer ago than the 1 days accepted" in capsys.readouterr().err


def gate_words(world: World) -> list[str]:
    words = ["gate", str(world.bundle), "--policies", str(world.policy), "-q", *world.trust_words]
    return [*words, "--waivers", str(world.waivers), "--output", f"json={world.folder / 'out.json'}"]


def waiver_taken_back(world: World, claims: Path) -> None:
    words = ["revoke", str(world.waivers / "W-1.yaml"), "--reason", "x", "--sign", str(world.key("okafor"))]
    assert run([*words, *world.trust_words, "--claims", str(claims)]) == 0


@pytest.mark.parametrize("place", ["trust", "named", "elsewhere"])
def test_a_waiver_taken_back_excuses_nothing_wherever_that_was_said(unfair: World, place: str) -> None:
    assert run([*gate_words(unfair), *STAGE]) == 0
    claims = {"trust": unfair.claims}.get(place, unfair.folder / "other.jsonl")
    waiver_taken_back(unfair, claims)
    named = ["--claims", str(claims)] if place == "named" else []
    assert run([*gate_words(unfair), *STAGE, *named]) == (0 if place == "elsewhere" else 1)


def test_a_waiver_taken_back_beside_the_waivers_is_heard_by_who_verifies_the_report(
    unfair: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(unfair.verify_words(*STAGE)) == 0
    waiver_taken_back(unfair, unfair.waivers / "claims.jsonl")
    assert run(unfair.verify_words(*STAGE)) == 4
    assert "[revoked]" in capsys.readouterr().err


def test_a_waiver_taken_back_today_is_heard_where_the_base_branch_is_read(
    unfair: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = ["git", "-C", str(unfair.folder), "-c", "user.email=a@b", "-c", "user.name=a"]
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "x"], ["checkout", "-qb", "change"]):
        subprocess.run([*git, *words], check=True)
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    words = [*gate_words(unfair), *STAGE, "--waivers-from", "base branch"]
    assert run(words) == 0
    waiver_taken_back(unfair, unfair.waivers / "claims.jsonl")
    assert run(words) == 1


def test_an_approval_in_the_working_tree_is_none_where_the_base_branch_is_read(
    unfair: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    beside = unfair.waivers / "claims.jsonl"
    approved = beside.read_bytes()
    beside.unlink()
    git = ["git", "-C", str(unfair.folder), "-c", "user.email=a@b", "-c", "user.name=a"]
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "x"], ["checkout", "-qb", "change"]):
        subprocess.run([*git, *words], check=True)
    beside.write_bytes(approved)
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    assert run([*gate_words(unfair), *STAGE, "--waivers-from", "base branch"]) == 4
    assert "[waiver_unsigned]" in capsys.readouterr().err


def test_a_stage_that_is_written_wrong_is_refused(unfair: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*gate_words(unfair), "--stage", "prodution"]) == 4
    err = capsys.readouterr().err
    assert "the trust file says nothing about the stage `prodution` [trust_stage]" in err
    assert "it speaks of `production`, `staging`" in err
