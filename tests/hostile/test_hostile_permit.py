"""Old reports, other people's reports, swapped files and weaker policies: each meets its own reason, and no permit."""

from __future__ import annotations

import base64
import json
import re
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.envelope import seal
from policykit.attest.state import State
from policykit.canon import canonical
from policykit.cli.start import run
from policykit.load.bundle import load_bundle
from tests.build import ACCURATE, EQUAL, write_bundle, write_policy
from tests.trust_world import PRODUCTION, World, make_world, trust_document

STAGE = ["--stage", "production"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = make_world(tmp_path_factory.mktemp("hostile") / "world")
    (world.bundle / "model").mkdir()
    (world.bundle / "model" / "weights.bin").write_bytes(b"\x00\x01" * 1000)
    manifest = json.loads((world.bundle / "bundle.yaml").read_text())
    (world.bundle / "bundle.yaml").write_text(json.dumps({**manifest, "model": {"path": "model/weights.bin"}}))
    world.gate(nonce="n-1")
    for name in ("keller", "silva"):
        world.approve(by=name)
    return world


@pytest.fixture
def world(made: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    shutil.copytree(made.folder, tmp_path / "world", symlinks=True)
    monkeypatch.chdir(tmp_path)
    return World(tmp_path / "world", made.now)


def refused(capsys: pytest.CaptureFixture[str], words: list[str]) -> str:
    """Run, expect exit code 4 and UNTRUSTED alone on standard output, and return the reason."""
    capsys.readouterr()
    assert run(words) == 4
    out, err = capsys.readouterr()
    assert out == ("UNTRUSTED\n" if words[0] == "verify" else "")
    return re.findall(r"\[(\w+)\]\n", err)[0]


def permit_words(world: World, report: Path | None = None) -> list[str]:
    key, bundle, output = str(world.key("office")), str(world.bundle), str(world.folder / "permit.json")
    words = ["permit", str(report or world.report), *world.trust_words, *STAGE]
    return [*words, "--sign", key, "--bundle", bundle, "--claims", str(world.claims), "--output", output]


def both(world: World, capsys: pytest.CaptureFixture[str], report: Path | None = None) -> set[str]:
    """Return the reasons for which the report is refused by `verify`, and by `permit` which writes nothing."""
    words = ["verify", str(report or world.report), *world.trust_words, *STAGE, "--bundle", str(world.bundle)]
    found = {refused(capsys, words), refused(capsys, permit_words(world, report))}
    assert not (world.folder / "permit.json").exists()
    return found


def test_the_world_itself_is_permitted(world: World) -> None:
    assert run(permit_words(world)) == 0
    permit = ["verify", str(world.folder / "permit.json"), *world.trust_words, *STAGE, "--bundle", str(world.bundle)]
    assert run([*permit, "--claims", str(world.claims), "--report", str(world.report)]) == 0


# five replays, five reasons


def test_a_report_replayed_for_another_bundle_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(world.bundle, version="1.5.0", facts={"owners": {"model": "b.author@bank.example"}})
    assert both(world, capsys) == {"subject"}


def test_a_report_replayed_for_another_stage_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert both(world, capsys, world.gate("staging.json", stage="staging")) == {"stage"}


def test_a_report_replayed_for_another_request_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, world.verify_words(*STAGE, "--nonce", "n-2")) == "nonce"
    assert run(world.verify_words(*STAGE, "--nonce", "n-1")) == 0


def test_a_report_by_another_models_policies_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    other = write_policy(world.folder / "other.yaml", ACCURATE, id="toys")
    assert both(world, capsys, world.gate("toys.json", policies=[other])) == {"policy_digest"}


def test_an_old_report_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    old = world.gate("old.json", at=datetime.now(UTC) - timedelta(days=8))
    assert both(world, capsys, old) == {"age"}


# swap between judging and promoting


def _renamed(bundle: Path) -> None:
    (bundle / "model" / "weights.bin").rename(bundle / "model" / "weights.pkl")
    manifest = (bundle / "bundle.yaml").read_text()
    (bundle / "bundle.yaml").write_text(manifest.replace("weights.bin", "weights.pkl"))


def _two_swapped(bundle: Path) -> None:
    (bundle / "model" / "weights.bin").write_bytes(b"\x01\x00" * 1000)


def _added(bundle: Path) -> None:
    (bundle / "model" / "__init__.py").write_text("print('hello')")


def _removed(bundle: Path) -> None:
    manifest = json.loads((bundle / "bundle.yaml").read_text())
    del manifest["model"]
    shutil.rmtree(bundle / "model")
    (bundle / "bundle.yaml").write_text(json.dumps(manifest))


@pytest.mark.parametrize("swap", [_renamed, _two_swapped, _added, _removed])
def test_files_swapped_after_judging_are_refused(
    world: World, swap: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    swap(world.bundle)
    assert both(world, capsys) == {"subject"}


def test_a_file_swapped_for_a_link_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    weights = world.bundle / "model" / "weights.bin"
    shutil.move(weights, world.folder / "elsewhere.bin")
    weights.symlink_to(world.folder / "elsewhere.bin")
    words = world.verify_words(*STAGE, "--bundle", str(world.bundle))
    assert refused(capsys, words) == "unreadable"
    assert run(permit_words(world)) in (2, 4)
    assert not (world.folder / "permit.json").exists()


def test_a_folder_swapped_for_a_link_to_another_bundle_is_refused(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    other = write_bundle(world.folder / "other", version="9.9.9")
    shutil.rmtree(world.bundle)
    world.bundle.symlink_to(other)
    assert both(world, capsys) == {"subject"}


# weaker policies


def test_a_weaker_policy_of_the_same_name_and_version_is_refused_where_its_digest_is_pinned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = make_world(tmp_path / "first")
    pinned = json.loads(first.payload())["predicate"]["policies"][0]["digest"]
    pins = [{"id": "house", "digest": f"sha256:{pinned}"}]
    world = make_world(tmp_path / "world", women=(300, 1000), terms={"policies": pins})
    assert run(world.verify_words(*STAGE)) == 1
    write_policy(world.policy, ACCURATE, {**EQUAL, "at_most": "90 pp"})
    world.gate()
    assert refused(capsys, world.verify_words(*STAGE)) == "policy_digest"


def test_a_stripped_rule_is_a_policy_of_another_digest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = make_world(tmp_path / "first")
    pinned = json.loads(first.payload())["predicate"]["policies"][0]["digest"]
    terms = {"policies": [{"id": "house", "digest": f"sha256:{pinned}"}]}
    world = make_world(tmp_path / "world", women=(300, 1000), rules=(ACCURATE,), terms=terms)
    assert refused(capsys, world.verify_words(*STAGE)) == "policy_digest"


def test_a_policy_left_out_is_refused_where_the_trust_file_asks_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pins = [{"id": "house", "at_least": "1"}, {"id": "baseline", "at_least": "2.1"}]
    world = make_world(tmp_path / "world", terms={"policies": pins})
    assert refused(capsys, world.verify_words(*STAGE)) == "policy_digest"
    baseline = write_policy(world.folder / "baseline.yaml", ACCURATE, id="baseline", version="2.10")
    world.gate(policies=[world.policy, baseline])
    assert run(world.verify_words(*STAGE)) == 0
    write_policy(baseline, ACCURATE, id="baseline", version="2.0.9")
    world.gate(policies=[world.policy, baseline])
    assert refused(capsys, world.verify_words(*STAGE)) == "policy_digest"


def test_a_gate_file_lying_about_says_nothing_to_those_who_verify(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    own = make_world(world.folder.parent / "own", terms={"approvals": None, "policies": []})
    Path("policykit.yaml").write_text(
        json.dumps({"policykit": "gate/1", "policies": ["own/policies"], "trust": str(own.trust)})
    )
    assert refused(capsys, ["verify", str(world.report)]) == "no_key"
    other = write_policy(world.folder / "toys.yaml", ACCURATE, id="toys")
    assert both(world, capsys, world.gate("toys.json", policies=[other])) == {"policy_digest"}


# who says who may


def test_a_trust_file_of_the_attackers_own_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    keys = trust_document(world.now)["keys"]
    keys["gate"] = {"pem": world.public("stranger").read_text()}
    world.write_trust(version=2, keys=keys, signed_by=["keller", "silva"])
    assert refused(capsys, world.verify_words(*STAGE)) == "trust_unsigned"


def test_an_older_trust_file_is_refused_once_a_newer_one_was_seen(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(world.verify_words(*STAGE)) == 0
    old = world.trust.read_bytes()
    world.write_trust(version=2, stages={"production": PRODUCTION})
    assert run(world.verify_words(*STAGE)) == 0
    world.trust.write_bytes(old)
    assert refused(capsys, world.verify_words(*STAGE)) == "trust_rollback"


def test_an_expired_trust_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = make_world(tmp_path / "world", now=datetime.now(UTC) - timedelta(days=201))
    assert refused(capsys, world.verify_words(*STAGE)) == "trust_expired"


def test_a_clock_set_back_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    State(world.state).check_clock(datetime.now(UTC) + timedelta(days=2))
    assert refused(capsys, world.verify_words(*STAGE)) == "clock"


def test_a_report_from_tomorrow_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    report = world.gate("tomorrow.json", at=datetime.now(UTC) + timedelta(days=1))
    assert both(world, capsys, report) == {"time"}


def test_another_key_written_over_the_hint_does_not_help(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    forged = json.loads(seal(world.payload(), world.signer("stranger")))
    for name, reason in (("gate", "bad_signature"), ("stranger", "unknown_signer"), ("", "unknown_signer")):
        hint = world.signer(name).public.hint if name else ""
        forged["verificationMaterial"]["publicKey"]["hint"] = hint
        world.report.write_bytes(canonical(forged))
        assert refused(capsys, world.verify_words(*STAGE)) == reason


def test_no_stage_is_no_question(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, world.verify_words()) == "stage_unsaid"


# files that are none


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _twice(data: bytes) -> bytes:
    return data.replace(b'"payload":', b'"payload":"e30=","payload":')


def _two_signatures(data: bytes) -> bytes:
    said = json.loads(data)
    said["dsseEnvelope"]["signatures"] *= 2
    return canonical(said)


def _other_payload(data: bytes) -> bytes:
    said = json.loads(data)
    said["dsseEnvelope"]["payloadType"] = "text/plain"
    return canonical(said)


def _loose_base64(data: bytes) -> bytes:
    said = json.loads(data)
    payload = base64.b64decode(said["dsseEnvelope"]["payload"])
    said["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode() + "\n"
    return canonical(said)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_cut, "json"),
        (_twice, "duplicate_member"),
        (_two_signatures, "signature_count"),
        (_other_payload, "payload_type"),
        (_loose_base64, "base64"),
        (lambda data: b"", "json"),
    ],
)
def test_a_file_that_is_no_signed_report_is_refused_before_anything_in_it_counts(
    world: World, change: Callable[[bytes], bytes], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    world.report.write_bytes(change(world.report.read_bytes()))
    assert both(world, capsys) == {reason}


def test_a_report_of_500_megabytes_is_refused_at_once(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with world.report.open("wb") as file:
        file.truncate(500 * 1024 * 1024)
    start = time.monotonic()
    assert both(world, capsys) == {"size"}
    assert time.monotonic() - start < 5


def test_claims_that_were_cut_short_or_hold_something_else_are_refused(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = world.folder / "others.jsonl"
    for data in (world.claims.read_bytes()[:-9], b"[]\n", b'{"a":1,"a":2}\n'):
        claims.write_bytes(data)
        assert refused(capsys, world.verify_words(*STAGE, "--claims", str(claims))) == "claims_file"


def test_a_release_without_its_permit_file_is_untrusted(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    permit = ["verify", str(world.folder / "permit.json"), *world.trust_words, *STAGE, "--bundle", str(world.bundle)]
    assert refused(capsys, permit) == "unreadable"


def test_a_report_put_where_the_permit_should_be_is_untrusted(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    permit = world.folder / "permit.json"
    permit.write_bytes(world.report.read_bytes())
    words = ["verify", str(permit), *world.trust_words, *STAGE, "--bundle", str(world.bundle)]
    assert refused(capsys, [*words, "--as", "permit"]) == "predicate_type"
    assert refused(capsys, [*words, "--report", str(world.report)]) == "predicate_type"
    assert run(words) == 0 and "PERMITTED" not in capsys.readouterr().out
    assert run(permit_words(world)) == 0
    assert run([*words, "--as", "permit"]) == 0 and "PERMITTED" in capsys.readouterr().out
    assert refused(capsys, [*words, "--as", "report"]) == "predicate_type"


def test_a_signed_fail_verifies_as_blocked_and_never_as_a_permit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_world(tmp_path / "world", women=(300, 1000))
    assert run(world.verify_words(*STAGE)) == 1
    assert capsys.readouterr().out.startswith("BLOCKED: ")
    assert refused(capsys, permit_words(world)) == "not_allowed"


def test_the_words_of_a_stranger_stay_harmless_in_what_is_printed(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    from policykit.attest.statement import REVOCATION, statement
    from policykit.canon import digest
    from tests.trust_world import add, rfc3339

    thing = digest(world.payload())
    said: dict[str, Any] = {"revokes": f"sha256:{thing}", "kind": "report", "time": rfc3339(world.now)}
    payload = statement([("r", thing)], {**said, "reason": "\x1b[2J‮ALLOWED"}, predicate_type=REVOCATION)
    add(world.claims, seal(payload, world.signer("gate")))
    assert refused(capsys, world.verify_words(*STAGE)) == "revoked"
    run(world.verify_words(*STAGE))
    err = capsys.readouterr().err
    assert "\x1b" not in err and "‮" not in err


def test_the_bundle_of_the_world_has_a_model(world: World) -> None:
    assert any(file.role == "model" for file in load_bundle(world.bundle).files)
