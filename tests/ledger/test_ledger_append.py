"""Appending: nothing lost, nothing forked, whatever fails and whoever else appends."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from policykit.attest.ledger.append import append
from policykit.attest.ledger.disk import Disk, locked
from policykit.attest.ledger.folder import create, open_ledger
from policykit.attest.ledger.note import Checkpoint
from policykit.attest.ledger.objects import Stray
from policykit.attest.ledger.whole import read_whole
from policykit.errors import LedgerError, SigningError, StorageError, UsageError, VerificationError
from policykit.stories.ledger import prove_file
from tests.ledger.ledger_builder import ORIGIN, Pair, log, make_ledger, pair, signed_file


class Failing(Disk):
    """A disk that does something bad at one step; a write fails half-way."""

    def __init__(self, at: int, bad: Callable[[], None]) -> None:
        self.left, self.bad = at, bad

    def _step(self) -> None:
        self.left -= 1
        if self.left == -1:
            self.bad()

    def make_folder(self, path: Path) -> None:
        self._step()
        super().make_folder(path)

    def write(self, path: Path, data: bytes) -> None:
        if self.left == 0:
            path.write_bytes(data[: len(data) // 2])
        self._step()
        super().write(path, data)

    def sync(self, path: Path) -> None:
        self._step()
        super().sync(path)

    def rename(self, draft: Path, path: Path) -> None:
        self._step()
        super().rename(draft, path)

    def remove(self, path: Path) -> None:
        self._step()
        super().remove(path)


def full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def steps_of(folder: Path, ledger: Pair, by: Pair, *files: bytes) -> int:
    counting = Failing(10_000, full)
    log(folder, ledger, by, *files, disk=counting)
    return 10_000 - counting.left


def whole_history(folder: Path, ledger: Pair) -> tuple[int, int]:
    """Return how many different entries and how many kept files the ledger holds, all checked."""
    found = read_whole(open_ledger(folder, key=ledger.public))
    assert len(found.places) == found.ledger.size
    return found.ledger.size, sum(1 for each in found.kept() if not isinstance(each, Stray))


@pytest.mark.parametrize("before", [0, 3, 254, 255])
def test_a_full_disk_at_any_step_loses_nothing_and_the_next_append_goes_on(
    tmp_path: Path, ledger_key: Pair, gate_key: Pair, before: int
) -> None:
    make_ledger(tmp_path / "count", ledger_key, gate_key, before)
    fresh = [signed_file(gate_key.signer, 1000), signed_file(gate_key.signer, 1001)]
    steps = steps_of(tmp_path / "count", ledger_key, gate_key, *fresh)
    assert steps > 12
    make_ledger(tmp_path / "led", ledger_key, gate_key, before)
    seen = open_ledger(tmp_path / "led", key=ledger_key.public).checkpoint
    for at in range(steps):
        try:
            log(tmp_path / "led", ledger_key, gate_key, *fresh, disk=Failing(at, full))
        except StorageError as error:
            assert "no space left on device; " in str(error)
            size, _ = whole_history(tmp_path / "led", ledger_key)
            said = "nothing was appended" if "nothing was appended" in str(error) else "the files are logged"
            assert said in str(error)
        size = whole_history(tmp_path / "led", ledger_key)[0]
        assert size in (before, before + 2)
    done = log(tmp_path / "led", ledger_key, gate_key, *fresh, since=lambda _: seen)
    assert done.places == (before, before + 1)
    assert whole_history(tmp_path / "led", ledger_key) == (before + 2, before + 2)
    assert not list((tmp_path / "led" / "drafts").iterdir())


def append_and_die(folder: Path, ledger: Pair, by: Pair, files: list[bytes], at: int) -> None:
    log(folder, ledger, by, *files, disk=Failing(at, killed))


@pytest.mark.parametrize("before", [0, 255])
def test_a_kill_at_any_step_loses_nothing_and_the_next_append_goes_on(
    tmp_path: Path, ledger_key: Pair, gate_key: Pair, before: int
) -> None:
    make_ledger(tmp_path / "count", ledger_key, gate_key, before)
    fresh = [signed_file(gate_key.signer, 1000), signed_file(gate_key.signer, 1001)]
    steps = steps_of(tmp_path / "count", ledger_key, gate_key, *fresh)
    make_ledger(tmp_path / "led", ledger_key, gate_key, before)
    seen = open_ledger(tmp_path / "led", key=ledger_key.public).checkpoint
    context, died = multiprocessing.get_context("fork"), 0
    for at in range(steps):
        one = signed_file(gate_key.signer, 2000 + at)
        process = context.Process(target=append_and_die, args=(tmp_path / "led", ledger_key, gate_key, [one], at))
        process.start()
        process.join()
        died += process.exitcode == -signal.SIGKILL
        whole_history(tmp_path / "led", ledger_key)
        log(tmp_path / "led", ledger_key, gate_key, one, since=lambda _, seen=seen: seen)
        seen = open_ledger(tmp_path / "led", key=ledger_key.public).checkpoint
        assert seen.size == before + at + 1
    assert died >= 12
    assert whole_history(tmp_path / "led", ledger_key)[0] == before + steps
    assert not list((tmp_path / "led" / "drafts").iterdir())


def append_many(folder: Path, ledger: Pair, by: Pair, start: int, count: int) -> None:
    for number in range(start, start + count):
        log(folder, ledger, by, signed_file(by.signer, number))


def test_three_appenders_at_once_write_one_history_with_every_entry(
    tmp_path: Path, ledger_key: Pair, gate_key: Pair
) -> None:
    make_ledger(tmp_path / "led", ledger_key, gate_key, 250)
    context = multiprocessing.get_context("fork")
    crowd = [
        context.Process(target=append_many, args=(tmp_path / "led", ledger_key, gate_key, 1000 + 100 * i, 12))
        for i in range(3)
    ]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
        assert each.exitcode == 0
    assert whole_history(tmp_path / "led", ledger_key) == (286, 286)


def test_who_reads_while_others_append_always_finds_a_whole_ledger(
    tmp_path: Path, ledger_key: Pair, gate_key: Pair
) -> None:
    make_ledger(tmp_path / "led", ledger_key, gate_key, 250)
    context = multiprocessing.get_context("fork")
    writer = context.Process(target=append_many, args=(tmp_path / "led", ledger_key, gate_key, 1000, 30))
    writer.start()
    sizes = []
    while writer.is_alive() or not sizes:
        sizes.append(whole_history(tmp_path / "led", ledger_key)[0])
        prove_file(tmp_path / "led", (next((tmp_path / "led" / "objects").glob("*/*"))).read_bytes())
    writer.join()
    assert writer.exitcode == 0
    assert sizes == sorted(sizes)
    assert whole_history(tmp_path / "led", ledger_key) == (280, 280)


def test_a_full_disk_while_a_ledger_is_begun_leaves_none_and_it_can_be_begun_again(
    tmp_path: Path, ledger_key: Pair
) -> None:
    for at in range(9):
        folder = tmp_path / f"led{at}"
        try:
            create(folder, ORIGIN, ledger_key.signer, disk=Failing(at, full))
        except StorageError as error:
            assert "cannot begin a ledger: no space left on device" in str(error)
            if not (folder / "checkpoint").exists():
                create(folder, ORIGIN, ledger_key.signer)
        assert open_ledger(folder, key=ledger_key.public).size == 0


def test_a_file_appended_twice_keeps_its_first_place(tmp_path: Path, ledger_key: Pair, gate_key: Pair) -> None:
    files = make_ledger(tmp_path / "led", ledger_key, gate_key, 4)
    again = log(tmp_path / "led", ledger_key, gate_key, files[2], signed_file(gate_key.signer, 9), files[0], files[2])
    assert again.places == (2, 4, 0, 2)
    assert again.new == (False, True, False, False)
    assert again.ledger.size == 5
    twice = [signed_file(gate_key.signer, 50)] * 2
    assert log(tmp_path / "led", ledger_key, gate_key, *twice).new == (True, False)


@pytest.mark.parametrize("damage", ["gone", "garbage", "empty", "behind", "foreign"])
def test_the_index_is_never_needed_to_find_a_file_again(
    tmp_path: Path, ledger_key: Pair, gate_key: Pair, damage: str
) -> None:
    files = make_ledger(tmp_path / "led", ledger_key, gate_key, 4)
    index = tmp_path / "led" / "index.sqlite"
    old = index.read_bytes()
    files.append(signed_file(gate_key.signer, 7))
    log(tmp_path / "led", ledger_key, gate_key, files[4])
    match damage:
        case "gone":
            index.unlink()
        case "garbage":
            index.write_bytes(b"garbage" * 1000)
        case "empty":
            index.write_bytes(b"")
        case "behind":
            index.write_bytes(old)
        case "foreign":
            make_ledger(tmp_path / "other", ledger_key, gate_key)
            log(tmp_path / "other", ledger_key, gate_key, signed_file(gate_key.signer, 77))
            index.write_bytes((tmp_path / "other" / "index.sqlite").read_bytes())
    # without a key: the ledger remembers whose files it holds
    assert append(tmp_path / "led", files, ledger_key.signer).places == (0, 1, 2, 3, 4)


def test_a_ledger_is_begun_once_by_a_host_name_and_an_ed25519_key(
    tmp_path: Path, ledger_key: Pair, gate_key: Pair
) -> None:
    with pytest.raises(SigningError, match="ed25519"):
        create(tmp_path / "led", ORIGIN, gate_key.signer)
    for wrong in ("https://ledger.acme.example", "ledger.acme.example/main", "Ledger.example", "ledger", "a b.c", ""):
        with pytest.raises(UsageError, match="cannot be the origin") as caught:
            create(tmp_path / "led", wrong, ledger_key.signer)
        assert "such as `ledger.acme.example`" in caught.value.hint
    assert create(tmp_path / "led", ORIGIN, ledger_key.signer).size == 0
    with pytest.raises(UsageError, match="there is a ledger in"):
        create(tmp_path / "led", ORIGIN, ledger_key.signer)


def test_what_cannot_be_logged_is_refused_whole(
    tmp_path: Path, ledger_key: Pair, gate_key: Pair, other_key: Pair
) -> None:
    make_ledger(tmp_path / "led", ledger_key, gate_key, 1)
    good = signed_file(gate_key.signer, 5)
    bad = (
        good.replace(b'"sig":"MEU', b'"sig":"MEV', 1)
        if b'"sig":"MEU' in good
        else good.replace(b'"sig":"ME', b'"sig":"MF', 1)
    )
    refused = {
        "json": b"{",
        "ledger_signer": signed_file(other_key.signer, 6),
        "bad_signature": bad,
    }
    for reason, data in refused.items():
        with pytest.raises(VerificationError) as caught:
            log(tmp_path / "led", ledger_key, gate_key, good, data)
        assert caught.value.reason == reason
    assert open_ledger(tmp_path / "led", key=ledger_key.public).size == 1
    with pytest.raises(SigningError):
        append(tmp_path / "led", [good], gate_key.signer)
    with pytest.raises(LedgerError) as error:
        append(tmp_path / "nothing", [good], ledger_key.signer)
    assert error.value.reason == "ledger_missing"
    with pytest.raises(LedgerError) as error:
        append(tmp_path / "led", [good], other_key.signer, keys=[gate_key.public])
    assert error.value.reason == "ledger_key"


def test_an_appender_does_not_go_on_with_an_older_ledger_than_it_has_seen(
    tmp_path: Path, ledger_key: Pair, gate_key: Pair
) -> None:
    make_ledger(tmp_path / "led", ledger_key, gate_key, 2)
    old = (tmp_path / "led" / "checkpoint").read_bytes()
    log(tmp_path / "led", ledger_key, gate_key, signed_file(gate_key.signer, 8))
    seen: Checkpoint = open_ledger(tmp_path / "led", key=ledger_key.public).checkpoint
    (tmp_path / "led" / "checkpoint").write_bytes(old)
    with pytest.raises(LedgerError) as caught:
        log(tmp_path / "led", ledger_key, gate_key, signed_file(gate_key.signer, 9), since=lambda _: seen)
    assert caught.value.reason == "ledger_rollback"
    assert (tmp_path / "led" / "checkpoint").read_bytes() == old


def test_who_waits_too_long_for_the_lock_is_told(tmp_path: Path, ledger_key: Pair, gate_key: Pair) -> None:
    make_ledger(tmp_path / "led", ledger_key, gate_key)
    told = "somebody else is writing to the ledger"
    with (
        locked(tmp_path / "led", Disk()),
        pytest.raises(StorageError, match=told),
        locked(tmp_path / "led", Disk(), wait=0.05),
    ):
        pass


def test_two_signatures_over_the_same_words_are_two_entries_and_both_files_are_kept(
    tmp_path: Path, ledger_key: Pair, gate_key: Pair, other_key: Pair
) -> None:
    make_ledger(tmp_path / "led", ledger_key, gate_key)
    one, two = signed_file(gate_key.signer, 1), signed_file(other_key.signer, 1)
    third = signed_file(pair(tmp_path, "third").signer, 1)
    from policykit.attest.keys import load_public_key

    keys = [gate_key.public, other_key.public, load_public_key(tmp_path / "third.pub.pem")]
    assert append(tmp_path / "led", [one, two], ledger_key.signer, keys=keys).places == (0, 1)
    assert append(tmp_path / "led", [third, one], ledger_key.signer, keys=keys).places == (2, 0)
    assert whole_history(tmp_path / "led", ledger_key) == (3, 3)


def test_a_ledger_may_keep_digests_only_and_the_file_later(tmp_path: Path, ledger_key: Pair, gate_key: Pair) -> None:
    make_ledger(tmp_path / "led", ledger_key, gate_key)
    data = signed_file(gate_key.signer, 1)
    log(tmp_path / "led", ledger_key, gate_key, data, keep=False)
    assert whole_history(tmp_path / "led", ledger_key) == (1, 0)
    assert log(tmp_path / "led", ledger_key, gate_key, data).new == (False,)
    assert whole_history(tmp_path / "led", ledger_key) == (1, 1)
