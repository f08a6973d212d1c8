"""Waivers, trust and ledger from Python."""

from __future__ import annotations

from pathlib import Path

import pytest

import policykit
from policykit.attest.ledger.folder import create
from policykit.errors import UsageError, VerificationError
from tests.trust_world import ROOTS, World, make_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = make_world(tmp_path / "w", women=(300, 1000), report=False)
    made.waiver()
    return made


def test_waivers_count_under_a_trust_file(world: World) -> None:
    report = policykit.gate(
        world.bundle,
        world.policy,
        "production",
        trust=world.trust,
        trust_roots=[world.public(name) for name in ROOTS],
        waivers=str(world.waivers),
    )
    assert report.allowed, report.reason
    assert [(line.signed.waiver.id, line.state, line.days_left) for line in report.waivers] == [("W-1", "used", 60)]
    assert report.trust == ("bank.models", 1, world.authority().trust.digest)


def test_waivers_without_trust_are_refused(world: World) -> None:
    with pytest.raises(VerificationError) as refused:
        policykit.gate(world.bundle, world.policy, "production", waivers=[world.waivers])
    assert refused.value.reason == "waiver_trust"


def test_a_trust_file_without_a_root_is_refused(world: World) -> None:
    with pytest.raises(VerificationError) as refused:
        policykit.gate(world.bundle, world.policy, "production", trust=world.trust, waivers=world.waivers)
    assert refused.value.reason == "trust_root"


def test_a_root_that_is_no_digest_is_wrong(world: World) -> None:
    with pytest.raises(UsageError):
        policykit.gate(world.bundle, world.policy, "production", trust=world.trust, trust_roots="sha256:12")


def test_the_ledger_counts_attempts(world: World) -> None:
    ledger = world.folder / "ledger"
    create(ledger, "ledger.bank.example", world.signer("office"))
    report = policykit.gate(world.bundle, world.policy, "production", ledger=ledger)
    assert report.history is not None
    assert (report.history.looks, report.history.origin) == (1, "ledger.bank.example")
