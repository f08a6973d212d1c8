"""What weights are made of: names that only rebuild numbers and containers, each read in its source before it came here.

Not here, though other scanners let them pass: `torch.storage._load_from_bytes` and `joblib.numpy_pickle.NDArrayWrapper` (both
load another pickle), `builtins.getattr`, `operator.*`, `functools.partial`, `copyreg.__newobj__`, anything with a dot in its name.
"""

from __future__ import annotations

from typing import Final

_BUILTINS: Final = (
    *("bool", "bytearray", "complex", "dict", "float", "frozenset", "int", "list"),
    *("object", "range", "set", "slice", "str", "tuple"),
)
_DTYPES: Final = (
    *("BFloat16", "Bool", "Byte", "Char", "ComplexDouble", "ComplexFloat", "Double"),
    *("Float", "Half", "Int", "Long", "Short", "Untyped"),
)
_TORCH: Final = (
    *("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_parameter", "_rebuild_parameter_with_state"),
    *("_rebuild_qtensor", "_rebuild_sparse_tensor", "_rebuild_sparse_csr_tensor"),
)
_SPARSE: Final = {"_csr": "csr_matrix csr_array", "_csc": "csc_matrix csc_array", "_coo": "coo_matrix coo_array"}

HARMLESS: Final[frozenset[tuple[str, str]]] = frozenset(
    [
        *(("builtins", name) for name in _BUILTINS),
        ("collections", "OrderedDict"),
        ("collections", "defaultdict"),
        ("collections", "deque"),
        ("copyreg", "_reconstructor"),
        ("_codecs", "encode"),
        ("datetime", "date"),
        ("datetime", "datetime"),
        ("datetime", "timedelta"),
        ("decimal", "Decimal"),
        ("fractions", "Fraction"),
        *(
            (f"{numpy}.multiarray", name)
            for numpy in ("numpy.core", "numpy._core")
            for name in ("_reconstruct", "scalar")
        ),
        *((f"{numpy}.numeric", "_frombuffer") for numpy in ("numpy.core", "numpy._core")),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("numpy", "float64"),
        ("numpy", "float32"),
        ("numpy", "int64"),
        ("joblib.numpy_pickle", "NumpyArrayWrapper"),
        *((f"scipy.sparse.{module}", name) for module, names in _SPARSE.items() for name in names.split()),
        *(("torch", f"{name}Storage") for name in _DTYPES),
        *(("torch._utils", name) for name in _TORCH),
        ("torch", "Size"),
        ("torch", "device"),
    ]
)
