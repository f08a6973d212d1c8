"""Proofs beside a signature: read in one form, never signed, never believed here."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.attest.envelope import pae, seal, sealed, unseal, with_proofs
from policykit.attest.material import LARGEST_PROOF, MOST_ENTRIES, MOST_HASHES, MOST_TIMESTAMPS, Material
from policykit.attest.members import base64_text
from policykit.attest.publickey import PublicKey
from policykit.attest.signer import Signer
from policykit.attest.verify import open_report
from policykit.canon import canonical
from policykit.errors import VerificationError

Change = Callable[[dict[str, Any]], object]
STAMP = b"\x30\x03\x02\x01\x00"


def entry(ledger: bytes = b"ledger", index: int = 3) -> dict[str, Any]:
    """An entry of a ledger, in the form that Sigstore's protobuf gives it."""
    return {
        "logIndex": str(index),
        "logId": {"keyId": base64_text(ledger)},
        "kindVersion": {"kind": "hashedrekord", "version": "0.0.2"},
        "integratedTime": "0",
        "inclusionPromise": {"signedEntryTimestamp": base64_text(b"promise")},
        "inclusionProof": {
            "logIndex": str(index),
            "rootHash": base64_text(b"r" * 32),
            "treeSize": "7",
            "hashes": [base64_text(b"h" * 32)] * 3,
            "checkpoint": {"envelope": "ledger.example\n7\nabc\n"},
        },
        "canonicalizedBody": base64_text(b"{}"),
    }


def material(report: bytes) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(report)["verificationMaterial"]
    return said


def refusal(data: bytes, change: Change) -> VerificationError:
    bundle = json.loads(data)
    change(bundle["verificationMaterial"])
    with pytest.raises(VerificationError) as caught:
        unseal(canonical(bundle))
    return caught.value


@pytest.fixture
def proven(payload: bytes, signer: Signer) -> bytes:
    """A report that carries a time stamp and an entry of a ledger."""
    return seal(payload, signer, timestamps=[STAMP], tlog=[entry()])


def test_proofs_lie_where_other_verifiers_look_for_them(proven: bytes, key: PublicKey) -> None:
    assert material(proven) == {
        "publicKey": {"hint": key.hint},
        "tlogEntries": [entry()],
        "timestampVerificationData": {"rfc3161Timestamps": [{"signedTimestamp": base64_text(STAMP)}]},
    }


def test_a_file_with_proofs_is_taken_apart_again(proven: bytes, payload: bytes, key: PublicKey) -> None:
    envelope = unseal(proven)
    assert (envelope.payload, envelope.hint, envelope.certificate) == (payload, key.hint, None)
    assert (envelope.timestamps, envelope.tlog, envelope.raw) == ((STAMP,), (entry(),), proven)


def test_a_certificate_stands_in_the_place_of_the_hint(payload: bytes) -> None:
    envelope = unseal(sealed(payload, b"signature", Material("", b"DER", (), ())))
    assert (envelope.hint, envelope.certificate, envelope.signature) == ("", b"DER", b"signature")


def test_adding_proofs_touches_neither_what_was_signed_nor_the_signature(
    payload: bytes, pair: tuple[Signer, PublicKey]
) -> None:
    signer, key = pair
    before = seal(payload, signer)
    after = with_proofs(before, timestamps=[STAMP], tlog=[entry()])
    assert json.loads(after)["dsseEnvelope"] == json.loads(before)["dsseEnvelope"]
    assert key.verifies(unseal(after).signature, pae(payload))


def test_the_same_proofs_are_not_added_twice(proven: bytes) -> None:
    assert with_proofs(proven, timestamps=[STAMP, STAMP], tlog=[entry()]) == proven


def test_a_newer_entry_takes_the_place_of_an_older_one_of_the_same_ledger(proven: bytes) -> None:
    other, newer = entry(b"other"), entry(index=4)
    assert unseal(with_proofs(proven, tlog=[other, newer])).tlog == (other, newer)


