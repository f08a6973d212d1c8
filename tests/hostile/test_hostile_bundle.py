"""Bundles made to harm: each is refused, quickly, and nothing is written anywhere."""

from __future__ import annotations

import io
import os
import socket
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from policykit.errors import PolicykitError
from policykit.load.archive import MOST_BYTES
from policykit.load.bundle import load_bundle
from tests.hostile.bundles import MANIFEST, codes, first, quick, small


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "bundle"
    root.mkdir()
    (root / "bundle.yaml").write_text(MANIFEST)
    (root / "e.csv").write_text("y\n1\n")
    return root


def packed(tmp_path: Path, *members: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.yaml", MANIFEST)
        archive.writestr("e.csv", "y\n1\n")
        for name, data in members:
            archive.writestr(name, data)
    return path


def test_a_link_is_refused_wherever_it_points(tree: Path) -> None:
    (tree / "inside").symlink_to(tree / "e.csv")
    (tree / "outside").symlink_to("/etc/passwd")
    (tree / "folder").symlink_to("/etc")
    (tree / "nowhere").symlink_to("nowhere-at-all")
    assert codes(tree) == {"PK302"}
    assert first(tree) == "`folder` is a link"


def test_pipes_and_sockets_are_refused_without_waiting_for_them(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tree / "pipe")
    monkeypatch.chdir(tree)  # a socket's whole path may have 107 bytes only
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        with quick():
            assert codes(tree) == {"PK302"}


def test_a_device_is_refused(tree: Path) -> None:
    try:
        os.mknod(tree / "null", 0o600 | 0o020000, os.makedev(1, 3))
    except PermissionError:
        (tree / "null").symlink_to("/dev/null")
    assert codes(tree) == {"PK302"}


@pytest.mark.parametrize("files", [10_001, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_folder_of_too_many_files_is_refused_within_a_second(tree: Path, files: int) -> None:
    (tree / "many").mkdir()
    handle = os.open(tree / "many", os.O_RDONLY)
    for number in range(files):
        os.close(os.open(str(number), os.O_CREAT | os.O_WRONLY, dir_fd=handle))
    os.close(handle)
    with quick():
        assert first(tree) == "more than 10,000 files in the bundle"


def test_folders_without_end_are_refused(tree: Path) -> None:
    for number in range(20_001):
        (tree / f"d{number}").mkdir()
    assert codes(tree) == {"PK304"}


def test_names_that_one_system_cannot_tell_apart_are_refused(tree: Path) -> None:
    (tree / "E.CSV").write_text("y\n0\n")
    (tree / "caf\u00e9").write_text("x")
    (tree / "cafe\u0301").write_text("x")
    assert codes(tree) == {"PK305"}


def test_a_name_that_is_not_utf8_is_refused(tree: Path) -> None:
    (tree / os.fsdecode(b"\xff.csv")).write_text("x")
    assert first(tree) == "the path `\\udcff.csv` is not UTF-8"


def test_a_backslash_in_a_name_is_refused(tree: Path) -> None:
    (tree / "..\\e.csv").write_text("x")
    assert codes(tree) == {"PK303"}


@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/etc/evil", "C:/evil", "a\\..\\evil", "..", "./e2.csv", "a//b", "a/./b"]
)
def test_a_zip_member_that_climbs_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    deep = tmp_path / "canary" / "deep"
    deep.mkdir(parents=True)
    path = packed(deep, (name, b"evil"))
    assert codes(path) == {"PK303"}
    assert sorted(found.name for found in tmp_path.rglob("*")) == ["bundle.zip", "canary", "deep"]
    assert not Path("/etc/evil").exists()


def test_a_name_cut_by_nul_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path, ("e2.csvX.exe", b"x"))
    path.write_bytes(path.read_bytes().replace(b"e2.csvX.exe", b"e2.csv\0.exe"))
    assert codes(path) == {"PK303"}


@pytest.mark.parametrize("name", ["", "/"])
def test_a_member_without_a_name_is_refused(tmp_path: Path, name: str) -> None:
    info = zipfile.ZipInfo("x")
    info.filename = name
    assert codes(packed(tmp_path, (info, b""))) == {"PK303"}


def test_a_name_in_an_unsaid_alphabet_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path, ("caf_.txt", b"x"))
    path.write_bytes(path.read_bytes().replace(b"caf_.txt", b"caf\x82.txt"))
    assert first(path) == "the path `café.txt` in the zip is not marked as UTF-8"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path, ("e.csv", b"y\n0\n"))
    assert first(path) == "`e.csv` is in the zip twice"


