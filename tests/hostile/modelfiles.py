"""Model files for tests, made byte by byte, and what both checks say of them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from policykit.measure.artifact.weigh import Weighed, weigh
from tests.build import judged, status

CODE = {"check": "artifact.no_code_in_weights", "at_most": 0}
FORM = {"check": "artifact.safe_format", "at_most": 0}


def text(word: str) -> bytes:
    return b"\x8c" + bytes([len(word)]) + word.encode()


def stack_global(module: str, name: str) -> bytes:
    return text(module) + text(name) + b"\x93"


def calls(module: str, name: str, argument: str = "id") -> bytes:
    return b"\x80\x04" + stack_global(module, name) + text(argument) + b"\x85R."


def weighed(data: bytes) -> Weighed:
    return weigh(io.BytesIO(data), len(data), "model/weights.bin")


def gated(folder: Path, data: bytes, name: str = "model/weights.bin", **asked: Any) -> tuple[str, str]:
    """Return what both checks say of a model of these bytes."""
    path = folder / "bundle" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    found = judged(folder, CODE | asked, FORM, model={"path": name})
    return status(found, "R-1"), status(found, "R-2")


def zipped(members: dict[str, bytes], *, method: int = zipfile.ZIP_STORED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return made.getvalue()


def torch_like(data: bytes) -> bytes:
    return zipped({"archive/data.pkl": data, "archive/data/0": b"\0" * 4000, "archive/version": b"3\n"})


HONEST_TORCH = (
    b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\nq\0((X\x07\0\0\0storageq\1ctorch\nFloatStorage\nq\2X\1\0\0\x000q\3X\3\0\0\0cpuq\4M\xe8\3"
    b"tq\5QK\0M\xe8\3\x85q\6K\1\x85q\7\x89ccollections\nOrderedDict\nq\x08)Rq\ttq\nRq\x0b."
)
