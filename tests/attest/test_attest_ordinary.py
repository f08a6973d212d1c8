"""What is read by name is an ordinary file: a pipe in its place is refused at once, and keeps nobody waiting."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from policykit.attest.claims_file import read_claims
from policykit.attest.envelope import read_report
from policykit.attest.keys import load_public_key
from policykit.attest.ordinary import open_ordinary
from policykit.attest.state import State
from policykit.cli.start import run
from policykit.errors import StorageError, VerificationError
from policykit.stories.review import read_review
from tests.clock import NOW
from tests.trust_world import World, make_world


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


@pytest.mark.parametrize(
    ("read", "what"),
    [
        (read_claims, "the claims"),
        (read_report, "the report"),
        (load_public_key, "the public key"),
        (lambda path: read_review(path, now=NOW), "the review"),
    ],
)
def test_a_pipe_is_refused_at_once(pipe: Path, read: Callable[[Path], object], what: str) -> None:
    with pytest.raises(StorageError) as caught:
        read(pipe)
    assert str(caught.value) == f"cannot read {what}: it is not a file"


def test_devices_and_folders_are_no_files_either(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="it is not a file"):
        open_ordinary("/dev/zero")
    with pytest.raises(IsADirectoryError):
        open_ordinary(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_ordinary(tmp_path / "none")


def test_a_file_and_a_link_to_one_are_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a\r\nb")
    (tmp_path / "link").symlink_to("a")
    for name in ("a", "link"):
        with open_ordinary(tmp_path / name) as file:
            assert file.read() == b"a\r\nb"


def test_nothing_stays_open_of_what_was_refused(tmp_path: Path, pipe: Path) -> None:
    before = len([*Path("/proc/self/fd").iterdir()])
    for path in (pipe, tmp_path):
        with pytest.raises(OSError):
            open_ordinary(path)
    assert len([*Path("/proc/self/fd").iterdir()]) == before


def test_a_pipe_among_what_was_seen_is_a_refusal(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    state.remember("trust", "acme", {"version": 1})
    (kept,) = state.folder.glob("*.json")
    kept.unlink()
    os.mkfifo(kept)
    with pytest.raises(VerificationError, match="cannot be read: it is not a file"):
        state.seen("trust", "acme")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("world") / "w")


@pytest.mark.parametrize("verb", ["verify", "revoke", "approve", "claims", "root", "promote"])
def test_no_verb_waits_for_a_pipe(world: World, pipe: Path, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    trust, stage = world.trust_words, ["--stage", "production"]
    words = {
        "verify": ["verify", str(pipe), *trust, *stage],
        "revoke": ["revoke", str(pipe), "--reason", "x", "--sign", str(world.key("gate")), *trust],
        "approve": ["approve", str(pipe), "--sign", str(world.key("keller")), *trust, *stage],
        "claims": ["verify", str(world.report), *trust, *stage, "--claims", str(pipe)],
        "root": ["verify", str(world.report), "--trust", str(world.trust), "--trust-root", str(pipe), *stage],
        "promote": [
            "promote",
            str(world.bundle),
            *stage,
            "--to",
            str(world.folder / "r"),
            "--permit",
            str(pipe),
            *trust,
        ],
    }
    assert run(words[verb]) in (4, 74)
    assert "it is not a file" in capsys.readouterr().err


def test_a_trust_file_beside_a_pipe_of_claims_is_refused_at_once(tmp_path: Path) -> None:
    world = make_world(tmp_path / "w", report=False)
    world.claims.unlink()
    os.mkfifo(world.claims)
    with pytest.raises(StorageError, match="cannot read the claims"):
        world.authority()
    assert json.loads(world.trust.read_text())["version"] == 1
