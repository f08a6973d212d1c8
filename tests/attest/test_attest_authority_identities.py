"""Identities and pinned files: a workflow signs without a key, under the root that the trust file pins."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from policykit.attest.authority import Authority
from policykit.attest.envelope import sealed
from policykit.attest.material import Material
from policykit.attest.pinned import read_pinned
from policykit.attest.statement import APPROVAL, GATE_REPORT, statement
from policykit.canon import digest
from policykit.errors import VerificationError
from policykit.terms.trust import (
    Trust,
    TrustAccount,
    TrustFile,
    TrustIdentity,
)
from tests.attest.authorities import refused, review
from tests.signers.private_sigstore import ISSUER, SUBJECT, Instance, Wrong

# identities


def test_a_certificate_where_no_identity_has_the_role_is_somebody_unknown(trust: Trust, payload: bytes) -> None:
    error = refused("unknown_signer", trust, sealed(payload, b"s", Material("", b"DER", (), ())))
    assert str(error) == "it is signed by an identity that the trust file does not know"


def test_the_root_of_an_identity_must_be_the_file_that_was_pinned(trust: Trust, tmp_path: Path, payload: bytes) -> None:
    root = tmp_path / "root.json"
    root.write_bytes(b"{}")
    pinned = replace(
        trust,
        identities={"flow": TrustIdentity("flow", "https://issuer", "https://subject", "public")},
        roots={"public": TrustFile("public", str(root), digest(b"other"))},
        roles={"evaluator": ("flow",)},
    )
    error = refused("trust_file", pinned, sealed(payload, b"s", Material("", b"DER", (), ())))
    assert str(error).startswith("the file of `public` is not the one that the trust file names: its SHA-256 is ")


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    return Instance(tmp_path_factory.mktemp("sigstore"))


@pytest.fixture
def keyless(trust: Trust, instance: Instance, tmp_path: Path) -> Trust:
    """A trust file in which a workflow judges, another does not, and the first records the reviews of a person."""
    root = tmp_path / "trusted_root.json"
    root.write_bytes(instance.root())
    return replace(
        trust,
        identities={
            "flow": TrustIdentity("flow", ISSUER, SUBJECT, "public"),
            "other": TrustIdentity("other", ISSUER, SUBJECT + "x", "public"),
        },
        accounts={"asilva": TrustAccount("asilva", "github", "asilva", "a.silva@acme.example", "flow")},
        roots={"public": TrustFile("public", str(root), digest(instance.root()))},
        roles={"evaluator": ("gate", "flow"), "release-manager": ("keller", "asilva"), "nobody": ("other",)},
    )


def test_an_identity_of_the_role_signs_at_a_trusted_time(keyless: Trust, instance: Instance, payload: bytes) -> None:
    signed = Authority(keyless, instance.now).open(
        instance.signed(payload), role="evaluator", predicate_type=GATE_REPORT
    )
    assert (signed.by.name, signed.by.key_id) == ("flow", f"{ISSUER} {SUBJECT}")
    assert signed.at == instance.now and signed.by.at == instance.now.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_an_identity_without_the_role_is_told_by_its_name(keyless: Trust, instance: Instance, payload: bytes) -> None:
    error = refused("role", replace(keyless, roles={"evaluator": ("gate", "other")}), instance.signed(payload))
    assert str(error) == "it is signed by `flow`, who does not have the role `evaluator`"


def test_an_identity_that_nobody_named_is_refused_for_its_own_reason(
    keyless: Trust, instance: Instance, payload: bytes
) -> None:
    refused("identity", keyless, instance.signed(payload, Wrong(subject=SUBJECT + "y")))
    only_keys = replace(keyless, roles={"evaluator": ("gate",)}, identities={})
    refused("unknown_signer", only_keys, instance.signed(payload))


def test_a_time_of_an_identity_that_has_not_come_is_refused(keyless: Trust, instance: Instance, payload: bytes) -> None:
    with pytest.raises(VerificationError) as caught:
        Authority(keyless, instance.now - timedelta(minutes=6)).open(
            instance.signed(payload), role="evaluator", predicate_type=GATE_REPORT
        )
    assert caught.value.reason == "clock"


def test_an_identity_signs_for_a_reviewer_and_not_for_itself(keyless: Trust, instance: Instance) -> None:
    authority = Authority(keyless, instance.now)
    for said, expected in ((review(), "asilva"), ({}, "")):
        made = statement([("m", "ab" * 32)], {"role": "release-manager", **said}, predicate_type=APPROVAL)
        data = instance.signed(made)
        if expected:
            assert authority.open(data, role="release-manager", predicate_type=APPROVAL).by.name == expected
        else:
            with pytest.raises(VerificationError, match="`flow` records the reviews of others"):
                authority.open(data, role="release-manager", predicate_type=APPROVAL)


def test_what_an_identity_signed_is_not_believed_before_all_of_it_holds(keyless: Trust, instance: Instance) -> None:
    refused("transparency", keyless, instance.signed(b"not even JSON", Wrong(proof=False)))
    with pytest.raises(VerificationError) as caught:
        Authority(keyless, instance.now).open(
            instance.signed(b"not even JSON"), role="evaluator", predicate_type=GATE_REPORT
        )
    assert caught.value.reason == "json"


# pinned files


def test_a_pinned_file_is_read_only_where_it_is_the_one(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"abc")
    assert read_pinned(TrustFile("f", str(path), digest(b"abc"))) == b"abc"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("none", "cannot be read: no such file or directory"),
        (".", "cannot be read: is a directory"),
        ("pipe", "cannot be read: it is not a file"),
        ("large", "is larger than any such file"),
    ],
)
def test_what_cannot_be_a_pinned_file_is_refused_at_once(tmp_path: Path, path: str, told: str) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(500 * 1024 * 1024)
    with pytest.raises(VerificationError) as caught:
        read_pinned(TrustFile("f", str(tmp_path / path), "00" * 32))
    assert (caught.value.reason, str(caught.value)) == ("trust_file", f"the file of `f` {told}")
