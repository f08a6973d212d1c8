"""What one file of a model is, by its content alone, and what it would bring into whoever loads it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any, Final, cast

from policykit.measure.artifact.allowance import MOST_RATIO, Allowance, Metered, Spent
from policykit.measure.artifact.also import other_forms
from policykit.measure.artifact.marks import MOST_TOLD, Global, Seen
from policykit.measure.artifact.members import Bad, Zipped, open_zip
from policykit.measure.artifact.npy import npy_size
from policykit.measure.artifact.packed import DAMAGED, Watched, packing
from policykit.measure.artifact.pickles import read_pickles
from policykit.measure.artifact.plain import onnx_problem, safetensors_problem, text_problem
from policykit.measure.artifact.tape import Short, Swollen, Tape

DEEPEST: Final = 3
MOST_JSON: Final = 8 * 2**20

_PROGRAMS: Final = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa", b"\xca\xfe\xba\xbe", b"#!", b"\0asm")
_CODE_NAMES: Final = (".py", ".pyc", ".pyd", ".so", ".dll", ".dylib", ".sh", ".bat", ".exe", ".jar", ".js", ".ipynb")


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


def weigh(file: IO[bytes], size: int, name: str) -> Weighed:
    """Return what `file` is. It is read in pieces; what is skipped is not read; nothing is loaded, and nothing extracted."""
    try:
        return _weigh(file, size, name, Allowance(size))
    except Spent as error:
        return Weighed(refused=[str(error)])


def _weigh(
    file: IO[bytes], size: int, name: str, allowance: Allowance, *, depth: int = 0, raw: bool = False
) -> Weighed:
    """`raw`: the numbers of a file of torch, which are read as nothing else; they may look like anything."""
    head = file.read(4096)
    found = _of_head(file, size, head, allowance, depth)
    if found.form not in _FOLLOWED:
        found = _as_pickle_too(file, size, found, allowance)
    if not raw:
        for why in other_forms(file, size, found.form):
            found.refuse(why)
    if head.startswith(_PROGRAMS) or name.lower().endswith(_CODE_NAMES):
        found.form = "program"
        found.refuse("it is a program")
    return found


_FOLLOWED: Final = ("pickle", "joblib", "torch (old form)")


def _of_head(file: IO[bytes], size: int, head: bytes, allowance: Allowance, depth: int) -> Weighed:
    if not head:
        return Weighed("empty")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(file, size, allowance, depth)
    if (packed := packing(head)) is not None:
        return _compressed(file, *packed, allowance)
    tensors = len(head) >= 10 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") < size
    if head[0] == 0x80 and len(head) > 1 and head[1] <= 9 and not tensors:
        return _pickle(file, size, allowance)
    if head.startswith(b"\x93NUMPY"):
        return _npy(head, size)
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return Weighed("hdf5")
    if head.startswith(b"GGUF"):
        return Weighed("gguf")
    if head.startswith(b"tree\n") and b"version=" in head[:64]:
        return _told("lightgbm text", text_problem(_from(file)))
    if head.lstrip()[:1] in (b"{", b"["):
        return _json(file, size)
    if tensors:
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


def _npy(head: bytes, size: int) -> Weighed:
    whole = npy_size(head)
    if whole is None:
        return Weighed(
            "npy with objects", refused=["it holds objects, which are a pickle, or does not say what it holds"]
        )
    return _told("npy", None if whole == size else "it is longer or shorter than its header says")


def _pickle(file: IO[bytes], size: int, allowance: Allowance) -> Weighed:
    """Follow a pickle as joblib reads it, and, where that makes a difference, as everybody else does."""
    seen = read_pickles(Tape(_from(file), size=size), arrays=True, allowance=allowance)
    found = Weighed("torch (old form)" if seen.torch else "joblib" if seen.joblib else "pickle")
    found.add(seen)
    if seen.joblib:
        found.add(_plainly(read_pickles(Tape(_from(file), size=size), allowance=allowance)))
    return found


def _plainly(seen: Seen) -> Seen:
    """Return what reading numbers as opcodes would import; that it stops among them is as it should be."""
    return Seen(Counter({each: n for each, n in seen.globals.items() if _plausible(each)}), hidden=seen.hidden)


def _as_pickle_too(file: IO[bytes], size: int, found: Weighed, allowance: Allowance) -> Weighed:
    """Whatever else a file is: if reading it as a pickle would import something, or hide something, it is one."""
    seen = read_pickles(Tape(_from(file), size=size), first=True, allowance=allowance)
    imports = any(map(_plausible, seen.globals)) or bool(seen.hidden)
    if found.form in ("", "text") and (imports or (seen.streams and not seen.refused)):
        return _pickle(file, size, allowance)
    if imports:
        found.refuse("it can be read as a pickle as well")
        found.add(seen)
    return found


def _plausible(found: Global) -> bool:
    """Return whether a module of that name could be there; what is asked of it then no longer matters."""
    module = unicodedata.normalize("NFKC", found.module)
    return all(part.isidentifier() for part in module.split("."))


def _compressed(file: IO[bytes], form: str, opened: Callable[[IO[bytes]], Any], allowance: Allowance) -> Weighed:
    """Follow a compressed pickle, as joblib writes them, and as whoever unpacks it first would."""
    found = Weighed("compressed")

    def tape() -> Tape:
        return Tape(Watched(opened(_from(file)), file, allowance))

    try:
        seen = read_pickles(tape(), arrays=True, allowance=allowance)
        found.add(seen)
        if seen.joblib:
            found.add(_plainly(read_pickles(tape(), allowance=allowance)))
    except Swollen:
        found.refuse(f"it grows more than {MOST_RATIO:,} times when read")
    except DAMAGED:
        found.refuse(f"it begins as {form} and cannot be read as that")
    return found


def _json(file: IO[bytes], size: int) -> Weighed:
    if size > MOST_JSON:  # longer than is parsed
        return _told("text", text_problem(_from(file)))
    try:
        json.loads(_from(file).read(MOST_JSON))
    except (ValueError, RecursionError):
        return _told("text", text_problem(_from(file)))
    return _told("json", text_problem(_from(file)))


def _zip(file: IO[bytes], size: int, allowance: Allowance, depth: int) -> Weighed:
    if depth >= DEEPEST:
        return Weighed("zip", refused=["zips lie in each other too deep"])
    try:
        with open_zip(file, size) as zipped:
            return _members(zipped, allowance, depth)
    except (Bad, Short) as error:
        return Weighed("zip", refused=[str(error) or "it is cut short"])
    except DAMAGED as error:
        return Weighed("zip", refused=[f"a member cannot be read: {type(error).__name__.lower()}"])


def _members(zipped: Zipped, allowance: Allowance, depth: int) -> Weighed:
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
        with zipped.opened(name) as packed:
            member = cast(IO[bytes], Metered(packed, allowance, size))
            if torch and names[name].endswith(".pkl"):
                found.add(read_pickles(Tape(member), persistent=True, allowance=allowance), f"`{name}`: ")
                continue
            inner = _weigh(member, size, "" if storage else name, allowance, depth=depth + 1, raw=storage)
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
        text = member.read(MOST_JSON + 1)
    try:
        words = json.dumps(json.loads(text), ensure_ascii=False)  # as it is without its escapes
    except (ValueError, RecursionError):
        words = ""
    if not words or len(text) > MOST_JSON:
        found.refuse("`config.json`: it cannot be read")
    if "Lambda" in words or "__lambda__" in words:
        found.refuse("`config.json`: it has a layer that is code")
