from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.envelope import BUNDLE_TYPE, LARGEST_REPORT, pae, read_report, seal, unseal
from policykit.attest.publickey import PublicKey
from policykit.attest.signer import Signer
from policykit.canon import canonical
from policykit.errors import StorageError, VerificationError

Change = Callable[[dict[str, Any]], object]


def refusal(data: bytes) -> VerificationError:
    with pytest.raises(VerificationError) as caught:
        unseal(data)
    return caught.value


def changed(report: bytes, change: Change) -> bytes:
    bundle = json.loads(report)
    change(bundle)
    return canonical(bundle)


def test_the_signed_bytes_are_those_of_the_dsse_specification() -> None:
    assert pae(b"hello world", "http://example.com/HelloWorld") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_a_sealed_file_has_exactly_the_form_that_other_verifiers_accept(
    pair: tuple[Signer, PublicKey], payload: bytes
) -> None:
    signer, key = pair
    bundle = json.loads(seal(payload, signer))
    signature = bundle["dsseEnvelope"]["signatures"][0].pop("sig")
    assert bundle == {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {
            "publicKey": {"hint": base64.b64encode(hashlib.sha256(key.spki).digest()).decode()},
            "tlogEntries": [],
        },
        "dsseEnvelope": {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [{}],
        },
    }
    assert key.verifies(base64.b64decode(signature), pae(payload))


def test_what_was_sealed_is_taken_apart_again(pair: tuple[Signer, PublicKey], payload: bytes) -> None:
    signer, key = pair
    envelope = unseal(seal(payload, signer))
    assert (envelope.payload, envelope.hint) == (payload, key.hint)


def test_the_same_bytes_are_sealed_to_the_same_file_by_ed25519(signer: Signer, payload: bytes) -> None:
    assert seal(payload, signer) == seal(payload, signer)


@pytest.mark.parametrize("version", ["v0.4", "v1.0", "v12.0"])
def test_a_newer_form_is_called_newer(report: bytes, version: str) -> None:
    error = refusal(changed(report, lambda b: b.update(mediaType=BUNDLE_TYPE.replace("v0.3", version), new=1)))
    assert error.reason == "newer"
    assert error.hint == "check it with a newer policykit"


@pytest.mark.parametrize(
    "media_type",
    [
        BUNDLE_TYPE.replace("v0.3", "v0.2"),
        "application/vnd.dev.sigstore.bundle+json;version=0.3",
        "text/html",
        3,
        [],
        "",
    ],
)
def test_another_form_is_no_signed_report(report: bytes, media_type: object) -> None:
    error = refusal(changed(report, lambda b: b.update(mediaType=media_type)))
    assert error.reason == "envelope"
    assert str(error).startswith("this is not a signed report: it is `" if media_type is not None else "")
    assert "--output attestation" in error.hint


@pytest.mark.parametrize("data", [b"{}", b'{"policykit":"report/1"}', b"[]", b"null", b'"text"', b"0"])
def test_other_json_is_no_signed_report(data: bytes) -> None:
    assert refusal(data).reason == "envelope"


@pytest.mark.parametrize("signatures", [[], None, "sig", {}, [{"sig": "AA=="}] * 2, [{"sig": "AA=="}] * 3])
def test_a_file_carries_exactly_one_signature(report: bytes, signatures: object) -> None:
    error = refusal(changed(report, lambda b: b["dsseEnvelope"].update(signatures=signatures)))
    count = len(signatures) if isinstance(signatures, list) else 0
    assert (error.reason, str(error)) == ("signature_count", f"the file has {count} signatures instead of one")


@pytest.mark.parametrize(
    "kind", ["application/json", "application/vnd.in-toto+json ", "APPLICATION/VND.IN-TOTO+JSON", 1, None]
)
def test_the_payload_type_is_compared_letter_by_letter(report: bytes, kind: object) -> None:
    assert refusal(changed(report, lambda b: b["dsseEnvelope"].update(payloadType=kind))).reason == "payload_type"


