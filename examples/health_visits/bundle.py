"""Write one bundle folder: model, data, documents, card and manifest."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from models import Cuts
from people import FEATURES
from release import RELEASES, write_json
from sklearn.pipeline import Pipeline

PREDICTIONS_TIMED = 1000


def write_data(path: Path, rows: pd.DataFrame) -> str:
    """Write `rows` as Parquet and return the file's SHA-256."""
    table = pa.Table.from_pandas(rows, preserve_index=False).replace_schema_metadata(None)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_model(folder: Path, model: Pipeline, cuts: Cuts) -> None:
    """Save the model with skops, and beside it from which score on a place is offered."""
    import skops.io

    folder.mkdir(parents=True, exist_ok=True)
    skops.io.dump(model, folder / "model.skops", compression=zipfile.ZIP_DEFLATED)
    write_json(folder / "cuts.json", cuts.at_least)


def copy_releases(folder: Path) -> None:
    """Copy the published statistics and the ledger of what they cost; publishing again would cost again."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("privacy_ledger.json", "published_statistics.json"):
        shutil.copyfile(RELEASES / name, folder / name)


def time_predictions(model: Pipeline, cuts: Cuts, rows: pd.DataFrame) -> dict[str, Any]:
    """Return how many milliseconds one person's answer took, a thousand times, after a warm-up of fifty."""
    samples = []
    for index in range(PREDICTIONS_TIMED + 50):
        one = rows.iloc[[index % len(rows)]]
        started = time.perf_counter_ns()
        cuts.offers(one, model.predict_proba(one[FEATURES])[:, 1])
        samples.append(round((time.perf_counter_ns() - started) / 1e6, 4))
    host = {"cpus": os.cpu_count(), "python": platform.python_version(), "numpy": np.__version__}
    return {"unit": "ms", "samples": samples[50:], "host": host}


def manifest(version: str, title: str, train_sha256: str, evaluation_sha256: str) -> str:
    """Return `bundle.yaml`."""
    return f"""# yaml-language-server: $schema=../../../schemas/bundle.v1.json
# {title}
policykit: bundle/1
name: care-outreach
version: {version}
labels: {{use_case: care-outreach, jurisdiction: US, risk: high}}
task:
  kind: binary-classification
  target: high_use                    # more visits next year than four fifths of members
  prediction: offered                 # a place with a care manager
  score: score
  positive: 1
  favourable: 1                       # being offered help is what a person wants
attributes:
  physical_limitation: {{column: physical_limitation}}
  sex: {{column: sex}}
  age_band: {{column: age_band}}
protected_attributes: [physical_limitation, sex]
model:
  path: model/model.skops
  format: skops
  features: [{", ".join(FEATURES[:7])},
    {", ".join(FEATURES[7:])}]
datasets:
  train:
    path: data/train.parquet
    sha256: "{train_sha256}"
    collected: 1982-01-31
  evaluation:
    path: data/evaluation.parquet
    sha256: "{evaluation_sha256}"
    key: person_id
    collected: 1982-01-31
documents:
  load_test: {{path: evidence/load_test.json}}
  privacy_ledger: {{path: evidence/privacy_ledger.json}}
  card: {{path: MODEL_CARD.md}}
facts:
  owners: {{model: r.okafor@healthplan.example, data: data-office@healthplan.example, monitoring: ml-ops@healthplan.example}}
  review: {{last: 2026-10-14, minutes: Model Review Board MRB-112}}
  rollback: {{to: care-outreach@0.9.2, tested_on: 2026-10-21}}
"""
