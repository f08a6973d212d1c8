"""A report signed by a key in AWS KMS, against a stand-in of the whole service on loopback, through the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from policykit.attest.keys import load_signer
from policykit.errors import SigningError

pytestmark = pytest.mark.slow

Run = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def client(kms: dict[str, str]) -> Any:
    import boto3

    return boto3.client(
        "kms",
        endpoint_url=kms["AWS_ENDPOINT_URL_KMS"],
        region_name="eu-central-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


def make(client: Any, alias: str, spec: str = "ECC_NIST_P256") -> str:
    said = client.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    client.create_alias(AliasName=f"alias/{alias}", TargetKeyId=said["KeyId"])
    return str(said["Arn"])


@pytest.fixture(scope="module")
def arn(client: Any) -> str:
    return make(client, "policykit")


def test_a_report_is_signed_by_the_alias_alone_and_verified_with_the_key_that_was_shown(
    kms: dict[str, str], arn: str, house: Path, command: Run
) -> None:
    shown = command("keys", "show", "awskms:alias/policykit", **kms)
    assert shown.returncode == 0, shown.stderr
    Path("kms.pub.pem").write_text(shown.stdout)
    made = command(
        *("gate", "b", "-p", "p.yaml", "--sign", "awskms:alias/policykit", "--output", "attestation=r.json"), **kms
    )
    assert made.returncode == 0, made.stderr
    read = command("verify", "r.json", "--key", "kms.pub.pem", "--bundle", "b")
    assert read.returncode == 0, read.stderr
    measured = command("measure", "b", "-p", "p.yaml", "-o", "m.json", "--sign", "awskms:alias/policykit", **kms)
    assert measured.returncode == 0, measured.stderr
    assert command("judge", "m.json", "-p", "p.yaml", "--key", "kms.pub.pem").returncode == 0


@pytest.fixture
def cloud(kms: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in kms.items():
        monkeypatch.setenv(name, value)


def test_alias_id_and_arn_name_one_key(cloud: None, arn: str) -> None:
    keys = {
        load_signer(f"awskms:{name}", None).public.id
        for name in ("alias/policykit", "///alias/policykit", arn, arn.rpartition("/")[2])
    }
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("spec", "kind"),
    [("RSA_2048", "RSA"), ("ECC_NIST_P384", "ECDSA secp384r1"), ("ECC_SECG_P256K1", "ECDSA secp256k1")],
)
def test_a_key_of_another_kind_is_refused_before_anything_is_signed(
    cloud: None, client: Any, spec: str, kind: str
) -> None:
    make(client, spec, spec)
    with pytest.raises(SigningError, match=f"{kind} keys are not accepted: only ed25519 and ECDSA P-256 are") as caught:
        load_signer(f"awskms:alias/{spec}", None)
    assert "ECDSA P-256" in caught.value.hint


def test_a_key_that_is_not_there_is_one_clear_error(cloud: None) -> None:
    with pytest.raises(
        SigningError, match=r"`awskms:alias/nobody` did not give its public key \(NotFoundException\)"
    ) as caught:
        load_signer("awskms:alias/nobody", None)
    assert "kms:GetPublicKey and kms:Sign" in caught.value.hint


def test_an_alias_that_is_moved_underfoot_is_caught(cloud: None, client: Any) -> None:
    make(client, "moved")
    signer = load_signer("awskms:alias/moved", None)
    assert signer.sign(b"m")
    other = client.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    client.update_alias(AliasName="alias/moved", TargetKeyId=other)
    with pytest.raises(SigningError, match="a signature that does not fit its own public key"):
        signer.sign(b"m")


def test_a_service_that_is_not_there_is_one_clear_error_without_secrets(
    kms: dict[str, str], house: Path, command: Run
) -> None:
    away = kms | {"AWS_ENDPOINT_URL_KMS": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    done = command("gate", "b", "-p", "p.yaml", "--sign", "awskms:alias/policykit", "-o", "attestation=r.json", **away)
    assert done.returncode == 2
    assert "`awskms:alias/policykit` did not give its public key (it cannot be reached)" in done.stderr
    assert "planted-secret" not in done.stderr + done.stdout
    assert not Path("r.json").exists()
