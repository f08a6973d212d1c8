"""Who signed without a key: a positive proof on a whole private instance, and every single thing that can be wrong with it."""

from __future__ import annotations

import base64
import dataclasses
import json
import socket
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from policykit.attest.envelope import unseal
from policykit.attest.foreign import refused
from policykit.attest.signers.certificate import read_certificate, stated
from policykit.attest.signers.keyless import verify_identity
from policykit.attest.statement import statement
from policykit.errors import VerificationError
from policykit.terms.trust import TrustIdentity
from tests.signers.private_sigstore import ISSUER, SUBJECT, Instance, Wrong, b64, new_key

PAYLOAD = statement([("bundle.manifest.json", "ab" * 32)], {"decision": "ALLOWED"})
OTHER = statement([("bundle.manifest.json", "cd" * 32)], {"decision": "ALLOWED"})
GATE = TrustIdentity("gate-workflow", ISSUER, SUBJECT, "public")


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    return Instance(tmp_path_factory.mktemp("sigstore"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    return Instance(tmp_path_factory.mktemp("stranger"))


def verified(data: bytes, root: bytes, identity: TrustIdentity = GATE, payload: bytes = PAYLOAD) -> datetime:
    return verify_identity(unseal(data), identity, root, payload)


def refusal(data: bytes, root: bytes, identity: TrustIdentity = GATE) -> VerificationError:
    with pytest.raises(VerificationError) as caught:
        verified(data, root, identity)
    return caught.value


@pytest.mark.parametrize("second", [False, True])
def test_the_workflow_that_is_named_is_believed_and_the_trusted_time_returned(instance: Instance, second: bool) -> None:
    at = verified(instance.signed(PAYLOAD, second=second), instance.root())
    assert at.tzinfo is not None
    assert abs(at - instance.now) < timedelta(minutes=5)
    if not second:
        assert at == instance.now  # the log's own promise


def test_the_earliest_of_several_trusted_times_counts(instance: Instance) -> None:
    assert verified(instance.signed(PAYLOAD, Wrong(stamped=True)), instance.root()) == instance.now


@pytest.mark.parametrize("second", [False, True])
def test_nothing_is_contacted(
    instance: Instance, second: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data, root = instance.signed(PAYLOAD, second=second), instance.root()

    def dial(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, dial)
    for variable in ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    assert verified(data, root)
    assert not list(tmp_path.rglob("*")), "no root was kept or fetched"


WRONG: dict[str, tuple[Wrong, str]] = {
    "another workflow": (Wrong(subject=SUBJECT + "x"), "identity"),
    "the same workflow on another branch": (Wrong(subject=SUBJECT.replace("main", "evil")), "identity"),
    "the same name in other letters": (Wrong(subject=SUBJECT.upper()), "identity"),
    "another issuer": (Wrong(issuer="https://evil.example", older_issuer="https://evil.example"), "identity"),
    "two issuers that differ": (Wrong(older_issuer="https://evil.example"), "identity"),
    "no issuer": (Wrong(issuer=None, older_issuer=None), "identity"),
    "two subjects": (
        Wrong(names=(x509.UniformResourceIdentifier(SUBJECT), x509.UniformResourceIdentifier(SUBJECT + "x"))),
        "identity",
    ),
    "a name of another kind": (Wrong(names=(x509.DNSName("github.com"),)), "identity"),
    "a certificate for servers": (Wrong(usage=ExtendedKeyUsageOID.SERVER_AUTH), "certificate"),
    "a certificate not for signing": (Wrong(digital_signature=False), "certificate"),
    "a certificate that had expired": (Wrong(minutes_ago=60), "certificate"),
    "a certificate not valid yet": (Wrong(minutes_ago=-60), "certificate"),
    "a key of another curve": (Wrong(leaf_key=new_key(ec.SECP384R1())), "certificate"),
    "no promise of the certificate log": (Wrong(sct=False), "transparency"),
    "no proof of inclusion": (Wrong(proof=False), "transparency"),
    "an entry about another signature": (Wrong(logged_signature=b"another"), "transparency"),
    "an entry of another kind": (Wrong(entry_kind="intoto"), "keyless_time"),
    "a promise by somebody else": (Wrong(promise_of=new_key()), "transparency"),
    "no promise and no stamp": (Wrong(promise=False), "keyless_time"),
    "a stamp that is none": (Wrong(promise=False, stamps=(b"\0\1",)), "keyless_time"),
    "a signature over something else": (Wrong(signature=b"0\x06\x02\x01\x01\x02\x01\x01"), "bad_signature"),
}


@pytest.mark.parametrize("what", WRONG)
def test_each_single_thing_that_is_wrong_is_refused_with_its_reason(instance: Instance, what: str) -> None:
    wrong, reason = WRONG[what]
    error = refusal(instance.signed(PAYLOAD, wrong), instance.root())
    assert error.reason == reason
    assert str(error)[0].islower() and not str(error).endswith(".")


@pytest.mark.parametrize("second", [False, True])
@pytest.mark.parametrize("part", ["ca", "ct", "log", "log2", "tsa"])
def test_each_authority_of_another_instance_is_refused(
    instance: Instance, stranger: Instance, part: str, second: bool, tmp_path: Path
) -> None:
    mixed = Instance(tmp_path, ca=instance.ca, ct=instance.ct, log=instance.log, log2=instance.log2, now=instance.now)
    mixed.ca_certificate, mixed.tsa = instance.ca_certificate, instance.tsa
    setattr(mixed, part, getattr(stranger, part))
    if part == "ca":
        mixed.ca_certificate = stranger.ca_certificate
    matters = {"ca": True, "ct": True, "log": not second, "log2": second, "tsa": second}[part]
    data = mixed.signed(PAYLOAD, second=second)
    if not matters:
        assert verified(data, instance.root())
        return
    reason = {"ca": "certificate", "ct": "transparency", "log": "transparency", "log2": "transparency"}.get(
        part, "keyless_time"
    )
    assert refusal(data, instance.root()).reason == reason


def test_a_log_of_the_right_name_and_another_key_is_refused(instance: Instance, stranger: Instance) -> None:
    """The entry names the id of the log that counts, and is signed by another key."""
    said = json.loads(stranger.signed(PAYLOAD, second=True))
    entry = said["verificationMaterial"]["tlogEntries"][0]
    entry["logId"]["keyId"] = b64(instance.log2_id)
    root = json.loads(stranger.root())
    root["tlogs"] = json.loads(instance.root())["tlogs"]
    assert refusal(json.dumps(said).encode(), json.dumps(root).encode()).reason == "transparency"


@pytest.mark.parametrize("second", [False, True])
def test_a_stamp_of_another_signature_is_no_time(instance: Instance, second: bool) -> None:
    wrong = Wrong(promise=False, stamps=(instance.tsa.stamp(b"another signature"),))
    assert refusal(instance.signed(PAYLOAD, wrong, second=second), instance.root()).reason == "keyless_time"


def test_the_payload_is_what_was_signed(instance: Instance) -> None:
    data = instance.signed(PAYLOAD)
    with pytest.raises(VerificationError) as caught:
        verified(data, instance.root(), payload=OTHER)
    assert caught.value.reason == "bad_signature"


def test_a_signature_lifted_onto_another_certificate_is_refused(instance: Instance) -> None:
    said, other = (json.loads(instance.signed(PAYLOAD)) for _ in range(2))
    said["verificationMaterial"]["certificate"] = other["verificationMaterial"]["certificate"]
    assert refusal(json.dumps(said).encode(), instance.root()).reason == "bad_signature"


def test_the_entry_of_another_file_proves_nothing_about_this_one(instance: Instance) -> None:
    said, other = (json.loads(instance.signed(PAYLOAD)) for _ in range(2))
    said["verificationMaterial"]["tlogEntries"] = other["verificationMaterial"]["tlogEntries"]
    assert refusal(json.dumps(said).encode(), instance.root()).reason == "transparency"


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 2048), ed25519.Ed25519PrivateKey.generate()])
def test_a_certificate_for_a_key_of_another_kind_is_refused(instance: Instance, key: Any) -> None:
    envelope = dataclasses.replace(unseal(instance.signed(PAYLOAD)), certificate=instance.certificate(key, Wrong()))
    with pytest.raises(VerificationError, match="ECDSA P-256") as caught:
        verify_identity(envelope, GATE, instance.root(), PAYLOAD)
    assert caught.value.reason == "certificate"


