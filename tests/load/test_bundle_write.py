"""Files appear whole or not at all."""

from __future__ import annotations

import errno
import os
import resource
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from policykit.errors import StorageError
from policykit.load.write import read_error, replace_file


def refused(path: Path, data: bytes = b"new") -> StorageError:
    with pytest.raises(StorageError) as error:
        replace_file(path, data)
    return error.value


def test_a_new_file_has_the_bytes_and_the_usual_mode(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        replace_file(tmp_path / "a.json", b"new")
    finally:
        os.umask(mask)
    assert (tmp_path / "a.json").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o644
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_file_that_was_there_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"a much longer old text")
    path.chmod(0o600)
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.json").symlink_to(tmp_path / "real" / "a.json")
    replace_file(tmp_path / "link.json", b"new")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real" / "a.json").read_bytes() == b"new"


def test_a_pipe_is_written_to_directly(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    replace_file(tmp_path / "pipe", b"new")
    reader.join(5)
    assert got == [b"new"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    error = refused(tmp_path / "out" / "a.json")
    assert str(error) == f"cannot write `{tmp_path}/out/a.json`: no such file or directory"
    assert error.hint == "make the folder first"


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path)
    assert str(error) == f"cannot write `{tmp_path}`: is a directory"
    assert error.hint == "this is a folder: name a file in it"


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    assert refused(tmp_path / "x" / "a.json").hint == "one of the folders in this path is a file"


def test_a_limit_on_the_size_of_files_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        error = refused(path, b"x" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(error) == f"cannot write `{path}`: file too large"
    assert error.hint == "this process may not write files that large: raise the limit, or write to another disk"
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["a.json"]


def test_a_disk_that_is_full_leaves_nothing_behind() -> None:
    full = Path("/dev/full")  # every write to it says: no space left on device
    error = refused(full, b"x" * 100_000)
    assert str(error) == "cannot write `/dev/full`: no space left on device"
    assert error.hint == "free some space there, or write to another disk"


def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    """Root may write anywhere, so another user tries."""
    tmp_path.chmod(0o555)
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from policykit.errors import StorageError\n"
        "from policykit.load.write import replace_file\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try: replace_file(Path(sys.argv[1]), b'new')\n"
        "except StorageError as error: print(error.hint)\n"
    )
    for folder in (tmp_path, *tmp_path.parents):  # let the other user walk down to it
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o111)
    said = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "a.json")],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert said.stdout == "choose a folder that you may write to\n", said.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_while_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")

    def interrupted(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.ENOENT, "check the path: it may have been moved or deleted"),
        (errno.EACCES, "ask for the right to read it"),
        (errno.EIO, "the disk could not give it back: copy it there again"),
        (errno.ENOSPC, ""),
    ],
)
def test_what_cannot_be_read_is_not_told_how_to_write(number: int, hint: str) -> None:
    error = read_error("cannot read `a.csv`", OSError(number, os.strerror(number)), Path("a.csv"))
    assert str(error) == f"cannot read `a.csv`: {os.strerror(number).lower()}"
    assert error.hint == hint
