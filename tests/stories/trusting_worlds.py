"""What the tests of trust files share: believing one, being refused, writing the next version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from policykit.attest.authority import Authority
from policykit.attest.state import State
from policykit.errors import VerificationError
from policykit.stories.trusting import open_trust
from tests.trust_world import World


def believed(world: World, *roots: str, state: bool = False, days: int = 0) -> Authority:
    return open_trust(
        world.trust,
        [str(world.public(root)) for root in roots],
        state=State(world.state) if state else None,
        now=world.now + timedelta(days=days),
    )


def refused(reason: str, world: World, *roots: str, state: bool = False, days: int = 0) -> VerificationError:
    with pytest.raises(VerificationError) as caught:
        believed(world, *roots, state=state, days=days)
    assert caught.value.reason == reason, caught.value
    return caught.value


def written(world: World, version: int, signed_by: Sequence[str] = ("root-a", "root-b"), **changed: Any) -> None:
    world.write_trust(version=version, signed_by=signed_by, **changed)


def counted(world: World, least: int, *roots: str) -> Authority:
    words = [str(world.public(root)) for root in roots]
    return open_trust(world.trust, words, state=None, now=world.now, roots_at_least=least)
