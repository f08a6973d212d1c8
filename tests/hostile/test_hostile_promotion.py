"""Somebody swaps the bytes between judging and promoting. What was permitted is what arrives, or nothing does."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from policykit.attest.authority import Authority
from policykit.attest.envelope import seal
from policykit.attest.keys import load_signer, new_key
from policykit.attest.statement import permit_type, statement
from policykit.decide.exit_code import Exit, of_error
from policykit.decide.promote.folder import Folder
from policykit.errors import PolicykitError
from policykit.load.bundle import load_bundle
from policykit.stories.consistent import subjects_of
from policykit.stories.promote import promote
from policykit.terms.bundle import Bundle
from policykit.terms.trust import Quorum, StageTrust, Trust, TrustKey
from tests.build import write_bundle
from tests.clock import NOW

HONEST, FORGED = '{"weights": 1}', '{"weights": 9}'


@pytest.fixture
def judged(tmp_path: Path) -> Bundle:
    (tmp_path / "bundle/model").mkdir(parents=True)
    (tmp_path / "bundle/model/weights.json").write_text(HONEST)
    return load_bundle(write_bundle(tmp_path / "bundle", model={"path": "model/weights.json"}))


@pytest.fixture
def release(tmp_path: Path, judged: Bundle) -> Callable[[], object]:
    """Promote the judged bundle with a permit for it."""
    private, public = new_key("office", tmp_path, None)
    signer = load_signer(str(private), None)
    trust = Trust(
        "t",
        1,
        "t",
        "2027-01-01",
        Quorum("office"),
        keys={"office": TrustKey("office", public.read_text(), signer.public.id)},
        roles={"office": ("office",)},
        stages={"production": StageTrust("production", permit_signed_by="office")},
    )
    said = {
        "kind": "promotion",
        "stage": "production",
        "bundle": {"name": judged.name, "version": judged.version},
        "report": {"payload": "ab" * 32},
        "issued": "2026-11-22T11:00:00Z",
        "until": "2026-11-23T11:00:00Z",
    }
    permit = seal(statement(subjects_of(judged), said, predicate_type=permit_type("production")), signer)
    root = judged.root
    assert root is not None
    return lambda: promote(root, "production", Folder(tmp_path / "registry"), permit, Authority(trust, NOW))


def refused(act: Callable[[], object]) -> int:
    with pytest.raises(PolicykitError) as caught:
        act()
    return int(of_error(caught.value))


def swap_file(root: Path) -> None:
    fresh = root / "model" / "weights.tmp"
    fresh.write_text(FORGED)
    fresh.rename(root / "model" / "weights.json")


def swap_folder(root: Path) -> None:
    other = root.parent / "other"
    shutil.copytree(root, other)
    (other / "model" / "weights.json").write_text(FORGED)
    root.rename(root.parent / "was")
    other.rename(root)


def swap_folder_by_link(root: Path) -> None:
    swap_folder(root)
    root.rename(root.parent / "real")
    root.symlink_to(root.parent / "real")


def swap_inner_folder_by_link(root: Path) -> None:
    elsewhere = root.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "weights.json").write_text(FORGED)
    shutil.rmtree(root / "model")
    (root / "model").symlink_to(elsewhere)


def add_file(root: Path) -> None:
    (root / "weights.json").write_text(FORGED)
    swap_file(root)


SWAPS = [swap_file, swap_folder, swap_folder_by_link, swap_inner_folder_by_link, add_file]


@pytest.mark.parametrize("swap", SWAPS)
def test_a_swap_before_promoting_is_exit_4(
    judged: Bundle, release: Callable[[], object], tmp_path: Path, swap: Callable[[Path], None]
) -> None:
    assert judged.root is not None
    swap(judged.root)
    code = refused(release)
    assert code == Exit.UNTRUSTED or (swap is swap_inner_folder_by_link and code == Exit.INVALID)
    assert Folder(tmp_path / "registry").current("production") is None


@contextmanager
def just_before_copying(swap: Callable[[], None]) -> Iterator[None]:
    """Swap after the bundle was hashed and its permit verified, and before its first byte is copied."""
    really = Folder.put

    def put(self: Folder, bundle: Bundle) -> str:
        swap()
        return really(self, bundle)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Folder, "put", put)
        yield


@pytest.mark.parametrize("swap", SWAPS)
def test_a_swap_between_hashing_and_copying_is_exit_4(
    judged: Bundle, release: Callable[[], object], tmp_path: Path, swap: Callable[[Path], None]
) -> None:
    assert judged.root is not None
    root = judged.root
    with just_before_copying(lambda: swap(root)):
        assert refused(release) == Exit.UNTRUSTED
    registry = Folder(tmp_path / "registry")
    assert registry.current("production") is None
    assert not list((registry.root / "incoming").iterdir())
    assert not list((registry.root / "objects/sha256").iterdir())


def test_a_file_swapped_for_a_link_or_a_pipe_is_not_followed_and_not_waited_for(
    judged: Bundle, release: Callable[[], object], tmp_path: Path
) -> None:
    assert judged.root is not None
    path = judged.root / "model/weights.json"

    def by_link() -> None:
        (tmp_path / "secret").write_text(HONEST)
        path.unlink()
        path.symlink_to(tmp_path / "secret")

    def by_pipe() -> None:
        path.unlink()
        os.mkfifo(path)

    for swap in (by_link, by_pipe):
        with just_before_copying(swap):
            assert refused(release) == Exit.IO
        assert Folder(tmp_path / "registry").current("production") is None
        path.unlink()
        path.write_text(HONEST)


def test_a_swap_in_the_registry_after_copying_is_exit_4(
    judged: Bundle, release: Callable[[], object], tmp_path: Path
) -> None:
    really = Folder.put

    def put(self: Folder, bundle: Bundle) -> str:
        held = really(self, bundle)
        swap_file(self.root / held)
        return held

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Folder, "put", put)
        assert refused(release) == Exit.UNTRUSTED
    assert Folder(tmp_path / "registry").current("production") is None
    release()
    assert Folder(tmp_path / "registry").current("production") is not None
