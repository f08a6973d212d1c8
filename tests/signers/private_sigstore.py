"""A whole private instance of Sigstore, made in memory: certificate authority, certificate log, transparency log, time stamps.

Nothing of it comes from the library under test, so that a positive verification says something. Every part can be made wrong.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from policykit.attest.envelope import pae, sealed
from policykit.attest.material import Material
from policykit.canon import canonical

ISSUER = "https://token.actions.githubusercontent.com"
SUBJECT = "https://github.com/acme/platform/.github/workflows/gate.yml@refs/heads/main"
ORIGIN = "log.acme.example"

_SCT_LIST = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_ISSUER_V1 = ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
_ISSUER_V2 = ObjectIdentifier("1.3.6.1.4.1.57264.1.8")

Key = ec.EllipticCurvePrivateKey


def new_key(curve: ec.EllipticCurve | None = None) -> Key:
    return ec.generate_private_key(curve or ec.SECP256R1())


def spki(key: Key | ed25519.Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


@dataclass(frozen=True)
class Wrong:
    """What to make wrong about one signature; the defaults are all right."""

    subject: str = SUBJECT
    issuer: str | None = ISSUER
    older_issuer: str | None = ISSUER
    names: tuple[x509.GeneralName, ...] = ()
    leaf_key: Any = None
    usage: ObjectIdentifier = ExtendedKeyUsageOID.CODE_SIGNING
    digital_signature: bool = True
    minutes_ago: int = 1
    sct: bool = True
    proof: bool = True
    promise: bool = True
    stamped: bool = False
    stamps: tuple[bytes, ...] | None = None
    logged_signature: bytes | None = None
    signature: bytes | None = None
    promise_of: Any = None  # a key that signs the promise in place of the log's
    entry_kind: str = "dsse"


@dataclass
class Instance:
    """One instance: its secrets, its trusted root, and files signed at it."""

    folder: Path
    ca: Key = field(default_factory=lambda: new_key(ec.SECP384R1()))
    ct: Key = field(default_factory=new_key)
    log: Key = field(default_factory=new_key)
    log2: ed25519.Ed25519PrivateKey = field(default_factory=ed25519.Ed25519PrivateKey.generate)
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __post_init__(self) -> None:
        self.ca_certificate = _authority(self.ca, "acme-ca", self.now)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tsa = Stamping(self.folder, self.now)

    def root(self, **changes: Any) -> bytes:
        """Return the trusted root; a member given replaces the right one."""
        valid = {"start": "2020-01-01T00:00:00Z"}
        right: dict[str, Any] = {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [
                _log(ORIGIN, spki(self.log), "PKIX_ECDSA_P256_SHA_256", self.log_id),
                _log(f"2.{ORIGIN}", spki(self.log2), "PKIX_ED25519", self.log2_id),
            ],
            "certificateAuthorities": [
                {
                    "subject": {"organization": "acme", "commonName": "acme-ca"},
                    "uri": "https://ca.acme.example",
                    "certChain": {"certificates": [_der(self.ca_certificate)]},
                    "validFor": valid,
                }
            ],
            "ctlogs": [_log("ct.acme.example", spki(self.ct), "PKIX_ECDSA_P256_SHA_256", sha256(spki(self.ct)))],
            "timestampAuthorities": [
                {
                    "subject": {"organization": "acme", "commonName": "acme-tsa"},
                    "uri": "https://tsa.acme.example",
                    "certChain": {"certificates": [_der(self.tsa.certificate), _der(self.tsa.ca)]},
                    "validFor": valid,
                }
            ],
        }
        return json.dumps({**right, **changes}).encode()

    @property
    def log_id(self) -> bytes:
        return sha256(spki(self.log))

    @property
    def log2_id(self) -> bytes:
        raw = self.log2.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return sha256(f"2.{ORIGIN}".encode() + b"\n\x01" + raw)

    def signed(self, payload: bytes, wrong: Wrong | None = None, *, second: bool = False) -> bytes:
        """Return a signed file: logged as the first kind of log does it, with a promise, or as the second, with a stamp."""
        wrong = wrong or Wrong()
        key = wrong.leaf_key or new_key()
        certificate = self.certificate(key, wrong)
        signature = wrong.signature or key.sign(pae(payload), ec.ECDSA(hashes.SHA256()))
        logged = wrong.logged_signature or signature
        entry = (
            self.entry2(sha256(pae(payload)), logged, certificate)
            if second
            else self.entry(payload, logged, certificate, wrong)
        )
        if not wrong.proof:
            del entry["inclusionProof"]
        stamps = wrong.stamps
        if stamps is None:
            stamps = (self.tsa.stamp(signature),) if second or wrong.stamped else ()
        return sealed(payload, signature, Material("", certificate, stamps, (entry,)))

    def certificate(self, key: Any, wrong: Wrong) -> bytes:
        """Return the leaf, with the promise of the certificate log inside."""
        start = self.now - timedelta(minutes=wrong.minutes_ago)
        signs = wrong.digital_signature
        names = list(wrong.names) or [x509.UniformResourceIdentifier(wrong.subject)]
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.ca_certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(minutes=10))
            .add_extension(x509.KeyUsage(signs, *[False] * 3, not signs, *[False] * 4), critical=True)
            .add_extension(x509.ExtendedKeyUsage([wrong.usage]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.ca.public_key()), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=True)
        )  # fmt: skip
        if wrong.older_issuer is not None:
            older = x509.UnrecognizedExtension(_ISSUER_V1, wrong.older_issuer.encode())
            builder = builder.add_extension(older, critical=False)
        if wrong.issuer is not None:
            text = wrong.issuer.encode()
            builder = builder.add_extension(
                x509.UnrecognizedExtension(_ISSUER_V2, bytes([0x0C, len(text)]) + text), critical=False
            )
        if wrong.sct:
            before = builder.sign(self.ca, hashes.SHA384())
            builder = builder.add_extension(
                x509.UnrecognizedExtension(_SCT_LIST, self._sct_list(before.tbs_certificate_bytes)), critical=False
            )
        return builder.sign(self.ca, hashes.SHA384()).public_bytes(Encoding.DER)

    def _sct_list(self, tbs: bytes) -> bytes:
        """Return one signed certificate timestamp over a precertificate (RFC 6962, 3.2 and 3.3), as an extension holds it."""
        milliseconds = int(self.now.timestamp() * 1000)
        entry = sha256(spki(self.ca)) + len(tbs).to_bytes(3) + tbs
        signature = self.ct.sign(
            struct.pack("!BBQH", 0, 0, milliseconds, 1) + entry + b"\0\0", ec.ECDSA(hashes.SHA256())
        )
        sct = b"\0" + sha256(spki(self.ct)) + struct.pack("!QHBBH", milliseconds, 0, 4, 3, len(signature)) + signature
        listed = struct.pack("!H", len(sct) + 2) + struct.pack("!H", len(sct)) + sct
        return (bytes([0x04, len(listed)]) if len(listed) < 128 else bytes([0x04, 0x81, len(listed)])) + listed

    def entry(self, payload: bytes, signature: bytes, certificate: bytes, wrong: Wrong) -> dict[str, Any]:
        """Return an entry as Rekor's first version keeps it, with the signed promise that it was taken in at a time."""
        pem = x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)
        body = canonical(
            {
                "apiVersion": "0.0.1",
                "kind": "dsse",
                "spec": {
                    "envelopeHash": {"algorithm": "sha256", "value": "00" * 32},
                    "payloadHash": {"algorithm": "sha256", "value": sha256(payload).hex()},
                    "signatures": [{"signature": b64(signature), "verifier": b64(pem)}],
                },
            }
        )
        at = int(self.now.timestamp())
        promised = canonical({"body": b64(body), "integratedTime": at, "logID": self.log_id.hex(), "logIndex": 1003})
        entry = {
            "logIndex": "1003",
            "logId": {"keyId": b64(self.log_id)},
            "kindVersion": {"kind": wrong.entry_kind, "version": "0.0.1"},
            "integratedTime": str(at),
            "inclusionProof": _proof(body, ORIGIN, self.log_id, lambda m: self.log.sign(m, ec.ECDSA(hashes.SHA256()))),
            "canonicalizedBody": b64(body),
        }
        if wrong.promise:
            key = wrong.promise_of or self.log
            entry["inclusionPromise"] = {"signedEntryTimestamp": b64(key.sign(promised, ec.ECDSA(hashes.SHA256())))}
        return entry

    def entry2(self, digest: bytes, signature: bytes, certificate: bytes) -> dict[str, Any]:
        """Return an entry as Rekor's second version keeps it: no promise, no time."""
        body = canonical(
            {
                "apiVersion": "0.0.2",
                "kind": "hashedrekord",
                "spec": {
                    "hashedRekordV002": {
                        "data": {"algorithm": "SHA2_256", "digest": b64(digest)},
                        "signature": {
                            "content": b64(signature),
                            "verifier": {
                                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                                "x509Certificate": {"rawBytes": b64(certificate)},
                            },
                        },
                    }
                },
            }
        )
        return {
            "logIndex": "3",
            "logId": {"keyId": b64(self.log2_id)},
            "kindVersion": {"kind": "hashedrekord", "version": "0.0.2"},
            "inclusionProof": _proof(body, f"2.{ORIGIN}", self.log2_id, self.log2.sign),
            "canonicalizedBody": b64(body),
        }


