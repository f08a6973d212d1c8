"""Bundles: what is being judged — a model, its data sets, its documents, its metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policykit.canon import canonical, digest
from policykit.terms.literal import Lit


@dataclass(frozen=True, slots=True)
class File:
    """One file of the bundle: a relative POSIX path, what it is for, its SHA-256 (hex) and size in bytes."""

    path: str
    role: str  # manifest · model · dataset:<role> · document:<name> · champion · other
    sha256: str
    size: int
    stamp: tuple[int, int] | None = field(default=None, compare=False)  # inode and time (ns) when it was hashed


@dataclass(frozen=True, slots=True)
class Cut:
    """A prediction cut from the score: positive where score ≥ at_least."""

    at_least: float


@dataclass(frozen=True, slots=True)
class Task:
    """What the model is for, and which columns hold labels, predictions and scores; None is not declared."""

    kind: str | None = None
    target: str | None = None
    prediction: str | None = None
    score: str | None = None
    positive: Lit | None = None
    favourable: Lit | None = None
    cut: Cut | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """How this data names what policies speak of: a column, and its values renamed."""

    column: str
    values: tuple[tuple[Lit, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Predictions:
    """A file of predictions joined to a dataset by key."""

    path: str
    key: tuple[str, ...]
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set by role. `files` are relative paths (globs expanded, sorted); `table` stands in for files in memory."""

    role: str
    files: tuple[str, ...] = ()
    format: str = "parquet"  # parquet · csv · memory
    sha256: str | None = None  # stated; already compared by `load`
    collected: str | None = None  # ISO date
    key: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)  # stated types: text integer decimal boolean date
    missing_values: tuple[str, ...] | None = None
    predictions: Predictions | None = None
    table: Any = None


@dataclass(frozen=True, slots=True)
class Model:
    """Where the model lies; it is never loaded unless a rule needs it run."""

    path: str
    format: str | None = None
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything a decision may rest on. `root` is a folder or a zip on disk; None for a bundle built in memory or read back."""

    name: str
    version: str
    datasets: Mapping[str, Dataset]
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    task: Task = field(default_factory=Task)
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    protected_attributes: tuple[str, ...] = ()
    model: Model | None = None
    documents: Mapping[str, str] = field(default_factory=dict)  # name → relative path
    contents: Mapping[str, Any] = field(
        default_factory=dict
    )  # name → parsed document (JSON value), where it could be read
    broken: Mapping[str, str] = field(default_factory=dict)  # document name → why it could not be read
    facts: Mapping[str, Any] = field(default_factory=dict)
    champion_report: str | None = None
    files: tuple[File, ...] = ()
    root: Path | None = None
    archive: bool = False

    @property
    def manifest_digest(self) -> str:
        """Return the SHA-256 over the RFC 8785 form of all files, sorted by path: what is signed, and what is promoted."""
        return manifest_digest(self.files)


def manifest_digest(files: tuple[File, ...]) -> str:
    """Return the digest of a bundle's files, the same for a folder and a zip."""
    return digest(manifest_bytes(files))


def manifest_bytes(files: tuple[File, ...]) -> bytes:
    """Return the list of a bundle's files in the one spelling whose digest is signed."""
    listed = [{"path": f.path, "role": f.role, "sha256": f.sha256, "size": f.size} for f in files]
    return canonical({"files": sorted(listed, key=lambda entry: str(entry["path"]))})


@dataclass(frozen=True, slots=True)
class Column:
    """A column as found: `kind` is text · integer · decimal · boolean · date · datetime · null · other."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Schema:
    """What a data set looks like before it is scanned: columns in order, rows, digest over its files' digests."""

    columns: tuple[Column, ...]
    rows: int | None
    digest: str = ""

    def kind(self, name: str) -> str | None:
        """Return the kind of column `name`, or None where there is no such column."""
        return next((column.kind for column in self.columns if column.name == name), None)
