"""Somebody who wants a signature to count that does not: each attempt meets its own refusal."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policykit.attest.authority import Authority
from policykit.attest.envelope import LARGEST_REPORT, pae, seal, sealed, unseal, with_proofs
from policykit.attest.keys import load_signer, new_key
from policykit.attest.material import Material
from policykit.attest.members import base64_text
from policykit.attest.quorum import distinct
from policykit.attest.reasons import REASONS
from policykit.attest.signer import Signer
from policykit.attest.statement import APPROVAL, GATE_REPORT, statement
from policykit.canon import canonical, digest
from policykit.cli.start import run
from policykit.errors import TrustError, VerificationError
from policykit.stories.trusting import open_trust
from policykit.terms.trust import Quorum, Revoked, Trust, TrustFile, TrustKey
from tests.attest.timestamp_authority import TimestampAuthority, make_authority
from tests.trust_world import World, make_world

PAYLOAD = statement([("bundle.manifest", "ab" * 32)], {"decision": "ALLOWED"})
SOON = timedelta(hours=12)  # after everything that a slow run of these tests stamps
TODAY = datetime.now(UTC)
Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def signers(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Signer]:
    folder = tmp_path_factory.mktemp("keys")
    return {name: load_signer(str(new_key(name, folder, None)[0]), None) for name in ("gate", "stranger")}


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> TimestampAuthority:
    return make_authority(tmp_path_factory.mktemp("acme"))


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> TimestampAuthority:
    return make_authority(tmp_path_factory.mktemp("elsewhere"))


@pytest.fixture
def trust(signers: Mapping[str, Signer], acme: TimestampAuthority, tmp_path: Path) -> Trust:
    """A trust file with one evaluator and one time stamp authority."""
    certificates = tmp_path / "tsa.pem"
    certificates.write_bytes(acme.certificates)
    public = signers["gate"].public
    return Trust(
        "acme.models",
        1,
        "t",
        "2099-01-01",
        Quorum("root"),
        keys={"gate": TrustKey("gate", public.pem.decode(), public.id)},
        timestamp_authorities={"acme": TrustFile("acme", str(certificates), digest(acme.certificates))},
        roles={"evaluator": ("gate",)},
    )


def with_key(trust: Trust, **changed: Any) -> Trust:
    return replace(trust, keys={"gate": replace(trust.keys["gate"], **changed)})


def opened(trust: Trust, data: bytes, now: datetime = TODAY + SOON) -> Any:
    return Authority(trust, now).open(data, role="evaluator", predicate_type=GATE_REPORT)


def reason(trust: Trust, data: bytes, now: datetime = TODAY + SOON) -> str:
    with pytest.raises(VerificationError) as caught:
        opened(trust, data, now)
    return caught.value.reason


def day(days: int) -> str:
    return (TODAY + timedelta(days=days)).date().isoformat()


@pytest.fixture(scope="module")
def report(signers: Mapping[str, Signer]) -> bytes:
    return seal(PAYLOAD, signers["gate"])


@pytest.fixture(scope="module")
def stamped(report: bytes, acme: TimestampAuthority) -> bytes:
    return with_proofs(report, timestamps=[acme.stamp(unseal(report).signature)])


# keys outside their days, and time stamps


def test_a_time_stamp_keeps_what_was_signed_before_a_key_ran_out(trust: Trust, report: bytes, stamped: bytes) -> None:
    over = with_key(trust, valid_until=day(1))
    later = TODAY + timedelta(days=400)
    assert reason(over, report, later) == "key_expired"
    signed = opened(over, stamped, later)
    assert abs(signed.at - TODAY) < SOON
    assert signed.by.at == signed.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert signed.stamps == {"acme": signed.at}


@pytest.mark.parametrize("how", ["superseded", "compromised"])
def test_a_key_taken_back_counts_only_before_that_day_and_only_by_a_time_stamp(
    trust: Trust, report: bytes, stamped: bytes, how: Any
) -> None:
    tomorrow = with_key(trust, revoked=Revoked(how, day(2)))
    later = TODAY + timedelta(days=30)
    assert reason(tomorrow, report, later) == "key_revoked"
    assert opened(tomorrow, stamped, later).by.name == "gate"
    assert reason(with_key(trust, revoked=Revoked(how, day(0))), stamped, later) == "key_revoked"
    assert reason(with_key(trust, revoked=Revoked(how)), stamped, later) == "key_revoked"


def test_a_key_that_is_not_valid_yet_does_not_sign(trust: Trust, report: bytes, stamped: bytes) -> None:
    soon = with_key(trust, valid_from=day(5))
    assert reason(soon, report) == "key_not_yet"
    assert reason(soon, stamped, TODAY + timedelta(days=10)) == "key_not_yet"


def test_time_stamps_by_anybody_else_or_of_anything_else_prove_nothing(
    trust: Trust, report: bytes, acme: TimestampAuthority, elsewhere: TimestampAuthority
) -> None:
    over, later = with_key(trust, valid_until=day(1)), TODAY + timedelta(days=400)
    signature = unseal(report).signature
    forged = [
        elsewhere.stamp(signature),
        acme.stamp(b"another signature"),
        acme.stamp(PAYLOAD),
        b"",
        b"0",
        os.urandom(200),
    ]
    for token in [forged, *([each] for each in forged)]:
        assert reason(over, with_proofs(report, timestamps=token), later) == "key_expired"


def test_a_forged_time_stamp_does_not_spoil_a_good_one(
    trust: Trust, stamped: bytes, elsewhere: TimestampAuthority
) -> None:
    over, later = with_key(trust, valid_until=day(1)), TODAY + timedelta(days=400)
    both = with_proofs(stamped, timestamps=[elsewhere.stamp(unseal(stamped).signature), b"x"])
    assert opened(over, both, later).by.name == "gate"


def test_a_time_stamp_changed_anywhere_proves_nothing(trust: Trust, report: bytes, stamped: bytes) -> None:
    over, later = with_key(trust, valid_until=day(1)), TODAY + timedelta(days=400)
    token = unseal(stamped).timestamps[0]
    for place in range(30, len(token), 37):
        other = token[:place] + bytes([token[place] ^ 1]) + token[place + 1 :]
        try:
            signed = opened(over, with_proofs(report, timestamps=[other]), later)
        except VerificationError as error:
            assert error.reason == "key_expired"
        else:  # bytes of the answer that nobody signs, such as its words for people
            assert abs(signed.at - TODAY) < SOON


def test_a_time_stamp_of_the_future_is_refused(trust: Trust, stamped: bytes) -> None:
    at = opened(trust, stamped).at
    assert reason(trust, stamped, at - timedelta(minutes=5, seconds=1)) == "clock"
    assert opened(trust, stamped, at - timedelta(minutes=5)).by.name == "gate"


def test_other_certificates_under_the_same_name_are_refused(
    trust: Trust, stamped: bytes, elsewhere: TimestampAuthority
) -> None:
    Path(trust.timestamp_authorities["acme"].path).write_bytes(elsewhere.certificates)
    assert reason(trust, stamped) == "trust_file"
    Path(trust.timestamp_authorities["acme"].path).unlink()
    assert reason(trust, stamped) == "trust_file"


def test_of_many_time_stamps_the_earliest_counts(trust: Trust, stamped: bytes, acme: TimestampAuthority) -> None:
    signature = unseal(stamped).signature
    first = opened(trust, stamped).at
    again = with_proofs(stamped, timestamps=[acme.stamp(signature), acme.stamp(signature)])
    assert opened(trust, again).at == first


# one key, many names


def test_two_of_two_from_one_key_by_its_key_ids_is_one(trust: Trust, report: bytes) -> None:
    copies = []
    for name in ("keller", "silva"):
        said = json.loads(report)
        said["dsseEnvelope"]["signatures"][0]["keyid"] = name
        copies.append(opened(trust, canonical(said)).by)
    assert distinct(copies) == 1


def test_one_key_under_two_names_is_no_trust_file(tmp_path: Path) -> None:
    world = make_world(tmp_path / "w", report=False)
    said = json.loads(world.trust.read_text())
    said["keys"]["silva"]["pem"] = said["keys"]["keller"]["pem"]
    world.trust.write_text(json.dumps(said))
    with pytest.raises(TrustError) as caught:
        open_trust(world.trust, [], state=None, now=world.now)
    assert any(problem.code == "PK603" and "`keller`" in problem.message for problem in caught.value.problems)


def test_one_root_that_signs_twice_is_no_quorum(tmp_path: Path) -> None:
    world = make_world(tmp_path / "w", report=False)
    lines = world.claims.read_bytes().splitlines()
    later = make_world(tmp_path / "later", now=world.now + timedelta(seconds=5), report=False)
    again = later.claims.read_bytes().splitlines()[0]  # root-a once more: other bytes, another time
    world.claims.write_bytes(b"\n".join([lines[0], again]) + b"\n")
    with pytest.raises(VerificationError, match="is signed by 1 of the 2 of `trust-authority`") as caught:
        open_trust(world.trust, [str(world.public("root-a"))], state=None, now=world.now)
    assert caught.value.reason == "trust_unsigned"


# the file itself


def damaged(data: bytes, change: Change) -> bytes:
    said = json.loads(data)
    change(said)
    return canonical(said)


FILES: list[tuple[str, Change]] = [
    ("signature_count", lambda b: b["dsseEnvelope"]["signatures"].append({"sig": "AA=="})),
    ("signature_count", lambda b: b["dsseEnvelope"].update(signatures=[])),
    ("payload_type", lambda b: b["dsseEnvelope"].update(payloadType="application/json")),
    ("payload_type", lambda b: b["dsseEnvelope"].update(payloadType="application/vnd.in-toto+json;v=2")),
    ("envelope", lambda b: b.update(messageSignature={})),
    ("envelope", lambda b: b["verificationMaterial"].update(certificate={"rawBytes": "AA=="})),
    ("base64", lambda b: b["dsseEnvelope"].update(payload=b["dsseEnvelope"]["payload"] + "\n")),
    ("newer", lambda b: b.update(mediaType="application/vnd.dev.sigstore.bundle.v0.4+json")),
]


@pytest.mark.parametrize(("expected", "change"), FILES)
def test_a_file_of_another_form_is_refused_before_its_signature(
    trust: Trust, report: bytes, expected: str, change: Change
) -> None:
    assert reason(trust, damaged(report, change)) == expected


def test_a_member_said_twice_is_refused_outside_and_inside(
    trust: Trust, report: bytes, signers: Mapping[str, Signer]
) -> None:
    assert reason(trust, report.replace(b'"payload":', b'"payload":"e30=","payload":')) == "duplicate_member"
    twice = PAYLOAD.replace(b'"decision":"ALLOWED"', b'"decision":"BLOCKED","decision":"ALLOWED"')
    assert reason(trust, seal(twice, signers["gate"])) == "duplicate_member"


def test_a_signature_under_another_payload_type_does_not_count(trust: Trust, signers: Mapping[str, Signer]) -> None:
    signature = signers["gate"].sign(pae(PAYLOAD, "application/json"))
    hint = signers["gate"].public.hint
    assert reason(trust, sealed(PAYLOAD, signature, Material(hint, None, (), ()))) == "bad_signature"


def test_a_file_cut_anywhere_is_refused(trust: Trust, stamped: bytes) -> None:
    for part in range(40):
        assert reason(trust, stamped[: len(stamped) * part // 40]) == "json"


def test_a_file_that_is_too_large_is_refused(trust: Trust) -> None:
    assert reason(trust, b" " * (LARGEST_REPORT + 1)) == "size"


def test_proofs_in_the_thousands_are_refused(trust: Trust, report: bytes) -> None:
    many: Change = lambda b: b["verificationMaterial"].update(  # noqa: E731
        timestampVerificationData={"rfc3161Timestamps": [{"signedTimestamp": base64_text(b"x")}] * 3000}
    )
    assert reason(trust, damaged(report, many)) == "envelope"


def test_a_signature_moved_onto_another_statement_does_not_count(trust: Trust, report: bytes) -> None:
    other = statement([("bundle.manifest", "cd" * 32)], {"decision": "ALLOWED"})
    envelope = unseal(report)
    moved = sealed(other, envelope.signature, Material(envelope.hint, None, (), ()))
    assert reason(trust, moved) == "bad_signature"


def test_a_statement_of_one_kind_does_not_pass_for_another(trust: Trust, signers: Mapping[str, Signer]) -> None:
    approval = seal(statement([("m", "ab" * 32)], {"decision": "ALLOWED"}, predicate_type=APPROVAL), signers["gate"])
    assert reason(trust, approval) == "predicate_type"


# approving


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "w")


def approve(world: World, file: Path, by: str, *more: str) -> int:
    return run(["approve", str(file), "--sign", str(world.key(by)), *world.trust_words, *more])


def test_500_megabytes_are_not_approved(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    path = world.folder / "large.json"
    with path.open("wb") as file:
        file.truncate(500 * 1024 * 1024)
    assert approve(world, path, "keller", "-s", "production") == 4
    assert "[size]" in capsys.readouterr().err


def test_a_report_that_was_changed_is_not_approved(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    before = world.claims.read_bytes()
    forged = world.resigned(lambda said: said.update(reason="all is well", verdictDigest="00" * 32))
    assert approve(world, forged, "keller", "-s", "production") == 4
    assert "[verdict_digest]" in capsys.readouterr().err
    assert world.claims.read_bytes() == before


def test_a_report_signed_by_anybody_but_the_gate_is_not_approved(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for by, expected in (("keller", "[role]"), ("stranger", "[unknown_signer]")):
        assert approve(world, world.gate("other.json", by=by), "silva", "-s", "production") == 4
        assert expected in capsys.readouterr().err


def test_a_report_for_another_stage_is_not_approved(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    staging = world.gate("staging.json", stage="staging")
    assert approve(world, staging, "keller", "-s", "production") == 4
    assert "[stage]" in capsys.readouterr().err


def test_a_report_on_another_bundle_is_not_approved(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    (world.bundle / "more.txt").write_text("x")
    assert approve(world, world.report, "keller", "-s", "production", "--bundle", str(world.bundle)) == 4
    assert "[subject]" in capsys.readouterr().err


def test_an_older_trust_file_does_not_bring_an_old_key_back(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    old = world.trust.read_bytes()
    world.write_trust(version=2)
    assert approve(world, world.report, "keller", "-s", "production") == 0
    world.trust.write_bytes(old)
    assert approve(world, world.report, "keller", "-s", "production") == 4
    assert "[trust_rollback]" in capsys.readouterr().err


# anything

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, each in inner for place in places(each, (*path, name)))]


@given(data=st.data(), value=JSON)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_anything_put_anywhere_is_refused_with_a_reason_or_changes_nothing(
    trust: Trust, stamped: bytes, data: st.DataObject, value: Any
) -> None:
    said = json.loads(stamped)
    *way, last = data.draw(st.sampled_from(places(said)[1:]))
    inner = said
    for step in way:
        inner = inner[step]
    inner[last] = value
    try:
        signed = opened(trust, json.dumps(said).encode())
    except VerificationError as error:
        assert error.reason in REASONS
    else:
        assert (signed.payload, signed.by.name) == (PAYLOAD, "gate")


@given(predicate=st.dictionaries(st.sampled_from(["review", "role", "x"]), JSON))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_anything_that_a_member_says_is_opened_or_refused_with_a_reason(
    trust: Trust, signers: Mapping[str, Signer], predicate: dict[str, Any]
) -> None:
    said = {"_type": "https://in-toto.io/Statement/v1", "predicateType": GATE_REPORT, "predicate": predicate}
    payload = json.dumps({**said, "subject": [{"name": "m", "digest": {"sha256": "ab" * 32}}]}).encode()
    try:
        signed = opened(trust, seal(payload, signers["gate"]))
    except VerificationError as error:
        assert error.reason in REASONS
    else:
        assert signed.payload == payload
