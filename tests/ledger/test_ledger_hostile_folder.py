"""Whoever may write in the folder of a ledger hides nothing by it, and nobody crashes or waits for ever over it."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.envelope import pae, seal, sealed, unseal
from policykit.attest.ledger.append import append
from policykit.attest.ledger.entry import entry_of, key_of, verifier_in
from policykit.attest.ledger.folder import open_ledger
from policykit.attest.ledger.index import open_index
from policykit.attest.ledger.objects import object_path
from policykit.attest.ledger.tree import leaf_hash
from policykit.attest.material import Material
from policykit.attest.state import State
from policykit.attest.statement import BREAK_GLASS, REVOCATION, statement
from policykit.canon import canonical, digest
from policykit.errors import LedgerError, StorageError, UsageError, VerificationError
from policykit.stories.audit import audit_ledger
from policykit.stories.ledger import SEEN, Whose, log_files, prove_file, verify_ledger, whose
from policykit.stories.logged import taken_back_in
from tests.ledger.ledger_builder import ORIGIN, Pair, log, make_ledger, signed_file


def refused(what: Callable[[], object]) -> str:
    with pytest.raises(LedgerError) as caught:
        what()
    return caught.value.reason


def revocation(by: Pair, number: int = 0) -> bytes:
    said = {
        "revokes": "sha256:" + "ab" * 32,
        "kind": "report",
        "reason": f"wrong {number}",
        "time": "2026-11-22T09:00:00Z",
    }
    return seal(statement([("report", "ab" * 32)], said, predicate_type=REVOCATION), by.signer)


@pytest.fixture
def led(tmp_path: Path, ledger_key: Pair, gate_key: Pair) -> Path:
    """A ledger of three reports and a revocation."""
    make_ledger(tmp_path / "led", ledger_key, gate_key, 3)
    log(tmp_path / "led", ledger_key, gate_key, revocation(gate_key))
    return tmp_path / "led"


def test_what_was_taken_back_is_heard_whatever_the_index_says(led: Path, gate_key: Pair) -> None:
    with sqlite3.connect(led / "index.sqlite") as database:
        database.execute("DELETE FROM entries")
        database.execute("DELETE FROM verifiers")
    assert taken_back_in(open_ledger(led)) == (revocation_of(led),)


def revocation_of(led: Path) -> bytes:
    found = [path.read_bytes() for path in sorted((led / "objects").glob("*/*"))]
    (one,) = [data for data in found if b"revocation" in unseal(data).payload]
    return one


def test_a_kind_in_other_letters_is_heard_too(led: Path, ledger_key: Pair, gate_key: Pair) -> None:
    payload = unseal(revocation(gate_key, 1)).payload.replace(b"revocation", b"r\\u0065vocation")
    log(led, ledger_key, gate_key, seal(payload, gate_key.signer))
    assert len(taken_back_in(open_ledger(led))) == 2


def test_a_ledger_that_lacks_a_file_cannot_say_that_nothing_was_taken_back(led: Path) -> None:
    next(path for path in (led / "objects").glob("*/*") if path.read_bytes() == revocation_of(led)).unlink()
    with pytest.raises(LedgerError, match="the ledger keeps no file for 1 of its 4 entries") as caught:
        taken_back_in(open_ledger(led))
    assert caught.value.reason == "ledger_unread"
    assert "leave `--ledger` out" in caught.value.hint


def test_what_has_to_be_heard_is_not_logged_without_its_file(led: Path, ledger_key: Pair, gate_key: Pair) -> None:
    broken = seal(statement([("b", "ab" * 32)], {"stage": "s"}, predicate_type=BREAK_GLASS), gate_key.signer)
    for data in (revocation(gate_key, 2), broken):
        with pytest.raises(UsageError, match="is heard only where the ledger keeps its file") as caught:
            log_files(led, [signed_file(gate_key.signer, 9), data], ledger_key.signer, keep=False)
        assert "--digest-only" in caught.value.hint
    assert open_ledger(led).size == 4


def test_a_leaf_written_into_an_inner_tile_does_not_pass_for_a_logged_file(
    tmp_path: Path, ledger_key: Pair, gate_key: Pair
) -> None:
    make_ledger(tmp_path / "led", ledger_key, gate_key, 600)
    hidden = signed_file(gate_key.signer, 1000)
    leaf = leaf_hash(entry_of(unseal(hidden), gate_key.public))
    path = tmp_path / "led" / "tile" / "0" / "001"
    data = bytearray(path.read_bytes())
    data[64:96] = leaf
    path.write_bytes(bytes(data))
    with sqlite3.connect(tmp_path / "led" / "index.sqlite") as database:
        database.execute("UPDATE entries SET leaf = ? WHERE idx = 258", (leaf,))
    assert refused(lambda: log(tmp_path / "led", ledger_key, gate_key, hidden)) == "ledger_root"
    assert open_ledger(tmp_path / "led").size == 600


def self_signed(by_name: str = "evil") -> tuple[bytes, Callable[[bytes], bytes]]:
    """Return a certificate nobody issued (DER), and what signs with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, by_name)])
    since = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=900))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER), lambda data: key.sign(data, ec.ECDSA(hashes.SHA256()))


