"""Worlds to verify in, and a desk to gate at again: a bundle, a policy, a key, a signed report, and a count of what was measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from policykit.cli.start import run
from policykit.report.digests import inputs_digest_of
from tests.stories.verifying import UNFAIR, copied
from tests.trust_world import World, make_world

SPARED = "policykit: nothing was measured: the report of"
MEASURING = "policykit: --unless-changed: measuring, since "


@dataclass
class Desk:
    """A bundle, a policy, a key, and what running the gate over them said."""

    world: World
    capsys: pytest.CaptureFixture[str]
    measured: list[str]

    @property
    def earlier(self) -> Path:
        return self.world.folder / "earlier.json"

    def gate(self, *words: str) -> tuple[int, str, str]:
        self.capsys.readouterr()
        self.measured.clear()
        basic = ["gate", str(self.world.bundle), "--policies", str(self.world.policy), "--stage", "production", "-q"]
        code = run([*basic, *words])
        told = self.capsys.readouterr()
        return code, told.out, told.err

    def sign(self, *words: str, by: str = "gate") -> int:
        signed = ("--sign", str(self.world.key(by)), "--output", f"attestation={self.earlier}")
        return self.gate(*signed, *words)[0]

    def again(self, *words: str, key: str = "gate") -> tuple[int, str, str]:
        return self.gate("--unless-changed", str(self.earlier), "--key", str(self.world.public(key)), *words)

    def why(self, *words: str, key: str = "gate") -> str:
        """Run again, expect that everything is measured, and return the reason that is said."""
        _, _, err = self.again(*words, key=key)
        line = next(each for each in err.splitlines() if each.startswith(MEASURING))
        assert self.measured, "and it was measured"
        assert SPARED not in err
        return line.removeprefix(MEASURING)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    from policykit.measure import engine

    measured: list[str] = []
    take = engine.take

    def counted(*given: Any, **more: Any) -> Any:
        measured.append("taken")
        return take(*given, **more)

    monkeypatch.setattr(engine, "take", counted)
    monkeypatch.chdir(tmp_path)
    found = Desk(make_world(tmp_path / "w", report=False), capsys, measured)
    assert found.sign() == 0
    yield found


def resigned(desk: Desk, **changed: Any) -> None:
    """Let the evaluator sign something else than what the gate said."""
    from policykit.attest.envelope import seal
    from policykit.attest.statement import statement

    signed = json.loads(desk.world.payload(desk.earlier))
    subjects = [(one["name"], one["digest"]["sha256"]) for one in signed["subject"]]
    predicate = {**signed["predicate"], **changed}
    predicate["inputsDigest"] = inputs_digest_of(predicate)
    desk.earlier.write_bytes(seal(statement(subjects, predicate), desk.world.signer("gate")))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world whose model is allowed; only looked at, or copied."""
    return make_world(tmp_path_factory.mktemp("fair") / "world")


@pytest.fixture(scope="module")
def unfair(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world whose model is blocked; only looked at, or copied."""
    return make_world(tmp_path_factory.mktemp("unfair") / "world", women=UNFAIR)


@pytest.fixture
def world(made: World, tmp_path: Path) -> World:
    """A world of one's own, whose model is allowed."""
    return copied(made, tmp_path)


@pytest.fixture
def waived(unfair: World, tmp_path: Path) -> World:
    """A world whose model is let through by a waiver alone."""
    found = copied(unfair, tmp_path)
    found.waiver()
    found.gate(waived=True)
    return found
