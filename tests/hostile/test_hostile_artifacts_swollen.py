"""Zips that lie or swell, and files made to bring down whoever looks at them."""

from __future__ import annotations

import pickle
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from tests.hostile.modelfiles import weighed, zipped

ZIPS = {
    "a bomb": zipped({"w.npy": b"\0" * (64 << 20)}, method=zipfile.ZIP_DEFLATED),
    "a name twice but for case": zipped({"Model.json": b"{}", "model.JSON": b"{}"}),
    "a path that climbs": zipped({"../../etc/cron.d/x": b"{}"}),
    "an absolute path": zipped({"/etc/passwd": b"{}"}),
    "something in front": b"#!/bin/sh\n" + zipped({"a.json": b"{}"}),
    "something behind": zipped({"a.json": b"{}"}) + b"cos\nsystem\n",
    "cut short": zipped({"a.json": b"{}" * 100})[:-30],
    "zips in zips in zips in zips": zipped({"a": zipped({"a": zipped({"a": zipped({"a": b"{}"})})})}),
    "a header that says another name": zipped({"good.json": b"{}"}).replace(b"good.json", b"evil.json", 1),
    "a header that says another size": zipped({"a.json": b"{}" * 9}).replace(
        struct.pack("<II", 18, 18), struct.pack("<II", 2, 2), 1
    ),
    "too many members": zipped({f"{i}.json": b"" for i in range(10_001)}),
    "a directory that lies about how many": zipped({"a.json": b"{}"})[:-14]
    + struct.pack("<HHIIH", 60_000, 60_000, 1 << 30, 40, 0),
}


@pytest.mark.parametrize("data", ZIPS.values(), ids=ZIPS)
def test_a_zip_that_lies_or_swells_is_refused_and_nothing_of_it_lands_anywhere(data: bytes, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        begun = time.monotonic()
        found = weighed(data)
        assert time.monotonic() - begun < 1
    assert found.refused or found.form in ("", "program")
    assert not list(tmp_path.rglob("*"))


def test_members_that_share_their_bytes_are_refused() -> None:
    data = bytearray(zipped({"a.json": b"{}", "b.json": b"{}"}))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    assert weighed(bytes(data)).refused


BOMBED = """
import re, resource, sys, time
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))
from policykit.measure.artifact.weigh import weigh
begun = time.monotonic()
with open(sys.argv[1], "rb") as file:
    found = weigh(file, int(sys.argv[2]), "model")
most = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text()).group(1)) // 1024
print(time.monotonic() - begun, most, len(found.refused))
"""


def lean(path: Path) -> tuple[float, int, int]:
    words = [sys.executable, "-c", BOMBED, str(path), str(path.stat().st_size)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    seconds, megabytes, refused = done.stdout.split()
    return float(seconds), int(megabytes), int(refused)


def test_bombs_are_refused_under_a_second_and_200_megabytes(tmp_path: Path) -> None:
    squeeze = zlib.compressobj(9)
    flat = b"".join(
        [
            squeeze.compress(b"\x80\x04B\xff\xff\xff\x7f"),
            *(squeeze.compress(b"\0" * (1 << 20)) for _ in range(200)),
            squeeze.flush(),
        ]
    )
    bombs = {
        "zip": ZIPS["a bomb"],
        "zlib": flat,
        "marks": b"\x80\x04" + b"(" * 8_000_000,
        "nothing": b"\x80\x04" + b"N" * 8_000_000,
    }
    for name, data in bombs.items():
        path = tmp_path / name
        path.write_bytes(data)
        seconds, megabytes, refused = lean(path)
        assert refused, name
        assert megabytes < 200, name
        assert seconds < (1 if name in ("zip", "zlib") else 8), name


def test_memory_stays_flat_on_a_pickle_of_a_million_texts(tmp_path: Path) -> None:
    path = tmp_path / "texts.pkl"
    path.write_bytes(pickle.dumps([f"word number {i}" for i in range(1_000_000)], 4))
    _, megabytes, refused = lean(path)
    assert (refused, megabytes < 250) == (0, True)