CURVE, ALGORITHM = bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06072a8648ce3d0201")


def with_certificate(gate_key: Pair, change: Callable[[bytes], bytes] = lambda der: der) -> bytes:
    payload = unseal(signed_file(gate_key.signer, 50)).payload
    der, sign = self_signed()
    return sealed(payload, sign(pae(payload)), Material("", change(der), (), ()))


ODD: dict[str, Callable[[bytes], bytes]] = {
    "a curve nobody knows": lambda der: der.replace(CURVE, CURVE[:-1] + b"\x77"),
    "an algorithm nobody knows": lambda der: der.replace(ALGORITHM, ALGORITHM[:-1] + b"\x77"),
    "no certificate": lambda _: b"\x30\x03\x02\x01\x01",
    "a version nobody knows": lambda der: der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07"),
}


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_certificate_is_refused_where_it_is_appended_and_where_it_lies(
    led: Path, ledger_key: Pair, gate_key: Pair, odd: str
) -> None:
    data = with_certificate(gate_key, ODD[odd])
    with pytest.raises(VerificationError) as caught:
        log(led, ledger_key, gate_key, data)
    assert caught.value.reason == "key"
    path = led / object_path(digest(unseal(data).payload))
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    assert refused(lambda: verify_ledger(led, Whose(ledger_key.public))) == "ledger_object"
    assert refused(lambda: taken_back_in(open_ledger(led))) == "ledger_object"


def test_an_entry_with_a_key_nobody_knows_is_none_of_ours(gate_key: Pair) -> None:
    entry = entry_of(unseal(signed_file(gate_key.signer)), gate_key.public)
    said: Any = json.loads(entry)
    raw = said["spec"]["hashedRekordV002"]["signature"]["verifier"]["publicKey"]
    import base64

    raw["rawBytes"] = base64.b64encode(base64.b64decode(raw["rawBytes"]).replace(CURVE, CURVE[:-1] + b"\x77")).decode()
    assert refused(lambda: verifier_in(canonical(said))) == "ledger_entry"
    with pytest.raises(VerificationError):
        key_of(b"\x30\x00")


def test_an_audit_under_a_trust_file_knows_no_certificate_that_signed_itself(
    led: Path, ledger_key: Pair, gate_key: Pair
) -> None:
    from policykit.attest.authority import Authority
    from policykit.terms.trust import Quorum, Trust, TrustKey, TrustLedger

    keys = {
        name: TrustKey(name, key.pem.decode(), key.id)
        for name, key in (("l", ledger_key.public), ("g", gate_key.public))
    }
    log(led, ledger_key, gate_key, with_certificate(gate_key))
    trust = Trust(
        "acme", 1, "t", "2030-01-01", Quorum("r"), keys, ledgers={"main": TrustLedger("main", ORIGIN, "l", (), 0)}
    )
    authority = Authority(trust, datetime(2026, 11, 22, tzinfo=UTC))
    found = audit_ledger(led, whose(led, None, authority), authority=authority).found
    told = {each.entries: each.text for each in found if each.level == "error"}
    assert told[(4,)].startswith("it is signed with a certificate, and not by an identity that the trust file knows: ")
    without = audit_ledger(led, Whose(ledger_key.public)).found
    assert not any("certificate" in each.text for each in without)


