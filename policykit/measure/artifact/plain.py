"""Forms that only hold numbers and text: each is believed only where the whole file is of that form."""

from __future__ import annotations

import codecs
import json
import re
from typing import IO, Any, Final

from policykit.measure.artifact.tape import CHUNK, Short, Tape

_LARGEST_HEADER: Final = 16 * 2**20
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DOMAINS: Final = (b"", b"ai.onnx", b"ai.onnx.ml", b"ai.onnx.training", b"ai.onnx.preview.training", b"com.microsoft")
_NUMBERS: Final = frozenset({1, 5})
_PARTS: Final = frozenset({2, 3, 4, 6, 7, 8, 14, 20, 25, 26})
_OPERATORS: Final = 8
_FUNCTIONS: Final = 25
_MOST_DOMAIN: Final = 4096


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


def safetensors_problem(file: IO[bytes], size: int) -> str | None:
    """Return why a file is not safetensors: its header must place every tensor, one after the other, to the last byte."""
    length = int.from_bytes(file.read(8), "little")
    if length > min(_LARGEST_HEADER, size - 8):
        return "its header is longer than the file, or than headers are"
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
            if number in _NUMBERS and kind == 0:
                _varint(tape)
            elif number in _PARTS and kind == 2:
                if (problem := _onnx_part(tape, number, _varint(tape))) is not None:
                    return problem
            else:
                return "it has parts that ONNX does not have"
    except Short:
        return "it is cut short"
    return None if {1, 7, 8} <= fields else "it lacks what every ONNX model has"


def _onnx_part(tape: Tape, number: int, length: int) -> str | None:
    if number == _OPERATORS:
        return _operators_problem(tape, length)
    if number != _FUNCTIONS:
        tape.skip(length)
        return None
    end = tape.place + length
    while tape.place < end:  # a function of the model says by itself which operators it needs
        inner, kind = divmod(_varint(tape), 8)
        if kind != 2:
            return "it has parts that ONNX does not have"
        size = _varint(tape)
        if inner == 9:
            if (problem := _operators_problem(tape, size)) is not None:
                return problem
        else:
            tape.skip(size)
    return None if tape.place == end else "it has parts that ONNX does not have"


def _operators_problem(tape: Tape, length: int) -> str | None:
    """Every domain that is said must be well known: of a field that is there twice, readers take the last."""
    if length > _MOST_DOMAIN:
        return "it needs operators that come as code"
    end = tape.place + length
    while tape.place < end:
        match divmod(_varint(tape), 8):
            case (1, 2):
                size = _varint(tape)
                if size > _MOST_DOMAIN or tape.take(size) not in _DOMAINS:
                    return "it needs operators that come as code"
            case (2, 0):
                _varint(tape)
            case _:
                return "it has parts that ONNX does not have"
    return None if tape.place == end else "it has parts that ONNX does not have"


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
