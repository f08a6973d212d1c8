"""A time stamp authority on the loopback: `openssl ts` behind a small server."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

CONFIG = """[ca]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
[tsa]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,timeStamping
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
[other]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,codeSigning
[tsa_config]
serial=./serial
crypto_device=builtin
signer_cert=./tsa.crt
signer_key=./tsa.key
signer_digest=sha256
default_policy=1.2.3.4.1
digests=sha256,sha384,sha512
accuracy=secs:1
ordering=yes
tsa_name=yes
ess_cert_id_chain=no
ess_cert_id_alg=sha256
"""


@dataclass(frozen=True)
class TimestampAuthority:
    """An authority with a root of its own, in a folder. `certificates` are the stamping one and its root, in PEM."""

    folder: Path

    @property
    def certificates(self) -> bytes:
        return (self.folder / "tsa.crt").read_bytes() + (self.folder / "ca.crt").read_bytes()

    def reply(self, request: bytes) -> bytes:
        """Answer a TimeStampReq."""
        (self.folder / "request").write_bytes(request)
        words = "openssl ts -reply -queryfile request -config tsa.cnf -section tsa_config -out reply"
        subprocess.run(words.split(), cwd=self.folder, check=True, capture_output=True)
        return (self.folder / "reply").read_bytes()

    def stamp(self, signature: bytes) -> bytes:
        """Return a time stamp over the SHA-256 of the signature."""
        (self.folder / "data").write_bytes(signature)
        words = "openssl ts -query -data data -sha256 -out query"
        subprocess.run(words.split(), cwd=self.folder, check=True, capture_output=True)
        return self.reply((self.folder / "query").read_bytes())


def make_authority(folder: Path, *, name: str = "acme", usage: str = "tsa", days: int = 3650) -> TimestampAuthority:
    """Make the keys and certificates of an authority."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tsa.cnf").write_text(CONFIG)
    (folder / "serial").write_text("01")
    for who in ("ca", "tsa"):
        words = f"openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {who}.key -out {who}.csr"
        subprocess.run(
            [*words.split(), "-subj", f"/O={name}/CN={name}-{who}"], cwd=folder, check=True, capture_output=True
        )
    for words in (
        "openssl x509 -req -in ca.csr -signkey ca.key -extfile tsa.cnf -extensions ca -days 3650 -out ca.crt",
        "openssl x509 -req -in tsa.csr -CA ca.crt -CAkey ca.key -CAcreateserial -extfile tsa.cnf "
        f"-extensions {usage} -days {days} -out tsa.crt",
    ):
        subprocess.run(words.split(), cwd=folder, check=True, capture_output=True)
    return TimestampAuthority(folder)


@contextmanager
def serving(answer: Callable[[bytes], bytes], *, status: int = 200) -> Iterator[str]:
    """Give the address of a server on the loopback that answers requests."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            if status in (301, 302, 307):
                self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
