"""Model files made to run code, to hide that they do, or to bring down whoever looks. Nothing in them is ever imported."""

from __future__ import annotations

import gzip
import io
import pickle
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from policykit.measure.artifact.weigh import Weighed, weigh
from tests.build import judged, status

CODE = {"check": "artifact.no_code_in_weights", "at_most": 0}
FORM = {"check": "artifact.safe_format", "at_most": 0}


def text(word: str) -> bytes:
    return b"\x8c" + bytes([len(word)]) + word.encode()


def stack_global(module: str, name: str) -> bytes:
    return text(module) + text(name) + b"\x93"


def calls(module: str, name: str, argument: str = "id") -> bytes:
    return b"\x80\x04" + stack_global(module, name) + text(argument) + b"\x85R."


HOSTILE = {
    "GLOBAL": b"cos\nsystem\n(S'id'\ntR.",
    "GLOBAL under a name of Python 2": b"c__builtin__\neval\n(S'1'\ntR.",
    "STACK_GLOBAL": calls("os", "system"),
    "STACK_GLOBAL by names remembered": b"\x80\x04" + text("os") + b"\x940" + text("system") + b"\x940h\0h\1\x93)R.",
    "STACK_GLOBAL by names remembered far away": (
        b"\x80\x04" + text("os") + b"r\x90\x01\0\0" + b"0" + text("system") + b"\x940j\x90\x01\0\0h\1\x93)R."
    ),
    "STACK_GLOBAL by names remembered twice under one number": (
        b"\x80\x04Nq\0q\x000" + text("os") + b"\x94" + text("system") + b"\x94h\1h\2\x93)R."
    ),
    "STACK_GLOBAL by a string of Python 2": b"\x80\x04U\x02osS'system'\n\x93)R.",
    "STACK_GLOBAL by a string with escapes": b"\x80\x04S'\\x6fs'\nV\\u0073ystem\n\x93)R.",
    "a name joined from two": (
        b"\x80\x04"
        + text("o")
        + stack_global("operator", "add")
        + text("o")
        + text("s")
        + b"\x86R"
        + text("system")
        + b"\x93)R."
    ),
    "INST": b"(S'id'\nios\nsystem\n.",
    "OBJ": b"(cos\nsystem\nS'id'\no.",
    "NEWOBJ": b"\x80\x04" + stack_global("subprocess", "Popen") + text("id") + b"\x85\x81.",
    "NEWOBJ_EX": b"\x80\x04" + stack_global("subprocess", "Popen") + text("id") + b"\x85}\x92.",
    "BUILD of a stranger's class": b"\x80\x04" + stack_global("acme", "Thing") + b")\x81}b.",
    "BUILD of a class itself": b"\x80\x04" + stack_global("collections", "OrderedDict") + b"}" + text("pop") + b"Nsb.",
    "a class changed item by item": b"\x80\x04" + stack_global("collections", "OrderedDict") + text("a") + b"Ns.",
    "a persistent id": b"\x80\x02Pid-of-something\n.",
    "a persistent id in binary": b"\x80\x02U\x02idQ.",
    "EXT1": b"\x80\x02\x82\x01)R.",
    "EXT2": b"\x80\x02\x83\x01\x02)R.",
    "EXT4": b"\x80\x02\x84\x01\x02\x03\x04)R.",
    "a buffer from outside": b"\x80\x05\x97.",
    "a pickle in the bytes of a pickle": (
        b"\x80\x04" + stack_global("pickle", "loads") + b"C\x12cos\nsystem\n(S'id'\nt" + b"\x85R."
    ),
    "a pickle behind STOP": pickle.dumps([1, 2, 3]) + calls("os", "system"),
    "a pickle behind many": pickle.dumps(1) * 50 + calls("os", "system"),
    "code before the error": b"cos\nsystem\n(S'id'\ntR\xff\xff",
    "a pickle that ends too soon": pickle.dumps(list(range(1000)))[:-4],
    "bytes behind STOP that are nothing": pickle.dumps(1) + b"\xff\xfe",
    "a protocol that nobody knows": b"\x80\x09N.",
    "code behind more texts than are remembered": b"".join(b"Np%d\n0" % (2 * i + 9) for i in range(300_100))
    + b"cos\nsystem\n)R.",
    "code behind more than is held at once": b"N" * 5_100_000 + b"cos\nsystem\n)R.",
    "ctypes.CDLL": calls("ctypes", "CDLL", "./evil.so"),
    "builtins.eval": calls("builtins", "eval"),
    "builtins.getattr": calls("builtins", "getattr"),
    "functools.partial": calls("functools", "partial"),
    "operator.attrgetter": calls("operator", "attrgetter", "system"),
    "numpy.f2py": calls("numpy.f2py.crackfortran", "getlincoef"),
    "numpy by a dotted name": calls("numpy", "core.os.system"),
    "an allowed module by a dotted name": calls("collections", "OrderedDict.fromkeys.__self__"),
    "a module split elsewhere": calls("numpy.core", "multiarray._reconstruct"),
    "torch that loads again": calls("torch.storage", "_load_from_bytes"),
    "joblib that loads again": calls("joblib", "load"),
    "joblib's older wrapper": calls("joblib.numpy_pickle", "NDArrayWrapper"),
    "pip": calls("pip", "main"),
    "the debugger": calls("bdb", "Bdb.run"),
    "a module of no known name": calls("zzz_nobody_knows", "run"),
}


