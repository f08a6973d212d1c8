"""Claims: one signed file per line; nothing is lost, nothing is there twice."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from policykit.attest import claims_file
from policykit.attest.claims_file import add_claim, read_claims
from policykit.errors import StorageError, VerificationError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "claims.jsonl"


def refused(path: Path) -> VerificationError:
    with pytest.raises(VerificationError) as caught:
        read_claims(path)
    assert caught.value.reason == "claims_file"
    assert caught.value.where == str(path)
    return caught.value


def test_no_file_is_no_claims(path: Path) -> None:
    assert read_claims(path) == ()


def test_an_empty_file_is_no_claims(path: Path) -> None:
    path.touch()
    assert read_claims(path) == ()


def test_what_was_added_comes_back_in_order_and_nothing_else_is_left_in_the_folder(path: Path) -> None:
    add_claim(path, b'{"b":1}')
    add_claim(path, b'{"a":1}')
    assert read_claims(path) == (b'{"b":1}', b'{"a":1}')
    assert [entry.name for entry in path.parent.iterdir()] == ["claims.jsonl"]


def test_a_claim_is_one_line_however_it_was_written(path: Path) -> None:
    add_claim(path, b'{\n  "b": 1,\n  "a": [2]\n}\n')
    assert path.read_bytes() == b'{"a":[2],"b":1}\n'


def test_a_claim_that_is_there_is_not_added_again(path: Path) -> None:
    add_claim(path, b'{"a":1,"b":2}')
    before = path.stat().st_ino
    add_claim(path, b'{ "b": 2, "a": 1 }')
    assert (read_claims(path), path.stat().st_ino) == ((b'{"a":1,"b":2}',), before)


def test_a_line_that_somebody_wrote_otherwise_stays_as_it_is(path: Path) -> None:
    path.write_bytes(b'{ "z": 1 }\r\n')
    add_claim(path, b'{"a":1}')
    assert path.read_bytes() == b'{ "z": 1 }\n{"a":1}\n'


def test_a_file_cut_short_is_refused_with_its_line(path: Path) -> None:
    path.write_bytes(b'{"a":1}\n{"b":')
    assert str(refused(path)) == "line 2 is cut short"


def test_a_last_line_without_its_end_is_refused_even_where_it_is_whole(path: Path) -> None:
    path.write_bytes(b'{"a":1}\n{"b":1}')
    assert str(refused(path)) == "line 2 is cut short"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"", "line 2 is not JSON at line 1, column 1"),
        (b"{", "line 2 is not JSON at line 1, column 2"),
        (b"# comment", "line 2 is not JSON at line 1, column 1"),
        (b"\xff", "line 2 is not JSON: byte 0 is not UTF-8"),
        (b'{"a":1,"a":2}', "line 2 says `a` twice in one object"),
        (b"[]", "line 2 is not a signed file"),
        (b"null", "line 2 is not a signed file"),
        (b"[" * 100 + b"]" * 100, "line 2 is nested more than 64 deep"),
    ],
)
def test_a_line_that_is_no_signed_file_is_refused_with_its_number(path: Path, line: bytes, message: str) -> None:
    path.write_bytes(b'{"a":1}\n' + line + b'\n{"c":1}\n')
    error = refused(path)
    assert (str(error), error.hint) == (message, "each line is one signed file, and whole")


def test_nothing_is_added_to_a_file_that_is_refused(path: Path) -> None:
    path.write_bytes(b'{"a":1}\n{"b":')
    with pytest.raises(VerificationError, match="line 2 is cut short"):
        add_claim(path, b'{"c":1}')
    assert path.read_bytes() == b'{"a":1}\n{"b":'


def test_what_is_no_signed_file_is_not_added(path: Path) -> None:
    with pytest.raises(VerificationError, match="what is to be added is not a signed file"):
        add_claim(path, b"[]")
    assert not path.exists()


def test_500_megabytes_are_refused_without_being_read(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(500 * 1024 * 1024)
    started = time.process_time()
    assert str(refused(path)) == "the claims are larger than 64 MiB"
    assert time.process_time() - started < 1


def test_a_file_without_end_is_refused(path: Path) -> None:
    path.symlink_to("/dev/zero")
    with pytest.raises(StorageError, match="cannot read the claims: it is not a file"):
        read_claims(path)


def test_more_lines_than_anybody_signs_are_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims_file, "MOST_LINES", 3)
    for number in range(3):
        add_claim(path, b'{"n":%d}' % number)
    with pytest.raises(VerificationError, match="the claims are more than 3"):
        add_claim(path, b'{"n":3}')
    path.write_bytes(b"{}\n" * 4)
    assert str(refused(path)) == "the claims are more than 3"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot add to the claims: no such file or directory"):
        add_claim(tmp_path / "none" / "claims.jsonl", b"{}")


def test_a_claims_file_that_is_a_folder_is_said(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StorageError, match="cannot read the claims: is a directory"):
        read_claims(path)


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_full_disk_at_any_step_leaves_the_old_claims_and_nothing_else(
    path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    add_claim(path, b'{"a":1}')

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if step == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    elif step == "replace":
        monkeypatch.setattr(Path, "replace", full)
    else:
        monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(StorageError, match="cannot add to the claims: no space left on device") as caught:
        add_claim(path, b'{"b":1}')
    monkeypatch.undo()
    assert caught.value.hint == "nothing was changed"
    assert read_claims(path) == (b'{"a":1}',)
    assert [entry.name for entry in path.parent.iterdir()] == ["claims.jsonl"]


def _add_many(path: Path, writer: int) -> None:
    for number in range(20):
        add_claim(path, json.dumps({"writer": writer, "number": number}).encode())
        add_claim(path, b'{"everybody":"adds this"}')


def test_writers_at_once_lose_nothing_and_add_nothing_twice(path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_add_many, args=(path, writer)) for writer in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    lines = read_claims(path)
    assert len(lines) == len(set(lines)) == 4 * 20 + 1


def _add_for_ever(path: Path) -> None:
    for number in range(sys.maxsize):
        add_claim(path, json.dumps({"number": number}).encode())


def test_killed_at_any_instant_the_claims_are_whole_and_the_lock_is_free(path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for wait in (0.02, 0.05, 0.03, 0.08):
        writer = context.Process(target=_add_for_ever, args=(path,))
        writer.start()
        time.sleep(wait)
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join(10)
        before = read_claims(path)
        assert [json.loads(line)["number"] for line in before] == list(range(len(before)))
    add_claim(path, b'{"after":1}')
    assert read_claims(path)[-1] == b'{"after":1}'
