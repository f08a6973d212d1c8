"""Our signatures, checked by programs that share no code with ours."""

from __future__ import annotations

import base64
import copy
import json
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError as ForeignRefusal
from securesystemslib.signer import CryptoSigner, SSlibKey

from policykit.attest.envelope import PAYLOAD_TYPE, pae, seal
from policykit.attest.keys import load_public_key, load_signer
from policykit.attest.verify import open_report
from policykit.canon import canonical

Keys = dict[str, tuple[Path, Path]]


def openssl_says(folder: Path, public: Path, kind: str, message: bytes, signature: bytes) -> bool:
    """Return what the openssl command line says of a signature over a message."""
    (folder / "message").write_bytes(message)
    (folder / "signature").write_bytes(signature)
    if kind == "ed25519":
        check = ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", public, "-in", "message", "-sigfile", "signature"]
    else:
        check = ["dgst", "-sha256", "-verify", public, "-signature", "signature", "message"]
    return subprocess.run(["openssl", *check], cwd=folder, capture_output=True).returncode == 0


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa-p256"])
def test_openssl_verifies_what_we_sign_and_refuses_what_was_changed(
    tmp_path: Path, keys: Keys, payload: bytes, kind: str
) -> None:
    private, public = keys[kind]
    envelope = json.loads(seal(payload, load_signer(str(private), None)))["dsseEnvelope"]
    signed = base64.b64decode(envelope["payload"])
    signature = base64.b64decode(envelope["signatures"][0]["sig"])
    message = b"DSSEv1 28 application/vnd.in-toto+json %d " % len(signed) + signed
    assert openssl_says(tmp_path, public, kind, message, signature)
    assert not openssl_says(tmp_path, public, kind, message.replace(b"ALLOWED", b"BLOCKED"), signature)


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa-p256"])
def test_we_verify_what_openssl_signs(tmp_path: Path, keys: Keys, payload: bytes, kind: str) -> None:
    private, public = keys[kind]
    (tmp_path / "message").write_bytes(pae(payload))
    if kind == "ed25519":
        sign = ["pkeyutl", "-sign", "-rawin", "-inkey", private, "-in", "message", "-out", "signature"]
    else:
        sign = ["dgst", "-sha256", "-sign", private, "-out", "signature", "message"]
    subprocess.run(["openssl", *sign], cwd=tmp_path, check=True, capture_output=True)
    bundle = json.loads(seal(payload, load_signer(str(private), None)))
    signature = base64.b64encode((tmp_path / "signature").read_bytes()).decode()
    bundle["dsseEnvelope"]["signatures"][0]["sig"] = signature
    assert open_report(canonical(bundle), load_public_key(public)).payload == payload


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa-p256"])
def test_securesystemslib_verifies_what_we_sign_and_refuses_what_was_changed(
    keys: Keys, payload: bytes, kind: str
) -> None:
    private, public = keys[kind]
    envelope = json.loads(seal(payload, load_signer(str(private), None)))["dsseEnvelope"]
    envelope["signatures"][0]["keyid"] = load_public_key(public).id  # it needs one; ours has none, being unsigned
    accepted = SSlibKey.from_crypto(load_pem_public_key(public.read_bytes()), keyid=load_public_key(public).id)
    changed = copy.deepcopy(envelope)
    changed["payload"] = base64.b64encode(payload.replace(b"ALLOWED", b"BLOCKED")).decode()
    assert Envelope.from_dict(envelope).verify([accepted], 1)
    with pytest.raises(ForeignRefusal):
        Envelope.from_dict(changed).verify([accepted], 1)


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa-p256"])
def test_we_verify_what_securesystemslib_signs(keys: Keys, payload: bytes, kind: str) -> None:
    private, public = keys[kind]
    key = load_public_key(public)
    theirs = Envelope(payload, PAYLOAD_TYPE, {})
    signer = CryptoSigner.from_priv_key_uri(
        f"file2:{private}", SSlibKey.from_crypto(load_pem_public_key(public.read_bytes()), keyid=key.id)
    )
    theirs.sign(signer)
    bundle = json.loads(seal(payload, load_signer(str(private), None)))
    bundle["dsseEnvelope"] = theirs.to_dict()
    assert open_report(canonical(bundle), key).payload == payload


def test_both_ends_agree_on_the_id_of_a_key(tmp_path: Path, keys: Keys) -> None:
    public = keys["ed25519"][1]
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", public, "-outform", "DER"], check=True, capture_output=True
    )
    digest = subprocess.run(["sha256sum"], input=der.stdout, check=True, capture_output=True).stdout.split()[0]
    assert load_public_key(public).id == digest.decode()
