"""Signing without a key: sigstore-python really asks three services, which are ours and on loopback; the public ones never."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import jwt
import pytest

from policykit.attest.envelope import unseal
from policykit.attest.keys import load_signer
from policykit.attest.sealing import sealed
from policykit.attest.signer import SealsItself
from policykit.attest.signers.keyless import verify_identity
from policykit.attest.statement import statement
from policykit.errors import SigningError
from policykit.terms.trust import TrustIdentity
from tests.signers.private_services import Services, running
from tests.signers.private_sigstore import ISSUER, SUBJECT, Instance, Wrong

PAYLOAD = statement([("bundle.manifest.json", "ab" * 32)], {"decision": "ALLOWED"})
GATE = TrustIdentity("gate-workflow", ISSUER, SUBJECT, "acme")

Run = Callable[..., CompletedProcess[str]]


def token(**claims: Any) -> str:
    now = int(time.time())
    said = {
        "iss": ISSUER,
        "sub": "repo:acme/platform:ref:refs/heads/main",
        "aud": "sigstore",
        "iat": now,
        "exp": now + 600,
    }
    return jwt.encode(said | claims, "k" * 32, algorithm="HS256")


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    return Instance(tmp_path_factory.mktemp("sigstore"))


@pytest.fixture
def services(instance: Instance) -> Iterator[Services]:
    with running(Services(instance)) as served:
        yield served


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No platform gives this process an identity."""
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "CIRCLECI", "BUILDKITE", "SIGSTORE_ID_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("version", [1, 2])
def test_a_statement_is_certified_stamped_logged_and_verified_offline(
    services: Services, tmp_path: Path, version: int
) -> None:
    services.version = version
    signer = load_signer(services.write(tmp_path), None, {"SIGSTORE_ID_TOKEN": token()})
    assert services.asked == [], "nothing is contacted before something is signed"
    data = sealed(PAYLOAD, signer)
    assert services.asked == ["/api/v2/signingCert", "/stamp", f"/api/v{version}/log/entries"]
    envelope = unseal(data)
    assert envelope.payload == PAYLOAD
    assert envelope.certificate and len(envelope.timestamps) == len(envelope.tlog) == 1
    assert verify_identity(envelope, GATE, services.instance.root(), PAYLOAD)
    assert isinstance(signer, SealsItself)


def test_a_gate_report_is_signed_through_the_command_line(
    services: Services, instance: Instance, house: Path, command: Run
) -> None:
    uri = services.write(house)
    done = command("gate", "b", "-p", "p.yaml", "--sign", uri, "-o", "attestation=r.json", SIGSTORE_ID_TOKEN=token())
    assert done.returncode == 0, done.stderr
    envelope = unseal(Path("r.json").read_bytes())
    assert json.loads(envelope.payload)["predicate"]["decision"] == "ALLOWED"
    assert verify_identity(envelope, GATE, instance.root(), envelope.payload)
    done = command("measure", "b", "-p", "p.yaml", "-o", "m.json", "--sign", uri, SIGSTORE_ID_TOKEN=token())
    assert done.returncode == 0, done.stderr
    assert unseal(Path("m.json").read_bytes()).certificate


def test_each_file_is_signed_with_a_key_of_its_own(services: Services, tmp_path: Path) -> None:
    signer = load_signer(services.write(tmp_path), None, {"SIGSTORE_ID_TOKEN": token()})
    first, second = (unseal(sealed(PAYLOAD, signer)).certificate for _ in range(2))
    assert first != second


