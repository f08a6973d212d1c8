"""What else a file is: forms that are found from its end, or in its middle, by programs that do not look at how it begins."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import IO, Final

_END_OF_ZIP: Final = b"PK\x05\x06"
_LONGEST_END: Final = 22 + 65_535
_HDF5: Final = b"\x89HDF\r\n\x1a\n"


def other_forms(file: IO[bytes], size: int, form: str) -> Iterator[str]:
    """Yield why a file of this form could be read as another form as well."""
    if form not in _ZIPS and _ends_as_zip(file, size):
        yield "it ends as a zip does, and can be read as one as well"
    if form != "hdf5" and _holds_hdf5(file, size):
        yield "it can be read as HDF5 as well"
    file.seek(0)
    try:
        tarfile.TarInfo.frombuf(file.read(512), "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return
    yield "it can be read as a tar archive as well"


_ZIPS: Final = ("zip", "npz", "torch", "torchscript", "skops", "keras")


def _ends_as_zip(file: IO[bytes], size: int) -> bool:
    """A zip is read from its end: its directory may have a comment of up to 65,535 bytes behind it."""
    file.seek(max(0, size - _LONGEST_END))
    return _END_OF_ZIP in file.read(_LONGEST_END)


def _holds_hdf5(file: IO[bytes], size: int) -> bool:
    """HDF5 may have something in front of it, of 512 bytes or of 2, 4, 8, … times as many."""
    at = 0
    while at + len(_HDF5) <= size:
        file.seek(at)
        if file.read(len(_HDF5)) == _HDF5:
            return True
        at = at * 2 or 512
    return False
