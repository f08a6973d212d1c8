"""An encrypted key file whose password is slow to guess.

PKCS#8 with PBES2 (RFC 8018): PBKDF2 with HMAC-SHA-256, AES-256-CBC. The library would write the same form with 2,048 rounds,
which a graphics card guesses at by the million each second; only its number of rounds cannot be chosen there. Any program
that reads PKCS#8 reads this.
"""

from __future__ import annotations

import base64
import os
import textwrap
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7

ROUNDS: Final = 600_000  # OWASP Password Storage Cheat Sheet, for PBKDF2-HMAC-SHA256

_SEQUENCE, _INTEGER, _OCTETS, _NULL = 0x30, 0x02, 0x04, b"\x05\x00"
_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_PBKDF2 = bytes.fromhex("06092a864886f70d01050c")
_HMAC_SHA256 = bytes.fromhex("06082a864886f70d0209")
_AES_256_CBC = bytes.fromhex("060960864801650304012a")


def encrypted_pem(pkcs8_der: bytes, password: bytes) -> bytes:
    """Return the private key, encrypted with the password, as the text of a key file."""
    salt, iv = os.urandom(16), os.urandom(16)
    key = PBKDF2HMAC(SHA256(), length=32, salt=salt, iterations=ROUNDS).derive(password)
    padder, encryptor = PKCS7(128).padder(), Cipher(AES(key), CBC(iv)).encryptor()
    secret = encryptor.update(padder.update(pkcs8_der) + padder.finalize()) + encryptor.finalize()
    derivation = _der(
        _SEQUENCE, _der(_OCTETS, salt), _der(_INTEGER, ROUNDS.to_bytes(3)), _der(_SEQUENCE, _HMAC_SHA256, _NULL)
    )
    scheme = _der(_SEQUENCE, _der(_SEQUENCE, _PBKDF2, derivation), _der(_SEQUENCE, _AES_256_CBC, _der(_OCTETS, iv)))
    whole = _der(_SEQUENCE, _der(_SEQUENCE, _PBES2, scheme), _der(_OCTETS, secret))
    lines = textwrap.wrap(base64.b64encode(whole).decode("ascii"), 64)
    return "\n".join(
        ["-----BEGIN ENCRYPTED PRIVATE KEY-----", *lines, "-----END ENCRYPTED PRIVATE KEY-----", ""]
    ).encode()


def _der(tag: int, *parts: bytes) -> bytes:
    """Return one DER value: tag, length, contents (X.690, 8.1)."""
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(size)]) + size + body
