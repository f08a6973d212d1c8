"""Model files made to run code, to hide that they do, or to bring down whoever looks. Nothing in them is ever imported."""

from __future__ import annotations

import gzip
import pickle
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.build import judged
from tests.hostile.modelfiles import CODE, FORM, calls, gated, stack_global, text, weighed, zipped

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
