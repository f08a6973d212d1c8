"""The machine that follows pickles sees everything that CPython's own would import, and imports nothing itself."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import io
import pickle
import pickletools
import random
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.measure.artifact.marks import Seen
from policykit.measure.artifact.pickles import read_pickles
from policykit.measure.artifact.tape import CHUNK, Short, Tape
from policykit.measure.artifact.weigh import Weighed, weigh


class _Inert:
    """Stands in for whatever a pickle would import; does nothing, whatever is asked of it."""

    def __new__(cls, *args: Any, **kwargs: Any) -> _Inert:
        return object.__new__(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    def __call__(self, *args: Any, **kwargs: Any) -> _Inert:
        return _Inert()

    def __setstate__(self, state: Any) -> None: ...
    def __setitem__(self, key: Any, value: Any) -> None: ...
    def __hash__(self) -> int:
        return 1

    def append(self, each: Any) -> None: ...
    def extend(self, each: Any) -> None: ...
    def add(self, each: Any) -> None: ...


class _Real(pickle.Unpickler):
    """CPython's own machine, in C, that is kept from importing."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self.names: set[tuple[str, str]] = set()

    def find_class(self, module: str, name: str) -> Any:
        self.names.add((module, name))
        return type("Stub", (_Inert,), {})


class _RealInPython(pickle._Unpickler):  # the machine that joblib uses
    """CPython's own machine, in Python, that is kept from importing."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self.names: set[tuple[str, str]] = set()

    find_class = _Real.find_class


def really(data: bytes, kind: Any = _Real) -> tuple[set[tuple[str, str]], bool]:
    """Return what CPython would import, and whether it came to the end."""
    real = kind(data)
    try:
        real.load()
    except Exception:  # noqa: BLE001 - whatever a broken pickle does to it
        return real.names, False
    return real.names, True


def mapped(names: set[tuple[str, str]]) -> set[tuple[str, str]]:
    return {NAME_MAPPING.get(each, (IMPORT_MAPPING.get(each[0], each[0]), each[1])) for each in names}


def followed(data: bytes) -> Seen:
    return read_pickles(Tape(io.BytesIO(data)), first=True)


def modest(data: bytes) -> bool:
    """Return whether CPython can follow it without asking for gigabytes: it makes room for the number it is told."""
    try:
        for opcode, arg, _ in pickletools.genops(data):
            if "PUT" in opcode.name and int(arg or 0) > 10_000:
                return False
    except (ValueError, IndexError, TypeError):
        return b"\x96" not in data and b"r" not in data and b"p" not in data
    return True


def check(data: bytes) -> None:
    """Whatever CPython would import, the machine has seen, or it has refused the file as hidden."""
    if not modest(data):
        return
    seen = followed(data)
    if seen.hidden:
        return
    mine = {tuple(each) for each in seen.globals}
    for kind in (_Real, _RealInPython):
        names, whole = really(data, kind)
        assert all(each in mine or mapped({each}) <= mine for each in names), (data, names, mine)
        assert not (whole and seen.refused), (data, seen.refused)


values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False),
        st.text(max_size=30),
        st.binary(max_size=300),
        st.just(decimal.Decimal("1.5")),
        st.just(fractions.Fraction(1, 3)),
        st.just(datetime.date(2026, 1, 1)),
        st.sampled_from([int, dict, collections.OrderedDict, len]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.tuples(inner, inner),
        st.dictionaries(st.text(max_size=5), inner, max_size=5),
        st.frozensets(st.integers(), max_size=3),
        st.builds(lambda x: [x, x, {"again": x}], inner),
        st.builds(lambda x: collections.OrderedDict(a=x), inner),
    ),
    max_leaves=15,
)


@settings(max_examples=300, deadline=None)
@given(values, st.integers(0, 5))
def test_what_python_pickles_is_followed_to_its_end(value: Any, protocol: int) -> None:
    data = pickle.dumps(value, protocol)
    seen = followed(data)
    assert not seen.refused and not seen.hidden, (seen, pickletools.dis(data))
    assert mapped(really(data)[0]) == {tuple(each) for each in seen.globals}


def numbers(kind: bytes, count: int = 3) -> bytes:
    """An array of joblib, with its numbers behind it."""
    made = io.BytesIO()
    joblib.dump(np.arange(count, dtype=kind.decode()), made)
    return made.getvalue()[2:-1]


ODD = [
    b"0x1",
    b"0b1",
    b"1_0",
    b" 5",
    b"5 ",
    b"-5",
    b"+5",
    b"07",
    b"00",
    b"01",
    b"5\0x",
    b"\x855",
    b"5L",
    b"5LL",
    b"1e5",
    b"nan",
    b"",
    b"x",
]
ODDLY = [
    *[opcode + odd + b"\n" for opcode in (b"I", b"L", b"F", b"p", b"g") for odd in (*ODD, b"0" * 40 + b"5", b"9" * 40)],
    *[b"\x95" + size.to_bytes(8, "little") for size in (0, 1, 2, 3, 5, 9, 14, 20, 40, 1 << 20)],
    *[b"S'os' \n", b"S os\n", b'S"os"\n', b"V\\u006fs\n", b"ios\nsystem\n", b"c\nx\n", b"\x80\x06", b"P1\n"],
    *[numbers(kind) for kind in (b"<f8", b"|u1")],
]
OPCODES = [bytes([ord(each.code)]) for each in pickletools.opcodes]
NAMES = [b"os\nsystem\n", b"builtins\neval\n", b"a\nb\n"]
PIECES = [
    *OPCODES,
    *[b"c" + name for name in NAMES],
    *[b"(i" + name for name in NAMES],
    *[
        b"\x8c\x02os\x94",
        b"\x8c\x06system\x94",
        b"\x8c\x08builtins",
        b"X\x04\0\0\0eval",
        b"U\x02os",
        b"Vos\n",
        b"S'os'\n",
    ],
    *[
        b"\x93",
        b"h\0",
        b"h\1",
        b"q\0",
        b"q\1",
        b"p5\n",
        b"g5\n",
        b"r\5\0\0\0",
        b"j\5\0\0\0",
        b"K\1",
        b"M\1\0",
        b"I01\n",
        b"I7\n",
    ],
    *[
        b"\x80\x02",
        b"\x80\x04",
        b"C\1x",
        b"N",
        b")",
        b"(",
        b"t",
        b"}",
        b"]",
        b"\x85",
        b"\x86",
        b"R",
        b"\x81",
        b"b",
        b".",
    ],
]


@settings(max_examples=3000, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_of_any_heap_of_opcodes_it_sees_at_least_what_cpython_would_import(pieces: list[bytes]) -> None:
    check(b"".join(pieces) + b".")


@settings(max_examples=2000, deadline=None)
@given(st.lists(st.sampled_from([*PIECES, *ODDLY]), max_size=15))
def test_of_odd_numbers_frames_and_arrays_it_sees_as_much_as_either_machine(pieces: list[bytes]) -> None:
    check(b"".join(pieces) + b".")


@settings(max_examples=500, deadline=None)
@given(values, st.integers(0, 5), st.data())
def test_of_a_pickle_with_bytes_changed_too(value: Any, protocol: int, data: st.DataObject) -> None:
    changed = bytearray(pickle.dumps(value, protocol))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed) - 1))
        changed[at : at + data.draw(st.integers(0, 2))] = data.draw(st.sampled_from([*PIECES, b"", b"\xff"]))
    check(bytes(changed) + b".")


def test_a_number_remembered_twice_counts_once() -> None:
    honest, evil = b"\x8c\x02ok\x94\x8c\x03fun\x94", b"\x8c\x02os\x94\x8c\x06system\x94"
    for twice in (b"Nq\0q\0", b"Nq\5q\5q\0", b"Np0\np0\nr\0\0\0\0"):
        data = b"\x80\x04" + twice + honest + evil + b"".join(b"h%c" % each for each in (3, 4)) + b"\x93."
        check(data)
        assert really(data)[0] == {tuple(each) for each in followed(data).globals}


def weighed(data: bytes, name: str = "model/weights") -> Weighed:
    return weigh(io.BytesIO(data), len(data), name)


def models() -> list[Any]:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    draw = np.random.default_rng(7)
    x, y = draw.normal(size=(200, 4)), draw.integers(0, 2, 200)
    return [
        make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y),
        RandomForestClassifier(3, random_state=0).fit(x, y),
        {"a": x, "words": np.array(["x", None, 3], dtype=object), "n": np.arange(5)},
        pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}),
    ]


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_real_models_are_followed_to_the_last_byte(at: int, protocol: int) -> None:
    data = pickle.dumps(models()[at], protocol)
    found = weighed(data)
    assert (found.form, found.refused) == ("pickle", [])
    names, _ = really(data)
    assert mapped(names) == {tuple(each) for each in found.globals} or names == {tuple(each) for each in found.globals}


@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("compress", [0, ("zlib", 3), ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)])
def test_real_joblib_files_are_followed_through_their_arrays(tmp_path: Path, at: int, compress: Any) -> None:
    joblib.dump(models()[at], tmp_path / "model.joblib", compress=compress)
    data = (tmp_path / "model.joblib").read_bytes()
    found = weighed(data)
    assert (found.form, found.refused) == ("compressed" if compress else "joblib", [])
    asked: set[tuple[str, str]] = set()

    class Watching(joblib.numpy_pickle.NumpyUnpickler):  # type: ignore[misc, name-defined]
        def find_class(self, module: str, name: str) -> Any:
            asked.add((module, name))
            return super().find_class(module, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(joblib.numpy_pickle, "NumpyUnpickler", Watching)
        joblib.load(tmp_path / "model.joblib")
    mine = {tuple(each) for each in found.globals}
    assert asked and asked <= mine


def test_a_tape_gives_the_same_bytes_however_they_are_asked_for() -> None:
    draw = random.Random(3)
    data = draw.randbytes(3 * CHUNK)
    for size in (None, len(data)):
        tape, at = Tape(io.BytesIO(data), size=size), 0
        while at < len(data) - 2:
            count = draw.choice([1, 7, 300, CHUNK - 1, CHUNK, CHUNK + 9])
            count = min(count, len(data) - at)
            if draw.random() < 0.5:
                tape.skip(count)
            else:
                assert tape.take(count) == data[at : at + count]
            at += count
            assert tape.place == at
        assert tape.take(len(data) - at) == data[at:]
        assert not tape.more()
        for act in (tape.byte, lambda: tape.take(1), lambda: tape.skip(1), tape.line):  # noqa: B023
            with pytest.raises(Short):
                act()
