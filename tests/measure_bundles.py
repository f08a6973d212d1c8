"""Bundles to measure: rows in memory, or written to a folder or a zip as CSV or Parquet."""

from __future__ import annotations

import csv
import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from policykit.measure.describe import describe
from policykit.measure.engine import take
from policykit.terms.bundle import Bundle, Dataset, File
from policykit.terms.measure import Measure
from policykit.terms.plan import Measurement
from policykit.terms.state import State
from policykit.terms.verdict import Unmeasured
from tests.measure_oracle import KINDS, ROLE, Row

_TYPES = {"decimal": pl.Float64, "integer": pl.Int64, "text": pl.String, "boolean": pl.Boolean, "date": pl.Date}


def frame(rows: Sequence[Row]) -> pl.DataFrame:
    """Return rows of the oracle's columns as a Polars table."""
    return pl.DataFrame(
        {name: pl.Series([row[name] for row in rows], dtype=_TYPES[kind]) for name, kind in KINDS.items()}
    )


def in_memory(table: Any, **more: Any) -> Bundle:
    """Return a bundle whose evaluation data is a table in memory."""
    return Bundle("model", "1", {ROLE: Dataset(ROLE, format="memory", table=table, **more)})


def in_folder(folder: Path, datasets: Mapping[str, Dataset]) -> Bundle:
    """Return the bundle in `folder`, every file hashed."""
    files = tuple(
        File(
            path.relative_to(folder).as_posix(),
            "other",
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_size,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )
    return Bundle("model", "1", datasets, files=files, root=folder)


def zipped(bundle: Bundle, where: Path) -> Bundle:
    """Return the same bundle as a zip."""
    assert bundle.root is not None
    with zipfile.ZipFile(where, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in bundle.files:
            archive.write(bundle.root / file.path, file.path)
    return Bundle(bundle.name, bundle.version, bundle.datasets, files=bundle.files, root=where, archive=True)


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write a CSV as any program would."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def measured(bundle: Bundle, *measures: Measure, **options: Any) -> list[State | Unmeasured]:
    """Return the states of `measures`, or why there is none."""
    taken = take(bundle, measures, describe(bundle), **options)
    return [found.state if isinstance(found, Measurement) else found for found in (taken[m] for m in measures)]