def test_a_file_signed_with_a_key_is_not_taken_for_an_identity(instance: Instance) -> None:
    envelope = dataclasses.replace(unseal(instance.signed(PAYLOAD)), certificate=None)
    with pytest.raises(VerificationError, match="signed with a key") as caught:
        verify_identity(envelope, GATE, instance.root(), PAYLOAD)
    assert caught.value.reason == "certificate"
    assert "--sign sigstore:" in caught.value.hint


def test_an_entry_of_our_own_ledger_beside_does_no_harm(instance: Instance, stranger: Instance) -> None:
    said, other = json.loads(instance.signed(PAYLOAD)), json.loads(stranger.signed(PAYLOAD, second=True))
    said["verificationMaterial"]["tlogEntries"] += other["verificationMaterial"]["tlogEntries"]
    assert verified(json.dumps(said).encode(), instance.root()) == instance.now


def test_two_entries_of_one_instance_are_refused(instance: Instance) -> None:
    said = json.loads(instance.signed(PAYLOAD))
    said["verificationMaterial"]["tlogEntries"] *= 2
    assert refusal(json.dumps(said).encode(), instance.root()).reason == "transparency"


@pytest.mark.parametrize(
    "root", [b"", b"{}", b"[1]", b'{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=9"}', b"\xff"]
)
def test_a_root_that_is_none_is_said_to_be_the_trouble(instance: Instance, root: bytes) -> None:
    assert refusal(instance.signed(PAYLOAD), root).reason == "keyless_root"