def test_proofs_that_nobody_could_read_are_not_added(report: bytes) -> None:
    with pytest.raises(VerificationError, match="an entry of `tlogEntries` has no `kindVersion`"):
        with_proofs(report, tlog=[{"canonicalizedBody": ""}])


@given(tokens=st.lists(st.binary(min_size=1, max_size=40), max_size=MOST_TIMESTAMPS, unique=True))
@settings(max_examples=30, deadline=None)
def test_whatever_the_time_stamps_are_they_come_back_in_order(report: bytes, tokens: list[bytes]) -> None:
    assert unseal(with_proofs(report, timestamps=tokens)).timestamps == tuple(tokens)


def test_a_report_with_proofs_opens_with_a_key_which_does_not_rely_on_them(
    proven: bytes, payload: bytes, key: PublicKey
) -> None:
    assert open_report(proven, key).payload == payload


def test_a_report_signed_with_a_certificate_does_not_open_with_a_key(payload: bytes, key: PublicKey) -> None:
    with pytest.raises(VerificationError) as caught:
        open_report(sealed(payload, b"s", Material("", b"DER", (), ())), key)
    assert (caught.value.reason, str(caught.value)) == (
        "envelope",
        "the report is signed with a certificate, not with a key",
    )
    assert "`--trust`" in caught.value.hint


@pytest.mark.parametrize("left_out", ["logIndex", "integratedTime", "inclusionPromise", "inclusionProof"])
def test_what_protobuf_leaves_out_may_be_left_out(proven: bytes, left_out: str) -> None:
    bundle = json.loads(proven)
    bundle["verificationMaterial"]["tlogEntries"][0].pop(left_out)
    assert left_out not in unseal(canonical(bundle)).tlog[0]


@pytest.mark.parametrize("data", [{}, {"rfc3161Timestamps": []}])
def test_an_empty_list_of_time_stamps_is_none(report: bytes, data: object) -> None:
    bundle = json.loads(report)
    bundle["verificationMaterial"]["timestampVerificationData"] = data
    assert unseal(canonical(bundle)).timestamps == ()


TOO_MUCH: list[tuple[Change, str]] = [
    (
        lambda m: m["timestampVerificationData"].update(
            rfc3161Timestamps=[{"signedTimestamp": ""}] * (MOST_TIMESTAMPS + 1)
        ),
        "`rfc3161Timestamps` has 9 entries, and at most 8 are accepted",
    ),
    (
        lambda m: m.update(tlogEntries=[entry()] * (MOST_ENTRIES + 1)),
        "`tlogEntries` has 9 entries, and at most 8 are accepted",
    ),
    (
        lambda m: m["timestampVerificationData"]["rfc3161Timestamps"][0].update(
            signedTimestamp=base64_text(b"x" * (LARGEST_PROOF + 1))
        ),
        "`signedTimestamp` has 65,537 bytes, and at most 65,536 are accepted",
    ),
    (
        lambda m: m["tlogEntries"][0]["inclusionProof"].update(hashes=[base64_text(b"h")] * (MOST_HASHES + 1)),
        "`hashes` has 65 entries, and at most 64 are accepted",
    ),
    (
        lambda m: m["tlogEntries"][0]["inclusionProof"]["checkpoint"].update(envelope="x" * (LARGEST_PROOF + 1)),
        "the checkpoint of the ledger is larger than any checkpoint is",
    ),
]


@pytest.mark.parametrize(("change", "message"), TOO_MUCH)
def test_proofs_have_limits(proven: bytes, change: Change, message: str) -> None:
    error = refusal(proven, change)
    assert (error.reason, str(error)) == ("envelope", message)


