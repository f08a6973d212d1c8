"""Pickles written so that CPython, or joblib, reads something else in them than whoever looks: each of them is refused."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import struct
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.hostile.modelfiles import calls, gated, weighed, zipped

SHELL = b"cos\nsystem\n(S'id'\ntR."
DTYPE = b"cnumpy\ndtype\n(V%b\n\x89\x88tR"
PLAIN = b"(K\x03V|\nNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"


def wrapper(count: int, more: bytes = b"") -> bytes:
    """The array of joblib, of so many bytes, that its file goes on with."""
    return (
        b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81(dVsubclass\ncnumpy\nndarray\nsVshape\nK%c\x85sVorder\nVC\ns" % count
        + b"Vdtype\n" + DTYPE % b"u1" + PLAIN + b"sVallow_mmap\n\x89sVnumpy_array_alignment_bytes\nNs" + more + b"b"
    )  # fmt: skip


def framed(data: bytes, *, size: int | None = None) -> bytes:
    return b"\x95" + struct.pack("<Q", len(data) if size is None else size) + data


EVIL = b"0" + SHELL
OLD_TORCH = b"".join(pickle.dumps(each, 2) for each in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}))
OBJECTS_UNFLAGGED = DTYPE % b"O8" + PLAIN
OUTSIDE = DTYPE % b"V8" + b"(K\x03V|\nN(Va\ntp1\n(dVa\n" + DTYPE % b"f8" + PLAIN + b"M\xff\xff\x86sK\x08K\x01K\x10tb"
CRAFTED = {
    "a number in base 16": b"I0x1\n0" + SHELL,
    "a number with underscores": b"L1_0L\n0" + SHELL,
    "a number with a zero byte": b"I1\0 \n0" + SHELL,
    "a memory under a long number": b"Np" + b"0" * 40 + b"5\n0" + SHELL,
    "a memory under a number with a sign": b"Np+5\n0" + SHELL,
    "an import that ends the file without a line feed": b"cos\nsystem!",
    "an import before a mark that is not there": b"ios\nsystem\n",
    "opcodes inside of an array": b"\x80\x04" + wrapper(7 + len(SHELL)) + b"0I0x1\n0" + SHELL + b".",
    "opcodes inside of a packed array": gzip.compress(b"\x80\x04" + wrapper(len(EVIL)) + EVIL + b"."),
    "an array behind a frame": b"\x80\x04" + wrapper(8) + b"\xff" * 8 + b"0" + framed(wrapper(len(EVIL)) + EVIL) + b"N.",
    "a frame longer than its pickle": b"\x80\x04" + framed(b"N.\x80\x04" + wrapper(len(SHELL)) + b"\0" * 9) + SHELL,
    "a frame in a frame": b"\x80\x04" + framed(framed(b"N", size=9) + b"0") + b"N.",
    "a text across the end of a frame": b"\x80\x04" + framed(b"\x8c\x02o", size=3) + b"s.",
    "arrays in the second pickle": b"\x80\x04N.\x80\x04" + wrapper(len(EVIL)) + EVIL + b".",
    "two pickles": pickle.dumps(1, 2) * 2,
    "arrays in the older form of torch": OLD_TORCH + b"\x80\x02" + wrapper(len(EVIL)) + EVIL + b"." + pickle.dumps([], 2),
    "an array that says how it is read": b"\x80\x04" + wrapper(8, b"Vread\ncbuiltins\nslice\ns") + b"\0" * 8 + b".",
    "an array out of raw memory": b"\x80\x03cnumpy\nndarray\n(K\x01\x85" + DTYPE % b"O" + b"C\x08AAAAAAAAtR.",
    "objects that say they are none": b"\x80\x03" + OBJECTS_UNFLAGGED + b".",
    "a field outside of its entry": b"\x80\x03" + OUTSIDE + b".",
    "a class given back as a number": (
        b"\x80\x03cnumpy._core.multiarray\nscalar\n(" + DTYPE % b"O" + b"cfractions\nFraction\ntR(N}VF\nNstb."
    ),
    "a kind of number made by another way": b"\x80\x02ccopyreg\n_reconstructor\n(cnumpy\ndtype\ncnumpy\ndtype\nVO8,i4\ntR.",
}  # fmt: skip


@pytest.mark.parametrize("data", CRAFTED.values(), ids=CRAFTED)
def test_what_is_read_in_two_ways_is_never_believed(data: bytes, tmp_path: Path) -> None:
    assert gated(tmp_path, data) == ("fail", "fail")


@pytest.mark.parametrize(
    "name", ["a number in base 16", "opcodes inside of an array", "opcodes inside of a packed array"]
)
def test_the_import_behind_an_odd_number_is_named_all_the_same(name: str) -> None:
    assert ("os", "system") in weighed(CRAFTED[name]).globals


def npy(descr: object, payload: bytes, count: int = 1) -> bytes:
    header = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': ({count},), }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + payload


def behind(front: bytes) -> bytes:
    made = io.BytesIO(front)
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("__main__.py", "print(1)")
    return made.getvalue()


def safetensors(payload: bytes) -> bytes:
    header = json.dumps({"w": {"dtype": "U8", "shape": [len(payload)], "data_offsets": [0, len(payload)]}}).encode()
    return struct.pack("<Q", len(header)) + header + payload


def onnx(operators: bytes) -> bytes:
    return b"\x08\x07\x3a\x04\x0a\x00\x12\x00\x42" + bytes([len(operators)]) + operators


def keras(config: str) -> bytes:
    return zipped(
        {"metadata.json": b"{}", "config.json": config.encode(), "model.weights.h5": b"\x89HDF\r\n\x1a\n" + b"\0" * 600}
    )


TWO_FORMS = {
    "npy of objects by their long name": npy("object", SHELL),
    "npy of objects in a field": npy([("a", "object")], SHELL),
    "npz of objects by their long name": zipped({"a.npy": npy("object", SHELL)}),
    "npy with a pickle behind": npy("<u1", b"\0" + calls("os", "system")),
    "npy with a zip behind": behind(npy("<u1", b"\0")),
    "npy that counts the zip behind it": npy("<u1", behind(b""), len(behind(b""))),
    "safetensors that count the zip behind them": safetensors(behind(b"")),
    "safetensors around HDF5": safetensors(b"\0" * (512 - 8 - 64) + b"\x89HDF\r\n\x1a\n" + b"\0" * 99),
    "gguf with a zip behind": behind(b"GGUF\3\0\0\0" + b"\0" * 40),
    "gguf around HDF5": b"GGUF\3\0\0\0" + b"\0" * 504 + b"\x89HDF\r\n\x1a\n" + b"\0" * 600,
    "gguf that is a pickle": b"GGUF\3\0\0\0\x000I0x1\n0" + SHELL,
    "onnx that names two domains": onnx(b"\x0a\0\x0a\x0bevil.custom\x10\x11"),
    "keras with an escaped name": keras(r'{"class_name": "L\u0061mbda"}'),
}  # fmt: skip


@pytest.mark.parametrize("data", TWO_FORMS.values(), ids=TWO_FORMS)
def test_a_file_that_is_two_forms_is_no_safe_one(data: bytes, tmp_path: Path) -> None:
    code, form = gated(tmp_path, data)
    assert form == "fail"
    assert code in ("fail", "undecided(wrong_type)")


def test_a_keras_file_that_calls_a_function_by_name_is_never_shown_to_be_harmless(tmp_path: Path) -> None:
    config = '{"module": "os", "class_name": "function", "config": "system"}'
    assert gated(tmp_path, keras(config)) == ("undecided(wrong_type)", "fail")


@pytest.mark.parametrize(
    "kind", ["<f8", ">i2", "|b1", "<U3", "|S2", "<M8[ns]", "<c16", [("a", "<f4"), ("b", "|u1", (2,))]]
)
def test_arrays_as_numpy_writes_them_are_accounted_for_to_the_last_byte(kind: object) -> None:
    made = io.BytesIO()
    np.save(made, np.zeros(5, dtype=kind))  # type: ignore[call-overload]  # any kind at all
    assert (weighed(made.getvalue()).form, weighed(made.getvalue()).refused) == ("npy", [])
    assert weighed(made.getvalue() + b"\0").refused


def test_safetensors_whose_header_has_the_length_of_a_protocol_are_no_pickle() -> None:
    header = b'{"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}'.ljust(0x180)
    found = weighed(struct.pack("<Q", 0x180) + header + b"\0" * 4)
    assert (found.form, found.refused) == ("safetensors", [])


def test_tuples_in_tuples_take_neither_time_nor_depth() -> None:
    begun = time.monotonic()
    for data in (b"\x80\x04cbuiltins\nlist\nN\x85" + b"2\x86" * 34 + b"\x85R.", b"\x80\x04)" + b"\x85" * 50_000 + b"."):
        assert weighed(data).refused == []
    assert time.monotonic() - begun < 5


def test_opcodes_are_counted_over_all_members_of_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policykit.measure.artifact.allowance.FREE_OPCODES", 10_000)
    found = weighed(zipped({f"{at}.txt": b"N0" * 20_000 for at in range(9)}, method=zipfile.ZIP_DEFLATED))
    assert found.refused == ["it has more opcodes than are followed in a file of its size"]


def test_bytes_are_counted_over_all_zips_in_zips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policykit.measure.artifact.allowance.FREE_BYTES", 1 << 20)
    inner = zipped({f"{at}.txt": b"z" * (1 << 20) for at in range(20)}, method=zipfile.ZIP_DEFLATED)
    outer = zipped({f"{at}.zip": inner for at in range(20)}, method=zipfile.ZIP_DEFLATED)
    assert weighed(outer).refused == ["it grows more than 200 times when read, with all that lies in it"]
