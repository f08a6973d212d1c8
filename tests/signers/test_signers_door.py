"""The one door to signers elsewhere: by their URI, through fakes that hold a key of their own, and every refusal."""

from __future__ import annotations

import builtins
import logging
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from securesystemslib.signer import CryptoSigner, SSlibKey

from policykit.attest.envelope import pae, unseal
from policykit.attest.keys import load_public_key, load_signer, new_key
from policykit.attest.sealing import sealed
from policykit.attest.signers import remote
from policykit.attest.signers.by_uri import KNOWN
from policykit.attest.statement import statement
from policykit.attest.verify import open_report
from policykit.cli.start import run
from policykit.errors import SigningError

SECRET = "planted-secret-7f3a"
PAYLOAD = statement([("bundle.manifest.json", "ab" * 32)], {"decision": "ALLOWED"})
GCP = "gcpkms:projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1"
AZURE = "azurekms://acme-vault.vault.azure.net/keys/release"
VAULT = "hv:release"
CLASSES = {GCP: "GCPSigner", AZURE: "AzureSigner", VAULT: "VaultSigner", "awskms:alias/release": "AWSSigner"}


class Cloud:
    """What a class of securesystemslib is to the door, with a key of its own in place of a service."""

    def __init__(self, private: Any, uri: str = "", fails: Callable[[str], None] | None = None) -> None:
        self.private, self.uri = private, uri
        self.key = SSlibKey.from_crypto(private.public_key())
        self.fails = fails or (lambda _: None)
        self.asked: list[tuple[str, ...]] = []

    def import_(self, *where: str) -> tuple[str, SSlibKey]:
        self.asked.append(where)
        self.fails("import")
        return self.uri, self.key

    def from_priv_key_uri(self, uri: str, key: SSlibKey, secrets_handler: Any = None) -> Cloud:
        assert (uri, key) == (self.uri, self.key)
        return self

    def sign(self, payload: bytes) -> Any:
        self.fails("sign")
        return CryptoSigner(self.private, self.key).sign(payload)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Cloud]:
    def made(source: str, private: Any = None, uri: str = "", fails: Callable[[str], None] | None = None) -> Cloud:
        fake = Cloud(private or ec.generate_private_key(ec.SECP256R1()), uri or source, fails)
        monkeypatch.setattr(f"securesystemslib.signer.{CLASSES[source]}", fake)
        return fake

    return made


@pytest.mark.parametrize("source", CLASSES)
@pytest.mark.parametrize("private", [ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()])
def test_each_service_signs_files_that_its_key_verifies(cloud: Any, source: str, private: Any) -> None:
    cloud(source, private)
    signer = load_signer(source, None)
    data = sealed(PAYLOAD, signer)
    assert signer.public.verifies(unseal(data).signature, pae(PAYLOAD))
    assert open_report(data, signer.public).payload == PAYLOAD


def test_each_service_is_asked_by_the_name_it_knows(cloud: Any) -> None:
    for source, where in {
        GCP: ("projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1",),
        AZURE: ("acme-vault", "release"),
        VAULT: ("release",),
        "awskms:alias/release": ("alias/release",),
    }.items():
        fake = cloud(source)
        load_signer(source, None)
        assert fake.asked == [where]


@pytest.mark.parametrize("source", CLASSES)
def test_a_service_that_hands_out_an_rsa_key_is_refused(cloud: Any, source: str) -> None:
    cloud(source, rsa.generate_private_key(65537, 2048))
    with pytest.raises(SigningError, match="RSA keys are not accepted: only ed25519 and ECDSA P-256 are"):
        load_signer(source, None)


@pytest.mark.parametrize(("source", "newest"), [(f"{AZURE}/aa11", f"{AZURE}/bb22"), (f"{VAULT}/1", f"{VAULT}/2")])
def test_only_the_newest_version_of_a_key_signs(monkeypatch: pytest.MonkeyPatch, source: str, newest: str) -> None:
    name = "AzureSigner" if source.startswith("azure") else "VaultSigner"
    private = ec.generate_private_key(ec.SECP256R1())
    monkeypatch.setattr(f"securesystemslib.signer.{name}", Cloud(private, newest))
    assert load_signer(newest, None).sign(b"m")
    with pytest.raises(SigningError, match="is not the newest version of that key") as caught:
        load_signer(source, None)
    assert caught.value.hint == "leave the version out"


def test_a_service_that_lies_is_caught(cloud: Any) -> None:
    fake = cloud(GCP)
    signer = load_signer(GCP, None)
    fake.private, fake.key = (
        (other := ec.generate_private_key(ec.SECP256R1())),
        SSlibKey.from_crypto(other.public_key()),
    )
    with pytest.raises(SigningError, match="gave a signature that does not fit its own public key") as caught:
        signer.sign(b"m")
    assert "try again" in caught.value.hint


