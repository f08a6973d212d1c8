from __future__ import annotations

import os
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from policykit.attest.keyfile import write_pair
from policykit.attest.keys import load_public_key, load_signer, new_key
from policykit.attest.publickey import public_key
from policykit.errors import SigningError, StorageError, UsageError, VerificationError

PASSWORD = b"correct horse battery staple"


def pkcs8(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | x25519.X25519PrivateKey) -> str:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def spki(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | x25519.X25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


OTHER_KINDS = {
    "ECDSA secp384r1": ec.generate_private_key(ec.SECP384R1()),
    "RSA": rsa.generate_private_key(65537, 2048),
    "X25519": x25519.X25519PrivateKey.generate(),
}


@pytest.mark.parametrize("algorithm", ["ed25519", "ecdsa-p256"])
@pytest.mark.parametrize("password", [None, PASSWORD])
def test_a_new_key_signs_and_its_public_half_checks(tmp_path: Path, algorithm: str, password: bytes | None) -> None:
    private, public = new_key("release", tmp_path, password, algorithm=algorithm)  # type: ignore[arg-type]
    signature = load_signer(str(private), password).sign(b"the message")
    key = load_public_key(public)
    assert key.algorithm == algorithm
    assert key.verifies(signature, b"the message")
    assert not key.verifies(signature, b"another message")


def test_a_new_key_is_two_files_and_only_the_owner_reads_the_private_one(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        private, public = new_key("release", tmp_path, PASSWORD)
    finally:
        os.umask(before)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["release.key.pem", "release.pub.pem"]
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert private.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert public.read_text().startswith("-----BEGIN PUBLIC KEY-----")


@pytest.mark.parametrize("taken", ["release.key.pem", "release.pub.pem"])
def test_a_key_never_replaces_a_file_and_leaves_nothing_by_half(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_text("precious")
    with pytest.raises(UsageError, match="a key is never overwritten") as caught:
        new_key("release", tmp_path, PASSWORD)
    assert caught.value.where == str(tmp_path / taken)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(taken, "precious")]


def test_a_key_does_not_follow_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "release.pub.pem").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="never overwritten"):
        new_key("release", tmp_path, PASSWORD)
    assert not (tmp_path / "elsewhere").exists()


def test_where_the_public_half_cannot_be_written_the_private_one_does_not_stay(tmp_path: Path) -> None:
    private = tmp_path / "a.key.pem"
    for public in (tmp_path / "nowhere" / "a.pub.pem", private):
        with pytest.raises((StorageError, UsageError)):
            write_pair((private, b"secret"), (public, b"public"))
        assert not list(tmp_path.iterdir())


def test_of_many_who_make_a_key_of_one_name_at_once_one_gets_it_whole(tmp_path: Path) -> None:
    def attempt(_: int) -> bool:
        try:
            new_key("release", tmp_path, None)
        except UsageError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(32))) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["release.key.pem", "release.pub.pem"]
    signer = load_signer(str(tmp_path / "release.key.pem"), None)
    assert signer.public == load_public_key(tmp_path / "release.pub.pem")


def test_a_folder_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot write the key: no such file or directory") as caught:
        new_key("release", tmp_path / "nowhere", PASSWORD)
    assert caught.value.hint == "choose a folder you may write to"


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "-rf", "a b", "x" * 65, "né", "a\n"])
def test_a_name_is_a_plain_file_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a key"):
        new_key(name, tmp_path, PASSWORD)
    assert not list(tmp_path.iterdir())


def test_an_empty_password_is_not_taken_for_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the password of the key is empty") as caught:
        new_key("release", tmp_path, b"")
    assert "--unencrypted" in caught.value.hint


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644])
def test_a_key_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    private, _ = new_key("release", tmp_path, None)
    private.chmod(mode)
    with pytest.raises(SigningError, match="open to others than its owner") as caught:
        load_signer(str(private), None)
    assert "chmod 600" in caught.value.hint