class Stamping:
    """A time stamp authority of openssl."""

    def __init__(self, folder: Path, now: datetime) -> None:
        ca, key = new_key(), new_key()
        self.folder = folder
        self.ca = _authority(ca, "acme-tsa-ca", now)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(_named("acme-tsa"))
            .issuer_name(self.ca.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=365))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(True, *[False] * 8), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.public_key()), critical=False)
            .sign(ca, hashes.SHA256())
        )
        (folder / "tsa.crt").write_bytes(self.certificate.public_bytes(Encoding.PEM))
        (folder / "tsa.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(
            "[tsa]\nserial=./serial\ncrypto_device=builtin\nsigner_cert=./tsa.crt\nsigner_key=./tsa.key\nsigner_digest=sha256\n"
            "default_policy=1.2.3.4.1\ndigests=sha256\naccuracy=secs:1\ness_cert_id_chain=no\ness_cert_id_alg=sha256\n"
        )

    def stamp(self, data: bytes) -> bytes:
        """Return the answer (DER) that says the data was there now."""
        (self.folder / "data").write_bytes(data)
        self._openssl("-query", "-data", "data", "-sha256", "-out", "query")
        return self.answer((self.folder / "query").read_bytes())

    def answer(self, query: bytes) -> bytes:
        """Return the answer to a request (DER)."""
        (self.folder / "query").write_bytes(query)
        self._openssl("-reply", "-queryfile", "query", "-config", "tsa.cnf", "-section", "tsa", "-out", "reply")
        return (self.folder / "reply").read_bytes()

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", "ts", *words], cwd=self.folder, check=True, capture_output=True)


