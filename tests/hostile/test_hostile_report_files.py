"""Files that somebody made to be accepted, or to bring the verifier down. Each meets one refusal, quickly."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.envelope import pae, read_report, seal
from policykit.attest.keys import load_public_key, load_signer, new_key
from policykit.attest.publickey import PublicKey
from policykit.attest.signer import Signer
from policykit.attest.statement import statement
from policykit.attest.verify import open_report
from policykit.canon import canonical
from policykit.errors import StorageError, VerificationError

PREDICATE = {"decision": "ALLOWED", "asOf": "2026-11-22", "timeEvaluated": "2026-11-22T09:30:00Z"}
PAYLOAD = statement([("bundle.manifest.json", "ab" * 32)], PREDICATE)


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return load_signer(str(new_key("hostile", tmp_path_factory.mktemp("keys"), None)[0]), None)


@pytest.fixture(scope="module")
def key(signer: Signer) -> PublicKey:
    return signer.public


@pytest.fixture(scope="module")
def report(signer: Signer) -> bytes:
    return seal(PAYLOAD, signer)


def reason(data: bytes, key: PublicKey | None) -> str:
    with pytest.raises(VerificationError) as caught:
        open_report(data, key)
    return caught.value.reason


def test_500_megabytes_are_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(500 * 1024 * 1024)
    tracemalloc.start()
    try:
        with pytest.raises(VerificationError, match="larger than 64 MiB") as caught:
            read_report(path)
        assert tracemalloc.get_traced_memory()[1] < 1024 * 1024
    finally:
        tracemalloc.stop()
    assert (caught.value.reason, caught.value.where) == ("size", str(path))


def test_a_device_without_end_is_refused_unread() -> None:
    with pytest.raises(StorageError, match="cannot read the report: it is not a file"):
        read_report(Path("/dev/zero"))


@pytest.mark.parametrize("part", range(50))
def test_a_file_cut_at_every_fiftieth_is_refused(report: bytes, key: PublicKey, part: int) -> None:
    assert reason(report[: len(report) * part // 50], key) == "json"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"payload":', b'"payload":"e30=","payload":'),
        (b'"sig":', b'"sig":"AA==","sig":'),
        (b'{"dsseEnvelope"', b'{"mediaType":"x","dsseEnvelope"'),
        (b'"payload":', rb'"p\u0061yload":"e30=","payload":'),
    ],
)
def test_a_member_said_twice_in_the_file_is_refused(report: bytes, key: PublicKey, old: bytes, new: bytes) -> None:
    assert reason(report.replace(old, new), key) == "duplicate_member"


def test_a_decision_said_twice_is_refused_even_when_signed(signer: Signer, key: PublicKey) -> None:
    twice = PAYLOAD.replace(b'"decision":"ALLOWED"', b'"decision":"BLOCKED","decision":"ALLOWED"')
    assert reason(seal(twice, signer), key) == "duplicate_member"


def test_a_second_signature_is_refused_wherever_it_stands(report: bytes, key: PublicKey) -> None:
    for place in (0, 1):
        bundle = json.loads(report)
        bundle["dsseEnvelope"]["signatures"].insert(place, {"sig": "AA=="})
        assert reason(canonical(bundle), key) == "signature_count"


def test_a_signature_over_the_bare_payload_or_under_another_type_does_not_count(
    report: bytes, signer: Signer, key: PublicKey
) -> None:
    for signed in (PAYLOAD, pae(PAYLOAD, "application/json"), pae(PAYLOAD) + b"\n"):
        bundle = json.loads(report)
        bundle["dsseEnvelope"]["signatures"][0]["sig"] = base64.b64encode(signer.sign(signed)).decode()
        assert reason(canonical(bundle), key) == "bad_signature"


def test_a_payload_type_that_was_signed_and_is_not_ours_is_refused(signer: Signer, key: PublicKey) -> None:
    bundle = json.loads(seal(PAYLOAD, signer))
    signature = base64.b64encode(signer.sign(pae(PAYLOAD, "application/json"))).decode()
    bundle["dsseEnvelope"] |= {"payloadType": "application/json", "signatures": [{"sig": signature}]}
    assert reason(canonical(bundle), key) == "payload_type"


@pytest.mark.parametrize(
    "signature", [b"", b"\x00" * 64, b"\x00" * 63, b"0\x06\x02\x01\x00\x02\x01\x00", b"\xff" * 4096]
)
@pytest.mark.parametrize("algorithm", ["ed25519", "ecdsa-p256"])
def test_a_signature_of_nothing_is_no_signature(tmp_path: Path, signature: bytes, algorithm: Any) -> None:
    private, public = new_key("k", tmp_path, None, algorithm=algorithm)
    bundle = json.loads(seal(PAYLOAD, load_signer(str(private), None)))
    bundle["dsseEnvelope"]["signatures"][0]["sig"] = base64.b64encode(signature).decode()
    assert reason(canonical(bundle), load_public_key(public)) == "bad_signature"


def test_the_key_that_a_file_brings_along_is_not_believed(tmp_path: Path, key: PublicKey) -> None:
    stranger = load_signer(str(new_key("stranger", tmp_path, None)[0]), None)
    forged = json.loads(seal(PAYLOAD, stranger))
    assert reason(canonical(forged), None) == "no_key"
    assert reason(canonical(forged), key) == "wrong_key"
    forged["verificationMaterial"]["publicKey"]["hint"] = key.hint
    assert reason(canonical(forged), key) == "bad_signature"


def test_a_p384_key_is_refused_as_a_key_for_checking(tmp_path: Path) -> None:
    public = tmp_path / "p384.pub.pem"
    private = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]
    made = subprocess.run(private, check=True, capture_output=True).stdout
    subprocess.run(["openssl", "pkey", "-pubout", "-out", public], input=made, check=True)
    with pytest.raises(VerificationError, match="ECDSA secp384r1 keys are not accepted") as caught:
        load_public_key(public)
    assert caught.value.reason == "key"


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000]
)
def test_a_hundred_thousand_levels_are_refused_outside_and_inside(signer: Signer, key: PublicKey, text: str) -> None:
    assert reason(text.encode(), key) == "json"
    assert reason(seal(text.encode(), signer), key) == "json"


@pytest.mark.parametrize(
    "number", ["1" * 1_000_000, "-" + "9" * 5000, "1e" + "9" * 5000, "0." + "1" * 1_000_000 + "e999"]
)
def test_a_number_of_a_million_digits_is_refused_quickly(signer: Signer, key: PublicKey, number: str) -> None:
    started = time.process_time()
    assert reason(seal(f'{{"x":{number}}}'.encode(), signer), key) == "json"
    assert time.process_time() - started < 5


def test_64_megabytes_of_tiny_values_do_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.json"
    path.write_bytes(b"[" + b"[]," * (21 * 1024 * 1024) + b"0]")
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from policykit.attest.verify import open_report, read_report\n"
        "from policykit.errors import StorageError, VerificationError\n"
        "try:\n    open_report(read_report(Path(sys.argv[1])), None)\n"
        "except VerificationError as error:\n    print(error.reason)\n"
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    said, kilobytes = done.stdout.split()
    assert said == "json"
    assert int(kilobytes) < 400 * 1024


@pytest.mark.parametrize("prefix", [b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b"//x\n"])
def test_a_file_that_begins_with_something_else_is_refused(report: bytes, key: PublicKey, prefix: bytes) -> None:
    assert reason(prefix + report, key) == "json"


def test_another_encoding_of_the_same_file_is_refused(report: bytes, key: PublicKey) -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-32"):
        assert reason(report.decode().encode(encoding), key) == "json"


def test_five_replays_have_five_reasons(signer: Signer, key: PublicKey) -> None:
    from datetime import UTC, datetime, timedelta

    from policykit.attest.claims import Asked, check_claims, check_subject

    gate = {"stage": "staging", "nonce": "n-1", "mode": "enforce", "scope": "full"}
    said = PREDICATE | {"gate": gate, "engine": {"version": "0.1.0"}, "policies": [{"digest": "ef" * 32}]}
    verified = open_report(seal(statement([("m", "ab" * 32)], said), signer), key)
    now = datetime(2026, 12, 22, tzinfo=UTC)
    replays = {
        "subject": lambda: check_subject(verified.statement, "cd" * 32),
        "stage": lambda: check_claims(verified.statement, Asked(stage="production"), now=now),
        "nonce": lambda: check_claims(verified.statement, Asked(nonce="n-2"), now=now),
        "policy_digest": lambda: check_claims(verified.statement, Asked(policy_digests=["ee" * 32]), now=now),
        "age": lambda: check_claims(verified.statement, Asked(oldest=timedelta(days=7)), now=now),
    }
    for expected, replay in replays.items():
        with pytest.raises(VerificationError) as caught:
            replay()
        assert caught.value.reason == expected