@pytest.mark.parametrize("member", ["tlogs", "certificateAuthorities"])
def test_a_root_without_authorities_is_no_root(instance: Instance, member: str) -> None:
    assert refusal(instance.signed(PAYLOAD), instance.root(**{member: []})).reason == "keyless_root"


def test_a_root_without_a_certificate_log_is_no_root(instance: Instance) -> None:
    assert refusal(instance.signed(PAYLOAD), instance.root(ctlogs=[])).reason == "keyless_root"


def test_a_library_that_panics_is_a_refusal_and_not_a_crash(instance: Instance) -> None:
    """rfc3161-client ends in a Rust panic over this certificate, which no `except Exception` sees."""
    said = json.loads(instance.root())
    certificate = said["timestampAuthorities"][0]["certChain"]["certificates"][0]
    before, name, after = base64.b64decode(certificate["rawBytes"]).rpartition(b"acme-tsa")
    certificate["rawBytes"] = b64(before + b"acme-ts\xff" + after)
    assert name and refusal(instance.signed(PAYLOAD, second=True), json.dumps(said).encode()).reason == "keyless_time"


def test_a_person_who_interrupts_is_not_taken_for_a_refusal() -> None:
    for ending in (KeyboardInterrupt, SystemExit, MemoryError):
        with pytest.raises(ending), refused(lambda: VerificationError("keyless_time", "x")):
            raise ending


def test_where_no_stamp_counts_the_promise_of_the_log_is_enough(instance: Instance) -> None:
    root = instance.root(timestampAuthorities=[])
    assert verified(instance.signed(PAYLOAD, Wrong(stamped=True)), root) == instance.now
    assert refusal(instance.signed(PAYLOAD, second=True), root).reason == "keyless_time"