def test_members_that_differ_in_case_only_are_refused(tmp_path: Path) -> None:
    assert codes(packed(tmp_path, ("E.csv", b"y\n0\n"))) == {"PK305"}


@pytest.mark.parametrize("mode", [0o120777, 0o020600, 0o060600, 0o010600, 0o140600])
def test_links_and_devices_in_a_zip_are_refused(tmp_path: Path, mode: int) -> None:
    info = zipfile.ZipInfo("strange")
    info.external_attr = mode << 16
    assert codes(packed(tmp_path, (info, b"/etc/passwd"))) == {"PK302"}


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    data = bytearray(packed(tmp_path).read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "bundle.zip").write_bytes(data)
    assert first(tmp_path / "bundle.zip") == "`bundle.yaml` in the zip is encrypted"


def test_an_unusual_compression_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("bundle.yaml", MANIFEST)
    assert codes(path) == {"PK306"}


def test_a_member_that_swells_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = packed(tmp_path, ("zeros", bytes(64 * 2**20)))
    with quick(), small():
        assert first(path) == "`zeros` grows 200 times or more when read"


def test_many_members_that_swell_together_are_refused(tmp_path: Path) -> None:
    path = packed(tmp_path, *((f"z{number}", bytes(8 * 2**20)) for number in range(8)))
    assert first(path) == "the zip grows 200 times or more when read"


def patched(path: Path, *, size: int) -> Path:
    """State another uncompressed size for the last member, in the directory only."""
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", size)
    path.write_bytes(data)
    return path


def test_a_member_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    assert codes(patched(packed(tmp_path, ("x", b"x" * 1000)), size=10)) == {"PK306"}


def test_a_zip_that_says_it_is_huge_is_refused(tmp_path: Path) -> None:
    assert MOST_BYTES > 2**32
    assert codes(patched(packed(tmp_path, ("x", b"x" * 1000)), size=2**32 - 2)) == {"PK307"}


def test_members_that_share_bytes_are_refused(tmp_path: Path) -> None:
    path = packed(tmp_path, ("a", b"A" * 10), ("b", b"A" * 10))
    data = bytearray(path.read_bytes())
    last = data.rindex(b"PK\x01\x02")
    before = data.rindex(b"PK\x01\x02", 0, last)
    data[last + 42 : last + 46] = data[before + 42 : before + 46]
    path.write_bytes(data)
    assert codes(path) == {"PK307"}