def _proof(body: bytes, origin: str, log_id: bytes, sign: Any) -> dict[str, Any]:
    """Return the proof that the body is the fourth leaf of five, and the checkpoint signed over that tree."""
    leaves = [sha256(b"\0" + data) for data in (b"a", b"b", b"c", body, b"e")]
    left = sha256(b"\1" + leaves[0] + leaves[1])
    root = sha256(b"\1" + sha256(b"\1" + left + sha256(b"\1" + leaves[2] + leaves[3])) + leaves[4])
    text = f"{origin}\n5\n{b64(root)}\n"
    return {
        "logIndex": "3",
        "rootHash": b64(root),
        "treeSize": "5",
        "hashes": [b64(leaves[2]), b64(left), b64(leaves[4])],
        "checkpoint": {"envelope": f"{text}\n— {origin} {b64(log_id[:4] + sign(text.encode()))}\n"},
    }


def _log(url: str, key: bytes, details: str, log_id: bytes) -> dict[str, Any]:
    return {
        "baseUrl": f"https://{url}",
        "hashAlgorithm": "SHA2_256",
        "publicKey": {"rawBytes": b64(key), "keyDetails": details, "validFor": {"start": "2020-01-01T00:00:00Z"}},
        "logId": {"keyId": b64(log_id)},
    }


def _named(name: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "acme"), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )


def _der(certificate: x509.Certificate) -> dict[str, str]:
    return {"rawBytes": b64(certificate.public_bytes(Encoding.DER))}


def _authority(key: Key, name: str, now: datetime) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(*[False] * 5, True, True, False, False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA384())
    )
