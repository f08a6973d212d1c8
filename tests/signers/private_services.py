"""The three services of a private instance of Sigstore, over HTTP on loopback: certificates, log, time stamps."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.signers.private_sigstore import Instance, Wrong


@dataclass
class Services:
    """What runs, and what to make wrong; `asked` are the paths that were asked for, `tokens` what was shown."""

    instance: Instance
    wrong: Wrong = field(default_factory=Wrong)
    refusing: str = ""
    version: int = 2  # of the transparency log
    url: str = ""
    asked: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    def write(self, folder: Path) -> str:
        """Write the two files of this instance and return the URI to sign at it."""
        (folder / "root.json").write_bytes(self.instance.root())

        def service(path: str, version: int) -> list[dict[str, Any]]:
            valid = {"start": "2020-01-01T00:00:00Z"}
            return [{"url": self.url + path, "majorApiVersion": version, "validFor": valid, "operator": "acme"}]

        config = {
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "caUrls": service("", 1),
            "oidcUrls": [],
            "rekorTlogUrls": service("", self.version),
            "tsaUrls": service("/stamp", 1),
            "rekorTlogConfig": {"selector": "ANY"},
            "tsaConfig": {"selector": "ANY"},
        }
        (folder / "signing.json").write_text(json.dumps(config))
        return f"sigstore:?trusted_root={folder / 'root.json'}&signing_config={folder / 'signing.json'}"

    def answer(self, path: str, body: bytes, token: str) -> bytes:
        """Answer as Fulcio, Rekor (of both versions) and a time stamp authority do."""
        self.asked.append(path)
        if path == "/api/v2/signingCert":
            self.tokens.append(token)
            csr = base64.b64decode(json.loads(body)["certificateSigningRequest"])
            leaf = self.instance.certificate(x509.load_pem_x509_csr(csr), self.wrong)
            chain = [x509.load_der_x509_certificate(leaf), self.instance.ca_certificate]
            pems = [certificate.public_bytes(Encoding.PEM).decode() for certificate in chain]
            return json.dumps({"signedCertificateEmbeddedSct": {"chain": {"certificates": pems}}}).encode()
        if path == "/api/v2/log/entries":
            said = json.loads(body)["hashedRekordRequestV002"]
            certificate = base64.b64decode(said["signature"]["verifier"]["x509Certificate"]["rawBytes"])
            signature = self.wrong.logged_signature or base64.b64decode(said["signature"]["content"])
            return json.dumps(self.instance.entry2(base64.b64decode(said["digest"]), signature, certificate)).encode()
        if path == "/api/v1/log/entries":
            said = json.loads(body)["spec"]["proposedContent"]
            envelope = json.loads(said["envelope"])
            certificate = x509.load_pem_x509_certificate(base64.b64decode(said["verifiers"][0]))
            signature = self.wrong.logged_signature or base64.b64decode(envelope["signatures"][0]["sig"])
            der, payload = certificate.public_bytes(Encoding.DER), base64.b64decode(envelope["payload"])
            return json.dumps(_first(self.instance.entry(payload, signature, der, self.wrong))).encode()
        assert path == "/stamp", path
        return self.instance.tsa.answer(body)


@contextmanager
def running(services: Services) -> Iterator[Services]:
    """Serve on loopback while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            refused = bool(services.refusing) and self.path.startswith(services.refusing)
            data = b'{"message": "planted-secret-words"}' if refused else b""
            if not refused:
                data = services.answer(self.path, body, self.headers.get("Authorization", ""))
            self.send_response(403 if refused else 200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    services.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield services
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _first(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry in the words of Rekor's first version."""

    def hexed(text: str) -> str:
        return base64.b64decode(text).hex()

    proof = entry["inclusionProof"]
    return {
        "24296fb24b8ad77a": {
            "body": entry["canonicalizedBody"],
            "integratedTime": int(entry["integratedTime"]),
            "logID": hexed(entry["logId"]["keyId"]),
            "logIndex": int(entry["logIndex"]),
            "verification": {
                "inclusionProof": {
                    "logIndex": int(proof["logIndex"]),
                    "treeSize": int(proof["treeSize"]),
                    "rootHash": hexed(proof["rootHash"]),
                    "hashes": [hexed(each) for each in proof["hashes"]],
                    "checkpoint": proof["checkpoint"]["envelope"],
                },
                "signedEntryTimestamp": entry["inclusionPromise"]["signedEntryTimestamp"],
            },
        }
    }
