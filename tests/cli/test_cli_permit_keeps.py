"""What is signed for others: a permit keeps what it counted and writes over nothing; no waiver that counts nowhere is signed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from policykit.attest.claims_file import read_claims
from policykit.cli.start import run
from tests.trust_world import make_world


def test_the_reports_of_other_evaluators_are_kept_among_the_claims(tmp_path: Path) -> None:
    terms = {"report": {"signed_by": "evaluator", "max_age": "7 days", "evaluations": 2}, "approvals": None}
    world = make_world(tmp_path / "world", terms=terms)
    other = world.gate("other.json", by="gate-b", nonce="their own")
    words = ["permit", str(world.report), *world.trust_words, "--stage", "production", "--bundle", str(world.bundle)]
    words += ["--sign", str(world.key("office")), "--output", str(tmp_path / "permit.json")]
    assert run(words) == 4
    assert run([*words, "--reports", str(other)]) == 0
    assert other.read_bytes() in read_claims(world.claims)
    assert run(words) == 0


def test_a_permit_is_not_written_over_what_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = make_world(tmp_path / "world")
    for name in ("keller", "silva"):
        world.approve(by=name)
    before = world.trust.read_bytes()
    words = ["permit", str(world.report), *world.trust_words, "--stage", "production", "--bundle", str(world.bundle)]
    assert run([*words, "--sign", str(world.key("office")), "--output", str(world.trust)]) == 2
    assert "is there already, and is no permit" in capsys.readouterr().err
    assert world.trust.read_bytes() == before
    goal = str(tmp_path / "permit.json")
    for _ in range(2):
        assert run([*words, "--sign", str(world.key("office")), "--output", goal]) == 0


def test_a_waiver_that_would_count_nowhere_is_not_signed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = make_world(tmp_path / "world", report=False)
    late = (world.now + timedelta(days=700)).date().isoformat()
    waiver = world.waiver(signed_by=(), expires=late)
    words = ["approve", str(waiver), "--sign", str(world.key("okafor")), *world.trust_words]
    assert run(words) == 4
    told = capsys.readouterr().err
    assert "the waiver `W-1` would not count: it holds for 702 days, and the trust file accepts at most" in told
    assert "[waiver_refused]" in told
    assert not (world.waivers / "claims.jsonl").exists()
