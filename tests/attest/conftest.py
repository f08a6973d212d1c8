"""Keys and signed reports to test with; keys are made once, because making them is the slow part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.envelope import seal
from policykit.attest.keys import load_public_key, load_signer, new_key
from policykit.attest.publickey import PublicKey
from policykit.attest.signer import Signer
from policykit.attest.statement import statement
from policykit.terms.trust import Quorum, StageTrust, Trust, TrustAccount
from tests.attest.authorities import NAMES, trust_key

MANIFEST = "ab" * 32


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    """Two keys of each accepted kind, on disk."""
    folder = tmp_path_factory.mktemp("keys")
    return {
        "ed25519": new_key("ed25519", folder, None),
        "ecdsa-p256": new_key("ecdsa-p256", folder, None, algorithm="ecdsa-p256"),
        "other": new_key("other", folder, None),
    }


@pytest.fixture(scope="session", params=["ed25519", "ecdsa-p256"])
def pair(request: pytest.FixtureRequest, keys: dict[str, tuple[Path, Path]]) -> tuple[Signer, PublicKey]:
    """A signer and the key that checks it, of each accepted kind."""
    private, public = keys[request.param]
    return load_signer(str(private), None), load_public_key(public)


@pytest.fixture(scope="session")
def signer(keys: dict[str, tuple[Path, Path]]) -> Signer:
    return load_signer(str(keys["ed25519"][0]), None)


@pytest.fixture(scope="session")
def key(keys: dict[str, tuple[Path, Path]]) -> PublicKey:
    return load_public_key(keys["ed25519"][1])


@pytest.fixture(scope="session")
def predicate() -> dict[str, Any]:
    """A small gate report, allowed, in the words of the report room."""
    return {
        "gate": {"stage": "production", "id": "credit", "nonce": "n-1", "mode": "enforce", "scope": "full"},
        "decision": "ALLOWED",
        "verdictDigest": "cd" * 32,
        "timeEvaluated": "2026-11-22T09:30:00Z",
        "asOf": "2026-11-22",
        "engine": {"version": "0.1.0"},
        "policies": [{"id": "acme.credit@3.2.0", "digest": "ef" * 32, "applied": True}],
        "rules": [],
        "measurements": [],
        "materials": [],
        "limits": "integrity of the evaluation, not fitness for purpose",
    }


@pytest.fixture(scope="session")
def payload(predicate: dict[str, Any]) -> bytes:
    return statement([("bundle.manifest.json", MANIFEST), ("model/model.skops", "12" * 32)], predicate)


@pytest.fixture(scope="session")
def report(payload: bytes, signer: Signer) -> bytes:
    """A signed report, as a file holds it."""
    return seal(payload, signer)


@pytest.fixture(scope="session")
def sealed(signer: Signer) -> Callable[[bytes], bytes]:
    """Sign any bytes as if they were a statement."""
    return lambda data: seal(data, signer)


@pytest.fixture(scope="session")
def signers(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Signer]:
    folder = tmp_path_factory.mktemp("authority")
    return {name: load_signer(str(new_key(name, folder, None)[0]), None) for name in NAMES}


@pytest.fixture
def trust(signers: Mapping[str, Signer]) -> Trust:
    keys = {name: trust_key(name, signers[name].public) for name in NAMES if name != "stranger"}
    keys["keller"] = replace(keys["keller"], who="m.keller@acme.example")
    return Trust(
        id="acme.models",
        version=1,
        title="t",
        expires="2027-06-30",
        authority=Quorum("trust-authority"),
        keys=keys,
        accounts={
            "asilva": TrustAccount("asilva", "github", "ASilva", "a.silva@acme.example", "workflow"),
            "bjones": TrustAccount("bjones", "github", "bjones", "b.jones@acme.example", "workflow"),
        },
        roles={
            "evaluator": ("gate",),
            "release-manager": ("keller", "asilva"),
            "officer": ("keller", "workflow", "bjones"),
        },
        stages={"production": StageTrust("production")},
    )
