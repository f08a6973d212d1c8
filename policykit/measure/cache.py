"""The cache of measurements: a folder of small files, one a measurement, that anyone may delete at any time.

The key holds everything a measurement depends on: the digest of the data, how it is read, the measure, the engine and the
version of what the numbers mean. An entry that cannot be read is as good as none, and what comes from here says so.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from policykit.canon import canonical, digest
from policykit.measure.tables import digest_of
from policykit.terms.bundle import Bundle
from policykit.terms.measure import Measure, datasets, form, identity
from policykit.terms.plan import Measurement
from policykit.terms.report import SEMANTICS
from policykit.terms.state import from_json, to_json


def cache_key(bundle: Bundle, measure: Measure, engine: str) -> str | None:
    """Return under what name a measurement is kept; None where its data has no digest (tables in memory)."""
    parts = []
    for role in datasets(measure):
        dataset = bundle.datasets.get(role)
        data = digest_of(bundle, dataset) if dataset is not None else ""
        if dataset is None or not data:
            return None
        joined = list(dataset.predictions.key) if dataset.predictions else []
        missing = None if dataset.missing_values is None else list(dataset.missing_values)
        parts.append([data, dict(dataset.columns), missing, joined, list(dataset.key), dataset.format])
    if not parts:
        return None
    return digest(canonical([parts, form(measure), engine, SEMANTICS]))


def cached(folder: Path, key: str, measure: Measure) -> Measurement | None:
    """Return the measurement kept under `key`, marked as cached; None where there is none that can be read."""
    try:
        entry = json.loads((folder / f"{key}.json").read_bytes())
        if entry["measure"] != identity(measure) or entry["check"] != _check(entry["state"]):
            return None
        state = from_json(entry["state"])
        return Measurement(state, engine=str(entry["engine"]), cached=True, sampled=entry["sampled"] is True)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def keep(folder: Path, key: str, measure: Measure, found: Measurement) -> None:
    """Write a measurement under `key`, whole or not at all; a cache that cannot be written is done without."""
    state = to_json(found.state)
    plain = replace(found, cached=False)
    entry = {
        "measure": identity(measure),
        "engine": plain.engine,
        "sampled": plain.sampled,
        "state": state,
        "check": _check(state),
    }
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(dir=folder, suffix=".unfinished")
        with suppress(OSError):
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(entry, file)
            Path(unfinished).replace(folder / f"{key}.json")
            return
        Path(unfinished).unlink(missing_ok=True)


def _check(state: object) -> str:
    return digest(json.dumps(state, sort_keys=True).encode())