@pytest.mark.parametrize("name", ["checkpoint", "index.sqlite", "index.sqlite-journal", "index.sqlite-wal"])
def test_a_pipe_in_the_place_of_a_file_keeps_nobody_waiting(led: Path, name: str) -> None:
    (led / name).unlink(missing_ok=True)
    os.mkfifo(led / name)
    if name == "checkpoint":
        with pytest.raises(StorageError, match="cannot read the ledger"):
            open_ledger(led)
        return
    ledger = open_ledger(led)
    with open_index(ledger) as index:
        assert index.place(ledger.entry(1)) == 1


def test_a_folder_and_an_odd_name_among_the_kept_files_are_named_harmlessly(led: Path, ledger_key: Pair) -> None:
    odd = led / "objects" / "aa" / "x\n\x1b[31m.sigstore.json"
    odd.mkdir(parents=True)
    with pytest.raises(LedgerError) as caught:
        verify_ledger(led, Whose(ledger_key.public))
    assert caught.value.reason == "ledger_object"
    assert "\n" not in str(caught.value.args[0])
    assert "\x1b" not in str(caught.value)


def test_a_kept_file_that_was_exchanged_is_written_again_by_appending(
    led: Path, ledger_key: Pair, gate_key: Pair
) -> None:
    path = led / object_path(digest(unseal(signed_file(gate_key.signer, 1)).payload))
    data = path.read_bytes()
    path.write_bytes(signed_file(gate_key.signer, 2))
    assert refused(lambda: taken_back_in(open_ledger(led))) == "ledger_object"
    assert log(led, ledger_key, gate_key, data).new == (False,)
    assert path.read_bytes() == data
    assert verify_ledger(led, Whose(ledger_key.public)).unread == 0


def test_proving_needs_no_folder_that_can_be_written(
    led: Path, gate_key: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", denied)
    monkeypatch.setattr(Path, "replace", denied)
    assert refused(lambda: prove_file(led, signed_file(gate_key.signer, 77), keys=[gate_key.public])) == "ledger_absent"


@pytest.mark.parametrize("size", [-1, True, "5", 1.5, None])
@pytest.mark.parametrize("root", ["00" * 32])
def test_a_state_that_says_an_odd_size_is_damaged(
    led: Path, ledger_key: Pair, tmp_path: Path, size: object, root: str
) -> None:
    state = State(tmp_path / "state")
    try:
        state.remember(SEEN, ORIGIN, {"size": size, "root": root})
    except ValueError:
        return  # no number of ours
    with pytest.raises(VerificationError) as caught:
        verify_ledger(led, Whose(ledger_key.public), state=state)
    assert caught.value.reason == "state"


def test_an_origin_with_control_characters_is_no_checkpoint(led: Path) -> None:
    note = (led / "checkpoint").read_text().replace(ORIGIN, f"a\x9b31m.{ORIGIN}")
    (led / "checkpoint").write_text(note)
    assert refused(lambda: open_ledger(led)) == "ledger_checkpoint"


def test_an_index_damaged_inside_is_done_without(led: Path, ledger_key: Pair, gate_key: Pair) -> None:
    make_ledger(led.parent / "long", ledger_key, gate_key, 300)
    path = led.parent / "long" / "index.sqlite"
    data = bytearray(path.read_bytes())
    for at in range(4096, len(data), 4096):
        data[at + 200 : at + 3000] = os.urandom(2800)
    path.write_bytes(bytes(data))
    done = append(led.parent / "long", [signed_file(gate_key.signer, 7)], ledger_key.signer, keys=[gate_key.public])
    assert done.ledger.size in (300, 301)
    assert verify_ledger(led.parent / "long", Whose(ledger_key.public)).unread == 0
