"""A key service on loopback, and a security module in a folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.build import ACCURATE, EQUAL, write_bundle, write_policy

SERVICES = Path(__file__).parents[2] / ".tools" / "services" / "bin" / "python"
SOFTHSM = next(
    (path for path in Path("/usr/lib").rglob("libsofthsm2.so") if path.is_file()), Path("/usr/lib/libsofthsm2.so")
)
PIN = "73129058"


@pytest.fixture(scope="session")
def kms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment in which AWS means a stand-in on this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("moto") / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [SERVICES, Path(__file__).with_name("kms_server.py"), "-H", "127.0.0.1", "-p", str(port)],
            stdout=out,
            stderr=out,
        )
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
        yield {
            "AWS_ENDPOINT_URL_KMS": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "planted-secret-access-key",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="session")
def hsm(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a fresh security module: P-256 under id 2, P-384 under 3, in the token `policykit`."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    said = {"SOFTHSM2_CONF": str(folder / "softhsm2.conf"), "PYKCS11LIB": str(SOFTHSM), "POLICYKIT_KEY_PASSWORD": PIN}
    words = ["--init-token", "--free", "--label", "policykit", "--pin", PIN, "--so-pin", "0000"]
    subprocess.run(["softhsm2-util", *words], env=os.environ | said, check=True, capture_output=True)
    make = (
        "import sys, pkcs11\n"
        "from pkcs11.util.ec import encode_named_curve_parameters as curve\n"
        "token = pkcs11.lib(sys.argv[1]).get_token(token_label='policykit')\n"
        "with token.open(user_pin=sys.argv[2], rw=True) as session:\n"
        "    for number, name in ((2, 'secp256r1'), (3, 'secp384r1')):\n"
        "        parameters = session.create_domain_parameters(\n"
        "            pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: curve(name)}, local=True)\n"
        "        parameters.generate_keypair(id=bytes([number]), label=name, store=True)\n"
    )
    subprocess.run([sys.executable, "-c", make, str(SOFTHSM), PIN], env=os.environ | said, check=True)
    return said


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundle `b` and a policy `p.yaml` that allows it, here."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POLICYKIT_KEY_PASSWORD", raising=False)
    write_bundle(tmp_path / "b")
    write_policy(tmp_path / "p.yaml", ACCURATE, EQUAL)
    return tmp_path


def policykit(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as people do."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "POLICYKIT_", "SIGSTORE_"))
    }
    return subprocess.run(
        [sys.executable, "-m", "policykit", *words], env=clean | environment, capture_output=True, text=True
    )


@pytest.fixture
def command() -> Any:
    return policykit
