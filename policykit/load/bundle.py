"""Read a bundle: every file of it hashed, the manifest believed only where the files bear it out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from policykit.errors import BundleError, Diagnostic, VerificationError
from policykit.load import documents
from policykit.load.archive import open_archive
from policykit.load.bundle_words import MANIFEST
from policykit.load.contents import Contents, refused
from policykit.load.labels import Inventory, Labels, read_labels
from policykit.load.manifest_document import Manifest, Named, read_manifest
from policykit.load.resolve import Resolved, resolve
from policykit.load.tree import open_tree
from policykit.load.write import read_error
from policykit.load.yaml import LARGEST
from policykit.terms.bundle import Bundle, File, Model


def load_bundle(path: Path, *, inventory: Inventory | None = None, vocabulary: Labels | None = None) -> Bundle:
    """Read the bundle at `path`: a folder with `bundle.yaml` at its root, or a zip of such a folder, read in place.

    With an `inventory` (name → labels), the labels come from there, and a bundle that says otherwise is refused. So is a
    label with a value that the gate file's `vocabulary` (label → values) does not have.

    Raises:
        BundleError: every problem of the manifest and of the files, at once.
        VerificationError: reason `digest_mismatch`, where a file is not the one that the manifest states.
        StorageError: a file that cannot be read.
    """
    contents = _open(path)
    try:
        return _read(contents, path, inventory, vocabulary)
    finally:
        contents.close()


def read_member(bundle: Bundle, path: str, *, most: int) -> bytes:
    """Return the bytes of one file of a bundle that was loaded, if they are still those that were hashed.

    Raises:
        BundleError: no such file, or one of more than `most` bytes.
        VerificationError: reason `digest_mismatch`, where the file has changed since.
    """
    file = next((file for file in bundle.files if file.path == path), None)
    if file is None or bundle.root is None:
        raise BundleError(f"`{path}` is not a file of the bundle", where=str(bundle.root or bundle.name))
    if file.size > most:
        raise BundleError(f"`{path}` has more than {most:,} bytes", where=str(bundle.root))
    contents = open_archive(bundle.root) if bundle.archive else open_tree(bundle.root)
    try:
        return _unchanged(contents, file, most, str(bundle.root))
    finally:
        contents.close()


def _open(path: Path) -> Contents:
    try:
        if path.is_dir():
            return open_tree(path.resolve())
        if not path.exists():
            raise _refuse("PK318", f"there is no bundle at `{path}`", path, "check the path")
        if path.is_file() and (path.suffix.lower() == ".zip" or _begins_as_zip(path)):
            return open_archive(path.resolve())
    except OSError as error:
        raise read_error(f"cannot read `{path}`", error, path) from error
    hint = "name the bundle's folder; to judge one table, name its columns with `--target` and `--prediction`"
    raise _refuse("PK318", f"`{path}` is neither a folder nor a zip", path, hint)


def _begins_as_zip(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(2) == b"PK"


def _read(contents: Contents, path: Path, inventory: Inventory | None, vocabulary: Labels | None) -> Bundle:
    if MANIFEST not in contents.sizes:
        hint = f"`policykit bundle init {path}` writes one" + _deeper(contents)
        raise _refuse("PK318", f"there is no `{MANIFEST}` at the root of `{path}`", path, hint)
    text = contents.read(MANIFEST, LARGEST)
    manifest, found = read_manifest(text, f"{path}/{MANIFEST}")
    problems = list(found)
    if manifest is None:
        raise refused(problems, str(path))
    resolved = resolve(manifest, contents, problems)
    labels = read_labels(manifest, inventory, vocabulary, problems)
    if problems:
        problems.sort(key=lambda problem: (problem.line, problem.column))
        raise refused(problems, str(path))
    files = _hash(contents, resolved)
    _expect_same(files[MANIFEST], hashlib.sha256(text).hexdigest(), path)
    _expect_stated(files, manifest, path)
    read, broken = _documents(contents, manifest, files, path)
    return Bundle(
        name=manifest.name,
        version=manifest.version,
        datasets=resolved.datasets,
        labels=labels,
        task=manifest.task,
        attributes=manifest.attributes,
        protected_attributes=manifest.protected_attributes,
        model=None
        if manifest.model is None
        else Model(manifest.model.path.rstrip("/"), manifest.model_format, manifest.model_features),
        documents={name: named.path for name, named in manifest.documents.items()},
        contents=read,
        broken=broken,
        facts=manifest.facts,
        champion_report=None if manifest.champion is None else manifest.champion.path,
        files=tuple(files[name] for name in sorted(files)),
        root=path.resolve(),
        archive=contents.archive,
    )


def _deeper(contents: Contents) -> str:
    """Return where a manifest lies, if not at the root: most often a folder was zipped with its own name."""
    below = sorted(name for name in contents.sizes if name.endswith(f"/{MANIFEST}"))
    return f"; or take the folder of `{below[0]}` as the bundle" if below else ""


def _hash(contents: Contents, resolved: Resolved) -> dict[str, File]:
    files = {}
    for path in contents.sizes:
        sha256, size = contents.hashed(path)
        files[path] = File(path, resolved.roles.get(path, "other"), sha256, size)
    return files


def _expect_stated(files: Mapping[str, File], manifest: Manifest, path: Path) -> None:
    stated: list[Named | None] = [manifest.model, *manifest.documents.values()]
    for dataset in manifest.datasets:
        stated += [dataset.source, dataset.predictions]
    wrong = [named.path for named in stated if named and named.sha256 and files[named.path].sha256 != named.sha256]
    if wrong:
        more = f", nor are {len(wrong) - 1} more" if len(wrong) > 1 else ""
        hint = (
            f"`{MANIFEST}` states another SHA-256: fetch the file again, or state the new digest if the change is meant"
        )
        raise VerificationError(
            "digest_mismatch",
            f"`{wrong[0]}` is not the file that the manifest states{more}",
            hint=hint,
            where=str(path),
        )


def _expect_same(file: File, sha256: str, path: Path) -> None:
    if file.sha256 != sha256:
        hint = "judge a folder that nobody writes to"
        raise VerificationError(
            "digest_mismatch", f"`{file.path}` changed while it was read", hint=hint, where=str(path)
        )


def _unchanged(contents: Contents, file: File, most: int, where: str) -> bytes:
    data = contents.read(file.path, most)
    _expect_same(file, hashlib.sha256(data).hexdigest(), Path(where))
    return data


def _documents(
    contents: Contents, manifest: Manifest, files: Mapping[str, File], path: Path
) -> tuple[dict[str, Any], dict[str, str]]:
    read: dict[str, Any] = {}
    broken: dict[str, str] = {}
    for name, named in manifest.documents.items():
        file = files[named.path]
        if file.size > documents.LARGEST:
            broken[name] = f"`{named.path}` has more than {documents.LARGEST >> 20} MB"
            continue
        try:
            read[name] = documents.read_document(named.path, _unchanged(contents, file, documents.LARGEST, str(path)))
        except documents.Unreadable as error:
            broken[name] = f"`{named.path}` {error}"
    return read, broken


def _refuse(code: str, message: str, path: Path, hint: str) -> BundleError:
    return refused([Diagnostic(code, message, str(path), hint=hint)], str(path))
