"""The kinds of number that NumPy writes into pickles, and the arrays that joblib writes between their opcodes.

Both say how many bytes follow, or what lies in them; what is said in another way than NumPy and joblib say it is hidden.
"""

from __future__ import annotations

import re
from typing import Any, Final

from policykit.measure.artifact.marks import DTYPE, NDARRAY, NOTHING, OBJECTS, SPOILT, Carrying, Global, Hidden, Made

WRAPPER: Final = ("joblib.numpy_pickle", "NumpyArrayWrapper")
_WIDTHS: Final = {"?": 1, "b": 1, "B": 1, "h": 2, "H": 2, "e": 2, "i": 4, "I": 4, "f": 4, "g": 16, "D": 16, "G": 32}
_PLAIN_DTYPE: Final = re.compile(r"[<>|=]?([?bBhHiIlLqQefdgFDG]|[biufcmMSUVa]\d{1,9}|O\d?)", re.ASCII)
_STRUCT_FLAGS: Final = 8 | 16 | 128  # text inside, fields, aligned; the one of objects is 1
_TOLD: Final = frozenset({"subclass", "shape", "order", "dtype", "allow_mmap", "numpy_array_alignment_bytes"})
_SUBCLASSES: Final = frozenset(
    [NDARRAY, ("numpy", "memmap"), *((module, "matrix") for module in ("numpy", "numpy.matrixlib.defmatrix"))]
)
_REBUILT: Final = frozenset((f"{numpy}.multiarray", "_reconstruct") for numpy in ("numpy.core", "numpy._core"))
_OF_BYTES: Final = {
    **{(f"{numpy}.multiarray", "scalar"): 0 for numpy in ("numpy.core", "numpy._core")},
    **{(f"{numpy}.numeric", "_frombuffer"): 1 for numpy in ("numpy.core", "numpy._core")},
}
_RECONSTRUCTOR: Final = ("copyreg", "_reconstructor")
_LARGEST: Final = 1 << 62


def watched(value: Any) -> bool:
    """Return whether a class is named here that must only be made in the way that its own library makes it."""
    return isinstance(value, Carrying) or (isinstance(value, Global) and value in (WRAPPER, DTYPE, NDARRAY))


def expect_honest_call(of: Any, args: Any, *, plainly: bool) -> None:
    """Refuse to follow where a kind of number, or an array, is made in a way that its own library does not."""
    if of == WRAPPER and not plainly:
        raise Hidden("it makes an array of joblib in a way that joblib does not")
    if of == NDARRAY:
        raise Hidden("it makes an array out of raw memory")
    known = isinstance(args, tuple)
    if not known and (of == _RECONSTRUCTOR or of in _OF_BYTES or of in _REBUILT):
        raise Hidden(f"it calls `{of.module}.{of.name}` with what cannot be told")
    for at, each in enumerate(args if known else ()):
        if watched(each) and not (each == NDARRAY and at == 0 and of in _REBUILT):
            raise Hidden("it makes an array, or a kind of number, in a way that its own library does not")
    if known and of in _OF_BYTES:
        at = _OF_BYTES[of]
        kind = args[at] if at < len(args) else None
        if not isinstance(kind, Made) or kind.of != DTYPE or kind.size is None or kind.size < 0:
            raise Hidden("it takes bytes for numbers of a kind that is not understood")


def built(made: Made, state: Any) -> None:
    """Keep how many bytes an entry takes by a dtype and the state it is given.

    The state may give it other parts, another size, places outside of it, and the flag that makes its entries objects: whoever
    reads an array of that reads memory that is not its own.
    """
    size = None if made.built else _size(made, state)
    made.built = True
    if size is None:
        raise Hidden("it describes a kind of number in a way that is not understood")
    made.size = size


def array_bytes(made: Made, state: Any) -> tuple[int | None, bool]:
    """Return how many bytes an array of joblib takes, None where it is a pickle; and whether padding comes before them."""
    said = state if isinstance(state, dict) and SPOILT not in state else {}
    again, made.built = made.built, True
    shape, dtype, aligned = said.get("shape"), said.get("dtype"), said.get("numpy_array_alignment_bytes")
    if again or not set(said) <= _TOLD:
        raise Hidden("an array of joblib is not described as joblib does")
    if not isinstance(shape, tuple) or not all(isinstance(each, int) and 0 <= each < _LARGEST for each in shape):
        raise Hidden("an array of joblib does not say its shape")
    if not isinstance(dtype, Made) or dtype.of != DTYPE or not isinstance(aligned, int | None):
        raise Hidden("an array of joblib does not say of what it is")
    if said.get("subclass") not in _SUBCLASSES or said.get("order") not in ("C", "F"):
        raise Hidden("an array of joblib is not described as joblib does")
    if dtype.size == OBJECTS and said.get("allow_mmap") is False:
        return None, False
    if dtype.size is None or dtype.size <= 0 or not isinstance(said.get("allow_mmap"), bool):
        raise Hidden("an array of joblib is of a kind that is not understood")
    total = dtype.size
    for each in shape:
        total *= each
    if total >= _LARGEST:
        raise Hidden("an array of joblib is larger than any file")
    return total, aligned is not None


def _size(made: Made, state: Any) -> int | None:
    name = made.args[0] if isinstance(made.args, tuple) and made.args else None
    form = _PLAIN_DTYPE.fullmatch(name) if isinstance(name, str) else None
    if form is None or not isinstance(state, tuple) or len(state) not in (8, 9):
        return None
    kind, width = form.group(1), _width(form.group(1))
    version, order, inner, names, fields, size, aligned, flags = state[:8]
    numbers = (version, size, aligned, flags)
    if not all(type(each) is int for each in numbers) or inner is not None or order not in ("<", ">", "|", "="):
        return None
    if version not in (3, 4) or (len(state) == 9 and kind[0] not in "mM") or aligned not in (-1, 1, 2, 4, 8, 16):
        return None
    if names is not None or fields is not None:
        sound = kind[0] == "V" and size == width and not flags & ~_STRUCT_FLAGS and _fit(names, fields, width)
        return width if sound else None
    if kind[0] == "O":
        return OBJECTS if (size, flags) == (-1, 63) else None
    if size != (width if kind[0] in "SUVa" and len(kind) > 1 else -1) or flags not in (0, 8):
        return None
    return width


def _fit(names: Any, fields: Any, width: int) -> bool:
    """Return whether every field is a number that lies inside of the entry."""
    if not isinstance(names, tuple) or not isinstance(fields, dict) or SPOILT in fields or len(names) != len(fields):
        return False
    for name in names:
        field = fields.get(name) if isinstance(name, str) else None
        if not isinstance(field, tuple) or len(field) != 2:
            return False
        inner, at = field
        if not isinstance(inner, Made) or inner.of != DTYPE or inner.size is None or type(at) is not int:
            return False
        if inner.size <= 0 or not 0 <= at <= width - inner.size:
            return False
    return len(set(names)) == len(names)


def _width(kind: str) -> int:
    if len(kind) == 1:
        return _WIDTHS.get(kind, 8)
    return int(kind[1:]) * (4 if kind[0] == "U" else 1)


def gathered(values: list[Any]) -> Any:
    """Return a tuple as it is kept; of a long one nothing is."""
    if any(map(watched, values)):
        return Carrying(values[:64])
    return tuple(values) if len(values) <= 64 else NOTHING
