"""A folder as a registry: bytes by their digest, one small file a stage that says which of them counts.

registry.json                          what this folder is
objects/sha256/<manifest digest>/      one bundle, `bundle/` or `bundle.zip`, never changed
papers/<payload digest>.sigstore.json  permits, and who broke the glass
stages/<stage>/current                 JSON: which bundle stands there, since when, by what right
stages/<stage>/history.jsonl           everything that ever stood there
incoming/                              bytes on their way; swept by the next promotion
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from policykit.decide.promote.copying import copy_bundle, read_whole, storage_error, sync_folder, write_whole
from policykit.decide.promote.lock import locked
from policykit.decide.promote.placed import Placed, placed_from_json, placed_to_json
from policykit.errors import StorageError, UsageError
from policykit.terms.bundle import Bundle

_STAGE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_HELD: Final = re.compile(r"(incoming/[0-9a-f]{16}|objects/sha256/[0-9a-f]{64})/bundle(\.zip)?")
_MARK: Final = {"policykit": "registry/1"}
_LARGEST: Final = 64 * 2**20


class Folder:
    """A registry that is a folder."""

    def __init__(self, root: Path) -> None:
        """Take the folder as it is; it is made by the first promotion."""
        self.root = root
        self.name = str(root)

    def is_there(self) -> bool:
        """Return whether the folder is a registry already."""
        if not self.root.is_dir():
            return False
        return bool(_mark(read_whole(self.root / "registry.json", most=_LARGEST) or b"") == _MARK)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folder if it is not there, and keep other promotions out."""
        self._expect_own()
        with locked(self.root / ".lock"):
            self._make()
            self._sweep()
            yield

    def current(self, stage: str) -> Placed | None:
        """Return what stands at the stage; None where nothing does."""
        data = read_whole(self._stage(stage) / "current", most=_LARGEST)
        return None if data is None else self._placed(data, self._stage(stage) / "current")

    def history(self, stage: str) -> tuple[Placed, ...]:
        """Return everything that ever stood at the stage; a line that a crash cut short is not one, `current` is."""
        path = self._stage(stage) / "history.jsonl"
        whole, _, _ = (read_whole(path, most=_LARGEST) or b"").rpartition(b"\n")
        found = tuple(self._placed(line, path) for line in whole.splitlines() if line.strip())
        now = self.current(stage)
        return found if now is None or now in found[-1:] else (*found, now)

    def put(self, bundle: Bundle) -> str:
        """Copy the bundle to `incoming`, or find it where it already is: bytes are kept once."""
        kept = self._kept(bundle.manifest_digest)
        if kept is not None:
            return kept
        held = f"incoming/{secrets.token_hex(8)}/" + ("bundle.zip" if bundle.archive else "bundle")
        try:
            copy_bundle(bundle, self.root / held)
        except BaseException:
            self.discard(held)
            raise
        return held

    @contextmanager
    def opened(self, held: str) -> Iterator[Path]:
        """Give the bytes where they lie."""
        yield self._path(held)

    def discard(self, held: str) -> None:
        """Remove what is on its way; what is kept under its digest stays."""
        if held.startswith("incoming/"):
            shutil.rmtree(self._path(held).parent, ignore_errors=True)

    def point(self, placed: Placed, papers: Sequence[tuple[str, bytes]]) -> Placed:
        """Keep bytes and papers, then replace `current` in one step, then write it down in the history."""
        folder = self._stage(placed.stage)
        try:
            placed = replace(placed, held=self._settle(placed))
            for payload, data in papers:
                write_whole(self._paper(payload), data)
            folder.mkdir(parents=True, exist_ok=True)
            before = self.current(placed.stage)
            if before is not None:
                self._append(folder / "history.jsonl", before)  # a crash may have come between the two last time
            write_whole(folder / "current", _line(placed))
            sync_folder(folder.parent)
        except OSError as error:
            raise storage_error(f"cannot promote into `{self.root}`", error, self.root) from error
        try:
            self._append(folder / "history.jsonl", placed)
        except OSError as error:
            told = f"`{placed.bundle}` stands at `{placed.stage}` now, and the history could not be written"
            raise storage_error(told, error, self.root) from error
        return placed

    def paper(self, payload: str) -> bytes | None:
        """Return a signed paper by the digest of its payload."""
        return read_whole(self._paper(payload), most=_LARGEST) if _DIGEST.fullmatch(payload) else None

    def _expect_own(self) -> None:
        """Refuse a folder of something else before the first byte is written into it."""
        mark = self.root / "registry.json"
        try:
            said = read_whole(mark, most=_LARGEST)
            if said is None and self.root.exists():
                strange = not self.root.is_dir() or any(not _our_own(path.name) for path in self.root.iterdir())
                said = read_whole(mark, most=_LARGEST) if strange else None  # two may be making it at once
                if strange and said is None:
                    hint = "name an empty folder, or one that does not exist yet"
                    raise UsageError(f"`{self.root}` is not a registry, and not empty", hint=hint)
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error(f"cannot make the registry `{self.root}`", error, self.root) from error
        if said is not None and _mark(said) != _MARK:
            hint = "check the path, or use a newer policykit"
            raise UsageError(f"`{self.root}` is not a registry that this version knows", hint=hint)

    def _make(self) -> None:
        mark = self.root / "registry.json"
        try:
            if not mark.exists():
                write_whole(mark, json.dumps(_MARK).encode() + b"\n")
            for name in ("objects/sha256", "papers", "stages", "incoming"):
                (self.root / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error(f"cannot make the registry `{self.root}`", error, self.root) from error

    def _sweep(self) -> None:
        for left in (self.root / "incoming").iterdir():
            shutil.rmtree(left, ignore_errors=True)

    def _settle(self, placed: Placed) -> str:
        """Give bytes that are on their way the name of their digest; they are whole, or they would not be here."""
        if not placed.held.startswith("incoming/"):
            return placed.held
        kept = self._kept(placed.digest)
        if kept is not None:
            return kept
        arrived = self._path(placed.held).parent
        goal = self.root / "objects" / "sha256" / _checked(placed.digest)
        sync_folder(arrived)
        arrived.rename(goal)
        sync_folder(goal.parent)
        return f"objects/sha256/{placed.digest}/{placed.held.rpartition('/')[2]}"

    def _kept(self, digest: str) -> str | None:
        for name in ("bundle", "bundle.zip"):
            held = f"objects/sha256/{_checked(digest)}/{name}"
            if (self.root / held).exists():
                return held
        return None

    def _append(self, path: Path, placed: Placed) -> None:
        """Append one line, unless it is the last already; what a crash left of a line is cut off first."""
        data = read_whole(path, most=_LARGEST) or b""
        whole = data[: data.rfind(b"\n") + 1]
        line = _line(placed)
        if whole.endswith(line) and whole[: -len(line)][-1:] in (b"", b"\n"):
            return
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        with os.fdopen(handle, "wb") as stream:
            stream.truncate(len(whole))
            stream.seek(len(whole))
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())

    def _stage(self, stage: str) -> Path:
        if not _STAGE.fullmatch(stage):
            raise UsageError(f"`{stage}` is not the name of a stage", hint="letters, digits, `-`, `_` and `.`")
        return self.root / "stages" / stage

    def _paper(self, payload: str) -> Path:
        return self.root / "papers" / f"{_checked(payload)}.sigstore.json"

    def _path(self, held: str) -> Path:
        if not _HELD.fullmatch(held):
            raise _damaged(self.root, f"`{self.root}` names bytes that lie elsewhere")
        return self.root / held

    def _placed(self, line: bytes, path: Path) -> Placed:
        try:
            return placed_from_json(_json(line))
        except ValueError as error:
            raise _damaged(path, f"`{path}` cannot be read: {error}") from error


def _line(placed: Placed) -> bytes:
    return json.dumps(placed_to_json(placed), ensure_ascii=True, sort_keys=True).encode() + b"\n"


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not JSON") from error


def _mark(data: bytes) -> Any:
    try:
        return _json(data)
    except ValueError:
        return None


def _our_own(name: str) -> bool:
    return name == ".lock" or (name.startswith(".") and name.endswith(".tmp"))


def _checked(digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise ValueError(f"`{digest}` is no digest")
    return digest


def _damaged(path: Path, message: str) -> StorageError:
    return StorageError(message, hint="somebody else wrote in the registry: restore it from a copy", where=str(path))