def test_a_key_that_only_its_owner_may_read_is_fine_without_write_permission(tmp_path: Path) -> None:
    private, _ = new_key("release", tmp_path, None)
    private.chmod(0o400)
    assert load_signer(str(private), None).public.algorithm == "ed25519"


@pytest.mark.parametrize(
    ("password", "message", "hint"),
    [
        (None, "encrypted and no password was given", "set `POLICYKIT_KEY_PASSWORD`"),
        (b"", "encrypted and no password was given", "set `POLICYKIT_KEY_PASSWORD`"),
        (b"wrong", "the password does not open the signing key", "check `POLICYKIT_KEY_PASSWORD`"),
    ],
)
def test_an_encrypted_key_says_what_its_password_lacks(
    tmp_path: Path, password: bytes | None, message: str, hint: str
) -> None:
    private, _ = new_key("release", tmp_path, PASSWORD)
    with pytest.raises(SigningError, match=message) as caught:
        load_signer(str(private), password)
    assert hint in caught.value.hint
    assert caught.value.where == str(private)


def test_a_password_does_no_harm_to_a_plain_key(tmp_path: Path) -> None:
    private, _ = new_key("release", tmp_path, None)
    assert load_signer(str(private), PASSWORD).sign(b"m")


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_other_kinds_of_key_do_not_sign_and_are_not_accepted(kind: str) -> None:
    message = f"{kind} keys are not accepted: only ed25519 and ECDSA P-256 are"
    with pytest.raises(SigningError, match=message):
        load_signer("env:KEY", None, {"KEY": pkcs8(OTHER_KINDS[kind])})
    with pytest.raises(VerificationError, match=message) as caught:
        public_key(spki(OTHER_KINDS[kind]))
    assert caught.value.reason == "key"


@pytest.mark.parametrize(
    "text", ["hello", "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", "\x00\x01"]
)
def test_something_else_than_a_key_does_not_sign(text: str) -> None:
    with pytest.raises(SigningError, match="this is not a signing key") as caught:
        load_signer("env:KEY", None, {"KEY": text})
    assert "openssl pkcs8 -topk8" in caught.value.hint


def test_a_damaged_key_does_not_sign() -> None:
    damaged = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    with pytest.raises(SigningError, match="the signing key cannot be read"):
        load_signer("env:KEY", None, {"KEY": damaged})


def test_a_key_from_a_variable_is_looked_for_where_the_caller_says(tmp_path: Path) -> None:
    private, public = new_key("release", tmp_path, PASSWORD)
    signer = load_signer("env:MY_KEY", PASSWORD, {"MY_KEY": private.read_text()})
    assert signer.public == load_public_key(public)


@pytest.mark.parametrize("environment", [{}, {"MY_KEY": ""}])
def test_a_variable_that_is_not_set_is_named(environment: dict[str, str]) -> None:
    with pytest.raises(SigningError, match="the variable `MY_KEY` is not set"):
        load_signer("env:MY_KEY", None, environment)


@pytest.mark.parametrize("source", ["hashivault://k", "ftp:k", "ENV:KEY"])
def test_a_signer_we_do_not_know_is_named(source: str) -> None:
    with pytest.raises(SigningError, match=f"does not know signers of the kind `{source.partition(':')[0]}:`"):
        load_signer(source, None)


def test_a_file_name_may_hold_a_colon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private, _ = new_key("release", tmp_path, None)
    private.rename(tmp_path / "team:key.pem")
    monkeypatch.chdir(tmp_path)
    assert load_signer("./team:key.pem", None).public.algorithm == "ed25519"


def test_a_key_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SigningError, match="cannot read the signing key: no such file") as caught:
        load_signer(str(tmp_path / "none.pem"), None)
    assert "policykit keys new" in caught.value.hint


def test_a_folder_or_a_pipe_is_no_key_and_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(SigningError, match="not a file of the size of a key"):
            load_signer(str(path), None)


