"""Keys in trust files: in it or pinned beside it, each in its one form and under one name."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from policykit.attest.publickey import public_key
from policykit.errors import TrustError
from tests.load.trust_texts import PIN, quoted, read, refused, written
from tests.load.waiver_texts import pem, trust_of


@pytest.mark.parametrize("kind", ["ed25519", "p256"])
def test_the_id_of_a_key_is_the_one_that_verifying_computes(kind: str) -> None:
    private = ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else ec.generate_private_key(ec.SECP256R1())
    text = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    found = read(trust_of(f"keys:\n  a: {quoted(text)}")).keys["a"]
    assert found.id == public_key(text.encode()).id == public_key(found.pem.encode()).id
    assert found.pem == text


@pytest.mark.parametrize("form", ["block", "indented", "carriage returns", "blanks"])
def test_a_key_is_one_key_however_its_text_is_laid_out(form: str) -> None:
    lines = pem(9).splitlines()
    block = {
        "block": "pem: |\n" + "".join(f"      {line}\n" for line in lines),
        "indented": "pem: |-\n" + "".join(f"        {line}\n" for line in lines),
        "carriage returns": 'pem: "' + "\\r\\n".join(lines) + '"\n',
        "blanks": 'pem: "  ' + "\\n".join([lines[0], lines[1][:20], lines[1][20:], lines[2]]) + '\\n\\n"\n',
    }[form]
    found = read(trust_of(f"keys:\n  a:\n    {block}".rstrip("\n")))
    assert found.keys["a"].id == hashlib.sha256(written(9)).hexdigest()
    assert found.keys["a"].pem == pem(9)


def test_a_key_may_lie_in_a_file_that_is_pinned(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "a.pub.pem").write_text(pem(9))
    pin = hashlib.sha256(pem(9).encode()).hexdigest()
    found = read(trust_of(f"keys:\n  a: {{path: keys/a.pub.pem, sha256: '{pin}'}}"), tmp_path)
    assert found.keys["a"].id == hashlib.sha256(written(9)).hexdigest()


def test_a_key_file_that_is_not_pinned_is_refused_because_no_signature_covers_it(tmp_path: Path) -> None:
    (tmp_path / "a.pub.pem").write_text(pem(9))
    with pytest.raises(TrustError) as caught:
        read(trust_of("keys:\n  a: {path: a.pub.pem}"), tmp_path)
    (problem,) = caught.value.problems
    assert problem.message == "`a.pub.pem` is not pinned, and the signature of this document covers no other file"
    assert hashlib.sha256(pem(9).encode()).hexdigest() in problem.hint


def test_a_key_file_that_was_exchanged_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pub.pem").write_text(pem(8))
    assert refused(trust_of(f"keys:\n  a: {{path: a.pub.pem, sha256: {PIN}}}"), tmp_path) == [
        ("PK609", "`a.pub.pem` is not the file that was pinned")
    ]


@pytest.mark.parametrize(("name", "why"), [("link", "goes through a link"), ("in/a.pem", "goes through a link")])
def test_a_link_is_not_followed_to_a_key(name: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "trust").mkdir()
    (tmp_path / "a.pem").write_text(pem(9))
    (tmp_path / "trust" / "link").symlink_to("../a.pem")
    (tmp_path / "trust" / "in").symlink_to("..")
    text = trust_of(f"keys:\n  a: {{path: {name}, sha256: {PIN}}}")
    assert refused(text, tmp_path / "trust") == [("PK607", f"`{name}` {why}")]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("../a.pem", "the path `../a.pem` climbs out of its folder"),
        ("/etc/passwd", "the path `/etc/passwd` is absolute"),
        ("a\\b", "the path `a\\b` holds a backslash"),
    ],
)
def test_a_file_outside_the_folder_is_refused(path: str, message: str) -> None:
    for text in (
        trust_of(f"keys:\n  a: {{path: '{path}', sha256: {PIN}}}"),
        trust_of(f"roots: {{a: {{path: '{path}', sha256: {PIN}}}}}"),
    ):
        assert refused(text) == [("PK607", message)]


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    ((code, message),) = refused(trust_of(f"roots: {{a: {{path: {'x' * 300}, sha256: {PIN}}}}}"), tmp_path)
    assert (code, message.partition("…")[2]) == ("PK607", "` cannot be a path: file name too long")


def test_a_key_file_that_is_not_there_or_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    missing = trust_of(f"keys:\n  a: {{path: a.pem, sha256: {PIN}}}")
    assert refused(missing, tmp_path) == [("PK602", "`a.pem` cannot be read: no such file or directory")]
    folder = trust_of(f"keys:\n  a: {{path: folder, sha256: {PIN}}}")
    assert refused(folder, tmp_path)[0][1].startswith("`folder` cannot be read: ")


def test_a_key_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_bytes(b"x" * 70_000)
    text = trust_of(f"keys:\n  a: {{path: a.pem, sha256: {PIN}}}")
    assert refused(text, tmp_path) == [("PK602", "`a.pem` is too large for a key")]


def test_files_of_roots_need_not_be_there_yet_when_the_trust_file_is_read(tmp_path: Path) -> None:
    found = read(trust_of(f"roots: {{public: {{path: later.json, sha256: {PIN}}}}}"), tmp_path)
    assert found.roots["public"].path == str(tmp_path / "later.json")


def test_one_key_under_two_names_is_refused_also_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_text(pem(3).replace("\n", "\r\n"))
    pin = hashlib.sha256((tmp_path / "a.pem").read_bytes()).hexdigest()
    text = trust_of(f"keys:\n  again: {{path: a.pem, sha256: '{pin}'}}")
    with pytest.raises(TrustError) as caught:
        read(text, tmp_path)
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == ("PK603", "`gate` is the same key as `again`")
    assert problem.line == 6
    assert problem.hint == "one key has one name: delete one of the two"


def test_a_key_has_one_encoding_so_that_it_cannot_have_two_ids() -> None:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    der = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + point
    text = f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----"
    assert refused(trust_of(f"keys:\n  a: {quoted(text)}")) == [
        ("PK602", "this is neither an ed25519 nor an ECDSA P-256 key")
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello", "this is not one public key in PEM form"),
        (pem(8) + pem(9), "this is not one public key in PEM form"),
        (pem(8) + "and more", "this is not one public key in PEM form"),
        (
            pem(8).replace("PUBLIC KEY", "CERTIFICATE"),
            "`CERTIFICATE` is what the text says it is, and `PUBLIC KEY` belongs here",
        ),
        (
            pem(8).replace("PUBLIC KEY", "RSA PUBLIC KEY"),
            "`RSA PUBLIC KEY` is what the text says it is, and `PUBLIC KEY` belongs here",
        ),
        (pem(8).replace("=", ""), "the key is not base64"),
        (pem(8).replace("MC", "AA"), "this is neither an ed25519 nor an ECDSA P-256 key"),
    ],
)
def test_what_is_no_public_key_of_ours_is_refused(text: str, message: str) -> None:
    assert refused(trust_of(f"keys:\n  a: {quoted(text)}")) == [("PK602", message)]


def test_a_private_key_is_refused_and_its_line_is_not_shown_again() -> None:
    private = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    secret = private.decode().splitlines()[1]
    with pytest.raises(TrustError) as caught:
        read(trust_of(f"keys:\n  a: {quoted(private.decode())}\n  b: {{pme: x}}"))
    problem = caught.value.problems[0]
    assert problem.message == "this is a private key, which belongs in no document"
    assert problem.hint == (
        "take it out, make a new key, and never use this one again: it has been written where others read"
    )
    assert not any(secret in f"{each.excerpt}{each.message}{each.hint}" for each in caught.value.problems)