def test_a_machine_without_the_extra_says_which_one(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    data, root = instance.signed(PAYLOAD), instance.root()
    for name in [name for name in sys.modules if name.partition(".")[0] == "sigstore"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sigstore", None)
    error = refusal(data, root)
    assert error.reason == "keyless_extra"
    assert error.hint == "install policykit with the extra `sigstore`: docs/install.md"


def test_a_certificate_says_who_by_itself(instance: Instance) -> None:
    certificate = instance.certificate(new_key(), Wrong())
    assert stated(read_certificate(certificate)) == (ISSUER, SUBJECT)
    by_mail = instance.certificate(new_key(), Wrong(names=(x509.RFC822Name("m.keller@acme.example"),)))
    assert stated(read_certificate(by_mail)) == (ISSUER, "m.keller@acme.example")
    text = b"robot@acme"
    named = x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.7"), bytes([0x0C, len(text)]) + text)
    assert stated(read_certificate(instance.certificate(new_key(), Wrong(names=(named,))))) == (ISSUER, "robot@acme")


def test_the_whole_name_is_shown_because_the_difference_may_be_at_its_end(instance: Instance) -> None:
    other = SUBJECT.replace("refs/heads/main", "refs/heads/a-branch-whose-name-goes-on-for-quite-a-while")
    error = refusal(instance.signed(PAYLOAD, Wrong(subject=other)), instance.root())
    assert str(error) == f"the file was signed by the subject `{other}`, and `{SUBJECT}` is accepted"
    assert "have the trust file changed" in error.hint


def test_a_name_is_shown_without_its_tricks(instance: Instance) -> None:
    wrong = Wrong(issuer="https://a\x1b[31m\u202e", older_issuer=None)
    error = refusal(instance.signed(PAYLOAD, wrong), instance.root())
    assert error.reason == "identity"
    assert "\x1b" not in str(error) and "\u202e" not in str(error)


# who reads it, and what nobody signs: a file says these, and no proof rests on them
_UNSIGNED = {
    True: {"tlogEntries.0.logIndex"},
    False: set[str](),
}


@pytest.mark.parametrize("second", [False, True])
def test_no_byte_of_the_proofs_can_be_changed(instance: Instance, second: bool) -> None:
    said, root = json.loads(instance.signed(PAYLOAD, second=second)), instance.root()
    for place, value in _leaves(said["verificationMaterial"]):
        for changed in _changed(value):
            copy = json.loads(json.dumps(said))
            _put(copy["verificationMaterial"], place, changed)
            name = ".".join(map(str, place))
            if name in _UNSIGNED[second]:
                assert verified(json.dumps(copy).encode(), root)
            else:
                with pytest.raises(VerificationError):
                    verified(json.dumps(copy).encode(), root)
                    pytest.fail(f"{name}: {changed!r} instead of {value!r} was believed")


def _leaves(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], str]]:
    if isinstance(value, dict):
        return [leaf for name, inner in value.items() for leaf in _leaves(inner, (*place, name))]
    if isinstance(value, list):
        return [leaf for index, inner in enumerate(value) for leaf in _leaves(inner, (*place, index))]
    return [(place, value)]


def _changed(value: str) -> list[str]:
    if value.isdigit():
        return [str(int(value) + 1), "0"]
    try:
        data = base64.b64decode(value, validate=True)
    except ValueError:
        return (
            [value.replace("log", "lag"), value.replace("\n5\n", "\n6\n"), value[:-1]]
            if "\n" in value
            else [value + "x"]
        )
    flipped = [data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] for at in {0, len(data) // 2, len(data) - 1}]
    return [b64(each) for each in (*flipped, data[:-1])]


def _put(whole: Any, place: tuple[Any, ...], value: str) -> None:
    for step in place[:-1]:
        whole = whole[step]
    whole[place[-1]] = value


def test_times_are_in_utc(instance: Instance) -> None:
    assert verified(instance.signed(PAYLOAD), instance.root()).utcoffset() == timedelta(0)
    assert instance.now.tzinfo is UTC