class AccessDeniedException(Exception):
    response = {"Error": {"Code": "AccessDenied", "Message": SECRET}}


class PermissionDenied(Exception):
    pass


class Odd(Exception):
    response = {"Error": {"Code": f"{SECRET} \x1b[31m"}}


@pytest.mark.parametrize("step", ["import", "sign"])
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (AccessDeniedException(SECRET), " (AccessDenied)"),
        (PermissionDenied(SECRET), " (permission was refused)"),
        (Odd(SECRET), ""),
        (ValueError(SECRET), ""),
        (SystemExit(SECRET), ""),
        (ConnectionResetError(SECRET), " (it cannot be reached)"),
    ],
)
def test_what_a_service_says_when_it_fails_never_shows_a_secret(
    cloud: Any, caplog: pytest.LogCaptureFixture, step: str, error: BaseException, said: str
) -> None:
    def fails(now: str) -> None:
        if now == step:
            logging.getLogger("securesystemslib.signer").error(SECRET)
            raise error

    cloud(AZURE, fails=fails)
    with pytest.raises(SigningError) as caught:
        load_signer(AZURE, None).sign(b"m")
    task = "give its public key" if step == "import" else "sign"
    assert str(caught.value) == f"`{AZURE}` did not {task}{said}"
    assert caught.value.hint.startswith("check the vault")
    shown = "".join(traceback.format_exception(caught.value))
    assert SECRET not in shown + repr(caught.value) + caught.value.hint