@pytest.mark.parametrize(
    "spelling",
    [
        "aGVsbG8gd29ybGQ",
        "aGVsbG8gd29ybGR=",
        "aGVs\nbG8gd29ybGQ=",
        "aGVsbG8gd29y bGQ=",
        "aGVsbG8gd29ybGQ=!!",
        "_-8=",
        "é",
        "=",
        7,
        None,
    ],
)
@pytest.mark.parametrize("place", ["payload", "sig"])
def test_base64_has_one_spelling(report: bytes, spelling: object, place: str) -> None:
    def change(bundle: dict[str, Any]) -> None:
        envelope = bundle["dsseEnvelope"]
        (envelope if place == "payload" else envelope["signatures"][0])[place] = spelling

    error = refusal(changed(report, change))
    assert error.reason == "base64"
    assert str(error).startswith(f"`{place}` is")


UNKNOWN: list[Change] = [
    lambda b: b.update(dsse_envelope=b["dsseEnvelope"]),
    lambda b: b.update(messageSignature={}),
    lambda b: b["dsseEnvelope"].update(comment="x"),
    lambda b: b["dsseEnvelope"]["signatures"][0].update(signature="AA=="),
    lambda b: b["verificationMaterial"].update(extra=1),
    lambda b: b["verificationMaterial"]["publicKey"].update(rawBytes="AA=="),
]


@pytest.mark.parametrize("change", UNKNOWN)
def test_a_member_that_another_program_might_read_as_something_is_refused(report: bytes, change: Change) -> None:
    error = refusal(changed(report, change))
    assert error.reason == "envelope"
    assert "that does not belong there" in str(error)


MISSING: list[Change] = [
    lambda b: b.pop("mediaType"),
    lambda b: b.pop("dsseEnvelope"),
    lambda b: b.pop("verificationMaterial"),
    lambda b: b["dsseEnvelope"].pop("payload"),
    lambda b: b["dsseEnvelope"].pop("payloadType"),
    lambda b: b["dsseEnvelope"].pop("signatures"),
    lambda b: b["dsseEnvelope"]["signatures"][0].pop("sig"),
    lambda b: b["verificationMaterial"].pop("publicKey"),
    lambda b: b["verificationMaterial"].pop("tlogEntries"),
    lambda b: b["verificationMaterial"]["publicKey"].pop("hint"),
]


@pytest.mark.parametrize("change", MISSING)
def test_a_member_that_is_missing_is_named(report: bytes, change: Change) -> None:
    error = refusal(changed(report, change))
    assert error.reason == "envelope"
    assert " has no `" in str(error)


SHAPES: list[Change] = [
    lambda b: b.update(dsseEnvelope=[]),
    lambda b: b.update(verificationMaterial="x"),
    lambda b: b["verificationMaterial"].update(publicKey=1),
    lambda b: b["verificationMaterial"]["publicKey"].update(hint=1),
    lambda b: b["dsseEnvelope"].update(signatures=["x"]),
]


@pytest.mark.parametrize("change", SHAPES)
def test_a_member_of_the_wrong_shape_is_refused(report: bytes, change: Change) -> None:
    assert refusal(changed(report, change)).reason == "envelope"


def test_a_file_says_one_thing_of_its_signer(report: bytes) -> None:
    error = refusal(changed(report, lambda b: b["verificationMaterial"].update(certificate={"rawBytes": "AA=="})))
    assert str(error) == "the file says that it is signed with a key and with a certificate"


def test_a_chain_of_certificates_is_refused(report: bytes) -> None:
    error = refusal(changed(report, lambda b: b["verificationMaterial"].update(x509CertificateChain={})))
    assert str(error) == "the file brings a chain of certificates, and only one is accepted"


def test_a_file_is_read_as_it_lies(tmp_path: Path, report: bytes) -> None:
    (tmp_path / "r.json").write_bytes(report)
    assert read_report(tmp_path / "r.json") == report


def test_a_file_that_is_not_there_is_a_reading_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot read the report: no such file or directory"):
        read_report(tmp_path / "none.json")
    with pytest.raises(StorageError, match="cannot read the report: is a directory"):
        read_report(tmp_path)


def test_bytes_that_are_too_many_are_refused_however_they_came() -> None:
    assert refusal(b" " * (LARGEST_REPORT + 1)).reason == "size"
