"""Model files that are one form to one reader and another to the next, or say something else than they hold."""

from __future__ import annotations

import gzip
import pickle
import struct
import zlib
from pathlib import Path

import pytest

from tests.hostile.modelfiles import HONEST_TORCH, calls, gated, torch_like, weighed, zipped


def test_an_honest_torch_file_holds_no_code_and_is_still_no_safe_form(tmp_path: Path) -> None:
    assert gated(tmp_path, torch_like(HONEST_TORCH)) == ("pass", "fail")


def legacy_torch(last: bytes) -> bytes:
    magic, protocol = pickle.dumps(0x1950A86A20F9469CFC6C, 2), pickle.dumps(1001, 2)
    return magic + protocol + pickle.dumps({"little_endian": True}, 2) + last + pickle.dumps(["0"], 2) + b"\0" * 4000


def test_the_older_form_of_torch_is_followed_up_to_its_numbers(tmp_path: Path) -> None:
    honest, evil = weighed(legacy_torch(HONEST_TORCH)), weighed(legacy_torch(calls("os", "system")))
    assert (honest.form, honest.refused) == ("torch (old form)", [])
    assert ("os", "system") in evil.globals


@pytest.mark.parametrize(
    "data",
    [
        torch_like(calls("os", "system")),
        zipped({"archive/data.pkl": HONEST_TORCH, "archive/data/0": calls("os", "system")}),
        zipped({"archive/data.pkl": HONEST_TORCH, "archive/notes.txt": calls("os", "system")}),
        zipped({"archive/data.pkl": HONEST_TORCH, "archive/code/__torch__.py": b"def forward(self): pass"}),
        zipped({"weights.npy": calls("os", "system")}),
        zipped({"schema.json": b'{"__loader__": "DictNode"}', "x.npy": calls("os", "system")}),
        zipped({"inner.zip": zipped({"deep.txt": calls("os", "system")})}),
        zipped({"setup.py": b"import os"}),
        zlib.compress(calls("os", "system")),
        gzip.compress(calls("os", "system")),
        b"\x93NUMPY\1\0v\0"
        + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117)
        + b"\n"
        + calls("os", "system"),
        b"\x93NUMPY\1\0\xff\xff{",
        b"\x7fELF\2\1\1",
        b"#!/bin/sh\nid\n",
    ],
    ids=range(14),
)
def test_code_inside_of_something_else_is_found_too(data: bytes, tmp_path: Path) -> None:
    code, form = gated(tmp_path, data)
    assert code == "fail"
    assert form == "fail"


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b'{"learner": {"gradient_booster": {}}, "version": [2, 0, 0]}', "json"),
        (b"tree\nversion=v4\nnum_class=1\n", "lightgbm text"),
        (
            struct.pack("<Q", 56) + b'{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  ' + b"\0" * 8,
            "safetensors",
        ),
        (
            b"\x93NUMPY\1\0v\0"
            + b"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }".ljust(117)
            + b"\n"
            + b"\0" * 8,
            "npy",
        ),
        (b"\x08\x08\x12\x02hi\x3a\x02\x0a\x00\x42\x04\x0a\x00\x10\x11", "onnx"),
        (b"a plain note\n", "text"),
    ],
)
def test_forms_that_hold_only_numbers_pass_whatever_they_are_called(data: bytes, form: str, tmp_path: Path) -> None:
    assert weighed(data).form == form
    assert gated(tmp_path, data, "model/weights.pkl") == ("pass", "pass")


@pytest.mark.parametrize(
    "data",
    [
        b"\x04\x22\x4d\x18" + b"lz4 frames are not followed" * 9,
        b"\x89HDF\r\n\x1a\n" + b"\0" * 90,
        b"GGUF\3\0\0\0" + b"\0" * 16,
        b"\0\1\2\3",
        b"\x08\x08\x42\x08\x0a\x06my.ops\x3a\x02\x0a\x00",
        struct.pack("<Q", 20) + b'{"__metadata__":{}} ' + b"trailing",
        struct.pack("<Q", 32) + b'{"w":{"data_offsets":[0,"many"]}}'[:32],
        struct.pack("<Q", 31) + b'{"w":{"data_offsets":[0,"x"]}} ' + b"x",
        b"\xfd7zXZ\0\0\0" + b"\xff" * 40,
    ],
    ids=[
        "lz4",
        "hdf5",
        "gguf",
        "unknown",
        "onnx operators of its own",
        "more behind",
        "a header cut short",
        "a header of texts",
        "xz",
    ],
)
def test_what_is_not_understood_is_never_a_pass(data: bytes, tmp_path: Path) -> None:
    code, form = gated(tmp_path, data)
    assert code in ("undecided(wrong_type)", "fail")
    assert form == "fail"


def test_a_polyglot_that_is_a_pickle_for_one_and_something_else_for_another_is_a_pickle() -> None:
    gguf = b"GGUF\3\0\0\0\0" + b"cos\nsystem\n(S'id'\ntR." + b"\0" * 64
    found = weighed(gguf)
    assert ("os", "system") in found.globals
    assert "it can be read as a pickle as well" in found.refused
