"""The proof inside a signed file: checked with public keys alone, and refused wherever it does not fit."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.envelope import Envelope, sealed, unseal, with_proofs
from policykit.attest.ledger.entry import entry_of, key_of, verifier_for, verifier_in
from policykit.attest.ledger.folder import open_ledger
from policykit.attest.ledger.inclusion import check_inclusion, tlog_entry
from policykit.attest.ledger.note import cosign, cosigners, read_checkpoint, read_note
from policykit.attest.ledger.witness import witness
from policykit.attest.material import Material
from policykit.attest.publickey import PublicKey
from policykit.attest.reasons import REASONS
from policykit.canon import canonical
from policykit.errors import LedgerError, SigningError, UsageError, VerificationError
from policykit.terms.trust import TrustLedger
from tests.ledger.ledger_builder import ORIGIN, Pair, log, make_ledger, pair, proven, signed_file

MAIN = TrustLedger("main", ORIGIN, "ledger")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, ledger_key: Pair, gate_key: Pair) -> Path:
    folder = tmp_path_factory.mktemp("inclusion") / "led"
    make_ledger(folder, ledger_key, gate_key, 11)
    return folder


@pytest.fixture(scope="module")
def file(folder: Path, ledger_key: Pair, gate_key: Pair) -> bytes:
    return proven(folder, ledger_key, gate_key, signed_file(gate_key.signer, 50))


def refusal(step: Callable[[], object]) -> str:
    with pytest.raises(LedgerError) as caught:
        step()
    assert caught.value.reason in REASONS
    return caught.value.reason


def changed(data: bytes, change: Callable[[dict[str, Any]], object]) -> Envelope:
    bundle = json.loads(data)
    change(bundle["verificationMaterial"]["tlogEntries"][0])
    return unseal(canonical(bundle))


def test_a_proven_file_shows_its_place_offline(file: bytes, ledger_key: Pair, gate_key: Pair) -> None:
    found = check_inclusion(unseal(file), MAIN, ledger_key.public, {}, gate_key.public)
    assert (found.index, found.size, len(found.root), found.witnesses) == (11, 12, 64, ())


@pytest.mark.parametrize("size", [1, 2, 3, 8, 255, 256, 257])
def test_every_place_of_a_ledger_can_be_proven(tmp_path: Path, ledger_key: Pair, other_key: Pair, size: int) -> None:
    files = make_ledger(tmp_path / "led", ledger_key, other_key, size)
    ledger = open_ledger(tmp_path / "led", key=ledger_key.public)
    for place in {0, size // 2, size - 1}:
        made = with_proofs(files[place], tlog=[tlog_entry(ledger, place)])
        found = check_inclusion(unseal(made), MAIN, ledger_key.public, {}, other_key.public)
        assert (found.index, found.size) == (place, size)


def test_a_file_without_a_proof_or_of_another_ledger_is_absent(
    tmp_path: Path, file: bytes, ledger_key: Pair, gate_key: Pair, other_key: Pair
) -> None:
    bare = unseal(signed_file(gate_key.signer, 50))
    assert refusal(lambda: check_inclusion(bare, MAIN, ledger_key.public, {}, gate_key.public)) == "ledger_absent"
    elsewhere = TrustLedger("main", "other.acme.example", "ledger")
    absent = lambda: check_inclusion(unseal(file), elsewhere, ledger_key.public, {}, gate_key.public)  # noqa: E731
    assert refusal(absent) == "ledger_absent"
    assert (
        refusal(lambda: check_inclusion(unseal(file), MAIN, other_key.public, {}, gate_key.public)) == "ledger_absent"
    )


def test_a_proof_moved_to_another_file_is_refused(
    folder: Path, file: bytes, ledger_key: Pair, gate_key: Pair, other_key: Pair
) -> None:
    entry = unseal(file).tlog[0]
    other = with_proofs(signed_file(gate_key.signer, 51), tlog=[entry])
    assert (
        refusal(lambda: check_inclusion(unseal(other), MAIN, ledger_key.public, {}, gate_key.public)) == "ledger_entry"
    )
    another_signer = lambda: check_inclusion(unseal(file), MAIN, ledger_key.public, {}, other_key.public)  # noqa: E731
    assert refusal(another_signer) == "ledger_entry"


SPOILT: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "no proof": (lambda e: e.pop("inclusionProof"), "ledger_proof"),
    "another place": (lambda e: (e.update(logIndex="10"), e["inclusionProof"].update(logIndex="10")), "ledger_proof"),
    "two places": (lambda e: e.update(logIndex="10"), "ledger_proof"),
    "another size": (lambda e: e["inclusionProof"].update(treeSize="13"), "ledger_proof"),
    "another root": (
        lambda e: e["inclusionProof"].update(rootHash=base64.b64encode(b"x" * 32).decode()),
        "ledger_proof",
    ),
    "a hash less": (lambda e: e["inclusionProof"]["hashes"].pop(), "ledger_proof"),
    "a hash more": (
        lambda e: e["inclusionProof"]["hashes"].append(base64.b64encode(b"x" * 32).decode()),
        "ledger_proof",
    ),
    "another body": (lambda e: e.update(canonicalizedBody=base64.b64encode(b"{}").decode()), "ledger_entry"),
    "another kind": (lambda e: e["kindVersion"].update(kind="dsse"), "ledger_entry"),
    "no checkpoint": (lambda e: e["inclusionProof"]["checkpoint"].update(envelope=""), "ledger_checkpoint"),
    "a changed checkpoint": (
        lambda e: e["inclusionProof"]["checkpoint"].update(
            envelope=e["inclusionProof"]["checkpoint"]["envelope"].replace("\n12\n", "\n13\n")
        ),
        "ledger_signature",
    ),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_spoilt_proof_is_refused(file: bytes, ledger_key: Pair, gate_key: Pair, what: str) -> None:
    change, reason = SPOILT[what]
    spoilt = changed(file, change)
    assert refusal(lambda: check_inclusion(spoilt, MAIN, ledger_key.public, {}, gate_key.public)) == reason


def test_two_proofs_of_one_ledger_are_refused(file: bytes, ledger_key: Pair, gate_key: Pair) -> None:
    bundle = json.loads(file)
    entries = bundle["verificationMaterial"]["tlogEntries"]
    entries.append(entries[0])
    twice = unseal(canonical(bundle))
    assert refusal(lambda: check_inclusion(twice, MAIN, ledger_key.public, {}, gate_key.public)) == "ledger_proof"


# witnesses


def test_witnesses_are_counted_by_key_and_only_where_they_were_asked_for(
    tmp_path: Path, ledger_key: Pair, gate_key: Pair, witness_key: Pair, other_key: Pair
) -> None:
    led = tmp_path / "led"
    make_ledger(led, ledger_key, gate_key, 3)
    data = signed_file(gate_key.signer, 9)
    log(led, ledger_key, gate_key, data)
    for name, by in (("w1", witness_key), ("again", witness_key), ("w2", other_key)):
        witness(led, name, by.signer, key=ledger_key.public, since=None, seconds=1_795_000_000)
    made = unseal(proven(led, ledger_key, gate_key, data))
    keys = {"w1": witness_key.public, "alias": witness_key.public, "w2": other_key.public}

    def seen(*asked: str, least: int) -> tuple[str, ...]:
        terms = TrustLedger("main", ORIGIN, "ledger", asked, least)
        return check_inclusion(made, terms, ledger_key.public, keys, gate_key.public).witnesses

    assert seen("w1", "w2", least=2) == ("w1", "w2")
    assert seen("w1", least=1) == ("w1",)
    assert len(seen("w1", "alias", least=1)) == 1
    assert refusal(lambda: seen("w1", "alias", least=2)) == "ledger_witness"
    assert refusal(lambda: seen(least=1)) == "ledger_witness"


def test_an_append_needs_its_witnesses_anew(
    tmp_path: Path, ledger_key: Pair, gate_key: Pair, witness_key: Pair
) -> None:
    led, keys = tmp_path / "led", {"w1": witness_key.public}
    make_ledger(led, ledger_key, gate_key, 1)
    signed = witness(led, "w1", witness_key.signer, key=ledger_key.public, since=None, seconds=1_795_000_000)
    assert cosigners(signed.note, keys) == ("w1",)
    assert read_checkpoint(signed.note, origin=ORIGIN, key=ledger_key.public).size == 1
    log(led, ledger_key, gate_key, signed_file(gate_key.signer, 4))
    assert cosigners(open_ledger(led, key=ledger_key.public).note, keys) == ()


def test_a_witness_signs_once_with_a_key_of_its_own_and_a_plain_name(
    tmp_path: Path, ledger_key: Pair, gate_key: Pair, witness_key: Pair
) -> None:
    led = tmp_path / "led"
    make_ledger(led, ledger_key, gate_key, 1)
    for seconds in (1, 2):
        witness(led, "w1", witness_key.signer, key=None, since=None, seconds=seconds)
    assert len(read_note((led / "checkpoint").read_bytes()).lines) == 2
    with pytest.raises(UsageError, match="the ledger's own key witnesses nothing"):
        witness(led, "w1", ledger_key.signer, key=None, since=None, seconds=1)
    with pytest.raises(SigningError, match="ed25519"):
        witness(led, "w1", gate_key.signer, key=None, since=None, seconds=1)
    with pytest.raises(UsageError, match="cannot be the name of a witness"):
        witness(led, "a b", witness_key.signer, key=None, since=None, seconds=1)


def test_a_cosignature_over_other_words_or_another_time_does_not_count(
    folder: Path, ledger_key: Pair, witness_key: Pair
) -> None:
    note = cosign((folder / "checkpoint").read_bytes(), "w1", witness_key.signer, seconds=5)
    keys = {"w1": witness_key.public}
    assert cosigners(note, keys) == ("w1",)
    assert cosigners(note.replace(b"ledger.acme.example\n", b"ledger.acme.examplf\n", 1), keys) == ()
    line = note.decode().splitlines()[-1].split(" ")
    body = bytearray(base64.b64decode(line[2]))
    body[11] ^= 1  # the last byte of the time
    spoilt = note.decode().replace(line[2], base64.b64encode(bytes(body)).decode())
    assert cosigners(spoilt.encode(), keys) == ()


def test_the_example_of_the_specification_is_read() -> None:
    note = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5"
        "OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
    )
    lines = read_note(note.encode()).lines
    assert [name for name, _, _ in lines] == ["example.com/behind-the-sofa", "witness.example.com/w1"]
    assert int.from_bytes(lines[1][2][:8], "big") == 1_679_315_147
    assert [len(body) for _, _, body in lines] == [64, 72]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n\n", b"x\n", b"a\n1\n\n", b"a.b\n01\n" + b"A" * 44 + b"\n\n", b"\xff\n\n", b"a\tb\n\n\n",
        b"a.b\n1\nAAAA\n\n\xe2\x80\x94 a.b AAAAAAA=\n",
        b"a.b\n1\n" + base64.b64encode(b"x" * 32) + b"\n\n\xe2\x80\x94 a.b AAA=\n",
        b"a.b\n1\n" + base64.b64encode(b"x" * 32) + b"\n\n- a.b AAAAAAAA\n",
        b"a.b\n-1\n" + base64.b64encode(b"x" * 32) + b"\n\n\xe2\x80\x94 a.b AAAAAAAA\n",
        b"x" * 70_000,
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(data: bytes, ledger_key: Pair) -> None:
    assert refusal(lambda: read_checkpoint(data, origin="a.b", key=ledger_key.public)) == "ledger_checkpoint"


# certificates


def certificate(key: Any, *, padded: int = 0) -> bytes:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    name, now = x509.Name([]), datetime.now(UTC)
    filling = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"x" * padded)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(2)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(minutes=10))
        .add_extension(filling, critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


def test_a_file_signed_by_an_identity_is_logged_with_its_certificate(
    tmp_path: Path, ledger_key: Pair, gate_key: Pair
) -> None:
    from policykit.attest.envelope import pae

    led = tmp_path / "led"
    make_ledger(led, ledger_key, gate_key, 2)
    der = certificate(gate_key.signer.private)  # type: ignore[attr-defined]
    payload = unseal(signed_file(gate_key.signer, 3)).payload
    data = sealed(payload, gate_key.signer.sign(pae(payload)), Material("", der, (), ()))
    made = unseal(proven(led, ledger_key, gate_key, data))
    assert check_inclusion(made, MAIN, ledger_key.public, {}, der).index == 2
    assert refusal(lambda: check_inclusion(made, MAIN, ledger_key.public, {}, gate_key.public)) == "ledger_entry"
    entry = open_ledger(led, key=ledger_key.public).entry(2)
    assert verifier_in(entry) == der
    assert key_of(der) == gate_key.public
    forged = sealed(payload, gate_key.signer.sign(b"other"), Material("", der, (), ()))
    with pytest.raises(VerificationError) as caught:
        log(led, ledger_key, gate_key, forged)
    assert caught.value.reason == "bad_signature"


def test_a_certificate_too_large_for_an_entry_is_refused(tmp_path: Path, ledger_key: Pair, gate_key: Pair) -> None:
    from policykit.attest.envelope import pae

    make_ledger(tmp_path / "led", ledger_key, gate_key)
    der = certificate(gate_key.signer.private, padded=60_000)  # type: ignore[attr-defined]
    payload = unseal(signed_file(gate_key.signer, 3)).payload
    data = sealed(payload, gate_key.signer.sign(pae(payload)), Material("", der, (), ()))
    with pytest.raises(LedgerError, match="larger than an entry of a ledger can be") as caught:
        log(tmp_path / "led", ledger_key, gate_key, data)
    assert caught.value.reason == "ledger_entry"


def test_what_is_not_there_cannot_be_proven(folder: Path, ledger_key: Pair) -> None:
    ledger = open_ledger(folder, key=ledger_key.public)
    with pytest.raises(LedgerError, match=r"the ledger has no entry 5,000: it holds \d+") as caught:
        tlog_entry(ledger, 5000)
    assert caught.value.reason == "ledger_absent"


def test_without_a_key_and_without_its_own_a_ledger_is_not_opened(
    tmp_path: Path, ledger_key: Pair, gate_key: Pair
) -> None:
    make_ledger(tmp_path / "led", ledger_key, gate_key, 1)
    (tmp_path / "led" / "ledger.pub.pem").unlink()
    with pytest.raises(LedgerError, match="the ledger's own public key is not beside it") as caught:
        open_ledger(tmp_path / "led")
    assert (caught.value.reason, caught.value.hint) == ("ledger_key", "give the ledger's public key with `--key`")
    assert open_ledger(tmp_path / "led", key=ledger_key.public).size == 1


def test_what_was_seen_and_cannot_be_read_is_no_fresh_start(tmp_path: Path, ledger_key: Pair, gate_key: Pair) -> None:
    from policykit.attest.state import State
    from policykit.stories.ledger import SEEN, Whose, verify_ledger

    make_ledger(tmp_path / "led", ledger_key, gate_key, 1)
    state = State(tmp_path / "state")
    state.remember(SEEN, ORIGIN, {"size": "many"})
    with pytest.raises(VerificationError, match="what was seen of the ledger before is damaged") as caught:
        verify_ledger(tmp_path / "led", Whose(ledger_key.public), state=state)
    assert caught.value.reason == "state"


def test_an_entry_names_the_key_and_nothing_that_the_file_says(gate_key: Pair, other_key: Pair) -> None:
    for by in (gate_key, other_key):
        envelope = unseal(signed_file(by.signer, 1, secret="a word nobody should read"))
        entry = entry_of(envelope, by.public)
        assert verifier_in(entry) == by.public
        assert b"secret" not in entry
        assert isinstance(verifier_for(envelope, [gate_key.public, other_key.public]), PublicKey)
    for nonsense in (b"{}", b"[]", b"no json", b"\xff"):
        assert refusal(lambda nonsense=nonsense: verifier_in(nonsense)) == "ledger_entry"
    with pytest.raises(VerificationError) as caught:
        key_of(b"no certificate")
    assert caught.value.reason == "key"


def test_a_key_of_another_folder_is_not_guessed(tmp_path: Path, ledger_key: Pair) -> None:
    stranger = pair(tmp_path, "stranger")
    envelope = unseal(signed_file(stranger.signer, 1))
    assert refusal(lambda: verifier_for(envelope, [ledger_key.public])) == "ledger_signer"
