"""Forms that only hold numbers and text: each is believed only where the whole file is of that form."""

from __future__ import annotations

import ast
import codecs
import json
import re
from typing import IO, Any, Final

from policykit.measure.artifact.tape import CHUNK, Short, Tape

_LARGEST_HEADER: Final = 100 * 2**20
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DOMAINS: Final = (b"", b"ai.onnx", b"ai.onnx.ml", b"ai.onnx.training", b"ai.onnx.preview.training", b"com.microsoft")
_ONNX_FIELDS: Final = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26})


def text_problem(file: IO[bytes]) -> str | None:
    """Return why a file is not plain UTF-8 text; None where it is."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(CHUNK):
            if _CONTROL.search(chunk):
                return "it holds control characters, which text does not"
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "it is not text"
    return None


def npy_objects(head: bytes) -> bool:
    """Return whether a NumPy file holds objects, or does not say what it holds: then loading it may unpickle."""
    length = int.from_bytes(head[8:10], "little") if head[6:7] == b"\1" else int.from_bytes(head[8:12], "little")
    start = 10 if head[6:7] == b"\1" else 12
    if length > len(head) - start:
        return True
    try:
        said: Any = ast.literal_eval(head[start : start + length].decode("latin-1").strip())
        return "O" in json.dumps(said["descr"]) or not isinstance(said["descr"], str | list)
    except (ValueError, SyntaxError, KeyError, TypeError, RecursionError, MemoryError):
        return True


def safetensors_problem(file: IO[bytes], size: int) -> str | None:
    """Return why a file is not safetensors: its header must place every tensor, one after the other, to the last byte."""
    length = int.from_bytes(file.read(8), "little")
    if length > min(_LARGEST_HEADER, size - 8):
        return "its header is longer than the file"
    try:
        said = json.loads(file.read(length), object_pairs_hook=_once)
        spans = sorted(entry["data_offsets"] for name, entry in said.items() if name != "__metadata__")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "its header is not that of safetensors"
    at = 0
    for span in spans:
        if not isinstance(span, list) or len(span) != 2 or not all(isinstance(each, int) for each in span):
            return "its header is not that of safetensors"
        if span[0] != at or span[1] < at:
            return "its tensors overlap, or leave gaps"
        at = span[1]
    return None if 8 + length + at == size else "it is longer or shorter than its header says"


def onnx_problem(file: IO[bytes], size: int) -> str | None:
    """Return why a file is not an ONNX model of well-known operators; what lies inside its graph is skipped."""
    tape = Tape(file, size=size)
    fields: set[int] = set()
    try:
        while tape.more():
            number, kind = divmod(_varint(tape), 8)
            fields.add(number)
            if number not in _ONNX_FIELDS:
                return "it has parts that ONNX does not have"
            if kind == 0:
                _varint(tape)
            elif kind == 2:
                length = _varint(tape)
                if number == 8:
                    if length > 4096 or _domain(tape.take(length)) not in _DOMAINS:
                        return "it needs operators that come as code"
                else:
                    tape.skip(length)
            else:
                return "it has parts that ONNX does not have"
    except Short:
        return "it is cut short"
    return None if {1, 7, 8} <= fields else "it lacks what every ONNX model has"


def _domain(data: bytes) -> bytes:
    at = 0
    while at < len(data):
        if data[at] == 0x0A and at + 1 < len(data):
            return data[at + 2 : at + 2 + data[at + 1]]
        at += 2  # the version, a small number
    return b""


def _varint(tape: Tape) -> int:
    value = 0
    for shift in range(0, 70, 7):
        byte = tape.byte()
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value
    raise Short


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found
