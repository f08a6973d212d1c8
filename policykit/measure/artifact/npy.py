"""NumPy's own files: whether what their header says accounts for every byte, and whether they hold objects."""

from __future__ import annotations

import ast
import re
from typing import Any, Final

_KIND: Final = re.compile(
    r"[<>|=]?(?:b(1)|[iu]([1248])|f(2|4|8|12|16)|c(8|16|24|32)|[SVa](\d{1,9})|U(\d{1,9})"
    r"|[mM](8)(?:\[\d{0,9}[A-Za-z]{1,2}(?:/\d{1,9})?\])?)",
    re.ASCII,
)
_DEEPEST: Final = 8
_MAGIC: Final = {b"\x93NUMPY\1\0": 2, b"\x93NUMPY\2\0": 4, b"\x93NUMPY\3\0": 4}


def npy_size(head: bytes) -> int | None:
    """Return how many bytes the file takes by its header; None where it holds objects, or what it holds is not understood."""
    width = _MAGIC.get(head[:8])
    if width is None:
        return None
    start = 8 + width
    end = start + int.from_bytes(head[8:start], "little")
    if end > len(head):
        return None
    try:
        said: Any = ast.literal_eval(head[start:end].decode("latin-1" if width == 2 else "utf-8"))
        if not isinstance(said, dict) or set(said) != {"descr", "fortran_order", "shape"}:
            return None
        each, shape = _entry(said["descr"], 0), said["shape"]
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None
    if each is None or not isinstance(said["fortran_order"], bool) or not _is_shape(shape):
        return None
    return end + _times(each, shape)


def _entry(descr: Any, depth: int) -> int | None:
    """Return how many bytes one entry takes: of a kind of number, or of several with a name each."""
    if isinstance(descr, str):
        found = _KIND.fullmatch(descr)
        if found is None:
            return None
        digits = next(each for each in found.groups() if each is not None)
        return int(digits) * (4 if found.group(6) else 1)
    if not isinstance(descr, list) or depth > _DEEPEST:
        return None
    total = 0
    for field in descr:
        if not isinstance(field, tuple) or len(field) not in (2, 3) or not isinstance(field[0], str):
            return None
        each, shape = _entry(field[1], depth + 1), field[2] if len(field) == 3 else ()
        if each is None or not _is_shape(shape):
            return None
        total += _times(each, shape)
    return total


def _is_shape(shape: Any) -> bool:
    return isinstance(shape, tuple) and len(shape) <= 64 and all(type(each) is int and each >= 0 for each in shape)


def _times(size: int, shape: tuple[int, ...]) -> int:
    for each in shape:
        size *= each
    return size