STRANGE: list[Change] = [
    lambda m: m["timestampVerificationData"].update(more=1),
    lambda m: m["timestampVerificationData"]["rfc3161Timestamps"][0].update(more=1),
    lambda m: m["tlogEntries"][0].update(more=1),
    lambda m: m["tlogEntries"][0]["logId"].update(more=1),
    lambda m: m["tlogEntries"][0]["kindVersion"].update(more=1),
    lambda m: m["tlogEntries"][0]["inclusionPromise"].update(more=1),
    lambda m: m["tlogEntries"][0]["inclusionProof"].update(more=1),
    lambda m: m["tlogEntries"][0]["inclusionProof"]["checkpoint"].update(more=1),
]


@pytest.mark.parametrize("change", STRANGE)
def test_a_member_of_a_proof_that_we_do_not_know_is_refused(proven: bytes, change: Change) -> None:
    assert str(refusal(proven, change)).endswith("has a member `more` that does not belong there")


WRONG: list[Change] = [
    lambda m: m.update(tlogEntries={}),
    lambda m: m.update(tlogEntries=None),
    lambda m: m.update(tlogEntries=[1]),
    lambda m: m.update(timestampVerificationData=[]),
    lambda m: m["timestampVerificationData"].update(rfc3161Timestamps={}),
    lambda m: m["timestampVerificationData"].update(rfc3161Timestamps=["x"]),
    lambda m: m["tlogEntries"][0].update(logIndex="-1"),
    lambda m: m["tlogEntries"][0].update(logIndex="1e3"),
    lambda m: m["tlogEntries"][0].update(logIndex="٣"),
    lambda m: m["tlogEntries"][0].update(logIndex=True),
    lambda m: m["tlogEntries"][0].update(logIndex=1.5),
    lambda m: m["tlogEntries"][0].update(logIndex="9" * 20),
    lambda m: m["tlogEntries"][0].update(integratedTime=None),
    lambda m: m["tlogEntries"][0]["kindVersion"].update(kind=1),
    lambda m: m["tlogEntries"][0]["inclusionProof"].update(hashes="x"),
    lambda m: m["tlogEntries"][0]["inclusionProof"].pop("checkpoint"),
    lambda m: m["tlogEntries"][0]["inclusionProof"]["checkpoint"].update(envelope=1),
]


@pytest.mark.parametrize("change", WRONG)
def test_a_proof_of_another_shape_is_refused(proven: bytes, change: Change) -> None:
    assert refusal(proven, change).reason == "envelope"


SPELLINGS: list[Change] = [
    lambda m: m["timestampVerificationData"]["rfc3161Timestamps"][0].update(signedTimestamp="AA"),
    lambda m: m["tlogEntries"][0].update(canonicalizedBody="e30"),
    lambda m: m["tlogEntries"][0]["logId"].update(keyId="_-8="),
    lambda m: m["tlogEntries"][0]["inclusionProof"].update(rootHash=1),
    lambda m: m["tlogEntries"][0]["inclusionProof"].update(hashes=["AB=="]),
    lambda m: m["tlogEntries"][0]["inclusionPromise"].update(signedEntryTimestamp="\n"),
]


@pytest.mark.parametrize("change", SPELLINGS)
def test_base64_in_a_proof_has_one_spelling(proven: bytes, change: Change) -> None:
    assert refusal(proven, change).reason == "base64"


CERTIFICATES: list[Change] = [
    lambda m: m.update(certificate={"rawBytes": ""}),
    lambda m: m.update(certificate={"rawBytes": "AA==", "more": 1}),
    lambda m: m.update(certificate={}),
    lambda m: m.update(certificate="AA=="),
    lambda m: m.update(certificate={"rawBytes": base64_text(b"x" * (LARGEST_PROOF + 1))}),
]


@pytest.mark.parametrize("change", CERTIFICATES)
def test_a_certificate_of_another_form_is_refused(report: bytes, change: Change) -> None:
    def instead(said: dict[str, Any]) -> None:
        said.pop("publicKey")
        change(said)

    assert refusal(report, instead).reason == "envelope"
