"""What the tests of verifying by a trust file share."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.claims_file import read_claims
from policykit.attest.verify import Asked
from policykit.errors import VerificationError
from policykit.report.digests import inputs_digest_of, verdict_digest_of
from policykit.stories.verify import Authentic, Under, authentic
from tests.trust_world import World

UNFAIR = (300, 1000)


def copied(world: World, folder: Path) -> World:
    shutil.copytree(world.folder, folder / "world")
    return World(folder / "world", world.now)


def verified(world: World, report: Path | None = None, **given: Any) -> Authentic:
    """Verify a report of the world for production; `days` is how much later."""
    now = world.now + timedelta(days=given.pop("days", 0))
    asked, bundle, again = given.pop("asked", Asked()), given.pop("bundle", None), given.pop("again", False)
    claims = given.pop("claims", read_claims(world.claims))
    under = Under(world.authority(now), given.pop("stage", "production"), claims, **given)
    data = (report or world.report).read_bytes()
    return authentic(data, None, asked, now=now, bundle=bundle, again=again, under=under)


def reason(world: World, report: Path | None = None, **given: Any) -> str:
    with pytest.raises(VerificationError) as caught:
        verified(world, report, **given)
    return caught.value.reason


def redigested(change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    """Change what a report says and take its own digests anew, as somebody would who holds the evaluator's key."""

    def changed(said: dict[str, Any]) -> None:
        change(said)
        said["verdictDigest"], said["inputsDigest"] = verdict_digest_of(said), inputs_digest_of(said)

    return changed
