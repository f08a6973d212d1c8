"""Policies of a git repository: fetched, held against the digest that pins them, and kept so that they are fetched once.

The digest is the SHA-256 of the canonical JSON (RFC 8785) of `[{"path": …, "sha256": …}, …]`: one entry for each file ending in
`.yaml` or `.yml` at or below the folder, its path counted from there (a file named by itself: its name), sorted by path. It
says nothing of git: neither the commit, nor how git names its objects.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policykit.canon import canonical, digest
from policykit.errors import PolicyError, StorageError, UsageError, VerificationError
from policykit.load.files import Found
from policykit.load.git_address import legible, origin, public_address
from policykit.load.write import replace_file
from policykit.load.yaml import LARGEST
from policykit.terms.gate_file import PolicySource

if TYPE_CHECKING:
    from policykit.load.git import Git, Stored

MOST_BYTES: Final = 32 * 2**20  # of all the policies of one place
_ENDINGS: Final = (".yaml", ".yml")
_KINDS: Final = {"120000": "a link", "160000": "another repository"}
_FILES: Final = ("100644", "100755", "100664")

Texts = tuple[tuple[str, bytes], ...]
"""The policy files of one place: their paths from there, and their bytes, sorted by path."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a repository holds for one entry of a gate file; `digest` is its own, whatever the entry says."""

    source: PolicySource
    texts: Texts
    digest: str
    commit: str  # where it was fetched from; empty where a digest pins it, so that it says the same fetched or kept

    @property
    def found(self) -> tuple[Found, ...]:
        """Return its files as those of any other argument are found."""
        above = origin(self.source.git, self.source.at, self.commit)
        folder = self.source.path
        alone = len(self.texts) == 1 and self.texts[0][0] == folder.rpartition("/")[2] and folder.endswith(_ENDINGS)
        below = (folder.rpartition("/")[0] if alone else folder).strip("/")
        files = ((f"{above}#{below}/{path}" if below else f"{above}#{path}", data) for path, data in self.texts)
        return tuple(Found(Path(name), name, name, named=False, data=data) for name, data in files)

    @property
    def line(self) -> str:
        """Return the entry of the gate file that pins this, to be pasted in place of the one that is there."""
        source = self.source
        path = f", path: {_quoted(source.path)}" if source.path else ""
        settings = ", ".join(f"{name}: {_quoted(value)}" for name, value in source.settings.items())
        set_ = f", set: {{{settings}}}" if settings else ""
        git = _quoted(public_address(source.git) if source.git.startswith("https:") else source.git)
        return f'{{git: {git}, at: {_quoted(source.at)}, digest: "sha256:{self.digest}"{path}{set_}}}'


def fetched(source: PolicySource, environment: Mapping[str, str]) -> Fetched:
    """Return the policy files of a repository; what is pinned and was fetched from there before is not fetched again.

    Raises:
        VerificationError: reason `policies_changed`: they are others than the digest says.
        StorageError: they are not kept here, and the repository cannot be reached.
        UsageError: it has no such commit or folder.
        PolicyError: it holds links, files that are too large, too many, or with names that no policy has.
    """
    folder = cache_folder(environment)
    if source.digest:
        kept = _kept(folder, source)
        if kept is not None:
            return kept
    from policykit.load.fetch import fetched_commit

    with fetched_commit(source.git, source.at, environment) as (git, commit):
        texts = _texts(git, commit, source)
    found = Fetched(source, texts, digest_of(texts), "" if source.digest else commit)
    if source.digest and found.digest != source.digest:
        raise VerificationError(
            "policies_changed",
            f"the policies at `{source.at}` of `{public_address(source.git)}` have the digest "
            f"`sha256:{found.digest}`, and the gate file asks for `sha256:{source.digest}`",
            hint="somebody changed what is there: read the changes, and write the new digest only if they are meant",
        )
    _keep(folder, found)
    return found


def digest_of(texts: Texts) -> str:
    """Return the digest that pins policy files, in hex (see the top of this file)."""
    return digest(canonical([{"path": path, "sha256": digest(data)} for path, data in sorted(texts)]))