def weighed(data: bytes) -> Weighed:
    return weigh(io.BytesIO(data), len(data), "model/weights.bin")


def gated(folder: Path, data: bytes, name: str = "model/weights.bin", **asked: Any) -> tuple[str, str]:
    """Return what both checks say of a model of these bytes."""
    path = folder / "bundle" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    found = judged(folder, CODE | asked, FORM, model={"path": name})
    return status(found, "R-1"), status(found, "R-2")


@pytest.fixture
def nothing_new() -> Iterator[None]:
    """Assert that looking at a file imports nothing that the file names: an import hook refuses every module it knows not."""
    seen: list[str] = []
    known = ("policykit", "encodings", "tests", "zoneinfo", "_")

    class Hook:
        def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
            if not name.startswith(known):
                seen.append(name)

    weighed(pickle.dumps([1])), weighed(b"{}"), weighed(gzip.compress(b"x"))
    hook = Hook()
    sys.meta_path.insert(0, hook)  # type: ignore[arg-type]
    try:
        yield
    finally:
        sys.meta_path.remove(hook)  # type: ignore[arg-type]
    assert seen == []


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_what_is_hidden_in_a_pickle_is_found_and_nothing_is_imported(data: bytes, tmp_path: Path) -> None:
    assert gated(tmp_path, data) == ("fail", "fail")


@pytest.mark.usefixtures("nothing_new")
def test_an_import_hook_sees_no_import() -> None:
    modules = set(sys.modules)
    for data in HOSTILE.values():
        for wrapped in (data, zlib.compress(data), gzip.compress(data), zipped({"archive/data.pkl": data})):
            weighed(wrapped)
    assert not {"ctypes.wintypes", "pip", "numpy.f2py.crackfortran", "bdb"} & (set(sys.modules) - modules)


def zipped(members: dict[str, bytes], *, method: int = zipfile.ZIP_STORED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return made.getvalue()


def torch_like(data: bytes) -> bytes:
    return zipped({"archive/data.pkl": data, "archive/data/0": b"\0" * 4000, "archive/version": b"3\n"})


HONEST_TORCH = (
    b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\nq\0((X\x07\0\0\0storageq\1ctorch\nFloatStorage\nq\2X\1\0\0\x000q\3X\3\0\0\0cpuq\4M\xe8\3"
    b"tq\5QK\0M\xe8\3\x85q\6K\1\x85q\7\x89ccollections\nOrderedDict\nq\x08)Rq\ttq\nRq\x0b."
)


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
        (b"GGUF\3\0\0\0" + b"\0" * 16, "gguf"),
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


def test_opcodes_hidden_in_an_array_of_joblib_are_seen_as_whoever_unpickles_it_plainly_would(tmp_path: Path) -> None:
    import joblib
    import numpy as np

    code = np.frombuffer((b"cos\nsystem\n(S'id'\ntR." * 100)[: 22 * 100 // 8 * 8], dtype=np.uint8)
    joblib.dump(code, tmp_path / "m.joblib")
    data = (tmp_path / "m.joblib").read_bytes()
    assert weighed(data).form == "joblib"
    padded = data.index(b"cos\nsystem")
    plain = bytearray(data)
    plain[padded - data[padded - 1 :].index(b"cos") :] = data[padded:]  # no padding: opcodes follow at once
    assert ("os", "system") in weighed(bytes(plain)).globals or weighed(bytes(plain)).refused


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


def test_the_report_names_the_file_and_what_it_imports_and_cannot_be_written_into(tmp_path: Path) -> None:
    from policykit.render.visible import visible

    path = tmp_path / "bundle/model/w.bin"
    path.parent.mkdir(parents=True)
    path.write_bytes("c\u202eos<script>\nsys\x1b[31mtem\n.".encode())
    found = judged(tmp_path, CODE, model={"path": "model/w.bin"})
    reason = found.report.rules[0].verdict.reason
    (finding,) = found.report.rules[0].verdict.findings
    told = f"{reason} {finding}"
    assert "model/w.bin" in told
    assert "\x1b" not in visible(reason) and "\u202e" not in visible(reason)


def test_a_scanner_that_says_no_issues_found_of_ctypes_cdll(tmp_path: Path) -> None:
    """Never green: an allowlist needs to have heard of nothing."""
    assert gated(tmp_path, calls("ctypes", "CDLL", "./evil.so"))[0] == "fail"


def test_measurements_read_back_judge_the_same_without_the_files(tmp_path: Path) -> None:
    from policykit.terms.taken_json import taken_from_json, taken_to_json

    path = tmp_path / "bundle/model/w.bin"
    path.parent.mkdir(parents=True)
    path.write_bytes(calls("os", "system"))
    found = judged(tmp_path, CODE, FORM, model={"path": "model/w.bin"})
    assert taken_from_json(taken_to_json(found.taken)) == dict(found.taken)


def test_memory_stays_flat_on_a_pickle_of_a_million_texts(tmp_path: Path) -> None:
    path = tmp_path / "texts.pkl"
    path.write_bytes(pickle.dumps([f"word number {i}" for i in range(1_000_000)], 4))
    _, megabytes, refused = lean(path)
    assert (refused, megabytes < 250) == (0, True)
