"""What one file of a model is, by its content alone, and what it would bring into whoever loads it."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any, Final

from policykit.measure.artifact.machine import Global, Seen
from policykit.measure.artifact.members import Bad, Zipped, open_zip
from policykit.measure.artifact.pickles import read_pickles
from policykit.measure.artifact.plain import npy_objects, onnx_problem, safetensors_problem, text_problem
from policykit.measure.artifact.tape import CHUNK, Short, Swollen, Tape

MOST_TOLD: Final = 50
DEEPEST: Final = 3
MOST_RATIO: Final = 200
RATIO_COUNTS_FROM: Final = 32 * 2**20
MOST_DICTIONARY: Final = 128 * 2**20
MOST_JSON: Final = 8 * 2**20

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_PROGRAMS: Final = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa", b"\xca\xfe\xba\xbe", b"#!", b"\0asm")
_CODE_NAMES: Final = (".py", ".pyc", ".pyd", ".so", ".dll", ".dylib", ".sh", ".bat", ".exe", ".jar", ".js", ".ipynb")


def _gunzip(file: IO[bytes]) -> Any:
    return gzip.GzipFile(fileobj=file, mode="rb")


_COMPRESSED: Final[tuple[tuple[bytes, str, Callable[[IO[bytes]], Any]], ...]] = (
    (b"\x1f\x8b", "gzip", _gunzip),
    (b"BZh", "bzip2", bz2.BZ2File),
    (b"\xfd7zXZ\0", "xz", lambda file: _Unpacking(file)),
    (b"\x5d\0\0", "lzma", lambda file: _Unpacking(file)),
)
_DAMAGED: Final = (
    *(OSError, EOFError, ValueError, NotImplementedError, RuntimeError),
    *(zlib.error, lzma.LZMAError, zipfile.BadZipFile),
)


@dataclass
class Weighed:
    """What a file is, what it would import, and why it is not trusted. `form` empty: not understood."""

    form: str = ""
    globals: dict[Global, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def refuse(self, why: str) -> None:
        """Write down why, once, and not without end."""
        if why not in self.refused and len(self.refused) < MOST_TOLD:
            self.refused.append(why)

    def add(self, seen: Seen, inside: str = "") -> None:
        """Take in what pickles would import."""
        for found, count in seen.globals.items():
            self.globals[found] = max(count, self.globals.get(found, 0))
        for why in (*seen.refused, *seen.hidden):
            self.refuse(f"{inside}{why}")


def weigh(file: IO[bytes], size: int, name: str, *, depth: int = 0) -> Weighed:
    """Return what `file` is. It is read in pieces; what is skipped is not read; nothing is loaded, and nothing extracted."""
    head = file.read(4096)
    found = _of_head(file, size, head, depth)
    if found.form not in _FOLLOWED:
        found = _as_pickle_too(file, size, found)
    if head.startswith(_PROGRAMS) or name.lower().endswith(_CODE_NAMES):
        found.form = "program"
        found.refuse("it is a program")
    return found


_FOLLOWED: Final = ("pickle", "joblib", "torch (old form)", "compressed")


def _of_head(file: IO[bytes], size: int, head: bytes, depth: int) -> Weighed:
    if not head:
        return Weighed("empty")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(file, size, depth)
    if head[0] == 0x80 and len(head) > 1 and head[1] <= 9:
        return _pickle(file, size)
    for magic, form, opened in _COMPRESSED:
        if head.startswith(magic):
            return _compressed(file, form, opened)
    if head[0] == 0x78 and len(head) > 1 and (head[0] * 256 + head[1]) % 31 == 0:
        return _compressed(file, "zlib", _Inflating)
    if head.startswith(b"\x93NUMPY"):
        objects = npy_objects(head)
        return Weighed("npy with objects", refused=["it holds objects: a pickle"]) if objects else Weighed("npy")
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return Weighed("hdf5")
    if head.startswith(b"GGUF"):
        return Weighed("gguf")
    if head.startswith(b"tree\n") and b"version=" in head[:64]:
        return _told("lightgbm text", text_problem(_from(file)))
    if head.lstrip()[:1] in (b"{", b"["):
        return _json(file, size)
    if len(head) >= 10 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") < size:
        return _told("safetensors", safetensors_problem(_from(file), size))
    if head[0] == 0x08 and onnx_problem(_from(file), size) is None:
        return Weighed("onnx")
    if text_problem(_from(file)) is None:
        return Weighed("text")
    return Weighed("")


def _from(file: IO[bytes]) -> IO[bytes]:
    file.seek(0)
    return file


def _told(form: str, problem: str | None) -> Weighed:
    return Weighed(form) if problem is None else Weighed("", refused=[problem])


def _pickle(file: IO[bytes], size: int) -> Weighed:
    """Follow a pickle as joblib reads it, and, where that makes a difference, as everybody else does."""
    seen = read_pickles(Tape(_from(file), size=size), arrays=True)
    found = Weighed("torch (old form)" if seen.torch else "joblib" if seen.joblib else "pickle")
    found.add(seen)
    if seen.joblib:
        found.add(_plainly(read_pickles(Tape(_from(file), size=size), first=True)))
    return found


def _plainly(seen: Seen) -> Seen:
    """Return what reading numbers as opcodes would import; that it stops among them is as it should be."""
    return Seen(Counter({each: n for each, n in seen.globals.items() if _plausible(each)}), hidden=seen.hidden)


def _as_pickle_too(file: IO[bytes], size: int, found: Weighed) -> Weighed:
    """Whatever else a file is: if reading it as a pickle would import something, it is one."""
    seen = read_pickles(Tape(_from(file), size=size), first=True)
    imports = any(map(_plausible, seen.globals)) or bool(seen.hidden)
    if found.form in ("", "text") and (imports or (seen.streams and not seen.refused)):
        return _pickle(file, size)
    if imports:
        found.refuse("it can be read as a pickle as well")
        found.add(seen)
    return found


def _plausible(found: Global) -> bool:
    return bool(_NAME.fullmatch(found.module) and _NAME.fullmatch(found.name))


def _compressed(file: IO[bytes], form: str, opened: Callable[[IO[bytes]], Any]) -> Weighed:
    """Follow a compressed pickle, as joblib writes them, and as whoever unpacks it first would."""
    found = Weighed("compressed")
    try:
        seen = read_pickles(Tape(_Watched(opened(_from(file)), file)), arrays=True)
        found.add(seen)
        if seen.joblib:
            found.add(_plainly(read_pickles(Tape(_Watched(opened(_from(file)), file)), first=True)))
    except Swollen:
        found.refuse(f"it grows more than {MOST_RATIO:,} times when read")
    except _DAMAGED:
        found.refuse(f"it begins as {form} and cannot be read as that")
    return found


class _Watched:
    """A decompressor that is stopped where it gives far more than it took."""

    def __init__(self, source: Any, packed: IO[bytes]) -> None:
        self.source, self.packed, self.given = source, packed, 0

    def read(self, size: int, /) -> bytes:
        found: bytes = self.source.read(size)
        self.given += len(found)
        if self.given > RATIO_COUNTS_FROM and self.given > MOST_RATIO * max(1, self.packed.tell()):
            raise Swollen
        return found


class _Unpacking:
    """An LZMA stream, unpacked piece by piece; its own header may ask for gigabytes, and does not get them."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.unpack = file, lzma.LZMADecompressor(memlimit=MOST_DICTIONARY)

    def read(self, size: int, /) -> bytes:
        while not self.unpack.eof:
            data = self.file.read(CHUNK) if self.unpack.needs_input else b""
            if self.unpack.needs_input and not data:
                raise EOFError
            found = self.unpack.decompress(data, size)
            if found:
                return found
        if self.unpack.unused_data or self.file.read(1):
            raise ValueError("something follows")
        return b""


