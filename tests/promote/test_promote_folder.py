"""The folder registry: whatever happens while it is written, what stood at a stage still does, whole."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policykit.canon import digest
from policykit.decide.promote import copying
from policykit.decide.promote.folder import Folder
from policykit.decide.promote.lock import locked
from policykit.decide.promote.placed import Placed, placed_from_json, placed_to_json
from policykit.errors import StorageError, UsageError
from policykit.load.bundle import load_bundle
from policykit.terms.bundle import Bundle
from tests.build import write_bundle

PERMIT = digest(b"permit")


def bundle(folder: Path, version: str) -> Bundle:
    (folder / "model").mkdir(parents=True)
    (folder / "model" / "weights.json").write_text(f'{{"version": "{version}"}}')
    return load_bundle(write_bundle(folder, version=version, model={"path": "model/weights.json"}))


@pytest.fixture
def first(tmp_path: Path) -> Bundle:
    return bundle(tmp_path / "first", "1.0.0")


@pytest.fixture
def second(tmp_path: Path) -> Bundle:
    return bundle(tmp_path / "second", "2.0.0")


def place(registry: Folder, found: Bundle, since: str = "2026-11-22T12:00:00Z", stage: str = "production") -> Placed:
    with registry.locked():
        held = registry.put(found)
        placed = Placed(
            stage, found.manifest_digest, f"{found.name}@{found.version}", held, "permit", since, permit=PERMIT
        )
        return registry.point(placed, [(PERMIT, b"signed")])


def whole(registry: Folder, found: Bundle) -> bool:
    current = registry.current("production")
    assert current is not None
    with registry.opened(current.held) as path:
        return load_bundle(path).manifest_digest == current.digest == found.manifest_digest


def test_what_was_promoted_lies_under_its_digest_and_current_says_so(tmp_path: Path, first: Bundle) -> None:
    registry = Folder(tmp_path / "registry")
    placed = place(registry, first)
    assert placed.held == f"objects/sha256/{first.manifest_digest}/bundle"
    assert json.loads((tmp_path / "registry/stages/production/current").read_text()) == {
        "stage": "production",
        "digest": first.manifest_digest,
        "bundle": "loans@1.0.0",
        "held": placed.held,
        "how": "permit",
        "since": "2026-11-22T12:00:00Z",
        "permit": PERMIT,
    }
    assert whole(registry, first)
    assert registry.paper(PERMIT) == b"signed"
    assert not list((tmp_path / "registry/incoming").iterdir())


def test_a_zip_is_kept_as_the_zip_it_is(tmp_path: Path, first: Bundle) -> None:
    import shutil

    assert first.root is not None
    zipped = load_bundle(Path(shutil.make_archive(str(tmp_path / "packed"), "zip", first.root)))
    registry = Folder(tmp_path / "registry")
    assert place(registry, zipped).held.endswith("/bundle.zip")
    assert whole(registry, first), "a folder and a zip of it have one digest"


def test_bytes_that_are_there_already_are_not_copied_again(tmp_path: Path, first: Bundle) -> None:
    registry = Folder(tmp_path / "registry")
    held = place(registry, first).held
    inode = (tmp_path / "registry" / held / "bundle.yaml").stat().st_ino
    assert place(registry, first, stage="staging").held == held
    assert (tmp_path / "registry" / held / "bundle.yaml").stat().st_ino == inode


def test_the_history_is_in_order_and_ends_with_what_stands_there(tmp_path: Path, first: Bundle, second: Bundle) -> None:
    registry = Folder(tmp_path / "registry")
    placed = [place(registry, first, "2026-11-01T00:00:00Z"), place(registry, second, "2026-11-02T00:00:00Z")]
    assert registry.history("production") == tuple(placed)
    assert registry.current("production") == placed[-1]
    assert registry.history("staging") == ()


def test_a_history_line_that_a_crash_cut_short_is_replaced_by_the_next(
    tmp_path: Path, first: Bundle, second: Bundle
) -> None:
    registry = Folder(tmp_path / "registry")
    path = tmp_path / "registry/stages/production/history.jsonl"
    one = place(registry, first, "2026-11-01T00:00:00Z")
    path.write_bytes(path.read_bytes() + b'{"stage": "prod')
    assert registry.history("production") == (one,)
    two = place(registry, second, "2026-11-02T00:00:00Z")
    assert registry.history("production") == (one, two)
    assert path.read_bytes().count(b"\n") == 2


STEPS = ("open", "write", "fsync", "replace", "rename", "mkdir")


def broken_at(step: str, nth: int, code: int, patch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Let the n-th system call of a kind fail; return whether it came to that."""
    seen = {"calls": 0}
    target: Any = {"open": os, "fsync": os}.get(step, Path)
    if step == "write":
        target = copying.os
    name = {"write": "fdopen", "replace": "replace", "rename": "rename", "mkdir": "mkdir"}.get(step, step)
    really = getattr(target, name)

    def call(*args: Any, **kwargs: Any) -> Any:
        seen["calls"] += 1
        if seen["calls"] == nth:
            raise OSError(code, os.strerror(code))
        return really(*args, **kwargs)

    patch.setattr(target, name, call)
    return lambda: seen["calls"] >= nth


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_at_any_step_leaves_what_stood_there(
    tmp_path: Path, first: Bundle, second: Bundle, step: str, code: int
) -> None:
    for nth in range(1, 60):
        registry = Folder(tmp_path / f"registry-{nth}")
        place(registry, first, "2026-11-01T00:00:00Z")
        with pytest.MonkeyPatch.context() as patch:
            reached = broken_at(step, nth, code, patch)
            try:
                place(registry, second, "2026-11-02T00:00:00Z")
                failed = False
            except StorageError as error:
                failed = True
                assert error.hint
            done = not reached()
        current = registry.current("production")
        assert current is not None
        assert whole(registry, second if current.digest == second.manifest_digest else first)
        assert registry.history("production")[-1] == current
        if failed and current.digest == second.manifest_digest:
            assert nth > 1, "only the last steps may fail after the effect"
        place(registry, second, "2026-11-03T00:00:00Z")
        assert whole(registry, second), "a second run completes it"
        if done:
            return
    raise AssertionError("the step was never passed")


