"""What is handed to other people's programs: a permit, a time stamp authority of one's own, roots that trust somebody or nobody."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from policykit.attest.envelope import seal
from policykit.attest.statement import permit_type, statement
from policykit.canon import digest
from tests.trust_world import World, rfc3339

ROOT: Mapping[str, Any] = {"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}
"""A trusted root that trusts nobody: all that a file signed with a key needs."""
_CA = """[req]
distinguished_name=name
prompt=no
[name]
O=bank
CN=time stamps of the bank
[root]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
[stamps]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,timeStamping
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
[tsa]
default_tsa=tsa
serial=serial
crypto_device=builtin
signer_cert=tsa.crt
signer_key=tsa.key
signer_digest=sha256
default_policy=1.2.3.4.1
digests=sha256,sha384,sha512
accuracy=secs:1
ordering=yes
tsa_name=yes
ess_cert_id_chain=no
ess_cert_id_alg=sha256
"""


def permit(world: World, stage: str = "production", *, report: Path | None = None, by: str = "office") -> bytes:
    """Return a permit for `stage`, in the form that `policykit permit` writes."""
    payload = world.payload(report)
    said = json.loads(payload)
    subjects = [(entry["name"], entry["digest"]["sha256"]) for entry in said["subject"]]
    bundle = {name: said["predicate"]["bundle"][name] for name in ("name", "version")}
    predicate = {
        "kind": "promotion",
        "stage": stage,
        "bundle": bundle,
        "report": {"payload": f"sha256:{digest(payload)}", "verdictDigest": said["predicate"]["verdictDigest"]},
        "approvals": [],
        "evaluations": 1,
        "waivers": [],
        "trust": {"id": "bank.models", "version": 1, "digest": "0" * 64},
        "issued": rfc3339(world.now),
        "until": rfc3339(world.now + timedelta(days=2)),
    }
    return seal(statement(subjects, predicate, predicate_type=permit_type(stage)), world.signer(by))


def make_authority(folder: Path) -> Path:
    """Make a time stamp authority with openssl: a root, and a certificate for stamping that the root signed."""
    folder.mkdir()
    (folder / "tsa.cnf").write_text(_CA)
    (folder / "serial").write_text("01\n")
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "tsa.cnf"]
    _openssl(
        folder, "req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.crt", "-days", "3650", "-extensions", "root"
    )
    _openssl(folder, "req", *new, "-subj", "/O=bank/CN=stamps", "-keyout", "tsa.key", "-out", "tsa.csr")
    sign = ["-CA", "ca.crt", "-CAkey", "ca.key", "-set_serial", "2", "-days", "3000"]
    _openssl(
        folder,
        "x509",
        "-req",
        "-in",
        "tsa.csr",
        *sign,
        "-extfile",
        "tsa.cnf",
        "-extensions",
        "stamps",
        "-out",
        "tsa.crt",
    )
    return folder


def stamped(folder: Path, signature: bytes) -> bytes:
    """Return the answer of the authority to a request to stamp a signature: an RFC 3161 TimeStampResp in DER."""
    (folder / "signature").write_bytes(signature)
    _openssl(folder, "ts", "-query", "-data", "signature", "-sha256", "-cert", "-out", "query.tsq")
    reply = ["-queryfile", "query.tsq", "-config", "tsa.cnf", "-section", "tsa", "-out", "reply.tsr"]
    _openssl(folder, "ts", "-reply", *reply)
    return (folder / "reply.tsr").read_bytes()


def root_with_authority(folder: Path) -> dict[str, Any]:
    """Return a trusted root in which the authority may say what the time was."""
    chain = [{"rawBytes": base64.b64encode(der(folder / name)).decode()} for name in ("tsa.crt", "ca.crt")]
    authority = {
        "subject": {"organization": "bank", "commonName": "time stamps of the bank"},
        "uri": "https://stamps.bank.example",
        "certChain": {"certificates": chain},
        "validFor": {"start": "2020-01-01T00:00:00Z"},
    }
    return {**ROOT, "timestampAuthorities": [authority]}


def der(certificate: Path) -> bytes:
    """Return a certificate's DER."""
    return _openssl(certificate.parent, "x509", "-in", certificate.name, "-outform", "DER")


def _openssl(folder: Path, *words: str) -> bytes:
    return subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True).stdout