def cache_folder(environment: Mapping[str, str]) -> Path | None:
    """Return where fetched policies are kept: `POLICYKIT_CACHE`, else the user's own cache; None where neither is known."""
    named = environment.get("POLICYKIT_CACHE", "")
    if named:
        return Path(named) / "policies"
    base, home = environment.get("XDG_CACHE_HOME", ""), environment.get("HOME") or environment.get("USERPROFILE", "")
    above = Path(base) if Path(base).is_absolute() else Path(home) / ".cache" if home else None
    return None if above is None else above / "policykit" / "policies"


def _texts(git: Git, commit: str, source: PolicySource) -> Texts:
    where = f"{public_address(source.git)}@{source.at}"
    listed = git.listed(commit, source.path or ".")
    for entry in listed:
        _expect_plain(entry, where)
    policies = [entry for entry in listed if entry.path.lower().endswith(_ENDINGS)]
    if not policies:
        told = f" under `{legible(source.path)}`" if source.path else ""
        hint = "name the folder that holds them with `path:`; a policy ends in `.yaml` or `.yml`"
        raise UsageError(f"there is no policy{told} in `{where}`", hint=hint)
    for entry in policies:
        if entry.size > LARGEST:
            message = (
                f"`{legible(entry.path)}` in `{where}` has {entry.size:,} bytes; a document has at most {LARGEST:,}"
            )
            raise PolicyError(message, hint=_REFUSED)
    if sum(entry.size for entry in policies) > MOST_BYTES:
        raise PolicyError(f"the policies in `{where}` have more than {MOST_BYTES // 2**20} MiB", hint=_REFUSED)
    folder = source.path.rpartition("/")[0] if policies[0].path == source.path else source.path
    cut = len(folder) + 1 if folder else 0
    return tuple(sorted((entry.path[cut:], data) for entry, data in zip(policies, git.read(policies), strict=True)))


def _expect_plain(entry: Stored, where: str) -> None:
    """Refuse what is no file, and names that could be read as something else than they are."""
    name = legible(entry.path)
    if entry.mode not in _FILES:
        raise PolicyError(f"`{name}` in `{where}` is {_KINDS.get(entry.mode, 'no file')}", hint=_REFUSED)
    if not _is_plain(entry.path):
        raise PolicyError(f"`{name}` in `{where}` is no name that a policy has", hint=_REFUSED)


def _is_plain(path: str) -> bool:
    climbs = any(part in ("", ".", "..") or part.lower() == ".git" for part in path.split("/"))
    return not climbs and path.isprintable() and "\\" not in path


def _kept(folder: Path | None, source: PolicySource) -> Fetched | None:
    """Return what is kept of this very place under its digest, once it has been shown to be that; None where there is none.

    Under another address, tag or path it was not looked at, and a report would name what nobody has seen.
    """
    if folder is None:
        return None
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        path = folder / _name(source, source.digest)
        if path.stat().st_size > 2 * MOST_BYTES:
            return None
        entry = json.loads(path.read_bytes())
        texts = tuple((str(one["path"]), base64.b64decode(one["data"], validate=True)) for one in entry["files"])
        asked = _asked(source, source.digest)
        same = {name: entry[name] for name in asked} == asked
        whole = all(_is_plain(name) for name, _ in texts) and texts == tuple(sorted(dict(texts).items()))
        if same and whole and digest_of(texts) == source.digest:
            return Fetched(source, texts, source.digest, "")
    return None


def _keep(folder: Path | None, found: Fetched) -> None:
    """Keep what was fetched, whole or not at all; a cache that cannot be written is done without."""
    if folder is None:
        return
    files = [{"path": path, "data": base64.b64encode(data).decode()} for path, data in found.texts]
    entry = {**_asked(found.source, found.digest), "files": files}
    with suppress(OSError, StorageError):
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / _name(found.source, found.digest), json.dumps(entry).encode())


def _asked(source: PolicySource, pinned: str) -> Mapping[str, str]:
    return {"git": public_address(source.git), "at": source.at, "path": source.path, "digest": pinned}


def _name(source: PolicySource, pinned: str) -> str:
    return f"{digest(canonical(_asked(source, pinned)))}.json"


def _quoted(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)


_REFUSED: Final = "nothing was read from there: ask its owners, or name another folder with `path:`"