KILLED = """
import os, sys
from pathlib import Path
from policykit.decide.promote.folder import Folder
from policykit.load.bundle import load_bundle
from policykit.decide.promote.placed import Placed

left = int(sys.argv[3])
def counting(frame, event, arg):
    global left
    if event == "c_call" and (getattr(arg, "__module__", "") in ("posix", "_io") or arg.__name__ in ("write", "flush")):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), 9)
registry, found = Folder(Path(sys.argv[1])), load_bundle(Path(sys.argv[2]))
sys.setprofile(counting)
with registry.locked():
    held = registry.put(found)
    since, permit = "2026-11-02T00:00:00Z", "ab" * 32
    placed = Placed("production", found.manifest_digest, "loans@2.0.0", held, "permit", since, permit=permit)
    registry.point(placed, [(permit, b"signed")])
"""


@pytest.mark.slow
def test_a_process_killed_at_any_call_leaves_what_stood_there(tmp_path: Path, first: Bundle, second: Bundle) -> None:
    states = set()
    for left in range(1, 400, 7):
        registry = Folder(tmp_path / f"registry-{left}")
        place(registry, first, "2026-11-01T00:00:00Z")
        words = [sys.executable, "-c", KILLED, str(registry.root), str(second.root), str(left)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode in (0, -9), done.stderr
        current = registry.current("production")
        assert current is not None
        states.add(current.digest)
        assert whole(registry, second if current.digest == second.manifest_digest else first)
        place(registry, second, "2026-11-03T00:00:00Z")
        assert whole(registry, second)
        if done.returncode == 0:
            break
    assert states == {first.manifest_digest, second.manifest_digest}


def test_two_promoters_at_once_take_turns(tmp_path: Path, first: Bundle, second: Bundle) -> None:
    registry = tmp_path / "registry"
    threads = [
        threading.Thread(target=place, args=(Folder(registry), found, f"2026-11-22T12:00:{i:02}Z"))
        for i, found in enumerate((first, second) * 6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    history = Folder(registry).history("production")
    assert len(history) == 12
    assert history[-1] == Folder(registry).current("production")
    assert not list((registry / "incoming").iterdir())


def test_who_holds_the_lock_for_too_long_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with locked(path), pytest.raises(StorageError, match="another promotion holds"), locked(path, longest=0.1):
        pass


def test_a_folder_that_is_not_a_registry_is_not_written_to(tmp_path: Path, first: Bundle) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="is not a registry, and not empty"):
        place(Folder(tmp_path / "home"), first)
    (tmp_path / "home" / "registry.json").write_text('{"policykit": "registry/9"}')
    with pytest.raises(UsageError, match="is not a registry that this version knows"):
        place(Folder(tmp_path / "home"), first)


@pytest.mark.parametrize("stage", ["../production", "a/b", "", ".hidden", "x" * 65])
def test_a_stage_is_a_name_and_never_a_path(tmp_path: Path, first: Bundle, stage: str) -> None:
    with pytest.raises(UsageError, match="is not the name of a stage"):
        place(Folder(tmp_path / "registry"), first, stage=stage)


def test_a_registry_that_names_bytes_elsewhere_is_damaged(tmp_path: Path, first: Bundle) -> None:
    registry = Folder(tmp_path / "registry")
    place(registry, first)
    path = tmp_path / "registry/stages/production/current"
    path.write_text(path.read_text().replace("objects/sha256", "../../sha256"))
    current = registry.current("production")
    assert current is not None
    with pytest.raises(StorageError, match="names bytes that lie elsewhere"), registry.opened(current.held):
        pass


@pytest.mark.parametrize("text", ["", "[]", "{", '{"stage": 1}', '{"stage": "production"}', "[" * 100_000])
def test_a_current_that_is_not_what_was_written_is_damage_not_nothing(tmp_path: Path, first: Bundle, text: str) -> None:
    registry = Folder(tmp_path / "registry")
    place(registry, first)
    (tmp_path / "registry/stages/production/current").write_text(text)
    with pytest.raises(StorageError, match="cannot be read"):
        registry.current("production")


def test_what_is_written_is_read_back() -> None:
    placed = Placed("s", "ab" * 32, "m@1", "7", "break_glass", "2026-11-22T12:00:00Z", who=("a", "b"), reason="fire")
    assert placed_from_json(placed_to_json(placed)) == placed
    for wrong in ({}, {**placed_to_json(placed), "how": "magic"}, {**placed_to_json(placed), "more": 1}):
        with pytest.raises(ValueError):
            placed_from_json(wrong)
