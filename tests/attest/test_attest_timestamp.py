"""Time stamps from an authority made with openssl, over the loopback."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from policykit.attest import timestamp
from policykit.attest.timestamp import LARGEST_TOKEN, stamp, stamped_at
from policykit.errors import LedgerError, StorageError, UsageError
from tests.attest.timestamp_authority import TimestampAuthority, make_authority, serving

SIGNATURE = b"a signature"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TimestampAuthority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def token(authority: TimestampAuthority) -> bytes:
    return authority.stamp(SIGNATURE)


def refused(token: bytes, signature: bytes, certificates: bytes) -> str:
    with pytest.raises(LedgerError) as caught:
        stamped_at(token, signature, certificates)
    assert caught.value.reason == "timestamp"
    assert caught.value.hint
    return str(caught.value)


def test_an_authority_asked_by_its_address_stamps_the_signature(authority: TimestampAuthority) -> None:
    with serving(authority.reply) as url:
        token = stamp(SIGNATURE, url)
    found = stamped_at(token, SIGNATURE, authority.certificates)
    assert found.tzinfo == UTC
    assert abs(datetime.now(UTC) - found) < timedelta(minutes=1)


def test_the_order_of_the_certificates_does_not_matter(authority: TimestampAuthority, token: bytes) -> None:
    tsa, ca = ((authority.folder / name).read_bytes() for name in ("tsa.crt", "ca.crt"))
    assert stamped_at(token, SIGNATURE, ca + tsa) == stamped_at(token, SIGNATURE, tsa + ca)


def test_a_stamp_of_another_signature_is_refused(authority: TimestampAuthority, token: bytes) -> None:
    assert "does not hold" in refused(token, b"another signature", authority.certificates)


def test_a_stamp_of_another_authority_is_refused(tmp_path: Path, token: bytes) -> None:
    assert "does not hold" in refused(token, SIGNATURE, make_authority(tmp_path, name="acme").certificates)


def test_a_key_that_may_not_stamp_is_refused(tmp_path: Path, token: bytes) -> None:
    other = make_authority(tmp_path, usage="other")
    assert refused(token, SIGNATURE, other.certificates) == "the authority's certificates lack one that may stamp"


def test_certificates_without_a_root_and_what_are_none_are_refused(authority: TimestampAuthority, token: bytes) -> None:
    assert "lack its root" in refused(token, SIGNATURE, (authority.folder / "tsa.crt").read_bytes())
    assert "cannot be read" in refused(token, SIGNATURE, b"no certificates")
    assert "lack one that may stamp" in refused(token, SIGNATURE, (authority.folder / "ca.crt").read_bytes())


def test_what_is_no_stamp_is_refused(authority: TimestampAuthority) -> None:
    assert "not a time stamp" in refused(b"no token", SIGNATURE, authority.certificates)
    assert "not a time stamp" in refused(b"", SIGNATURE, authority.certificates)
    assert "larger" in refused(b"x" * (LARGEST_TOKEN + 1), SIGNATURE, authority.certificates)


def test_no_changed_byte_moves_the_time(authority: TimestampAuthority, token: bytes) -> None:
    told = stamped_at(token, SIGNATURE, authority.certificates)
    choose = random.Random(4)
    for at in range(0, len(token), 2):
        changed = bytearray(token)
        changed[at] ^= 1 << choose.randrange(8)
        try:
            assert stamped_at(bytes(changed), SIGNATURE, authority.certificates) == told
        except LedgerError as error:
            assert error.reason == "timestamp"
    for length in range(0, len(token), 7):
        refused(token[:length], SIGNATURE, authority.certificates)


def test_an_answer_to_another_question_is_refused(authority: TimestampAuthority, token: bytes) -> None:
    with (
        serving(lambda _: token) as url,
        pytest.raises(LedgerError, match="something else than it was asked") as caught,
    ):
        stamp(SIGNATURE, url)
    assert caught.value.reason == "timestamp"


@pytest.mark.parametrize(("answer", "told"), [(b"<html>", "not a time stamp"), (b"x" * 70_000, "larger than any")])
def test_an_answer_that_is_no_stamp_is_refused(answer: bytes, told: str) -> None:
    with serving(lambda _: answer) as url, pytest.raises(LedgerError, match=told):
        stamp(SIGNATURE, url)


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_authority_that_does_not_answer_or_sends_elsewhere_gives_nothing(status: int) -> None:
    with serving(lambda _: b"", status=status) as url, pytest.raises(StorageError, match="cannot get a time stamp"):
        stamp(SIGNATURE, url)
    with pytest.raises(StorageError, match=r"cannot get a time stamp: .*refused") as caught:
        stamp(SIGNATURE, url)
    assert "nothing was written" in caught.value.hint


def test_an_authority_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timestamp, "LONGEST", 0.4)
    import threading

    gate = threading.Event()

    def slow(_: bytes) -> bytes:
        gate.wait(2)
        return b""

    with serving(slow) as url:
        with pytest.raises(StorageError, match="it did not answer in time"):
            stamp(SIGNATURE, url)
        gate.set()


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x.example", "tsa.example", ""])
def test_only_web_addresses_are_asked(url: str) -> None:
    with pytest.raises(UsageError, match="is not the address of an authority"):
        stamp(SIGNATURE, url)


@pytest.mark.parametrize("algorithm", ["sha3-256", "sm3"])
def test_a_stamp_over_another_digest_of_the_same_length_is_refused(
    authority: TimestampAuthority, algorithm: str
) -> None:
    import subprocess
    from hashlib import sha256

    (authority.folder / "other.cnf").write_text(
        (authority.folder / "tsa.cnf").read_text().replace("sha512", "sha512,sha3-256,sm3")
    )
    for words in (
        f"openssl ts -query -digest {sha256(SIGNATURE).hexdigest()} -{algorithm} -out q",
        "openssl ts -reply -queryfile q -config other.cnf -section tsa_config -out r",
    ):
        subprocess.run(words.split(), cwd=authority.folder, check=True, capture_output=True)
    told = refused((authority.folder / "r").read_bytes(), SIGNATURE, authority.certificates)
    assert "over another digest of the signature than its SHA-256" in told


def test_a_certificate_of_a_version_nobody_knows_inside_a_stamp_is_refused(authority: TimestampAuthority) -> None:
    import subprocess

    words = "openssl ts -query -data data -sha256 -cert -out query"
    (authority.folder / "data").write_bytes(SIGNATURE)
    subprocess.run(words.split(), cwd=authority.folder, check=True, capture_output=True)
    token = authority.reply((authority.folder / "query").read_bytes())
    assert stamped_at(token, SIGNATURE, authority.certificates)
    odd = token.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07")
    assert odd != token
    assert refused(odd, SIGNATURE, authority.certificates) == "it is not a time stamp of RFC 3161"