def test_a_zip_of_too_many_members_is_refused_within_a_second(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(70_000):
            archive.writestr(str(number), b"")
    with quick():
        assert codes(path) == {"PK304"}


def test_a_zip_that_understates_its_members_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(10_001):
            archive.writestr(str(number), b"")
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x05\x06")
    data[at + 8 : at + 12] = struct.pack("<HH", 1, 1)
    path.write_bytes(data)
    assert codes(path) == {"PK304"}


def test_bytes_in_front_of_or_behind_a_zip_are_refused(tmp_path: Path) -> None:
    good = packed(tmp_path).read_bytes()
    for number, data in enumerate((b"#!/bin/sh\n" + good, good + b"trailing")):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(data)
        assert codes(path) == {"PK306"}


def test_a_zip_with_another_zip_in_its_comment_is_refused(tmp_path: Path) -> None:
    inner = packed(tmp_path).read_bytes()
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bundle.yaml", MANIFEST.replace("name: n", "name: other"))
        archive.comment = inner
    assert codes(path) == {"PK306"}


def _hidden(path: Path, *, at: int) -> Path:
    """Write a zip with a member that its directory does not list, as the first, the second or the last of three."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, name in enumerate(("bundle.yaml", "e.csv", "other.txt")):
            if place == at:
                archive.writestr("model.bin", b"EVIL")
                archive.filelist.pop()
                del archive.NameToInfo["model.bin"]
            archive.writestr(name, MANIFEST if name == "bundle.yaml" else b"a\n1\n")
        if at == 3:
            archive.writestr("model.bin", b"EVIL")
            archive.filelist.pop()
            del archive.NameToInfo["model.bin"]
    return path


@pytest.mark.parametrize(
    ("at", "message"),
    [
        (0, "something lies in front of `bundle.yaml`, the first member of the zip"),
        (1, "something that the zip does not list lies behind `bundle.yaml`"),
        (2, "something that the zip does not list lies behind `e.csv`"),
        (3, "something that the zip does not list lies behind `other.txt`"),
    ],
)
def test_a_member_that_the_directory_of_a_zip_does_not_list_is_refused(tmp_path: Path, at: int, message: str) -> None:
    assert first(_hidden(tmp_path / "hidden.zip", at=at)) == message


@pytest.mark.parametrize("begin", [6, 8, 18, 22, 30], ids=["flags", "method", "size", "whole size", "name"])
@pytest.mark.parametrize("name", ["e.csv", "docs/"])
def test_a_member_that_is_another_where_it_lies_is_refused(tmp_path: Path, begin: int, name: str) -> None:
    path = packed(tmp_path, ("docs/", b""))
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x03\x04", 4)
    at = at if name == "e.csv" else data.index(b"PK\x03\x04", at + 4)
    data[at + begin] ^= 8
    path.write_bytes(data)
    assert first(path) == f"`{name}` is something else where it lies in the zip than in its directory"


class _Stream(io.RawIOBase):
    """What is written to it, and cannot be gone back in: sizes have to follow the data."""

    def __init__(self) -> None:
        self.held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.held += bytes(data)
        return len(data)


def test_a_zip_that_was_written_as_a_stream_is_read(tmp_path: Path) -> None:
    stream = _Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]  # a stream will do
        archive.writestr("bundle.yaml", MANIFEST)
        archive.writestr("e.csv", "y\n1\n")
    (tmp_path / "stream.zip").write_bytes(stream.held)
    assert load_bundle(tmp_path / "stream.zip").manifest_digest == load_bundle(packed(tmp_path)).manifest_digest


def test_a_zip_in_a_zip_is_a_file_like_any_other(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("../evil", b"x")
    path = tmp_path / "outer.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bundle.yaml", MANIFEST)
        archive.writestr("e.csv", "y\n1\n")
        archive.writestr("inner.zip", inner.getvalue())
    assert [file.role for file in load_bundle(path).files] == ["manifest", "dataset:evaluation", "other"]


def test_zip64_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (("bundle.yaml", MANIFEST), ("e.csv", "y\n1\n")):
            with archive.open(name, "w", force_zip64=True) as stream:
                stream.write(data.encode())
    assert load_bundle(path).files[1].size == 4


@pytest.mark.parametrize("cut", [1, 10, 100, 150])
def test_a_zip_cut_short_is_refused(tmp_path: Path, cut: int) -> None:
    path = packed(tmp_path)
    path.write_bytes(path.read_bytes()[:-cut])
    assert codes(path) == {"PK306"}


def test_a_zip_with_a_changed_byte_is_refused_or_reads_otherwise(tmp_path: Path) -> None:
    path = packed(tmp_path, ("x", b"abc" * 100))
    good, digest = path.read_bytes(), load_bundle(path).manifest_digest
    for place in range(0, len(good), 7):
        path.write_bytes(good[:place] + bytes([good[place] ^ 0x41]) + good[place + 1 :])
        try:
            found = load_bundle(path)
        except PolicykitError:
            continue
        assert found.manifest_digest == digest or found.files != ()
