"""A release office to test with: a trust file, keys, permits, revocations, and two bundles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.authority import Authority
from policykit.attest.envelope import seal
from policykit.attest.keys import load_signer, new_key
from policykit.attest.signer import Signer
from policykit.attest.statement import REVOCATION, permit_type, statement
from policykit.load.bundle import load_bundle
from policykit.stories.consistent import subjects_of
from policykit.terms.bundle import Bundle
from policykit.terms.trust import Quorum, StageTrust, Trust, TrustKey
from tests.build import write_bundle
from tests.clock import NOW

NAMES = ("office", "evaluator", "lead-a", "lead-b", "lead-a-too", "stranger")
WHO = {"lead-a": "a.silva@acme.example", "lead-b": "b.keller@acme.example", "lead-a-too": "a.silva@acme.example"}


@dataclass(frozen=True)
class Office:
    """Who signs what, and under which trust file it counts."""

    signers: dict[str, Signer]
    trust: Trust

    def at(self, now: datetime = NOW, **stage: Any) -> Authority:
        """Return the trust file as it stands at a moment, with words of the stage changed."""
        stages = {"production": replace(self.trust.stages["production"], **stage), "staging": StageTrust("staging")}
        return Authority(replace(self.trust, stages=stages), now)

    def permit(self, bundle: Bundle, /, *, stage: str = "production", by: str = "office", **changed: Any) -> bytes:
        """Return a signed permit for the bundle; keywords replace what it says."""
        said = {
            "kind": "promotion",
            "stage": stage,
            "bundle": {"name": bundle.name, "version": bundle.version},
            "report": {"payload": "sha256:" + "ab" * 32, "verdictDigest": "cd" * 32},
            "approvals": [{"payload": "ef" * 32, "name": "keller", "who": "b.keller@acme.example", "role": "manager"}],
            "evaluations": 1,
            "waivers": [],
            "trust": {"id": "acme.models", "version": 1, "digest": "12" * 32},
            "issued": (NOW - timedelta(hours=1)).isoformat().replace("+00:00", "Z"),
            "until": (NOW + timedelta(days=2)).isoformat().replace("+00:00", "Z"),
            **changed,
        }
        kind = changed.pop("predicate_type", permit_type(stage))
        return seal(statement(subjects_of(bundle), said, predicate_type=kind), self.signers[by])

    def revocation(self, payload: str, *, by: str = "office", kind: str = "permit") -> bytes:
        """Return a signed revocation of what has this payload digest."""
        why = "the data was wrong"
        said = {"revokes": f"sha256:{payload}", "kind": kind, "reason": why, "time": "2026-11-22T11:00:00Z"}
        return seal(statement([("permit", payload)], said, predicate_type=REVOCATION), self.signers[by])


@pytest.fixture(scope="session")
def key_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    folder = tmp_path_factory.mktemp("keys")
    return {name: new_key(name, folder, None) for name in NAMES}


@pytest.fixture(scope="session")
def office(key_files: dict[str, tuple[Path, Path]]) -> Office:
    signers = {name: load_signer(str(private), None) for name, (private, _) in key_files.items()}
    keys = {
        name: TrustKey(name, key_files[name][1].read_text(), signer.public.id, WHO.get(name, ""))
        for name, signer in signers.items()
        if name != "stranger"
    }
    roles = {
        "release-office": ("office",),
        "evaluator": ("evaluator",),
        "incident-lead": ("lead-a", "lead-b", "lead-a-too"),
        "trust-authority": ("office",),
    }
    stage = StageTrust(
        "production",
        permit_signed_by="release-office",
        rollback_within=30,
        break_glass=Quorum("incident-lead", 2),
    )
    authority = Quorum("trust-authority", 1)
    trust = Trust("acme.models", 1, "t", "2027-06-30", authority, keys=keys, roles=roles, stages={"production": stage})
    return Office(signers, trust)


def make_bundle(folder: Path, version: str) -> Bundle:
    (folder / "model").mkdir(parents=True)
    (folder / "model" / "weights.json").write_text(f'{{"version": "{version}"}}')
    return load_bundle(write_bundle(folder, version=version, model={"path": "model/weights.json"}))


@pytest.fixture
def first(tmp_path: Path) -> Bundle:
    return make_bundle(tmp_path / "first", "1.0.0")


@pytest.fixture
def second(tmp_path: Path) -> Bundle:
    return make_bundle(tmp_path / "second", "2.0.0")


@pytest.fixture
def third(tmp_path: Path) -> Bundle:
    return make_bundle(tmp_path / "third", "3.0.0")
