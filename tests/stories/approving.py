"""What the tests of approving share: the verb, and what it signed."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.authority import Authority, Signed
from policykit.attest.claims_file import read_claims
from policykit.attest.envelope import unseal
from policykit.cli.start import run
from policykit.stories.trusting import open_trust
from tests.trust_world import World

Captured = pytest.CaptureFixture[str]


def approve(world: World, file: Path, by: str, *more: object, trust: bool = True) -> int:
    words = ["approve", str(file), "--sign", str(world.key(by)), *(world.trust_words if trust else ())]
    return run([*words, *(str(word) for word in more)])


def authority(world: World) -> Authority:
    return open_trust(world.trust, [str(world.public("root-a"))], state=None, now=world.now + timedelta(minutes=1))


def last(path: Path) -> dict[str, Any]:
    """The statement in the last line of a claims file."""
    said: dict[str, Any] = json.loads(unseal(read_claims(path)[-1]).payload)
    return said


def counted(world: World, path: Path, role: str, kind: str) -> Signed:
    return authority(world).open(read_claims(path)[-1], role=role, predicate_type=kind)


def refused(code: int, reason: str, found: int, capsys: Captured) -> str:
    told = capsys.readouterr()
    assert found == code, told.err
    assert reason in told.err
    assert told.out == ""
    return told.err