def test_the_platform_s_own_identity_is_found(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sigstore.oidc.detect_credential", token)
    signer = load_signer(services.write(tmp_path), None, {})
    assert sealed(PAYLOAD, signer)
    assert services.tokens[0].startswith("Bearer ey")


def test_a_job_without_an_identity_is_told_so_before_it_measures(services: Services, house: Path, command: Run) -> None:
    done = command("gate", "b", "-p", "p.yaml", "--sign", services.write(house), "-o", "attestation=r.json")
    assert done.returncode == 2
    assert "this job has no identity to sign with" in done.stderr
    assert "`id-token: write`" in done.stderr and "SIGSTORE_ID_TOKEN" in done.stderr
    assert services.asked == [] and not Path("r.json").exists()


@pytest.mark.parametrize("bad", ["planted-secret-token", token(aud="elsewhere"), token(exp=1000), token(exp="x")])
def test_a_token_that_is_none_is_refused_and_not_shown(services: Services, tmp_path: Path, bad: str) -> None:
    with pytest.raises(SigningError, match="`sigstore:` did not tell who this job is") as caught:
        load_signer(services.write(tmp_path), None, {"SIGSTORE_ID_TOKEN": bad})
    assert bad not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("path", "said"),
    [("/api/v2/signingCert", "the certificate authority refused"), ("/api/v2/log", "the transparency log refused")],
)
def test_a_service_that_refuses_is_one_clear_error(services: Services, tmp_path: Path, path: str, said: str) -> None:
    raw = token()
    signer = load_signer(services.write(tmp_path), None, {"SIGSTORE_ID_TOKEN": raw})
    services.refusing = path
    with pytest.raises(SigningError) as caught:
        sealed(PAYLOAD, signer)
    assert str(caught.value) == f"`sigstore:` did not sign ({said})"
    shown = "".join(traceback.format_exception(caught.value)) + repr(signer) + caught.value.hint
    assert raw not in shown and "planted-secret" not in shown


@pytest.mark.parametrize(
    "wrong",
    [
        Wrong(sct=False),
        Wrong(minutes_ago=60),
        Wrong(logged_signature=b"another"),
        Wrong(issuer=None, older_issuer=None),
    ],
)
def test_what_the_services_give_is_verified_before_it_is_handed_on(
    services: Services, tmp_path: Path, wrong: Wrong
) -> None:
    signer = load_signer(services.write(tmp_path), None, {"SIGSTORE_ID_TOKEN": token()})
    services.wrong = wrong
    with pytest.raises(SigningError, match=r"what the services gave does not verify|`sigstore:` did not sign"):
        sealed(PAYLOAD, signer)


def test_without_a_time_stamp_nothing_is_handed_on(services: Services, tmp_path: Path) -> None:
    """The library only warns; a file without a trusted time is refused by everybody who verifies."""
    signer = load_signer(services.write(tmp_path), None, {"SIGSTORE_ID_TOKEN": token()})
    services.refusing = "/stamp"
    with pytest.raises(SigningError):
        sealed(PAYLOAD, signer)


def test_a_service_that_is_not_there_is_one_clear_error(instance: Instance, tmp_path: Path) -> None:
    with running(Services(instance)) as gone:
        uri = gone.write(tmp_path)
    signer = load_signer(uri, None, {"SIGSTORE_ID_TOKEN": token()})
    with pytest.raises(SigningError, match=r"`sigstore:` did not sign \(it cannot be reached\)"):
        sealed(PAYLOAD, signer)


def test_an_identity_has_no_key_to_hand_out_or_to_sign_bytes_with(services: Services, tmp_path: Path) -> None:
    signer = load_signer(services.write(tmp_path), None, {"SIGSTORE_ID_TOKEN": token()})
    for ask in (lambda: signer.public, lambda: signer.sign(b"m")):
        with pytest.raises(SigningError, match="an identity has no key of its own") as caught:
            ask()
        assert "`identities:` in the trust file" in caught.value.hint
    assert repr(signer) == "KeylessSigner()"


@pytest.mark.parametrize(
    ("root", "config", "message"),
    [
        (None, b"{}", "cannot read .*: no such file or directory"),
        (b"nothing", b"{}", "is not JSON"),
        (b"{}", b"{}", "the two files do not describe an instance of Sigstore"),
    ],
)
def test_files_that_describe_no_instance_are_refused(
    tmp_path: Path, root: bytes | None, config: bytes, message: str
) -> None:
    if root is not None:
        (tmp_path / "root.json").write_bytes(root)
    (tmp_path / "signing.json").write_bytes(config)
    uri = f"sigstore:?trusted_root={tmp_path}/root.json&signing_config={tmp_path}/signing.json"
    with pytest.raises(SigningError, match=message):
        load_signer(uri, None, {"SIGSTORE_ID_TOKEN": token()})


def test_the_public_instance_is_meant_where_no_other_is_named_and_not_contacted_before_signing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def production(**_: Any) -> None:
        asked.append("production")
        raise ConnectionError("planted-secret")

    monkeypatch.setattr("sigstore.models.ClientTrustConfig.production", production)
    signer = load_signer("sigstore:", None, {"SIGSTORE_ID_TOKEN": token()})
    assert asked == []
    with pytest.raises(SigningError, match=r"`sigstore:` did not sign \(it cannot be reached\)"):
        sealed(PAYLOAD, signer)
    assert asked == ["production"]