class _Inflating:
    """A zlib stream, inflated piece by piece."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.inflate, self.rest = file, zlib.decompressobj(), b""

    def read(self, size: int, /) -> bytes:
        while not self.inflate.eof:
            data = self.rest or self.file.read(CHUNK)
            if not data:
                raise EOFError
            found = self.inflate.decompress(data, size)
            self.rest = self.inflate.unconsumed_tail
            if found:
                return found
        if self.inflate.unused_data or self.file.read(1):
            raise ValueError("something follows")
        return b""


def _json(file: IO[bytes], size: int) -> Weighed:
    if size > MOST_JSON:
        return _told("json", text_problem(_from(file)))
    data = _from(file).read(MOST_JSON)
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return _told("text", text_problem(_from(file)))
    return _told("json", text_problem(_from(file)))


def _zip(file: IO[bytes], size: int, depth: int) -> Weighed:
    if depth >= DEEPEST:
        return Weighed("zip", refused=["zips lie in each other too deep"])
    try:
        with open_zip(file, size) as zipped:
            return _members(zipped, depth)
    except (Bad, Short) as error:
        return Weighed("zip", refused=[str(error) or "it is cut short"])
    except _DAMAGED as error:
        return Weighed("zip", refused=[f"a member cannot be read: {type(error).__name__.lower()}"])


def _members(zipped: Zipped, depth: int) -> Weighed:
    names = {name: name.rpartition("/")[2] for name in zipped.sizes}
    torch = any(last == "data.pkl" for last in names.values())
    skops, keras = "schema.json" in names, {"config.json", "metadata.json"} <= set(names)
    npz = bool(names) and all(name.endswith(".npy") for name in names)
    form = "torch" if torch else "skops" if skops else "keras" if keras else "npz" if npz else "zip"
    found = Weighed(form)
    if torch and any("/code/" in f"/{name}" or name.endswith("constants.pkl") for name in names):
        found.form = "torchscript"
        found.refuse("it holds TorchScript: a program")
    for name, size in zipped.sizes.items():
        storage = torch and re.search(r"(^|/)(data|\.data|constants)/[^/]+$", name) is not None
        with zipped.opened(name) as member:
            if torch and names[name].endswith(".pkl"):
                found.add(read_pickles(Tape(member), persistent=True), f"`{name}`: ")
                continue
            inner = weigh(member, size, "" if storage else name, depth=depth + 1)
        for each, count in inner.globals.items():
            found.globals[each] = max(count, found.globals.get(each, 0))
        for why in inner.refused if not storage or inner.globals else ():
            found.refuse(f"`{name}`: {why}")
        weights = keras and inner.form == "hdf5"
        if not storage and not weights and inner.form not in _QUIET and not (torch and _short_note(name, size)):
            found.refuse(f"`{name}` is {inner.form or 'of a form that is not known'}")
        if keras and name == "config.json":
            _keras(zipped, found)
    return found


_QUIET: Final = ("json", "text", "npy", "safetensors", "onnx", "empty", "npz", "skops", "lightgbm text")


def _short_note(name: str, size: int) -> bool:
    """Torch keeps a version, a byte order and an id beside the data: a few characters each."""
    return size <= 256 and name.rpartition("/")[2] in (
        "version",
        "byteorder",
        "serialization_id",
        "data_format_version",
        ".format_version",
        ".storage_alignment",
    )


def _keras(zipped: Zipped, found: Weighed) -> None:
    """Say where a layer is code outright; what else a Keras file calls by name when it is loaded is not followed."""
    with zipped.opened("config.json") as member:
        text = member.read(MOST_JSON)
    if b"Lambda" in text or b"__lambda__" in text:
        found.refuse("`config.json`: it has a layer that is code")