def test_a_private_key_is_not_taken_where_the_public_one_belongs(tmp_path: Path) -> None:
    private, _ = new_key("release", tmp_path, None)
    with pytest.raises(VerificationError, match="this is a private key") as caught:
        load_public_key(private)
    assert caught.value.reason == "key"
    assert caught.value.where == str(private)


@pytest.mark.parametrize(
    "text", [b"", b"hello", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", b"\xff" * 70_000]
)
def test_something_else_than_a_key_checks_nothing(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "x.pub.pem").write_bytes(text)
    with pytest.raises(VerificationError, match="this is not a public key") as caught:
        load_public_key(tmp_path / "x.pub.pem")
    assert caught.value.reason == "key"


def test_a_public_key_that_is_not_there_is_a_reading_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot read the public key: no such file"):
        load_public_key(tmp_path / "none.pem")


def test_a_key_never_shows_in_what_is_printed(tmp_path: Path) -> None:
    private, _ = new_key("release", tmp_path, None)
    body = "".join(private.read_text().splitlines()[1:-1])
    signer = load_signer(str(private), None)
    assert "private" not in repr(signer).lower()
    assert body not in repr(signer)


def test_one_key_has_one_id_however_it_is_written(tmp_path: Path) -> None:
    _, public = new_key("release", tmp_path, None, algorithm="ecdsa-p256")
    compressed = tmp_path / "compressed.pem"
    subprocess.run(
        ["openssl", "ec", "-pubin", "-in", public, "-conv_form", "compressed", "-pubout", "-out", compressed],
        check=True,
        capture_output=True,
    )
    assert compressed.read_bytes() != public.read_bytes()
    assert load_public_key(compressed).id == load_public_key(public).id
    assert public_key(load_public_key(public).pem).id == load_public_key(public).id


def test_openssl_opens_an_encrypted_key_and_finds_its_password_slow_to_guess(tmp_path: Path) -> None:
    private, public = new_key("release", tmp_path, PASSWORD)
    opened = subprocess.run(
        ["openssl", "pkey", "-in", private, "-passin", f"pass:{PASSWORD.decode()}", "-pubout"],
        check=True,
        capture_output=True,
    )
    assert opened.stdout == public.read_bytes()
    shown = subprocess.run(["openssl", "asn1parse", "-in", private], check=True, capture_output=True, text=True).stdout
    assert f"INTEGER           :{600_000:X}".replace(":9", ":09") in shown
    assert "hmacWithSHA256" in shown and "aes-256-cbc" in shown


@pytest.mark.parametrize("password", [b"x", b"\xff\x00\xfe", "Schlüssel 🔑".encode(), b"long " * 1000])
@pytest.mark.parametrize("algorithm", ["ed25519", "ecdsa-p256"])
def test_any_password_opens_what_it_locked_and_no_other_does(tmp_path: Path, password: bytes, algorithm: str) -> None:
    private, public = new_key("release", tmp_path, password, algorithm=algorithm)  # type: ignore[arg-type]
    assert load_signer(str(private), password).public == load_public_key(public)
    with pytest.raises(SigningError, match="the password does not open the signing key"):
        load_signer(str(private), password + b"x")


@pytest.mark.parametrize("strengthen", [["-scrypt"], ["-iter", "600000", "-v2prf", "hmacWithSHA256"]])
def test_a_key_that_openssl_encrypted_again_still_opens(tmp_path: Path, strengthen: list[str]) -> None:
    private, public = new_key("release", tmp_path, PASSWORD)
    again = tmp_path / "again.pem"
    secret = f"pass:{PASSWORD.decode()}"
    subprocess.run(
        [
            "openssl",
            "pkcs8",
            "-topk8",
            "-in",
            private,
            "-passin",
            secret,
            "-passout",
            secret,
            "-out",
            again,
            *strengthen,
        ],
        check=True,
        capture_output=True,
    )
    again.chmod(0o600)
    assert load_signer(str(again), PASSWORD).public == load_public_key(public)