def test_what_the_libraries_log_does_not_reach_the_screen() -> None:
    code = (
        "import logging; from policykit.attest.signers.remote import hush; hush(); "
        f"logging.getLogger('securesystemslib.signer').error('{SECRET}'); logging.getLogger('sigstore.x').error('{SECRET}')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_a_service_that_never_answers_is_not_waited_for_without_end() -> None:
    began = time.monotonic()
    with pytest.raises(SigningError, match=r"`awskms:x` did not sign within 0\.2 seconds"):
        remote.answered(lambda: time.sleep(30), name="awskms:x", task="sign", hint="", seconds=0.2)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("source", [GCP, AZURE, VAULT])
def test_a_service_whose_library_is_not_installed_names_the_extra(source: str) -> None:
    """These three libraries are in no test environment: this is what a user without the extra really meets."""
    with pytest.raises(
        SigningError, match=f"signers of the kind `{source.partition(':')[0]}:` need libraries"
    ) as caught:
        load_signer(source, None)
    assert caught.value.hint == "install policykit with the extra `kms`: docs/install.md"


@pytest.mark.parametrize(
    ("source", "missing", "extra"),
    [
        ("awskms:alias/x", "boto3", "kms"),
        ("awskms:alias/x", "securesystemslib", "kms"),
        ("hsm:2", "securesystemslib", "hsm"),
        ("hsm:2", "pkcs11", "hsm"),
        ("sigstore:", "sigstore", "sigstore"),
    ],
)
def test_without_an_extra_its_signers_name_it(source: str, missing: str, extra: str) -> None:
    code = (
        f"import sys, os; sys.modules['{missing}'] = None; os.environ['PYKCS11LIB'] = '/nowhere'\n"
        "from policykit.attest.keys import load_signer\n"
        f"try: load_signer('{source}', b'1234')\n"
        "except Exception as error: print(error, '|', getattr(error, 'hint', ''))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"signers of the kind `{source.partition(':')[0]}:` need libraries that are not installed" in done.stdout
    assert done.stdout.rstrip().endswith(f"install policykit with the extra `{extra}`: docs/install.md")


@pytest.mark.parametrize(
    ("source", "like"),
    [
        ("awskms:", "awskms:alias/NAME"),
        ("awskms:alias/a b", "awskms:alias/NAME"),
        ("awskms:alias/a?x=1", "awskms:alias/NAME"),
        ("gcpkms:k", "cryptoKeyVersions/1"),
        ("gcpkms:projects/p/locations/l/keyRings/r/cryptoKeys/k", "cryptoKeyVersions/1"),
        ("azurekms:release", "azurekms://VAULT.vault.azure.net/keys/NAME"),
        (f"azurekms://user:{SECRET}@acme.vault.azure.net/keys/k", "azurekms://VAULT"),
        ("azurekms://evil.example/x.vault.azure.net/keys/k", "azurekms://VAULT"),
        ("hv:", "hv:NAME"),
        (f"hv:k?token={SECRET}", "hv:NAME"),
        ("hsm:two", "hsm:KEYID?label=TOKEN"),
        (f"hsm:2?pin={SECRET}", "hsm:KEYID?label=TOKEN"),
        (f"sigstore:{SECRET}", "sigstore:?trusted_root=FILE&signing_config=FILE"),
        (f"sigstore:?token={SECRET}", "sigstore:?trusted_root=FILE&signing_config=FILE"),
        ("sigstore:?trusted_root=r.json", "sigstore:?trusted_root=FILE&signing_config=FILE"),
    ],
)
def test_a_uri_that_names_no_key_is_refused_before_anything_is_asked_and_not_repeated(source: str, like: str) -> None:
    with pytest.raises(SigningError, match=f"this names no (key|instance) of `{source.partition(':')[0]}:`") as caught:
        load_signer(source, None)
    assert like in caught.value.hint
    assert SECRET not in str(caught.value) + caught.value.hint + caught.value.where


@pytest.mark.parametrize(
    ("source", "meant"), [("hashivault://k", "hv"), ("pkcs11:x", "hsm"), ("ENV:KEY", "env"), ("AWSKMS:x", "awskms")]
)
def test_a_kind_nobody_knows_is_named_with_the_one_that_was_meant_and_all_that_are_known(
    source: str, meant: str
) -> None:
    with pytest.raises(SigningError, match=f"did you mean `{meant}:`") as caught:
        load_signer(source, None)
    assert all(f"`{known}:`" in caught.value.hint for known in KNOWN)


def test_a_kind_nobody_knows_and_nobody_meant() -> None:
    with pytest.raises(SigningError, match=r"does not know signers of the kind `ftp:`$"):
        load_signer("ftp://x", None)


def test_a_key_file_may_be_named_as_a_uri(tmp_path: Path) -> None:
    private, public = new_key("release", tmp_path, None)
    for source in (f"file:{private}", f"file://{private}"):
        assert load_signer(source, None).public == load_public_key(public)
    private.chmod(0o644)
    with pytest.raises(SigningError, match="open to others than its owner"):
        load_signer(f"file:{private}", None)


def test_no_signer_shows_what_it_holds(cloud: Any, tmp_path: Path) -> None:
    fake = cloud(VAULT)
    fake.__dict__["token"] = SECRET
    signer = load_signer(VAULT, SECRET.encode())
    assert SECRET not in repr(signer) + str(signer)
    assert "name='hv:release'" in repr(signer)
    private, _ = new_key("release", tmp_path, SECRET.encode())
    assert SECRET not in repr(load_signer(str(private), SECRET.encode()))


@pytest.mark.parametrize(
    "words",
    [["--help"], ["help", "--all"], ["keys", "--help"], ["verify", "r.json", "--key", "k.pem"], ["lint", "p.yaml"]],
)
def test_nothing_of_it_is_imported_where_nothing_of_it_is_needed(tmp_path: Path, words: list[str]) -> None:
    names = ("securesystemslib", "sigstore", "sigstore_models", "boto3", "botocore", "pkcs11", "requests", "tuf")
    code = (
        "import sys\nfrom policykit.cli.start import run\n"
        f"run({words!r})\nprint([name for name in {names!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stderr.rstrip().endswith("[]"), done.stderr


def test_a_key_file_imports_nothing_of_it(tmp_path: Path) -> None:
    private, _ = new_key("release", tmp_path, None)
    code = (
        "import sys\nfrom policykit.attest.keys import load_signer\n"
        f"load_signer({str(private)!r}, None).sign(b'm')\n"
        "print([name for name in ('securesystemslib', 'sigstore', 'boto3') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_public_key_of_any_signer_is_shown_as_a_trust_file_takes_it(
    cloud: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POLICYKIT_KEY_PASSWORD", raising=False)
    _, public = new_key("release", tmp_path, None)
    assert run(["keys", "show", "release.key.pem"]) == 0
    assert capsys.readouterr().out.encode() == public.read_bytes()
    cloud(GCP)
    assert run(["keys", "show", GCP]) == 0
    Path("gcp.pub.pem").write_text(capsys.readouterr().out)
    assert load_public_key(Path("gcp.pub.pem")) == load_signer(GCP, None).public
    assert run(["keys", "show", "ftp:x"]) == 2


def test_no_input_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtins, "input", lambda *_: pytest.fail("somebody was asked"))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "PYKCS11LIB", "GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    for source in (*CLASSES, "hsm:2", "sigstore:"):
        with pytest.raises(SigningError):
            load_signer(source, None, {})
